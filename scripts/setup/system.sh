# What comes from the operating system: a C compiler, curl, Node.js, Python, and for the tests a browser.
# shellcheck shell=bash
# shellcheck source=cache.sh

# as_root COMMAND...: directly, or by sudo where we are not root.
as_root() {
  if [[ $(id -u) == 0 ]]; then "$@"; elif has sudo; then sudo "$@"; else return 1; fi
}

# apt_install PACKAGE...: only what is missing; says what to install by hand where apt or root is missing.
apt_install() {
  local package missing=()
  if ! has apt-get; then
    fail "missing: $*" "install the equivalents of these Debian packages with your system's package manager"
  fi
  for package in "$@"; do
    [[ $(dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
  done
  [[ ${#missing[@]} -gt 0 ]] || return 0
  say "Installing Debian packages: ${missing[*]} (a few minutes) ..."
  # An old package list names versions that the mirrors no longer have.
  as_root apt-get update --quiet --quiet ||
    fail "apt-get update failed" "as root: apt-get update && apt-get install ${missing[*]}"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install --quiet --quiet --yes --no-install-recommends "${missing[@]}" </dev/null >"$cache/apt.log" 2>&1 ||
    fail "apt-get install ${missing[*]} failed, see $cache/apt.log" "as root: apt-get install ${missing[*]}"
}

# base_system: what every build needs.
base_system() {
  has curl || apt_install curl ca-certificates
  has cc || apt_install gcc libc6-dev make
  has python3 || apt_install python3 python3-pip
  { has node && has npm; } || apt_install nodejs npm
  has cargo || fail "Rust is missing" "install the stable toolchain with rustup, the official installer"
  node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 18 ? 0 : 1)' ||
    fail "Node.js $(node --version) is too old" "install Node.js 18 or newer"
}

# browser: leaves a Chromium in $CHROMIUM and its driver in $CHROMEDRIVER.
browser() {
  local name
  if [[ -z ${CHROMIUM:-} ]] && has apt-get && ! has chromium && ! has google-chrome; then
    apt_install chromium chromium-driver
  fi
  if [[ -z ${CHROMIUM:-} ]]; then
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
      if has "$name"; then
        CHROMIUM=$(command -v "$name")
        break
      fi
    done
  fi
  [[ -n ${CHROMIUM:-} ]] ||
    fail "no Chromium found" "install Chromium or Chrome, or set CHROMIUM to its program file"
  if [[ -z ${CHROMEDRIVER:-} ]] && ! has chromedriver && has apt-get && [[ $CHROMIUM == /usr/bin/chromium ]]; then
    apt_install chromium-driver
  fi
  CHROMEDRIVER=${CHROMEDRIVER:-$(command -v chromedriver || true)}
  [[ -n $CHROMEDRIVER ]] ||
    fail "no chromedriver found" "install the ChromeDriver of the same version as $CHROMIUM, or set CHROMEDRIVER to its program file"
  export CHROMIUM CHROMEDRIVER
}
