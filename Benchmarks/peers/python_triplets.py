"""OpenCV, PIL and albumentations: training examples from picture files, on one core.

    python -m peers.python_triplets --dataset MANIFEST

The operations of the official dataset class as the paper and its users describe them: a box is
grown, a mask of it drawn (its rectangle, or a closed curve along its edges), a square around it cut
out and made 512 × 512, and the object, stretched to 224 × 224, is flipped, rotated, blurred and
bent.
"""

import argparse
import json
import random
from pathlib import Path

import albumentations
import cv2
import numpy
import torch
from PIL import Image, ImageDraw

from .protocol import Work, serve

SIZE, REFERENCE_SIZE = 512, 224
CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_DEVIATION = (0.26862954, 0.26130258, 0.27577711)


class TripletWork(Work):
    def __init__(self, options: argparse.Namespace) -> None:
        cv2.setNumThreads(1)
        torch.set_num_threads(1)
        manifest = Path(options.dataset)
        self.records = [json.loads(line) for line in manifest.read_text().splitlines()]
        self.folder = manifest.parent
        self.augment = albumentations.Compose(
            [
                albumentations.Resize(height=REFERENCE_SIZE, width=REFERENCE_SIZE),
                albumentations.HorizontalFlip(p=0.5),
                albumentations.Rotate(limit=20),
                albumentations.Blur(p=0.3),
                albumentations.ElasticTransform(alpha=1, sigma=50, p=0.3),
            ]
        )

    def run(self, case: str):
        examples = [self.example(record) for record in self.records]
        batch = [torch.stack(parts) for parts in zip(*examples)]
        return lambda: {"image": batch[0][:1].numpy()}

    def example(self, record: dict) -> tuple[torch.Tensor, ...]:
        path = str(self.folder / record["image"])
        image = Image.open(path).convert("RGB")
        box = [int(side) for side in random.choice(record["boxes"])]
        grown = grow(box, image.width, image.height)
        reference = self.reference(path, box)
        mask = curve(box, grown, image.size) if random.random() < 0.5 else rectangle(
            grown, image.size
        )
        pixels = torch.from_numpy(numpy.array(image)).permute(2, 0, 1).float() / 255
        pixels = (pixels - 0.5) / 0.5
        keep = 1 - torch.from_numpy(numpy.array(mask))[None].float() / 255
        x, y, side_x, side_y = square(grown, image.width, image.height)
        pixels, keep = (
            torch.nn.functional.interpolate(
                part[None, :, y : y + side_y, x : x + side_x], size=(SIZE, SIZE), mode="bilinear"
            )[0]
            for part in (pixels, keep)
        )
        return pixels, pixels * keep, keep, reference

    def reference(self, path: str, box: list[int]) -> torch.Tensor:
        picture = cv2.cvtColor(cv2.imread(path), cv2.COLOR_BGR2RGB)
        height, width = picture.shape[:2]
        x0, y0 = max(box[0] - 10, 0), max(box[1] - 10, 0)
        x1, y1 = min(box[2] + 10, width), min(box[3] + 10, height)
        part = self.augment(image=picture[y0:y1, x0:x1])["image"]
        pixels = torch.from_numpy(numpy.ascontiguousarray(part)).permute(2, 0, 1).float() / 255
        mean = torch.tensor(CLIP_MEAN)[:, None, None]
        return (pixels - mean) / torch.tensor(CLIP_DEVIATION)[:, None, None]


def grow(box: list[int], width: int, height: int) -> list[int]:
    """Each side moves outwards by up to 40 % of the room that there is."""
    x0, y0, x1, y1 = box
    return [
        x0 - int(random.uniform(0, 0.4 * x0)),
        y0 - int(random.uniform(0, 0.4 * y0)),
        x1 + int(random.uniform(0, 0.4 * (width - x1))),
        y1 + int(random.uniform(0, 0.4 * (height - y1))),
    ]


def rectangle(box: list[int], size: tuple[int, int]) -> Image.Image:
    mask = Image.new("L", size, 0)
    ImageDraw.Draw(mask).rectangle(box, fill=255)
    return mask


def curve(box: list[int], grown: list[int], size: tuple[int, int]) -> Image.Image:
    """A quadratic curve along each edge, from corner to corner of the box, drawn towards the grown
    box; its points are shifted by up to 5 pixels."""
    x0, y0, x1, y1 = box
    left, top, right, bottom = grown
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    middle_x, middle_y = (x0 + x1) / 2, (y0 + y1) / 2
    controls = [(middle_x, top), (right, middle_y), (middle_x, bottom), (left, middle_y)]
    t = numpy.linspace(0.05, 0.9, 18)[:, None]
    points = []
    for i in range(4):
        a, b, c = (numpy.array(p) for p in (corners[i], controls[i], corners[(i + 1) % 4]))
        edge = (1 - t) ** 2 * a + 2 * t * (1 - t) * b + t**2 * c
        points += [(x + random.randint(-5, 5), y + random.randint(-5, 5)) for x, y in edge]
    mask = Image.new("L", size, 0)
    ImageDraw.Draw(mask).polygon([(float(x), float(y)) for x, y in points], fill=255)
    return mask


def square(box: list[int], width: int, height: int) -> tuple[int, int, int, int]:
    """x, y, width and height of a square that holds the box; the whole picture where none does."""
    side = min(width, height)
    if width == height or max(box[2] - box[0], box[3] - box[1]) > side:
        return 0, 0, width, height
    x = random.randint(max(0, box[2] - side), min(box[0], width - side))
    y = random.randint(max(0, box[3] - side), min(box[1], height - side))
    # Nearer by up to 60 % of what is free on the side where there is least.
    margin = min(box[0] - x, box[1] - y, x + side - box[2], y + side - box[3])
    zoom = int(random.uniform(0, 0.6) * max(margin, 0))
    return x + zoom, y + zoom, side - 2 * zoom, side - 2 * zoom


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--dataset", required=True)
    options = parser.parse_args()
    serve(lambda: TripletWork(options))
