# A compiler for wasm32-unknown-unknown, and the two environments that builds run in.
# shellcheck shell=bash
# shellcheck source=cache.sh

wasm_bin=    # a folder that must come first on PATH for wasm builds; empty when rustup's own toolchain serves
wasm_sysroot= # the standard library of that toolchain, which clippy has to be told

# clean_cargo COMMAND...: without settings of the caller that would change what is built.
clean_cargo() {
  env -u RUSTFLAGS -u CARGO_ENCODED_RUSTFLAGS -u CARGO_BUILD_TARGET -u CARGO -u RUSTC -u RUSTC_WRAPPER -u RUSTC_WORKSPACE_WRAPPER \
    "$@" </dev/null
}

# native COMMAND...: a build for this machine.
native() { (cd "$repo" && CARGO_TARGET_DIR=$repo/target clean_cargo "$@"); }

# wasm COMMAND...: a build for the browser. Trunk starts "cargo" and "wasm-bindgen" by name, so PATH decides.
# A target folder of its own: cargo locks whole folders, and two compilers must not share one.
wasm() {
  (
    cd "$repo"
    export PATH=${wasm_bin:+$wasm_bin:}${tool_path:+$tool_path:}$PATH
    export CARGO_TARGET_DIR=$repo/target/wasm
    if [[ -n $wasm_sysroot ]]; then
      unset RUSTUP_TOOLCHAIN
      export SYSROOT=$wasm_sysroot
    fi
    clean_cargo "$@"
  )
}

has_wasm_std() { compgen -G "$(rustc --print target-libdir --target wasm32-unknown-unknown 2>/dev/null)/libstd-*.rlib" >/dev/null; }

# wasm_toolchain: rustup's target where it is there or can be had, otherwise Debian's compiler.
# COPILOT_WASM_TOOLCHAIN=debian takes the second way at once, to try it on a machine that has the first.
wasm_toolchain() {
  if [[ ${COPILOT_WASM_TOOLCHAIN:-} == debian ]]; then
    debian_toolchain
    return
  fi
  (cd "$repo" && has_wasm_std) && return
  if has rustup && reachable https://static.rust-lang.org/rustup/release-stable.toml; then
    say "Adding the wasm32-unknown-unknown target (about a minute) ..."
    (cd "$repo" && RUSTUP_MAX_RETRIES=0 rustup target add wasm32-unknown-unknown && has_wasm_std) && return
  fi
  debian_toolchain
}

# debian_toolchain: Debian's rustc has no standard library for wasm32, so we build one, once, into a
# folder of our own: the system's files stay as the package manager left them.
debian_toolchain() {
  local host version root program
  apt_install rustc-web cargo-web rust-web-src rust-web-clippy
  version=$(/usr/bin/rustc --version | cut -d' ' -f2)
  host=$(/usr/bin/rustc -vV | sed -n 's/^host: //p')
  root=$cache/wasm-toolchain-$version-$(declare -f debian_toolchain build_std | hash_of_text | cut -c1-8)
  if [[ ! -f $root/complete ]]; then
    say "Building the standard library for wasm32 with Debian's Rust $version (about two minutes, once) ..."
    rm -rf "$root"
    mkdir -p "$root/bin" "$root/sysroot/lib/rustlib/$host/bin"
    build_std "$root/std" || fail "the wasm32 standard library could not be built" "see the compiler's message above; Debian packages rustc-web and rust-web-src must be of one version"
    ln -s "/usr/lib/rustlib/$host/lib" "$root/sysroot/lib/rustlib/$host/lib"
    ln -s "$(wasm_linker "$host")" "$root/sysroot/lib/rustlib/$host/bin/rust-lld"
    mkdir -p "$root/sysroot/lib/rustlib/wasm32-unknown-unknown/lib"
    find "$root/std/target/wasm32-unknown-unknown/release/deps" -name '*.rlib' ! -name 'libempty-*' \
      -exec cp {} "$root/sysroot/lib/rustlib/wasm32-unknown-unknown/lib/" \;
    rm -rf "$root/std"
    for program in rustc rustdoc; do
      printf '#!/bin/sh\nexec /usr/bin/%s --sysroot "%s" "$@"\n' "$program" "$root/sysroot" >"$root/bin/$program"
      chmod +x "$root/bin/$program"
    done
    ln -s /usr/bin/cargo "$root/bin/cargo"
    ln -s /usr/bin/cargo-clippy "$root/bin/cargo-clippy"
    # Everything compiled against an earlier standard library is of no use now, and cargo cannot know.
    rm -rf "$repo/target/wasm"
    touch "$root/complete"
  fi
  wasm_bin=$root/bin
  wasm_sysroot=$root/sysroot
}

# build_std FOLDER: from an empty crate, so that only the standard library and what it is made of is built.
build_std() {
  mkdir -p "$1/src"
  printf '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n' >"$1/Cargo.toml"
  : >"$1/src/lib.rs"
  # Without the bitcode, link-time optimisation of our own crates fails later.
  # `test` and `proc_macro` are what test harnesses and macro helper crates link.
  (
    cd "$1"
    RUSTFLAGS=-Cembed-bitcode=yes RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc CARGO_TARGET_DIR=$1/target \
      /usr/bin/cargo build --quiet --release --target wasm32-unknown-unknown -Zbuild-std=std,panic_abort,proc_macro,test </dev/null
  )
}

# wasm_linker HOST: rustup's rust-lld is of the same LLVM generation as the compiler; Debian's lld is the second choice.
wasm_linker() {
  local bundled
  bundled=$(rustc --print sysroot)/lib/rustlib/$1/bin/rust-lld
  if [[ -x $bundled ]]; then
    printf '%s\n' "$bundled"
    return
  fi
  has lld || apt_install lld >&2
  command -v lld
}
