"""Weights, pickles, archives, indices and model configurations that lie or want too much."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable

from . import builders as make
from .builders import tensor
from .case import BAD_DATA, FINE, Case, Content, Limits
from .contents import copy, cut, folder, lazily, link, pipe, removed
from .places import FIXTURES, Places
from .programs import OUTPUT, paint, verified

MODEL = FIXTURES / "pipeline/model"
CONTAINERS = FIXTURES / "containers"
UNET = "unet/diffusion_pytorch_model.safetensors"

Tensors = dict[str, tuple[str, list[int], bytes]]


def header(name: str, what: str, code: int, *messages: str, content: Content,
           **rest: object) -> Case:
    """A safetensors file whose header is read, and no more."""
    return verified(f"weights.safetensors-{name}", what, code, *messages, source="own.safetensors",
                    files={"own.safetensors": content}, **rest)


def entries(name: str, what: str, *messages: str, of: object, data: bytes = b"") -> Case:
    """A safetensors file with one wrong entry."""
    return header(name, what, BAD_DATA, "own.safetensors", *messages,
                  content=make.safetensors(of, data))


def pickled(name: str, what: str, *messages: str, content: Content) -> Case:
    """A checkpoint of PyTorch's that must be refused."""
    return verified(f"weights.checkpoint-{name}", what, BAD_DATA, "own.ckpt", *messages,
                    source="own.ckpt", files={"own.ckpt": content})


def changed(name: str, what: str, *messages: str, change: Callable[[Tensors], None]) -> Case:
    """A model whose UNet has other weights."""

    def rewrite(path: object, _: Places) -> None:
        tensors = make.tensors_of(path.read_bytes())
        change(tensors)
        path.write_bytes(make.safetensors_of(tensors))

    return verified(f"weights.tensors-{name}", what, BAD_DATA, *messages,
                    files={"model": copy(MODEL), f"model/{UNET}": rewrite})


def altered(name: str, what: str, *messages: str, at: str, content: Content) -> Case:
    """A model of which one file is another."""
    return verified(f"weights.model-{name}", what, BAD_DATA, *messages,
                    files={"model": copy(MODEL), f"model/{at}": content})


def indexed(name: str, what: str, *messages: str, index: Content) -> Case:
    """A model whose UNet lies in shards."""
    place = "model/unet/diffusion_pytorch_model.safetensors"
    return verified(f"weights.index-{name}", what, BAD_DATA, *messages,
                    files={"model": copy(MODEL), place: removed, f"{place}.index.json": index})


def mixture(name: str, what: str, *messages: str, content: Content) -> Case:
    """A pickled Gaussian mixture."""
    return Case(f"weights.mixture-{name}", what, "pbe-convert",
                ("--gmm", "own.pkl", "--to", "g.safetensors"), BAD_DATA, ("own.pkl", *messages),
                {"own.pkl": content})


def start_noise(name: str, what: str, *messages: str, content: Content) -> Case:
    """A tensor to start painting from."""
    return paint(f"weights.noise-{name}", what, BAD_DATA, "own.safetensors", *messages,
                 options=("--noise", "own.safetensors"), files={"own.safetensors": content})


def map_to(shard: str) -> str:
    """An index that says where one weight lies."""
    return json.dumps({"metadata": {}, "weight_map": {"conv_in.weight": shard}})


def many_empty(count: int) -> bytes:
    """A header of so many tensors without elements."""
    entry = json.dumps(tensor([0], 0, 0))
    names = ",".join(f'"tensor.number.{number:08d}":{entry}' for number in range(count))
    return make.safetensors("{" + names + "}")


def deep_json(depth: int) -> bytes:
    return make.safetensors('{"a":' + make.alternating("[", "]", depth) + "}")


