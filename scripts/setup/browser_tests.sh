# What tests inside Chromium need: a driver configuration, and the assets over HTTP.
# shellcheck shell=bash
# shellcheck source=cache.sh

assets_port=8798

# driver_configuration: without the background flags Chromium looks up hosts of its maker at every start.
# No sandbox: the tests run only our own pages, and often as root or in a container, where it cannot start.
driver_configuration() {
  local folder=$repo/target/wasm-tests
  mkdir -p "$folder"
  cat >"$folder/webdriver.json" <<JSON
{
  "goog:chromeOptions": {
    "binary": "$CHROMIUM",
    "args": [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync"
    ]
  }
}
JSON
  export WASM_BINDGEN_TEST_WEBDRIVER_JSON=$folder/webdriver.json
  export WASM_BINDGEN_TEST_TIMEOUT=300 WASM_BINDGEN_TEST_DRIVER_TIMEOUT=30
}

# native_rankings: what the command line ranks for alerts that the browser must rank alike.
native_rankings() {
  mkdir -p "$repo/target/wasm-tests"
  "$repo/target/release/triage" retrieve --assets "$repo/target/assets" --top-k 10 --shares --model packed \
    <"$repo/tests/fixtures/parity-alerts.jsonl" >"$repo/target/wasm-tests/native-rankings.jsonl"
}

# serve_assets: tests take the address from option_env!("SOC_TEST_ASSETS_URL").
# The port is fixed, because cargo compiles the address in and another one would compile everything again.
serve_assets() {
  node "$repo/scripts/setup/assets_server.mjs" "$assets_port" "$(cd "$repo/target/assets" && pwd -P)" "$repo/target/wasm-tests" </dev/null 9>&- &
  assets_server=$!
  trap 'kill "$assets_server" 2>/dev/null || true' EXIT
  local try
  for try in $(seq 50); do
    if curl --silent --fail --output /dev/null "http://127.0.0.1:$assets_port/manifest.json"; then
      # Ours, and not another program's that happens to have the port.
      kill -0 "$assets_server" 2>/dev/null || break
      export SOC_TEST_ASSETS_URL=http://127.0.0.1:$assets_port/
      return
    fi
    kill -0 "$assets_server" 2>/dev/null || break
    sleep 0.1
  done
  fail "the assets could not be served on 127.0.0.1:$assets_port" "stop what listens there and run the tests again"
}
