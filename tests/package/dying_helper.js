// The package's worker, but one that as another's helper dies of its first texts.

let isHelper = false;

self.addEventListener('message', ({ data }) => {
  isHelper ||= data.call?.kind === 'help';
  if (isHelper && data.call.kind === 'embed') throw new WebAssembly.RuntimeError('unreachable');
});

await import('./soc-copilot/worker.js');
