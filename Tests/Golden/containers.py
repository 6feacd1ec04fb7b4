"""The same few tensors in every container in which PyTorch's weights circulate.

fixtures/containers/: `plain.safetensors` holds what all the others must give.
"""

import json
import pickle
import sys
import types
from collections import OrderedDict
from unittest.mock import patch

import torch
from safetensors.torch import save_file

from layout import FIXTURES, Random

FOLDER = FIXTURES / "containers"


def tensors():
    """One of each type, and what is not a contiguous block of its own."""
    random = Random("containers")
    base = random.normal(4, 6).float()
    shared = random.normal(5, 3).float()
    integers = random.integers(200, 3, 2)
    return {
        "f32": random.normal(3, 5).float(),
        "f16": random.normal(7).half(),
        "bf16": random.normal(2, 3).bfloat16(),
        "f64": random.normal(4),
        "i64": integers - 100,
        "i32": integers.int(),
        "i16": integers.short(),
        "i8": (integers - 100).char(),
        "u8": integers.byte(),
        "bool": integers > 100,
        "scalar": torch.tensor(7.25),
        "empty": torch.zeros(0, 4),
        "transposed": base.T,
        "transposed16": base.half().T,
        "slice": base[1:3, 2:5],
        "permuted": random.normal(2, 3, 4).float().permute(2, 0, 1),
        "tail": shared[2:],
        "whole": shared,
        "column": shared[:, 1],
        "expanded": torch.tensor([1.5, -2]).expand(3, 2),
        "parameter": torch.nn.Parameter(random.normal(2, 2).float()),
    }


def foreign(module, name):
    """A class of a library that whoever reads the file has not got."""
    created = type(name, (), {"__module__": module})
    parts = module.split(".")
    for i in range(len(parts)):
        parent = ".".join(parts[: i + 1])
        sys.modules.setdefault(parent, types.ModuleType(parent))
    setattr(sys.modules[module], name, created)
    return created


def lightning(state):
    """A checkpoint as PyTorch Lightning 1.4 writes it, weights under `state_dict`."""
    Checkpoint = foreign("pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint")
    Config = foreign("omegaconf.dictconfig", "DictConfig")
    config = Config()
    config.content = {"lr": 1e-5, "parent": config}
    momentum = {"step": 3, "exp_avg": torch.ones(3), "param": state["f32"]}
    return {
        "epoch": 2,
        "global_step": 10**10,
        "pytorch-lightning_version": "1.4.2",
        "state_dict": state,
        "callbacks": {Checkpoint: {"best_model_score": torch.tensor(0.5), "dirpath": None}},
        "optimizer_states": [{"state": {0: momentum}, "param_groups": [{"betas": (0.9, 0.999)}]}],
        "lr_schedulers": [],
        "hparams": config,
    }


def sharded(name, suffix, write, values):
    shards = {f"{name}-0000{i}-of-00002.{suffix}": {} for i in (1, 2)}
    for i, (key, value) in enumerate(sorted(values.items())):
        shards[list(shards)[i % 2]][key] = value
    for shard, part in shards.items():
        write(part, FOLDER / shard)
    index = {"metadata": {}, "weight_map": {k: s for s, part in shards.items() for k in part}}
    (FOLDER / f"{name}.{suffix}.index.json").write_text(json.dumps(index, indent=1) + "\n")


def numpy_pickle(path):
    """An object with arrays, as scikit-learn's models are pickled."""
    import numpy

    Mixture = foreign("sklearn.mixture._gaussian_mixture", "GaussianMixture")
    mixture = Mixture()
    mixture.means_ = numpy.arange(6.0).reshape(2, 3)
    mixture.n_components = 2
    mixture.covariance_type = "full"
    mixture.converged_ = True
    mixture.names = {"a"}
    mixture.itself = [mixture]
    for protocol in (2, 3, 4, 5):
        with open(path.with_suffix(f".{protocol}.pickle"), "wb") as file:
            pickle.dump(mixture, file, protocol)


def generate():
    FOLDER.mkdir(exist_ok=True)
    values = tensors()
    copies = {k: v.detach().contiguous().clone() for k, v in values.items()}
    save_file(copies, FOLDER / "plain.safetensors")
    torch.save(values, FOLDER / "dictionary.pt")
    module = torch.nn.Module()
    for key, value in values.items():
        if isinstance(value, torch.nn.Parameter):
            module.register_parameter(key, value)
        else:
            module.register_buffer(key, value)
    state = module.state_dict()
    assert isinstance(state, OrderedDict) and state._metadata is not None
    torch.save(state, FOLDER / "state.bin")
    with patch.dict(sys.modules):
        torch.save(lightning(state), FOLDER / "lightning.ckpt")
        numpy_pickle(FOLDER / "mixture")
    sharded("model", "safetensors", save_file, copies)
    sharded("pytorch_model", "bin", torch.save, copies)
    for path in sorted(FOLDER.iterdir()):
        print(f"containers/{path.name}: {path.stat().st_size / 1024:.1f} KB")
