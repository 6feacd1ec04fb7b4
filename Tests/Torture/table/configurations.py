"""Configurations and overrides: bombs, oddities of YAML, unknown keys, impossible values."""

from __future__ import annotations

from .builders import WEB_PAGE, alternating
from .case import BAD_DATA, FINE, GIBIBYTE, USAGE, Case, Limits
from .contents import folder, lazily, link, pipe, scenes, sparse
from .programs import configured, overridden, trained

TOO_MANY = "holds over 20000 values"


def read(name: str, what: str, code: int, *messages: str, text: object, **rest: object) -> Case:
    return configured(f"configurations.{name}", what, code, *messages, text=text, **rest)


def override(name: str, what: str, code: int, *messages: str, by: tuple[str, ...]) -> Case:
    return overridden(f"configurations.override-{name}", what, code, *messages, by=by)


def impossible(name: str, what: str, code: int, *messages: str, by: tuple[str, ...],
               **rest: object) -> Case:
    return trained(f"configurations.size-{name}", what, code, *messages, by=by,
                   files={"data": scenes}, **rest)


def alias_bomb(end: str) -> str:
    """Lists by aliases, each nine times the one before it, and what is done with the last."""
    lines = ["a0: &a0 [x,x]"]
    for level in range(1, 10):
        lines.append(f"a{level}: &a{level} [{','.join([f'*a{level - 1}'] * 9)}]")
    return "\n".join([*lines, end]) + "\n"


def unknown_keys(count: int) -> bytes:
    return "".join(f"key{number}: {number}\n" for number in range(count)).encode()


def chain(length: int) -> bytes:
    """Values of which each refers to the next."""
    links = "".join(f"v{number}: ${{v{number + 1}}}\n" for number in range(length))
    return f"{links}v{length}: 1\n".encode()


def nested_references(depth: int) -> bytes:
    return ("seed: " + alternating("${", "}", depth) + "\n").encode()


def repeated_text(size: int, count: int) -> bytes:
    """A long text to which so many values refer."""
    uses = "".join("- x${a}\n" for _ in range(count))
    return f"a: {'t' * size}\nb:\n{uses}".encode()


def deep_list(depth: int) -> bytes:
    return ("seed: " + alternating("[", "]", depth) + "\n").encode()


def deep_mapping(depth: int) -> bytes:
    return "".join(" " * level + f"k{level}:\n" for level in range(depth)).encode()


def merges(depth: int) -> str:
    """Mappings of which each merges the one before it twice."""
    lines = ["m0: &m0 {seed: 1}"]
    for level in range(1, depth):
        lines.append(f"m{level}: &m{level} {{<<: [*m{level - 1}, *m{level - 1}], k{level}: 1}}")
    return "\n".join(lines) + "\n"


BOMBS = [
    read("key-bomb", "an alias bomb as a mapping's key", BAD_DATA, "own.yaml:", TOO_MANY,
         text=alias_bomb("? *a9\n: 1")),
    read("value-bomb", "an alias bomb as a value", BAD_DATA, "own.yaml:", TOO_MANY,
         text=alias_bomb("b: *a9")),
    read("bomb-in-key-in-value", "an alias bomb in the key of a key", BAD_DATA, "own.yaml:",
         text=alias_bomb("? {? [*a9] : *a9} : 1")),
    read("bomb-in-merge", "mappings that merge each other twice, 40 times over", BAD_DATA,
         "own.yaml", text=merges(40)),
    read("mapping-key-anchors", "an anchored list as a key, used again", BAD_DATA,
         "own.yaml:1: a key must be a word", text="? &k [a, b]\n: 1\nb: *k\n"),
    read("self-alias", "a list that holds itself", BAD_DATA, "own.yaml:1", "undefined alias",
         text="seed: &a [*a]\n"),
    read("19000-unknown-keys", "19,000 unknown keys", BAD_DATA, "own.yaml:1", "key0",
         "further keys are unknown", text=lazily(unknown_keys, 19_000)),
    read("30000-keys", "30,000 keys", BAD_DATA, TOO_MANY, text=lazily(unknown_keys, 30_000)),
    read("long-chain", "15,000 values of which each refers to the next", BAD_DATA, "own.yaml:",
         "references away", text=lazily(chain, 15_000)),
    read("deep-references", "100,000 references within one another", BAD_DATA, "own.yaml:1",
         "within one another", text=lazily(nested_references, 100_000)),
    read("repeated-text", "a text of 400 kB that 15,000 values use", BAD_DATA, "own.yaml:",
         TOO_MANY, text=lazily(repeated_text, 400_000, 15_000)),
    read("deep-list", "100,000 lists within one another", BAD_DATA, "own.yaml:1",
         text=lazily(deep_list, 100_000)),
    read("deep-mapping", "900 mappings within one another", BAD_DATA, "own.yaml",
         text=lazily(deep_mapping, 900)),
    read("large-file", "a file of 20 MB in one word", BAD_DATA, "own.yaml", "over 1 MB",
         text=lazily(lambda: b"seed: " + b"7" * (20 << 20))),
    read("huge-file", "a file of 8 GB", BAD_DATA, "own.yaml", "over 1 MB",
         text=sparse(b"seed: 1\n", 8 << 30)),
]

