"""Makes the peer's model: all-MiniLM-L6-v2 as ONNX, from the very weights that the package uses, then 8 bits.

usage: make_model.py MODEL_DIR REFERENCES OUT_DIR

The graph is written node by node the way a PyTorch export of BertModel looks to ONNX Runtime, so that its
own optimiser finds what it fuses (Gelu, LayerNormalization, MatMulIntegerToFloat). Nothing is
quantised before the 32-bit graph has given the reference vectors.
"""

import hashlib
import json
import struct
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer

LAYERS = 6
HEADS = 12
HIDDEN = 384
EPSILON = 1e-12
LONGEST = 256
# What tests/tests/pipeline/vectors.rs asks of the package's own 32-bit vectors.
WORST_DIFFERENCE = 5e-6
# Operators that every ONNX Runtime of the last years knows.
OPSET = 17
IR_VERSION = 8


def read_weights(path):
    """The tensors of a safetensors file by name: a length, a JSON header, then the bytes."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    body = memoryview(data)[8 + length :]
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            start, end = entry["data_offsets"]
            tensors[name] = np.frombuffer(body[start:end], dtype="<f4").reshape(entry["shape"])
    return tensors


class Graph:
    """Nodes and constants in the order in which they are written; every value gets its own name."""

    def __init__(self, weights):
        self.weights = weights
        self.nodes = []
        self.initializers = {}

    def constant(self, name, value):
        if name not in self.initializers:
            self.initializers[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def scalar(self, value):
        return self.constant(f"scalar_{value!r}", np.array(value, dtype=np.float32))

    def shape(self, *values):
        return self.constant(f"shape_{'_'.join(map(str, values))}", np.array(values, dtype=np.int64))

    def weight(self, name):
        return self.constant(name, self.weights[name])

    def node(self, kind, *inputs, **attributes):
        output = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], name=f"/{output}", **attributes))
        return output

    def linear(self, value, name):
        # A PyTorch weight is [out, in]; the export multiplies by its transpose.
        matrix = self.constant(f"{name}.weight_transposed", self.weights[f"{name}.weight"].T)
        return self.node("Add", self.node("MatMul", value, matrix), self.weight(f"{name}.bias"))

    def norm(self, value, name):
        scale, bias = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.node("LayerNormalization", value, scale, bias, axis=-1, epsilon=EPSILON)

    def gelu(self, value):
        erf = self.node("Erf", self.node("Div", value, self.scalar(float(np.sqrt(2.0)))))
        return self.node("Mul", self.node("Mul", value, self.node("Add", erf, self.scalar(1.0))), self.scalar(0.5))

    def heads(self, value, order):
        split = self.node("Reshape", value, self.shape(0, 0, HEADS, HIDDEN // HEADS))
        return self.node("Transpose", split, perm=order)

    def embeddings(self):
        words = self.node("Gather", self.weight("embeddings.word_embeddings.weight"), "input_ids")
        types = self.node("Gather", self.weight("embeddings.token_type_embeddings.weight"), "token_type_ids")
        length = self.node("Shape", "input_ids", start=1, end=2)
        places = self.node("Slice", self.weight("embeddings.position_embeddings.weight"), self.shape(0), length, self.shape(0))
        return self.norm(self.node("Add", self.node("Add", words, types), places), "embeddings.LayerNorm")

    def layer(self, value, bias, number):
        name = f"encoder.layer.{number}"
        query = self.heads(self.linear(value, f"{name}.attention.self.query"), [0, 2, 1, 3])
        key = self.heads(self.linear(value, f"{name}.attention.self.key"), [0, 2, 3, 1])
        content = self.heads(self.linear(value, f"{name}.attention.self.value"), [0, 2, 1, 3])
        scores = self.node("Div", self.node("MatMul", query, key), self.scalar(float(np.sqrt(HIDDEN // HEADS))))
        shares = self.node("Softmax", self.node("Add", scores, bias), axis=-1)
        mixed = self.node("Transpose", self.node("MatMul", shares, content), perm=[0, 2, 1, 3])
        joined = self.node("Reshape", mixed, self.shape(0, 0, HIDDEN))
        attended = self.linear(joined, f"{name}.attention.output.dense")
        value = self.norm(self.node("Add", attended, value), f"{name}.attention.output.LayerNorm")
        inner = self.gelu(self.linear(value, f"{name}.intermediate.dense"))
        return self.norm(self.node("Add", self.linear(inner, f"{name}.output.dense"), value), f"{name}.output.LayerNorm")

    def pooled(self, value, mask):
        """The unit vector of the mean over all pieces that the mask keeps."""
        kept = self.node("Unsqueeze", mask, self.shape(-1))
        total = self.node("ReduceSum", self.node("Mul", value, kept), self.shape(1), keepdims=0)
        count = self.node("ReduceSum", kept, self.shape(1), keepdims=0)
        mean = self.node("Div", total, count)
        length = self.node("ReduceL2", mean, axes=[-1], keepdims=1)
        return self.node("Div", mean, length)


def build(weights):
    graph = Graph(weights)
    mask = graph.node("Cast", "attention_mask", to=TensorProto.FLOAT)
    absent = graph.node("Sub", graph.scalar(1.0), graph.node("Unsqueeze", mask, graph.shape(1, 2)))
    bias = graph.node("Mul", absent, graph.scalar(float(np.finfo(np.float32).min)))
    value = graph.embeddings()
    for number in range(LAYERS):
        value = graph.layer(value, bias, number)
    graph.nodes.append(helper.make_node("Identity", [graph.pooled(value, mask)], ["sentence_embedding"]))
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"])
        for name in ("input_ids", "attention_mask", "token_type_ids")
    ]
    outputs = [helper.make_tensor_value_info("sentence_embedding", TensorProto.FLOAT, ["batch", HIDDEN])]
    body = helper.make_graph(graph.nodes, "all-MiniLM-L6-v2", inputs, outputs, list(graph.initializers.values()))
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(model, full_check=True)
    return model


def embed(path, all_ids):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    vectors = []
    for ids in all_ids:
        ids = np.array([ids], dtype=np.int64)
        feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        vectors.append(session.run(None, feeds)[0][0])
    return np.array(vectors)


def main(model_dir, references, out_dir):
    model_dir, out_dir = Path(model_dir), Path(out_dir)
    tokenizer = Tokenizer.from_file(str(model_dir / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    texts = json.loads(Path(references).read_text(encoding="utf-8"))["texts"]
    all_ids = [tokenizer.encode(entry["text"]).ids for entry in texts]
    expected = np.array([entry["vector"] for entry in texts])
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)

    full = out_dir / "full.onnx"
    onnx.save(build(read_weights(model_dir / "model.safetensors")), full)
    worst = float(np.abs(embed(full, all_ids) - expected).max())
    if worst > WORST_DIFFERENCE:
        sys.exit(f"the 32-bit graph is {worst} away from the reference vectors; nothing was quantised")

    quantised = out_dir / "model.onnx"
    quantize_dynamic(full, quantised, weight_type=QuantType.QInt8)
    full.unlink()
    cosines = np.sum(embed(quantised, all_ids) * expected, axis=1)

    # The peer is given ids, so it gets those of the reference texts from here.
    references = [{"text": entry["text"], "ids": ids} for entry, ids in zip(texts, all_ids)]
    (out_dir / "references.json").write_text(json.dumps(references), encoding="utf-8")
    recipe = {
        "versions": {name: version(name) for name in ("onnx", "onnxruntime", "tokenizers", "numpy")},
        "sha256": hashlib.sha256(quantised.read_bytes()).hexdigest(),
        "bytes": quantised.stat().st_size,
        "full_worst_difference": worst,
        "native_cosine": {"least": float(cosines.min()), "mean": float(cosines.mean())},
    }
    (out_dir / "recipe.json").write_text(json.dumps(recipe, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
