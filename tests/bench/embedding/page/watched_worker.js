// Another worker, but one whose WebAssembly memory can be asked for. Not used where time is measured.

const memories = new Set();

function keep(found) {
  const { exports } = found.instance ?? found;
  for (const value of Object.values(exports ?? {})) if (value instanceof WebAssembly.Memory) memories.add(value);
  return found;
}

// Memories are made by the module itself or given to it; both ways are seen.
WebAssembly.Memory = new Proxy(WebAssembly.Memory, {
  construct(memory, parameters) {
    const made = new memory(...parameters);
    memories.add(made);
    return made;
  },
});
WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
  construct: (instance, parameters) => keep(new instance(...parameters)),
});
for (const name of ['instantiate', 'instantiateStreaming']) {
  const original = WebAssembly[name];
  WebAssembly[name] = async (...parameters) => keep(await original.apply(WebAssembly, parameters));
}

globalThis.memoryBytes = () => [...memories].reduce((sum, { buffer }) => sum + buffer.byteLength, 0);

await import(new URL(import.meta.url).searchParams.get('worker'));