YAML = [
    read("empty", "an empty file describes the paper's model", FINE, text=""),
    read("comment-only", "a file of a comment", FINE, text="# nothing\n"),
    read("text", "a file of a word", BAD_DATA, "own.yaml", "expected", text="hello\n"),
    read("list", "a file of a list", BAD_DATA, "own.yaml", "expected", text="- seed: 1\n"),
    read("two-documents", "two documents in a file", BAD_DATA, "own.yaml:2", "document",
         text="seed: 1\n---\nseed: 2\n"),
    read("tab", "a tab that indents", BAD_DATA, "own.yaml:2: a tab indents this line", "spaces",
         text="model:\n\tbase_learning_rate: 1\n"),
    read("no-end", "a list that isn't closed", BAD_DATA, "own.yaml:", "no valid YAML",
         text="seed: [1, 2\n"),
    read("repeated-key", "a key twice", BAD_DATA, "own.yaml:", "`seed` is repeated", "keep one",
         text="seed: 1\nseed: 2\n"),
    read("nul", "a NUL", BAD_DATA, "own.yaml:1", "control characters", text=b"seed: 1\0\n"),
    read("control-characters", "an escape sequence in a key", BAD_DATA, "own.yaml:1", "unknown",
         text='"\\e]0;x\\a": 1\n'),
    read("bidi-override", "a key that turns the line round", BAD_DATA, "own.yaml:1", "unknown",
         text='"\\u202Edeed": 1\n'),
    read("control-value", "an escape sequence in a value", BAD_DATA, "own.yaml:1", "objective",
         text='objective: "\\e[31mred"\n'),
    read("utf-16", "UTF-16 with its mark", FINE, "seed: 5", text="seed: 5\n".encode("utf-16")),
    read("utf-16-cut", "UTF-16 that ends in half a character", BAD_DATA, "own.yaml",
         text="seed: 5\n".encode("utf-16")[:-1]),
    read("no-utf-8", "bytes that are no UTF-8", BAD_DATA, "own.yaml", "UTF-8",
         text=b"seed: 1 # \xff\xfe\xfd\n"),
    read("byte-order-mark", "UTF-8 with a byte order mark", FINE, "seed: 5",
         text=b"\xef\xbb\xbfseed: 5\n"),
    read("old-line-ends", "lines that end in CR", FINE, "seed: 5", "objective: clip",
         text=b"seed: 5\robjective: clip\r"),
    read("web-page", "a web page", BAD_DATA, "own.yaml", text=WEB_PAGE),
    read("tag", "a Python object as YAML's tags make it", BAD_DATA, "own.yaml:1: the YAML tag",
         "remove it", text="seed: !!python/object/apply:os.system [touch pwned]\n"),
    read("unknown-alias", "an alias of nothing", BAD_DATA, "own.yaml:1", "undefined alias",
         text="seed: *nothing\n"),
    read("star-character", "the character that stands for stars within", BAD_DATA, "own.yaml",
         "U+F8FA", text="seed: \uf8fa\n"),
    read(
        "merge", "a merge key as PyYAML has it", FINE, "image_size: 64",
        text="data:\n  params:\n    train: &t\n      params: {image_size: 64}\n"
        "    validation:\n      <<: *t\n"),
    read("merge-of-number", "a merge key with a number", BAD_DATA, "own.yaml:1: `<<` merges",
         text="<<: 5\n"),
    read("merge-of-bad-list", "a merge key with a list of words", BAD_DATA, "own.yaml:1",
         "`<<` merges", text="<<: [a, b]\n"),
    read("quoted-merge", "a merge key in quotation marks, which is a word", BAD_DATA,
         "unknown key `<<`", text='"<<": {seed: 1}\n'),
    read("merge-of-unknown", "a merge key that brings an unknown key", BAD_DATA, "own.yaml:1",
         "seeed", "seed", text="<<: {seeed: 1}\n"),
]