def first_numbers(content: bytes) -> Callable[[Tensors], None]:
    """Replaces the first weight's numbers, all of them."""

    def change(tensors: Tensors) -> None:
        name = next(iter(tensors))
        dtype, shape, data = tensors[name]
        tensors[name] = (dtype, shape, content * (len(data) // len(content)))

    return change


def rename(tensors: Tensors) -> None:
    name = next(iter(tensors))
    tensors[name + "\x1b[2J\u202e"] = tensors.pop(name)


def reshape(tensors: Tensors) -> None:
    dtype, shape, data = tensors["conv_in.weight"]
    tensors["conv_in.weight"] = (dtype, shape[::-1], data)


def add(tensors: Tensors) -> None:
    tensors["conv_inn.weight"] = ("F32", [1], bytes(4))


def take(tensors: Tensors) -> None:
    del tensors[next(iter(tensors))]


HEADERS = [
    header("empty", "an empty file", BAD_DATA, "own.safetensors is truncated", content=b""),
    header("four-bytes", "a file of four bytes", BAD_DATA, "own.safetensors", content=b"\1\2\3\4"),
    header("web-page", "a web page", BAD_DATA, "own.safetensors", "web page",
           "download the file itself", content=make.WEB_PAGE),
    header("lfs-pointer", "a Git LFS pointer", BAD_DATA, "own.safetensors", "git lfs pull",
           content=make.LFS_POINTER),
    header("huge-length", "a header that claims 2⁶⁴ − 1 bytes", BAD_DATA, "own.safetensors",
           content=make.safetensors("{}", length=2**64 - 1)),
    header("negative-length", "a header whose length is below zero as a signed number", BAD_DATA,
           "own.safetensors", content=make.safetensors("{}", length=2**63)),
    header("length-beyond-file", "a header that claims 1,000 bytes of 10", BAD_DATA,
           "own.safetensors", "truncated", content=make.safetensors("{}", length=1000)),
    header("no-length", "a header of no bytes", BAD_DATA, "own.safetensors",
           content=make.safetensors("", length=0)),
    header("no-object", "a header that is a list", BAD_DATA, "own.safetensors",
           "header cannot be read", content=make.safetensors("[1]")),
    header("no-utf-8", "a header that is no UTF-8", BAD_DATA, "own.safetensors",
           "header cannot be read", content=make.safetensors(b'{"\xff\xfe": 1}')),
    header("trailing-text", "a header with a second object behind the first", BAD_DATA,
           "own.safetensors", content=make.safetensors("{}{}")),
    header("deep", "a header of 200,000 lists within one another", BAD_DATA, "own.safetensors",
           content=lazily(deep_json, 200_000)),
    header("many-empty", "a header of 84 MB that names a million empty tensors", BAD_DATA,
           "own.safetensors", content=lazily(many_empty, 1_000_000)),
    entries("offsets-beyond-file", "a tensor behind the file's end", "truncated",
            of={"a": tensor([2], 0, 8)}),
    entries("offsets-turned", "a tensor that ends before it begins", "tensor a",
            of={"a": tensor([1], 4, 0)}, data=bytes(4)),
    entries("offsets-negative", "a tensor that begins before the data", "tensor a",
            of={"a": tensor([2], -8, 0)}),
    entries("offsets-fraction", "a tensor that begins between bytes", "tensor a",
            of={"a": tensor([1], 0.5, 4.5)}, data=bytes(8)),
    entries("offsets-edge", "offsets at the edge of 64 bits", "tensor a",
            of={"a": tensor([1], 2**63 - 4, 2**63 - 1)}),
    entries("offsets-three", "a tensor with three offsets", "tensor a",
            of={"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4, 8]}}, data=bytes(8)),
    entries("shape-overflow", "a shape whose product exceeds 64 bits", "tensor a",
            of={"a": tensor([2**32, 2**32, 4], 0, 0)}),
    entries("shape-negative", "a side below zero", "tensor a", of={"a": tensor([-1, -1], 0, 4)},
            data=bytes(4)),
    entries("shape-mismatch", "a shape of more elements than bytes", "tensor a",
            of={"a": tensor([100], 0, 4)}, data=bytes(4)),
    entries("shape-words", "a shape of words", "tensor a", of={"a": tensor(["two"], 0, 8)},
            data=bytes(8)),
    entries("shape-deep", "a shape of 100,000 sides of one", "own.safetensors",
            of={"a": tensor([1] * 100_000, 0, 4)}, data=bytes(4)),
    entries("unknown-type", "a type that there is not", "tensor a", "F31",
            of={"a": tensor([1], 0, 4, "F31")}, data=bytes(4)),
    entries("no-type", "a tensor without a type", "tensor a",
            of={"a": {"shape": [1], "data_offsets": [0, 4]}}, data=bytes(4)),
    entries("overlap", "two tensors in the same place", "tensor",
            of={"a": tensor([2], 0, 8), "b": tensor([2], 4, 12)}, data=bytes(12)),
    entries("hole", "bytes between two tensors that belong to none", "tensor",
            of={"a": tensor([1], 0, 4), "b": tensor([1], 8, 12)}, data=bytes(12)),
    entries("tail", "bytes behind the last tensor", "100 bytes behind its last tensor",
            of={"a": tensor([1], 0, 4)}, data=bytes(104)),
    entries(
        "twice", "a name twice", "two of that name", data=bytes(8),
        of='{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},'
        '"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}'),
    entries("control-name", "an escape sequence in a tensor's name", "tensor",
            of={"a\x1b]0;x\x07": tensor([1], 0, 8)}, data=bytes(8)),
    entries("long-name", "a tensor's name of a megabyte", "tensor",
            of={"n" * (1 << 20): tensor([1], 0, 8)}, data=bytes(8)),
    entries("not-a-model", "a tensor of another network", "not a whole model",
            of={"layer.weight": tensor([1], 0, 4)}, data=bytes(4)),
    header("pipe", "a pipe that nobody writes into", BAD_DATA, "own.safetensors", content=pipe,
           limits=Limits(seconds=9)),
    header("folder", "a folder under the name of a file", BAD_DATA, "own.safetensors",
           content=folder),
    header("link-to-itself", "a link to itself", BAD_DATA, "own.safetensors", "symbolic links",
           content=link("own.safetensors")),
]

TENSORS = [
    changed("nan", "a weight of NaN", "NaN", change=first_numbers(b"\xff\xff\xff\x7f")),
    changed("infinity", "a weight without end", "infinity",
            change=first_numbers(b"\x00\x7c\x80\x7f")),
    changed("missing", "a weight that is missing", "missing", "conv_in", change=take),
    changed("extra", "a weight that nothing has", "conv_inn.weight", change=add),
    changed("misshapen", "a weight of another shape", "conv_in.weight", change=reshape),
    changed("control-name", "a weight whose name holds an escape sequence", "missing",
            change=rename),
    changed("none", "a UNet without any weight", "missing", change=lambda tensors: tensors.clear()),
]

CHECKPOINTS = [
    pickled("empty", "an empty file", "empty", content=b""),
    pickled("web-page", "a web page", "web page", content=make.WEB_PAGE),
    pickled("plain-pickle", "a pickle without an archive", "plain Python pickle",
            content=make.call("os", "system", "touch pwned")),
    pickled("runs-system", "a pickle that calls os.system", "os.system",
            content=make.checkpoint(make.call("os", "system", "touch pwned"))),
    pickled("runs-eval", "a pickle that evaluates a text", "eval",
            content=make.checkpoint(make.call("builtins", "eval", "open('pwned','w')"))),
    pickled("control-name", "a pickle that calls what has an escape sequence in its name",
            "own.ckpt", content=make.checkpoint(make.call("os\x1b[2J", "system\u202e", "x"))),
    pickled("number", "a pickle of a number", "expected a dictionary",
            content=make.checkpoint(b"\x80\x02K\x07.")),
    pickled("empty-dictionary", "a pickle of nothing", "no tensors",
            content=make.checkpoint(b"\x80\x02}.")),
    pickled("empty-pickle", "a pickle of no bytes", content=make.checkpoint(b"")),
    pickled("protocol-9", "a pickle of a protocol that there is not", "protocol 9",
            content=make.checkpoint(b"\x80\x09}.")),
    pickled("unknown-instruction", "an instruction that there is not", "unknown instruction",
            content=make.checkpoint(b"\x80\x02\xff.")),
    pickled("empty-stack", "a pickle that takes what it has not", "takes a value where none is",
            content=make.checkpoint(b"\x80\x02s.")),
    pickled("memo-of-nothing", "a pickle that asks for what it has not kept", "has not stored",
            content=make.checkpoint(b"\x80\x02h\x09.")),
    pickled("endless-text", "a text that claims 4 GB", "it is truncated or damaged",
            content=make.checkpoint(b"\x80\x02X\xff\xff\xff\xff.")),
    pickled(
        "deep", "5 million lists within one another", content=lazily(
            lambda: make.checkpoint(b"\x80\x02" + b"]" * 5_000_000 + b"a" * 4_999_999 + b"."))),
    pickled("deep-tuples", "a million tuples within one another",
            content=lazily(lambda: make.checkpoint(b"\x80\x02)" + b"\x85" * 1_000_000 + b"."))),
    pickled("many-instructions", "20 million instructions",
            content=lazily(lambda: make.checkpoint(b"\x80\x02" + b"N0" * 10_000_000 + b"}."))),
    pickled(
        "memo-bomb", "a list of lists, each of which holds the last one ten times, 40 deep",
        content=make.checkpoint(b"\x80\x02]q\0" +
                                b"".join(b"](" + b"h" + bytes([level]) +
                                         (b"h" + bytes([level])) * 9 + b"eq" + bytes([level + 1])
                                         for level in range(40)) + b".")),
    pickled(
        "huge-number",
        "a number of 4 MB", content=lazily(lambda: make.checkpoint(b"\x80\x02\x8b" + struct.pack(
            "<i", 4 << 20) + b"\x7f" * (4 << 20) + b"."))),
    pickled("compressed", "an archive whose entries are compressed", "compressed",
            content=make.archive({"archive/data.pkl": b"\x80\x02}."}, compresses=True)),
    pickled(
        "bomb", "an archive whose pickle unpacks to 256 MB", "compressed", content=lazily(
            lambda: make.archive({"archive/data.pkl": bytes(1 << 28)}, compresses=True))),
    pickled("no-pickle", "an archive without a pickle", "no data.pkl",
            content=make.archive({"a.txt": b"x"})),
    pickled("no-end", "an archive without its directory", "without an end",
            content=make.checkpoint(b"\x80\x02}.")[:60]),
    pickled("lying-directory", "an archive whose directory lies behind its end", "directory",
            content=make.checkpoint(b"\x80\x02}.")[:-6] + b"\xff\xff\xff\x7f\0\0"),
    pickled(
        "65535-entries", "an archive that claims 65,535 entries", "entries",
        content=make.archive({"archive/data.pkl": b"\x80\x02}."})[:-14] + b"\xfe\xff\xfe\xff" +
        make.archive({"archive/data.pkl": b"\x80\x02}."})[-10:]),
    pickled("escaping-name", "an archive whose entry leads out of it",
            content=make.archive({"../../pwned": b"x", "archive/data.pkl": b"\x80\x02}."})),
    pickled(
        "script", "a TorchScript program", "TorchScript", content=make.archive({
            "archive/data.pkl": b"\x80\x02}.", "archive/code/__torch__.py": b"",
            "archive/constants.pkl": b"\x80\x02)."
        })),
    pickled("legacy", "a checkpoint from before PyTorch 1.6", "before version 1.6", "torch.save",
            content=b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19." + bytes(20)),
    pickled("not-a-model", "a dictionary of tensors of another network", "not a whole model",
            content=copy(CONTAINERS / "dictionary.pt")),
]

INDICES = [
    indexed("parent", "a shard in the folder above", "../secret", "own folder",
            index=map_to("../secret.safetensors")),
    indexed("absolute", "a shard at an absolute path", "/etc/passwd", "own folder",
            index=map_to("/etc/passwd")),
    indexed("nul", "a shard with a NUL in its name", "index.json", index=map_to("a\0.safetensors")),
    indexed("control-name", "a shard with an escape sequence in its name", "index.json",
            index=map_to("\x1b]0;x\x07.safetensors")),
    indexed("missing-shard", "a shard that is not there", "not beside it",
            index=map_to("b.safetensors")),
    indexed("no-map", "an index without a map", "weight_map", index="{}"),
    indexed("map-of-numbers", "a map to numbers", "index.json",
            index='{"weight_map": {"conv_in.weight": 5}}'),
    indexed("no-json", "an index that is a web page", "index.json", "web page",
            index=make.WEB_PAGE),
    indexed("to-itself", "an index that names itself as a shard", "diffusion_pytorch_model",
            index=map_to("diffusion_pytorch_model.safetensors.index.json")),
    indexed("deep", "an index of 200,000 lists within one another", "index.json",
            index=lazily(lambda: make.alternating("[", "]", 200_000).encode())),
]

MODELS = [
    verified("weights.model-missing", "a model that is not there", BAD_DATA,
             "model: no such file or folder"),
    verified("weights.model-empty", "an empty folder", BAD_DATA, "model: not a model",
             "expected model_index.json", files={"model": folder}),
    altered("no-configuration", "a UNet without its configuration", "unet/config.json",
            at="unet/config.json", content=removed),
    altered("no-weights", "a UNet without its weights", "unet/diffusion_pytorch_model", at=UNET,
            content=removed),
    altered("weights-cut", "weights that are cut short", "unet", "truncated", at=UNET,
            content=cut(5000)),
    altered("configuration-empty", "an empty configuration", "error: model/unet/config.json",
            at="unet/config.json", content=b""),
    altered("configuration-list", "a configuration that is a list", "error: model/unet/config.json",
            at="unet/config.json", content="[]"),
    altered("configuration-deep", "a configuration of 200,000 lists within one another",
            "unet/config.json", at="unet/config.json",
            content=lazily(lambda: make.alternating("[", "]", 200_000).encode())),
    altered("huge-layers", "a UNet of 2⁶² channels", "error: model/unet/config.json",
            "block_out_channels", "at most", at="unet/config.json",
            content=lambda path, _: _configure(path, block_out_channels=[2**62, 2**62])),
    altered("many-layers", "a UNet of a million layers a block", "error: model/unet/config.json",
            at="unet/config.json",
            content=lambda path, _: _configure(path, layers_per_block=1_000_000)),
    altered("negative-size", "a UNet of −320 channels", "error: model/unet/config.json",
            at="unet/config.json",
            content=lambda path, _: _configure(path, block_out_channels=[-320, -640])),
    altered("no-groups", "a UNet of no norm groups", "unet/config.json", "norm_num_groups",
            at="unet/config.json", content=lambda path, _: _configure(path, norm_num_groups=0)),
    altered("word-for-size", "a UNet of \"many\" channels", "unet/config.json", "in_channels",
            at="unet/config.json", content=lambda path, _: _configure(path, in_channels="many")),
    altered("unknown-option", "an option that would change the mathematics", "unet/config.json",
            "class_embed_type", at="unet/config.json",
            content=lambda path, _: _configure(path, class_embed_type="timestep")),
    altered("no-scale", "an autoencoder whose latents are scaled by 0", "vae/config.json",
            "scaling_factor", at="vae/config.json",
            content=lambda path, _: _configure(path, scaling_factor=0)),
    altered("no-heads", "an image encoder without heads", "image_encoder/config.json",
            "num_attention_heads", at="image_encoder/config.json",
            content=lambda path, _: _configure(path, num_attention_heads=0)),
    altered("large-picture", "an image encoder for pictures of 2³⁰ pixels a side",
            "image_encoder/config.json", "image_size", "at most", at="image_encoder/config.json",
            content=lambda path, _: _configure(path, image_size=2**30)),
    altered("schedule-of-nothing", "a schedule without timesteps", "scheduler_config.json",
            "num_train_timesteps", at="scheduler/scheduler_config.json",
            content=lambda path, _: _configure(path, num_train_timesteps=0)),
    altered("schedule-endless", "a schedule of 2⁶² timesteps", "scheduler_config.json",
            "num_train_timesteps", at="scheduler/scheduler_config.json",
            content=lambda path, _: _configure(path, num_train_timesteps=2**62)),
    altered("schedule-turned", "a schedule whose noise is above 1", "scheduler_config.json",
            at="scheduler/scheduler_config.json",
            content=lambda path, _: _configure(path, beta_end=7.5)),
    altered("schedule-unknown", "a schedule of another kind", "scheduler_config.json",
            "beta_schedule", at="scheduler/scheduler_config.json",
            content=lambda path, _: _configure(path, beta_schedule="squaredcos_cap_v2")),
]

OTHERS = [
    mixture("no-pickle", "a mixture that is a web page", content=make.WEB_PAGE),
    mixture("runs-system", "a mixture that calls os.system", "os.system",
            content=make.call("os", "system", "touch pwned")),
    mixture("cut", "a mixture that is cut short",
            content=(CONTAINERS / "mixture.4.pickle").read_bytes()[:300]),
    mixture("other-object", "a pickle of a dictionary", content=b"\x80\x02}."),
    start_noise("web-page", "noise that is a web page", "web page", content=make.WEB_PAGE),
    start_noise("no-latents", "noise under another name", "latents",
                content=make.safetensors({"noise": tensor([1], 0, 4)}, bytes(4))),
    start_noise("misshapen", "noise of another shape", "shape", "this picture needs",
                content=make.safetensors({"latents": tensor([1], 0, 4)}, bytes(4))),
    start_noise(
        "nan", "noise of NaN", "latents",
        content=make.safetensors({"latents": tensor([1, 8, 16, 16], 0, 8192)},
                                 b"\xff\xff\xff\x7f" * 2048)),
    paint(
        "weights.noise-whole-numbers", "noise of whole numbers, which is taken as it is", FINE,
        OUTPUT, options=("--noise", "own.safetensors"), leaves=(OUTPUT,), files={
            "own.safetensors": make.safetensors({"latents": tensor([1, 8, 16, 16], 0, 16384, "I64")},
                                                b"\xff" * 16384)
        }),
]


def _configure(path: object, **options: object) -> None:
    """Sets options in a configuration that is there already."""
    path.write_text(json.dumps(json.loads(path.read_text()) | options))


CASES = [*HEADERS, *TENSORS, *CHECKPOINTS, *INDICES, *MODELS, *OTHERS]
