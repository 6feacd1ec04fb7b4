"""Makes synthesis.json: what OpenCV, Pillow and bezier make of small pictures, for Tests/Data.

pip install numpy==1.26.4 opencv-python-headless==4.9.0.80 pillow==13.0.0 bezier==2023.7.28
python Tests/Golden/synthesis.py
"""

import json
import pathlib

import bezier
import cv2
import numpy
from PIL import Image, ImageDraw

random = numpy.random.default_rng(0)
width, height = 20, 16


def smooth(h, w, channels=3):
    """A picture without sharp edges, so that rounding of coordinates shows little."""
    noise = random.uniform(0, 255, (h, w, channels)).astype(numpy.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), 1.5, borderType=cv2.BORDER_REFLECT_101)
    low, high = noise.min(), noise.max()
    return ((noise - low) / (high - low) * 255).round().astype(numpy.uint8)


def flat(array):
    array = numpy.asarray(array).reshape(-1)
    return [v if isinstance(v, int) else round(v, 6) for v in array.tolist()]


picture = smooth(height, width)
options = {"flags": cv2.INTER_LINEAR, "borderMode": cv2.BORDER_REFLECT_101}
golden = {"width": width, "height": height, "picture": flat(picture)}

angle = 17.5
matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1)
golden["angle"] = angle
golden["rotated"] = flat(cv2.warpAffine(picture, matrix, (width, height), **options))

corners = numpy.float32([[15, 13], [15, 3], [5, 3]])
moved = corners + numpy.float32([[4, -3], [2.5, 1], [-3, 2]])
matrix = cv2.getAffineTransform(corners, moved)
golden["corners"], golden["moved"] = corners.tolist(), moved.tolist()
golden["affine"] = flat(cv2.warpAffine(picture, matrix, (width, height), **options))

dx, dy = random.uniform(-3, 3, (2, height, width)).astype(numpy.float32)
x, y = numpy.meshgrid(numpy.float32(range(width)), numpy.float32(range(height)))
golden["dx"], golden["dy"] = flat(dx), flat(dy)
golden["remapped"] = flat(
    cv2.remap(picture, x + dx, y + dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101))

for side in 3, 5, 7:
    golden[f"blur{side}"] = flat(cv2.blur(picture, (side, side)))

part = picture[2:15, 3:20]  # x 3, y 2, 17 × 13
floats = part.astype(numpy.float32) / 127.5 - 1
golden["resized"] = {str(n): flat(cv2.resize(floats, (n, n))) for n in (5, 23)}
planes = [Image.fromarray(floats[..., c]) for c in range(3)]
golden["antialiased"] = {
    str(n): flat(numpy.stack([p.resize((n, n), Image.Resampling.BILINEAR) for p in planes], -1))
    for n in (5, 23)
}

golden["polygons"] = []
for count in 5, 12, 40:
    turn = numpy.sort(random.uniform(0, 2 * numpy.pi, count))
    radius = random.uniform(12, 24, count)
    points = numpy.stack([32 + radius * numpy.cos(turn), 30 + radius * numpy.sin(turn)], 1)
    points = points.astype(int)
    canvas = Image.new("L", (64, 60))
    ImageDraw.Draw(canvas).polygon([tuple(p) for p in points.tolist()], fill=255)
    rows = ["".join(".#"[v // 255] for v in row) for row in numpy.asarray(canvas).tolist()]
    golden["polygons"].append({"points": points.tolist(), "rows": rows})

golden["edges"] = []
for _ in range(12):
    x0, y0 = random.integers(0, 200, 2)
    x1, y1 = x0 + random.integers(20, 800), y0 + random.integers(20, 500)
    grown = y0 - random.integers(0, 60)
    nodes = numpy.asfortranarray([[x0, (x0 + x1) / 2, x1], [y0, grown, y0]])
    curve = bezier.Curve(nodes, degree=2)
    points = [curve.evaluate(i * 0.05).reshape(-1).tolist() for i in range(1, 19)]
    golden["edges"].append({"box": [int(v) for v in (x0, y0, x1, y1, grown)], "points": points})

path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, separators=(",", ":")))
