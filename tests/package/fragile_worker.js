// The package's worker, but one that dies of a certain text as it would of a trap.

self.addEventListener('message', ({ data }) => {
  if (data.call?.kind === 'embed' && data.call.texts.includes('crash now')) throw new WebAssembly.RuntimeError('unreachable');
});

await import('./soc-copilot/worker.js');
