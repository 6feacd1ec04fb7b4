"""The judge of shapes: names what a crop shows, by its shape alone.

    python judge.py train --scenes DIR --output judge.pt
    python judge.py score --judge judge.pt --scenes DIR --bench DIR --results DIR DIR …

It learns from crops of `pbe-data scenes` pictures whose colours and sharpness mean nothing: both are
redrawn for every crop. Of a bench's cases it names the painted part and the reference. What `score`
prints for each folder of results, as JSON:

accuracy    share of real crops, of pictures that it never saw, that it names as they are called
agreement   share of painted parts that it names as their own reference
chance      the same with the reference of the next case
fid         Fréchet distance of painted parts to real crops, by the features that it names them by
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F

SIZE = 32
FEATURES = 64
EPOCHS = 10
BATCH = 128
VALIDATION = 1500


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.path = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels),
            nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )  # fmt: skip

    def forward(self, x):
        return F.relu(x + self.path(x))


class Judge(nn.Module):
    """Crops [N, 3, 32, 32] to the features [N, 64] that a linear layer names."""

    def __init__(self, classes):
        super().__init__()
        self.classes = list(classes)
        widths = [3, 24, 48, FEATURES]
        stages = []
        for before, width in zip(widths, widths[1:]):
            stages += [
                nn.Conv2d(before, width, 3, stride=1 if before == 3 else 2, padding=1, bias=False),
                nn.BatchNorm2d(width), nn.ReLU(), Residual(width),
            ]  # fmt: skip
        self.features = nn.Sequential(*stages, Residual(FEATURES), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.names = nn.Linear(FEATURES, len(self.classes))

    def forward(self, crops):
        return self.names(self.features(standardised(crops)))

    @torch.no_grad()
    def read(self, crops):
        """The features of crops, and the numbers of their names."""
        self.eval()
        parts = [self.features(standardised(part)) for part in crops.split(256)]
        features = torch.cat(parts)
        return features, self.names(features).argmax(1)


def standardised(crops):
    """Without brightness and contrast."""
    flat = crops.flatten(1)
    mean, deviation = flat.mean(1), flat.std(1)
    return (crops - mean[:, None, None, None]) / (deviation[:, None, None, None] + 1e-3)


def crop(picture, box):
    """A part of a picture, [3, 32, 32] in [0, 1]."""
    part = picture.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BICUBIC, box=box)
    return torch.from_numpy(np.asarray(part).copy()).permute(2, 0, 1).float() / 255


def real_crops(scenes, manifest, limit=None):
    """Objects of a manifest's pictures and what they are called; small ones show no shape."""
    crops, labels = [], []
    for line in (scenes / manifest).read_text().splitlines():
        record = json.loads(line)
        with Image.open(scenes / record["image"]) as picture:
            picture.load()
            for box, label in zip(record["boxes"], record["labels"]):
                if min(box[2] - box[0], box[3] - box[1]) >= 16:
                    crops.append(crop(picture, box))
                    labels.append(label)
        if limit and len(crops) >= limit:
            break
    return torch.stack(crops), labels


def redrawn(crops, random):
    """Crops with other colours, other sharpness and a little elsewhere; none says what an object is."""
    count = len(crops)
    rows = torch.rand(count, 3, 3, generator=random) * 1.6 - 0.6
    grey = torch.rand(count, 1, 1, generator=random) < 0.5
    luminance = torch.tensor([0.299, 0.587, 0.114]).expand(count, 3, 3)
    crops = torch.einsum("nij,njhw->nihw", torch.where(grey, luminance, rows), crops)
    sigma = 1.6 * torch.rand(count, generator=random) ** 2 + 1e-2
    crops = blurred(crops, sigma)
    noise = torch.randn(crops.shape, generator=random)
    crops = crops + 0.05 * torch.rand(count, 1, 1, 1, generator=random) * noise
    # Scaled, moved, leant and mirrored.
    scale = 1 + 0.3 * (torch.rand(count, 2, generator=random) - 0.5)
    flip = 1 - 2.0 * (torch.rand(count, generator=random) < 0.5)
    lean = 0.3 * (torch.rand(count, generator=random) - 0.5)
    move = 0.3 * (torch.rand(count, 2, generator=random) - 0.5)
    affine = torch.zeros(count, 2, 3)
    affine[:, 0, 0], affine[:, 1, 1] = scale[:, 0] * flip, scale[:, 1]
    affine[:, 0, 1], affine[:, 1, 0] = lean, -lean * flip
    affine[:, :, 2] = move
    grid = F.affine_grid(affine, crops.shape, align_corners=False)
    return F.grid_sample(crops, grid, padding_mode="reflection", align_corners=False)


