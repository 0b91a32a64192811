// The module worker: starts the engine, which then answers messages by itself.

// A module whose one function is a relaxed dot product: valid where such instructions are known.
const RELAXED = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 123, 123, 123, 1, 123, 3, 2, 1, 0, 10, 13, 1, 11, 0, 32, 0, 32, 1, 32, 2,
  253, 147, 2, 11,
]);

const { default: init } = await (WebAssembly.validate(RELAXED) ? import('./engine_relaxed.js') : import('./engine.js'));
await init();