VALUES = [
    read("unknown-key", "a key with a mistake", BAD_DATA, "own.yaml:3", "bse_learning_rate",
         "base_learning_rate", text="# mine\nmodel:\n  bse_learning_rate: 1\n"),
    read("not-a-number", "a learning rate of NaN", BAD_DATA, "own.yaml:1", "base_learning_rate",
         text="model: {base_learning_rate: .nan}\n"),
    read("infinite", "a learning rate without end", BAD_DATA, "own.yaml:1", "base_learning_rate",
         text="model: {base_learning_rate: .inf}\n"),
    read("overflowing", "a learning rate of 1e999", BAD_DATA, "own.yaml:1", "base_learning_rate",
         text="model: {base_learning_rate: 1e999}\n"),
    read("beyond-53-bits", "a seed of 2⁶³ − 1", BAD_DATA, "own.yaml:1", "`seed`",
         "9007199254740992", text=f"seed: {2**63 - 1}\n"),
    read("beyond-64-bits", "a seed of 2⁶⁴", BAD_DATA, "own.yaml:1", "`seed`",
         text=f"seed: {2**64}\n"),
    read("largest-seed", "a seed of 2⁵³", FINE, "seed: 9007199254740992", text=f"seed: {2**53}\n"),
    read("long-number", "a number of 100,000 digits", BAD_DATA, "own.yaml:1", "`seed`",
         text="seed: " + "9" * 100_000 + "\n"),
    read("negative", "a negative seed", BAD_DATA, "own.yaml:1", "`seed`", "from 0 to",
         text="seed: -1\n"),
    read("fraction", "half a seed", BAD_DATA, "own.yaml:1", "`seed`", "whole number",
         text="seed: 0.5\n"),
    read("word-for-number", "a word where a number is expected", BAD_DATA, "own.yaml:1", "`seed`",
         text="seed: many\n"),
    read("list-for-number", "a list where a number is expected", BAD_DATA, "own.yaml:1", "`seed`",
         text="seed: [1]\n"),
    read("number-for-group", "a number where keys are expected", BAD_DATA, "own.yaml:1", "`model`",
         text="model: 1\n"),
    read("empty-list", "a network without levels", BAD_DATA, "own.yaml:1", "channel_mult",
         text="model: {params: {unet_config: {params: {channel_mult: []}}}}\n"),
    read("choice", "an objective with a mistake", BAD_DATA, "own.yaml:1", "latent-diffusion",
         text="objective: latent-difusion\n"),
    read("long-word", "an objective of 100,000 letters", BAD_DATA, "own.yaml:1", "objective",
         text="objective: " + "a" * 100_000 + "\n"),
    read("fixed-key", "another value of a key that has one", BAD_DATA, "own.yaml:1", "loss_type",
         text="model: {params: {loss_type: l1}}\n"),
    read("moved-key", "a key that has another place", BAD_DATA, "own.yaml:1", "initialize.model",
         text="model: {params: {ckpt_path: a.ckpt}}\n"),
    read("reference-to-itself", "a value that refers to itself", BAD_DATA, "own.yaml:1",
         "refers to itself", text="seed: ${seed}\n"),
    read("reference-in-a-ring", "values that refer to each other", BAD_DATA, "refers to itself",
         text="seed: ${objective}\nobjective: ${seed}\n"),
    read("reference-to-nothing", "a reference to a key that there is not", BAD_DATA, "own.yaml:1",
         "nothing", text="seed: ${nothing}\n"),
    read("reference-unclosed", "a reference without its end", BAD_DATA, "own.yaml:1",
         "without its `}`", text='seed: "${model"\n'),
    read("resolver", "a reference to the environment", BAD_DATA, "own.yaml:1", "oc.env",
         text="objective: ${oc.env:HOME}\n"),
    read("reference-up", "a reference to above the file's top", BAD_DATA, "own.yaml:1",
         text="seed: ${.....model}\n"),
]

FILES = [
    read("pipe", "a pipe that nobody writes into", BAD_DATA, "own.yaml", "pipe", text=pipe,
         limits=Limits(seconds=9)),
    read("pipe-with-writer", "a pipe that a program writes into", FINE, "seed: 9", text=pipe,
         written={"own.yaml": b"seed: 9\n"}),
    read("folder", "a folder", BAD_DATA, "own.yaml", "folder", text=folder),
    read("link-to-itself", "a link to itself", BAD_DATA, "own.yaml", "symbolic links",
         text=link("own.yaml")),
    Case("configurations.missing", "a configuration that is not there", "pbe-train",
         ("--config", "gone.yaml", "--print-config"), BAD_DATA,
         ("gone.yaml: the configuration file does not exist",)),
    Case("configurations.null-device", "/dev/null describes the paper's model", "pbe-train",
         ("--config", "/dev/null", "--print-config"), FINE),
    Case("configurations.two-problems", "problems in two files are told at once", "pbe-train",
         ("--config", "a.yaml", "b.yaml", "--print-config"), BAD_DATA, ("a.yaml:1", "b.yaml:2"),
         {"a.yaml": "seed: x\n", "b.yaml": "# mine\nseeed: 1\n"}),
    Case("configurations.clash-of-files", "a file in which a group is a number in another",
         "pbe-train", ("--config", "a.yaml", "b.yaml", "--print-config"), BAD_DATA,
         ("a.yaml:1", "`model`"), {"a.yaml": "model: 1\n", "b.yaml": "seed: 1\n"}),
]