def blurred(crops, sigma):
    """Each with a Gaussian of its own."""
    offsets = torch.arange(-4, 5).float()
    kernel = torch.exp(-(offsets**2) / (2 * sigma[:, None] ** 2))
    kernel = kernel / kernel.sum(1, keepdim=True)
    count, channels, height, width = crops.shape
    kernel = kernel.repeat_interleave(channels, 0)
    flat = F.pad(crops.reshape(1, count * channels, height, width), (4, 4, 4, 4), mode="replicate")
    flat = F.conv2d(flat, kernel[:, None, :, None], groups=count * channels)
    flat = F.conv2d(flat, kernel[:, None, None, :], groups=count * channels)
    return flat.reshape(crops.shape)


def train(scenes, output, seed=0):
    """Minutes on two cores; the same judge every time on the same kind of machine."""
    torch.manual_seed(seed)
    random = torch.Generator().manual_seed(seed)
    crops, labels = real_crops(scenes, "train.jsonl")
    classes = sorted(set(labels))
    numbers = torch.tensor([classes.index(label) for label in labels])
    judge = Judge(classes)
    optimizer = torch.optim.AdamW(judge.parameters(), lr=2e-3, weight_decay=0.05)
    steps = EPOCHS * (len(crops) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    for epoch in range(EPOCHS):
        judge.train()
        order = torch.randperm(len(crops), generator=random)
        losses = []
        for rows in order.split(BATCH)[: len(crops) // BATCH]:
            loss = F.cross_entropy(
                judge(redrawn(crops[rows], random)), numbers[rows], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        print(f"epoch {epoch + 1} of {EPOCHS}: loss {np.mean(losses):.3f}, "
              f"right on {accuracy(judge, scenes):.3f} of real crops", flush=True)
    torch.save({"classes": classes, "weights": judge.state_dict()}, output)
    return judge


def load(path):
    saved = torch.load(path, weights_only=True)
    judge = Judge(saved["classes"])
    judge.load_state_dict(saved["weights"])
    return judge.eval()


def accuracy(judge, scenes):
    crops, labels = real_crops(scenes, "validation.jsonl", VALIDATION)
    _, named = judge.read(crops)
    return np.mean([judge.classes[n] == label for n, label in zip(named, labels)])


def mask_box(path):
    """Bounds of what is white."""
    rows, columns = np.nonzero(np.asarray(Image.open(path).convert("L")) >= 128)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def frechet(a, b):
    """Between normal distributions fitted to two sets of features (Heusel et al., arXiv:1706.08500)."""
    a, b = a.double(), b.double()
    spread = torch.cov(a.T) @ torch.cov(b.T)
    root = torch.linalg.eigvals(spread).real.clamp(min=0).sqrt().sum()
    distance = (a.mean(0) - b.mean(0)).square().sum()
    return (distance + torch.cov(a.T).trace() + torch.cov(b.T).trace() - 2 * root).item()


def bench_crops(bench, results):
    """Painted parts and references of the cases that have a result, in the order of their numbers."""
    painted, references = [], []
    for file in sorted(results.glob("*.png")):
        number = file.stem
        box = mask_box(bench / "Mask_bbox_3500" / f"{number}_mask.png")
        with Image.open(file) as picture:
            painted.append(crop(picture, box))
        with Image.open(bench / "Ref_3500" / f"{number}_ref.png") as picture:
            references.append(crop(picture, (0, 0, *picture.size)))
    return torch.stack(painted), torch.stack(references)


def score(judge, scenes, bench, folders):
    real, _ = judge.read(real_crops(scenes, "train.jsonl", 4000)[0])
    right = accuracy(judge, scenes)
    scores = []
    for results in folders:
        painted, references = bench_crops(bench, results)
        features, named = judge.read(painted)
        _, called = judge.read(references)
        scores.append({
            "cases": len(named),
            "accuracy": right,
            "agreement": (named == called).float().mean().item(),
            "chance": (named == called.roll(-1)).float().mean().item(),
            "fid": frechet(features, real),
        })
    return scores


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", choices=["train", "score"])
    for name in ("scenes", "output", "judge", "bench"):
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--results", type=Path, nargs="+")
    options = parser.parse_args()
    if options.work == "train":
        train(options.scenes, options.output)
    else:
        judge = load(options.judge)
        print(json.dumps(
            score(judge, options.scenes, options.bench, options.results), indent=1))
