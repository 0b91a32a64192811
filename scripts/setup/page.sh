# The page: built by Trunk into target/dist, then sealed (see seal.mjs).
# shellcheck shell=bash
# shellcheck source=cache.sh

# What the page is made of; a change anywhere else leaves it as it is.
page_sources=(
  Cargo.toml Cargo.lock Trunk.toml .cargo/config.toml
  web crates/triage-core crates/triage-engine crates/triage-wasm
  scripts/setup/page.sh scripts/setup/seal.mjs scripts/setup/tools.sh
)

# build_page: cargo decides what to compile; Trunk is not even started when no source changed.
build_page() {
  local stamp=$repo/target/dist.stamp now
  now=$({
    cd "$repo"
    content_hash "${page_sources[@]}"
    wasm rustc --version --verbose
  } | hash_of_text)
  if [[ -f $repo/target/dist/build.json && -f $stamp && $(<"$stamp") == "$now" ]]; then
    return
  fi
  say "Building the page (about ten minutes the first time, one or two after a change) ..."
  mkdir -p "$repo/target"
  rm -f "$stamp"
  native cargo fetch --locked --quiet || fail "cargo could not fetch the packages in Cargo.lock" "check that cargo reaches its registry; after a change of a Cargo.toml run cargo update --workspace"
  wasm trunk build || fail "the page could not be built" "the compiler's message above names the place"
  printf '%s\n' "$now" >"$stamp"
}

# build_proxy
build_proxy() {
  say "Building the proxy (a few minutes the first time) ..."
  native cargo build --release --locked --quiet --package proxy || fail "the proxy could not be built" "the compiler's message above names the place"
}