OVERRIDES = [
    override("no-value", "an override without a value, which is taken for a file", BAD_DATA,
             "seed: the configuration file does not exist", by=("seed",)),
    override("no-key", "an override without a key", USAGE, "is no key", by=("=5",)),
    override("empty", "an empty override", USAGE, "empty", by=("",)),
    override("dots-only", "a key of dots", USAGE, "..", by=("..=1",)),
    override("dot-at-end", "a key that ends in a dot", USAGE, "model.", by=("model.=1",)),
    override("unknown", "an unknown key", USAGE, "seeed", "`seed`", by=("seeed=1",)),
    override("yaml-bomb", "an alias bomb as a value", USAGE, "seed",
             by=("seed=[&a [x,x],&b [*a,*a,*a,*a],&c [*b,*b,*b,*b],[*c,*c]]",)),
    override("broken-yaml", "a value that is no YAML", USAGE, "command line", by=("seed=[1",)),
    override("nan", "a value of NaN", USAGE, "base_learning_rate",
             by=("model.base_learning_rate=nan",)),
    override("into-number", "a key below a number", USAGE, "seed", by=("seed.deeper=1",)),
    override("deep", "a key of 10,000 parts", USAGE, "is no key",
             by=(".".join(["a"] * 10_000) + "=1",)),
    override("long", "a value of 100 kB", USAGE, "objective", by=("objective=" + "x" * 100_000,)),
    override("many", "a megabyte of overrides, all of them unknown", USAGE, "unknown",
             by=tuple(f"k{number}={'x' * 100_000}" for number in range(10))),
    override("twice", "a key twice: the later value wins", FINE, "seed: 2",
             by=("seed=1", "seed=2")),
    override("null", "a value of null counts as left out", FINE, by=("seed=null",)),
    override("control-characters", "an escape sequence in a key", USAGE, "unknown",
             by=("\x1b]0;x\x07=1",)),
]

SIZES = [
    impossible(
        "channels", "a network of 16,384 channels on four levels", BAD_DATA, "of memory", "smaller",
        by=("objective=latent-diffusion", "initialize.vae=random",
            "initialize.image_encoder=random", "initialize.unet=random",
            "model.params.unet_config.params.model_channels=16384")),
    impossible("batch", "batches of 65,536 pictures of 1,024 pixels a side", BAD_DATA, "of memory",
               "batch_size",
               by=("data.params.batch_size=65536", "data.params.train.params.image_size=1024")),
    impossible("picture", "pictures of 16,384 pixels a side, 64 at once", BAD_DATA, "memory",
               by=("data.params.batch_size=64", "data.params.train.params.image_size=16384")),
    impossible("more-than-data", "batches larger than the data set, which take pictures again",
               FINE, "Done", by=("data.params.batch_size=64",), leaves=("out", "out/*")),
    impossible("no-multiple", "pictures of a size that the autoencoder cannot halve", USAGE,
               "image_size", by=("data.params.train.params.image_size=33",)),
    impossible("beyond-range", "batches of more pictures than are allowed", USAGE, "batch_size",
               "65536", by=("data.params.batch_size=65537",)),
    impossible(
        "heads", "a width that the heads do not divide", USAGE, "heads",
        by=("objective=latent-diffusion", "initialize.vae=random",
            "initialize.image_encoder=random", "initialize.unet=random",
            "model.params.unet_config.params.model_channels=24",
            "model.params.unet_config.params.num_heads=5",
            "model.params.unet_config.params.norm_groups=8")),
    impossible("groups", "a width that the groups of the norms do not divide", BAD_DATA,
               "7 norm groups",
               by=("model.params.first_stage_config.params.ddconfig.norm_groups=7",)),
    impossible("threads", "a thousand workers, which is allowed", FINE, "Done",
               by=("data.params.num_workers=1024",), leaves=("out", "out/*"),
               limits=Limits(memory=24 * GIBIBYTE)),
]

CASES = [*BOMBS, *YAML, *VALUES, *FILES, *OVERRIDES, *SIZES]
