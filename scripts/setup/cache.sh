# The cache folder, plain words to the user, and downloads that are checked before they are used.
# Sourced first by every script; everything outside the repository that we fetch or build lies here.
# shellcheck shell=bash

# A failing step inside $(...) must stop the script too.
shopt -s inherit_errexit

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${COPILOT_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/soc-copilot}
mkdir -p "$cache"
export LC_ALL=C.UTF-8

if [[ -t 1 && -z ${NO_COLOR:-} && ${CI:-} != true ]]; then
  bold=$'\e[1m' plain=$'\e[0m'
else
  bold='' plain=''
  # Trunk takes only true or false.
  export CARGO_TERM_COLOR=never NO_COLOR=true
fi

# say WORDS: one line about what happens now, with how long it may take where that matters.
say() { printf '%s%s%s\n' "$bold" "$*" "$plain"; }

# fail WHAT [WHAT TO DO]: stops the script.
fail() {
  printf 'error: %s\n' "$1" >&2
  [[ $# -lt 2 ]] || printf '  what to do: %s\n' "$2" >&2
  exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

sha256=(sha256sum)
has sha256sum || sha256=(shasum -a 256)

sha256_of() { "${sha256[@]}" "$1" | cut -d' ' -f1; }

hash_of_text() { "${sha256[@]}" | cut -d' ' -f1; }

# matches FILE SHA256: the file is there and is the one we pinned.
matches() { [[ -f $1 && $(sha256_of "$1") == "$2" ]]; }

# content_hash PATH...: one hash over names and contents of all files below the paths that exist,
# so that a touched but unchanged file rebuilds nothing and a changed one always does.
content_hash() {
  local path existing=()
  for path in "$@"; do [[ ! -e $path ]] || existing+=("$path"); done
  find "${existing[@]}" \( -name target -o -name node_modules -o -name .git \) -prune -o -type f -print0 |
    sort -z | xargs -0 "${sha256[@]}" | hash_of_text
}

# reachable URL: whether the official source answers at all. Closed networks must cost seconds, not minutes.
reachable() { curl --silent --show-error --head --location --connect-timeout 5 --max-time 15 --output /dev/null "$1" 2>/dev/null; }

# download URL FILE SHA256: resumes an interrupted download, checks it, and only then gives it its name.
# Returns 1 when the source cannot be reached; a wrong hash stops the script.
download() {
  local url=$1 file=$2 sha=$3
  mkdir -p "$(dirname "$file")"
  reachable "$url" || return 1
  # A stalled transfer ends after 30 slow seconds and goes on from where it was the next time.
  curl --fail --silent --show-error --location --connect-timeout 5 --speed-limit 1024 --speed-time 30 \
    --continue-at - --output "$file.part" "$url" || return 1
  if ! matches "$file.part" "$sha"; then
    rm -f "$file.part"
    fail "$url is not the file we expect (its sha256 differs)" "run the script again; if it stays so, the source has changed: see the pinned values in scripts/setup"
  fi
  mv "$file.part" "$file"
}

# hold_lock: two scripts at once take turns over the shared cache.
hold_lock() {
  has flock || return 0
  exec 9>"$cache/lock"
  if ! flock --nonblock 9; then
    say "Waiting for another script that is setting up ..."
    flock 9
  fi
}

release_lock() { exec 9>&-; }
