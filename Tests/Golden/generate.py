"""Makes Tests/Golden/fixtures and Tests/Golden/listings, the oracle of the Swift tests.

    python3 -m venv venv && venv/bin/pip install -r requirements.txt
    venv/bin/python generate.py [ops modules …]

A second run gives the same files; commit them with whatever changed here.
"""

import importlib
import sys

import torch

TOPICS = (
    "ops", "modules", "components", "schedule", "schedulers", "sampler_gradient", "torch_generator",
    "training", "harmonisation", "containers", "listings", "original", "pipeline", "inpainting",
    "blended", "encoders", "text", "consistency", "tiny_decoder", "adversarial",
)

if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float32)
    for topic in sys.argv[1:] or TOPICS:
        importlib.import_module(topic).generate()
