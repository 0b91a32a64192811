// The peer: onnxruntime-web with one thread. It gets ids, so no time goes into making them of a text, and
// its graph ends with the unit vector, so no time goes into pooling in JavaScript.

import * as ort from '/peer/ort.wasm.bundle.min.mjs';

ort.env.wasm.numThreads = 1;
// The file alone, not its folder: the bundle has the JavaScript that belongs to it.
ort.env.wasm.wasmPaths = { wasm: '/peer/ort-wasm-simd-threaded.wasm' };

async function embed(session, ids) {
  const tensor = (values) => new ort.Tensor('int64', values, [1, ids.length]);
  const { sentence_embedding: found } = await session.run({
    input_ids: tensor(BigInt64Array.from(ids, BigInt)),
    attention_mask: tensor(new BigInt64Array(ids.length).fill(1n)),
    token_type_ids: tensor(new BigInt64Array(ids.length)),
  });
  return found.data;
}

try {
  const session = await ort.InferenceSession.create('/peer-model/model.onnx', { executionProviders: ['wasm'] });
  self.onmessage = async ({ data }) => {
    try {
      self.postMessage({ vector: await embed(session, data) });
    } catch (error) {
      self.postMessage({ error: String(error) });
    }
  };
  self.postMessage({ vector: null });
} catch (error) {
  self.postMessage({ error: String(error) });
}
