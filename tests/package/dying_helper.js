// The package's worker, but one that as another's helper dies of its first texts; with `?silent` it only
// never answers, as when a browser takes a worker away.

const isSilent = new URL(import.meta.url).searchParams.has('silent');
let isHelper = false;

self.addEventListener('message', (event) => {
  const { call } = event.data;
  isHelper ||= call?.kind === 'help';
  if (!isHelper || call.kind !== 'embed') return;
  if (!isSilent) throw new WebAssembly.RuntimeError('unreachable');
  event.stopImmediatePropagation();
});

await import('./soc-copilot/worker.js');
