# Build tools of fixed versions, each in a folder of its own in the cache; nothing is installed system-wide.
# shellcheck shell=bash
# shellcheck source=cache.sh

trunk_version=0.21.14
binaryen_version=132.0.0
binaryen_integrity=sha512-4Usg7yEvwO3FMso3Oov6qkOOHSod1IEv+boKkh77kTljM+eNBouqCTbqWswGzbG+vDNO/b/v2C4gfEh1WgB9Lg==
typescript_version=5.9.3
typescript_integrity=sha512-jl1vZzPDinLr9eUt3J/t7V6FgNEw9QjvBPdysz9KfQDD41fQrC2Y4vKQdiaUpFT4bXlb1RHhLpp8wtm6M5TgSw==

# locked_version CRATE: what Cargo.lock says.
locked_version() {
  awk -v name="\"$1\"" '$1 == "name" { found = $3 == name } $1 == "version" && found { gsub(/"/, "", $3); print $3; exit }' "$repo/Cargo.lock"
}

# cargo_tool CRATE VERSION PROGRAM MINUTES: builds from source into $cache/tools/CRATE-VERSION.
cargo_tool() {
  local crate=$1 version=$2 program=$3 minutes=$4 folder
  folder=$cache/tools/${crate%-cli}-$version
  tool_path=${tool_path:+$tool_path:}$folder/bin
  [[ ! -x $folder/bin/$program ]] || return 0
  say "Building $crate $version (about $minutes minutes, once) ..."
  # These run for seconds: quick to build matters more than quick to run.
  (
    cd "$cache"
    export CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=false
    export CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_DEBUG=false
    unset CARGO_TARGET_DIR
    # The crate's own lock file first; a registry mirror may lag behind a version that it names.
    clean_cargo cargo install "$crate" --version "$version" --root "$folder" --no-default-features --locked ||
      clean_cargo cargo install "$crate" --version "$version" --root "$folder" --no-default-features
  ) >"$cache/$crate.log" 2>&1 || fail "$crate $version could not be built, see $cache/$crate.log" "check that cargo reaches its registry, then run the script again"
}

# npm_tool NAME VERSION INTEGRITY PROGRAM: a package without dependencies, checked against its pinned hash.
npm_tool() {
  local name=$1 version=$2 integrity=$3 program=$4 folder
  folder=$cache/tools/$name-$version
  tool_path=${tool_path:+$tool_path:}$folder/node_modules/.bin
  [[ ! -x $folder/node_modules/.bin/$program ]] || return 0
  say "Installing $name $version (a minute) ..."
  rm -rf "$folder.part"
  mkdir -p "$folder.part"
  npm install --silent --no-audit --no-fund --no-save --ignore-scripts --prefix "$folder.part" "$name@$version" </dev/null ||
    fail "npm could not install $name@$version" "check that npm reaches its registry, then run the script again"
  grep -qF "\"integrity\": \"$integrity\"" "$folder.part/node_modules/.package-lock.json" ||
    fail "$name@$version is not the package we expect (its hash differs)" "see the pinned values in scripts/setup/tools.sh"
  mv "$folder.part" "$folder"
}

# has_tool PROGRAM: among the tools above, whatever else is on PATH.
has_tool() { (PATH=$tool_path && has "$1"); }

# build_tools: what the page and the package are built with.
build_tools() {
  local bindgen_version
  tool_path=
  [[ -f $repo/Cargo.lock ]] || native cargo generate-lockfile
  bindgen_version=$(locked_version wasm-bindgen)
  [[ -n $bindgen_version ]] || fail "Cargo.lock names no wasm-bindgen" "run cargo update --workspace and look at its message"
  # The program and the library must be of exactly one version.
  cargo_tool wasm-bindgen-cli "$bindgen_version" wasm-bindgen-test-runner 4
  cargo_tool trunk "$trunk_version" trunk 9
  npm_tool binaryen "$binaryen_version" "$binaryen_integrity" wasm-opt
}
