"""Writes Tests/Golden/evaluation: a small bench with results, and what its metrics must be.

  pip install numpy==2.4.6 scipy==1.17.1 scikit-image==0.26.0 pillow==13.0.0
  python Tests/Golden/evaluation.py
"""

import json
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import stats
from skimage.color import rgb2lab
from skimage.metrics import structural_similarity

ROOT = Path(__file__).parent / "evaluation"
IDS = [7, 392, 1048575, 5, 90]
WIDTH, HEIGHT = 44, 36


def picture(random, width=WIDTH, height=HEIGHT):
    """A smooth picture with a disc on it: shapes and colours, yet small as a PNG."""
    y, x = np.mgrid[:height, :width].astype(float)
    corner = random.uniform(0, 255, (3, 3))
    image = corner[0] + (corner[1] - corner[0]) * (x / width)[..., None] + (
        corner[2] - corner[0]) * (y / height)[..., None]
    center = random.uniform(8, 28, 2)
    image[(x - center[0]) ** 2 + (y - center[1]) ** 2 < 81] = random.uniform(0, 255, 3)
    return np.clip(image, 0, 255).astype(np.uint8)


def save(path, image):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(path, optimize=True)


def mask(random):
    x, y = random.integers(2, 20, 2)
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[y : y + 13, x : x + 17] = 255
    mask[y, x : x + 17] = [0, 100, 127] + [128] * 14  # a soft edge: 128 and more are inside
    return mask


def histogram(image):
    lab = rgb2lab(image).reshape(-1, 3)
    counts, _ = np.histogramdd(lab, bins=8, range=[(0, 100), (-128, 127), (-128, 127)])
    return counts / counts.sum()


def psnr(a, b, where):
    error = ((a.astype(float) - b.astype(float)) ** 2)[where].mean()
    return 100.0 if error == 0 else 10 * np.log10(255**2 / error)


def measure(case):
    result, truth, inside = case["result"], case["truth"], case["mask"] >= 128
    _, ssim = structural_similarity(
        result, truth, data_range=255, channel_axis=2, full=True, gaussian_weights=True,
        sigma=1.5, use_sample_covariance=False)
    ys, xs = np.nonzero(inside)
    return {
        "psnr": psnr(result, truth, ~inside),
        "psnr_inside": psnr(result, truth, inside),
        "ssim": ssim[~inside].mean(),
        "ssim_everywhere": ssim.mean(),
        "patch": histogram(result[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]),
        "reference": histogram(case["reference"]),
    }


def make_cases():
    random = np.random.default_rng(0)
    cases = []
    for i, number in enumerate(IDS):
        truth, reference, hole = picture(random), picture(random, 30, 26), mask(random)
        blend = np.array(Image.fromarray(reference).resize((WIDTH, HEIGHT)))
        result = truth.copy()
        if i != 1:  # case 1 keeps its background exactly
            result = np.clip(result + random.integers(-4, 5, (HEIGHT, 1, 3)), 0, 255)
        if i != 3:  # case 3 ignores its reference
            result = np.where(hole[..., None] >= 128, blend, result)
        cases.append(dict(
            id=f"{number:012d}", truth=truth, reference=reference, mask=hole,
            result=result.astype(np.uint8)))
    return cases


def summarize(measured):
    n = len(measured)
    own, shuffled = (
        np.array([np.minimum(measured[i]["patch"], measured[(i + step) % n]["reference"]).sum()
                  for i in range(n)]) for step in (0, 1))
    wins, ties = int((own > shuffled).sum()), int((own == shuffled).sum())
    interval = stats.bootstrap(
        (own - shuffled,), np.mean, n_resamples=100_000, method="percentile",
        rng=np.random.default_rng(0)).confidence_interval
    return {
        "background": {k: float(np.mean([m[k] for m in measured])) for k in ("psnr", "ssim")},
        "inside": {"psnr": float(np.mean([m["psnr_inside"] for m in measured]))},
        "reference_similarity": {
            "own": own.mean(), "shuffled": shuffled.mean(),
            "mean_difference": (own - shuffled).mean(), "ci95": list(interval),
            "wins": wins, "ties": ties,
            "p_value": stats.binomtest(wins, n - ties, 0.5).pvalue,
        },
        "cases": [
            {"psnr": m["psnr"], "psnr_inside": m["psnr_inside"], "ssim": m["ssim"],
             "ssim_everywhere": m["ssim_everywhere"], "own": own[i], "shuffled": shuffled[i]}
            for i, m in enumerate(measured)],
    }


def write_lists():
    """The same numbers as NumPy stores them in its several ways."""
    numbers, names = np.array(IDS), np.array([f"{n:012d}" for n in IDS])
    lists = {
        "int64-v1": (numbers, (1, 0)), "int32-v2": (numbers.astype("<i4"), (2, 0)),
        "int64-v3": (numbers, (3, 0)), "unicode": (names, (1, 0)),
        "bytes": (names.astype("S12"), (1, 0)), "float": (numbers / 2, (1, 0)),
        "matrix": (numbers[:, None], (1, 0)), "big-endian": (numbers.astype(">i8"), (1, 0)),
        "objects": (numbers.astype(object), (1, 0)), "negative": (-numbers, (1, 0)),
        "repeated": (np.array([1, 2, 1]), (1, 0)), "path": (np.array(["../../x"]), (1, 0)),
    }
    (ROOT / "lists").mkdir(parents=True, exist_ok=True)
    for name, (array, version) in lists.items():
        with open(ROOT / "lists" / f"{name}.npy", "wb") as file:
            np.lib.format.write_array(file, array, version=version)


def main():
    cases = make_cases()
    for case in cases:
        name = case["id"]
        save(ROOT / f"bench/GT_3500/{name}_GT.png", case["truth"])
        save(ROOT / f"bench/Mask_bbox_3500/{name}_mask.png", case["mask"])
        save(ROOT / f"bench/Ref_3500/{name}_ref.png", case["reference"])
        save(ROOT / f"results/{name}.png", case["result"])
    np.save(ROOT / "bench/id_list.npy", np.array(IDS))
    write_lists()
    expected = summarize([measure(case) for case in cases])
    expected["sign_test"] = [
        {"wins": w, "losses": l, "p_value": stats.binomtest(w, w + l, 0.5).pvalue}
        for w, l in [(0, 1), (5, 5), (7, 2), (38, 62), (80, 20), (95, 3), (1900, 1600)]]
    text = json.dumps(expected, indent=1)
    (ROOT / "expected.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
