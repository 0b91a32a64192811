// Keeps the page of one build for use without a network. The build writes itself into this line:
const BUILD = null;

// The worker keeps model and index in a cache of its own (soc-copilot-assets); this file never
// touches them. A new version waits until the reader asks for it or all tabs are closed.

const PREFIX = 'soc-copilot-page-';
const INDEX = 'index.html';
const NETWORK_ONLY = /^\/(?:api|v1|health|assets)(?:\/|$)/;

if (BUILD) {
  const name = PREFIX + BUILD.build_id;
  const home = new URL('./', self.location.href);
  const address = (path) => new URL(path, home).href;
  const known = new Set(BUILD.files.map((file) => address(file.path)));

  self.addEventListener('install', (event) => event.waitUntil(install()));
  self.addEventListener('activate', (event) => event.waitUntil(activate()));
  self.addEventListener('message', (event) => {
    if (event.data?.type === 'activate') event.waitUntil(self.skipWaiting());
  });
  self.addEventListener('fetch', (event) => {
    const target = wanted(event.request);
    if (target) event.respondWith(answer(event.request, target));
  });

  // All files of the build or none: half a page is worse than the old one.
  async function install() {
    const cache = await caches.open(name);
    try {
      await Promise.all(BUILD.files.map((file) => keep(cache, file)));
    } catch (error) {
      await caches.delete(name);
      throw error;
    }
  }

  async function keep(cache, file) {
    const target = address(file.path);
    // What the page has just fetched need not come twice; where the browser's copy is not the file of this
    // build, the server's is asked for.
    const { bytes, headers } = (await fetched(target, file, 'no-cache')) ?? (await fetched(target, file, 'reload')) ?? {};
    if (!bytes) throw new Error(`${file.path} is not the file of this build`);
    // The body is no longer compressed, and headers that say so would be wrong.
    headers.delete('content-encoding');
    headers.set('content-length', String(bytes.byteLength));
    await cache.put(target, new Response(bytes, { status: 200, headers }));
  }

  // The file as the build lists it, or nothing: neither an old copy nor a page that changed meanwhile.
  async function fetched(target, file, cache) {
    const response = await fetch(target, { cache, credentials: 'same-origin', redirect: 'error' });
    if (!response.ok) throw new Error(`${file.path}: HTTP ${response.status}`);
    const bytes = await response.arrayBuffer();
    const isWhole = bytes.byteLength === file.bytes && (await sha256(bytes)) === file.sha256;
    return isWhole ? { bytes, headers: new Headers(response.headers) } : null;
  }

  async function sha256(bytes) {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  }

  async function activate() {
    const names = await caches.keys();
    await Promise.all(
      names.filter((other) => other.startsWith(PREFIX) && other !== name).map((other) => caches.delete(other)),
    );
    await self.clients.claim();
  }

  // The file of the build that answers a request; nothing where the network should.
  function wanted(request) {
    const url = new URL(request.url);
    if (request.method !== 'GET' || url.origin !== home.origin || NETWORK_ONLY.test(url.pathname)) return undefined;
    url.search = '';
    url.hash = '';
    if (known.has(url.href)) return url.href;
    // The page has one document; its parts are told apart behind the #.
    const isPage = url.pathname === home.pathname || request.mode === 'navigate';
    return isPage ? address(INDEX) : undefined;
  }

  async function answer(request, target) {
    const cached = await (await caches.open(name)).match(target);
    // The browser may have cleared the cache; then there is only the network.
    return cached ?? fetch(request);
  }
}
