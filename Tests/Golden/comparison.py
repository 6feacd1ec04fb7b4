"""Writes Tests/Golden/comparison: two finished runs of pbe-eval, and what comparing them must find.

  pip install numpy==2.4.6 scipy==1.17.1
  python Tests/Golden/comparison.py
"""

import json
from pathlib import Path

import numpy as np
from scipy import stats

ROOT = Path(__file__).parent / "comparison"
PER_CASE = {
    "clip_score": lambda row: row["clip_score"],
    "quality_score": lambda row: row["quality_score"],
    "background.psnr": lambda row: row["psnr"],
    "background.ssim": lambda row: row["ssim"],
    "inside.psnr": lambda row: row["psnr_inside"],
    "reference_similarity.own": lambda row: row["own"],
    "reference_similarity.mean_difference": lambda row: row["own"] - row["shuffled"],
}
DISTANCES = {
    "clip_fid": [(12.5, 0.4), (13.25, 0.3)],
    "kid": [(0.031, 0.002), (0.026, 0.0015)],
}


def rows(count, shift, random, base):
    """Cases that are all of `base`'s, each measurement moved by about `shift` and some noise."""
    result = []
    for i in range(count):
        row = {"id": f"{i:012d}", "inputs": f"{i:064x}"}
        for name, value in base[i].items():
            row[name] = round(value + shift.get(name, 0) + random.normal(0, 0.02 * abs(value)), 6)
        result.append(row)
    return result


def write_run(name, cases, distances, scale):
    folder = ROOT / name
    folder.mkdir(parents=True, exist_ok=True)
    count = len(cases)
    protocol = {"protocol": "p", "count": count}

    def mean(key):
        return float(np.mean([case[key] for case in cases]))

    difference = mean("own") - mean("shuffled")
    metrics = {
        "count": count,
        "listed": count,
        "subset": True,
        "settings": {"bench": "bench", "results": name, "result_size": "32x32", "scale": scale},
        "hashes": {"bench": "b", "clip": "c", "gmm": "g", "reference_statistics": "r"},
        "clip_score": {"value": mean("clip_score"), **protocol},
        "quality_score": {"value": mean("quality_score"), **protocol},
        "background": {"value": mean("psnr"), **protocol},
        "inside": {"value": mean("psnr_inside"), **protocol},
        "reference_similarity": {"value": difference, **protocol},
    }
    for metric, (value, error) in distances.items():
        metrics[metric] = {"value": value, "standard_error": error, **protocol}
    (folder / "metrics.json").write_text(json.dumps(metrics, indent=2, sort_keys=True) + "\n")
    lines = [json.dumps(case, sort_keys=True) + "\n" for case in cases]
    (folder / "cases.jsonl").write_text("".join(lines))


def sign_flips(differences, resamples=np.inf):
    def mean(sample, axis):
        return np.mean(sample, axis=axis)

    return stats.permutation_test(
        (differences,), mean, permutation_type="samples", vectorized=True,
        n_resamples=resamples, random_state=np.random.default_rng(0), batch=10000,
    ).pvalue


def interval(differences):
    found = stats.bootstrap(
        (differences,), np.mean, n_resamples=100000, method="percentile", vectorized=True,
        random_state=np.random.default_rng(0), batch=10000,
    ).confidence_interval
    return [found.low, found.high]


def expected_case_metric(a, b, value):
    one, two = np.array([value(row) for row in a]), np.array([value(row) for row in b])
    return {
        "a": one.mean(), "b": two.mean(), "p_value": sign_flips(two - one),
        "ci95": interval(two - one), "standard_error": stats.sem(two - one),
    }


def expected_distance(a, b):
    error = np.hypot(a[1], b[1])
    difference = b[0] - a[0]
    z = stats.norm.ppf(0.975)
    return {
        "a": a[0], "b": b[0], "p_value": 2 * stats.norm.sf(abs(difference) / error),
        "ci95": [difference - z * error, difference + z * error],
    }


def main():
    random = np.random.default_rng(5)
    count = 12
    base = [
        {
            "psnr": random.uniform(20, 30), "ssim": random.uniform(0.8, 0.9),
            "psnr_inside": random.uniform(10, 15), "own": random.uniform(0.5, 0.7),
            "shuffled": random.uniform(0.2, 0.4), "clip_score": random.uniform(70, 90),
            "quality_score": random.uniform(60, 80), "log_likelihood": random.uniform(180, 240),
        }
        for _ in range(count)
    ]
    a = rows(count, {}, random, base)
    b = rows(count, {"clip_score": -3, "psnr": 0.2, "own": 0.03}, random, base)
    for name, cases, index, scale in [("a", a, 0, 3), ("b", b, 1, 5)]:
        distances = {metric: pair[index] for metric, pair in DISTANCES.items()}
        write_run(name, cases, distances, scale)
    metrics = {name: expected_case_metric(a, b, value) for name, value in PER_CASE.items()}
    metrics |= {name: expected_distance(*pair) for name, pair in DISTANCES.items()}
    many = np.round(random.normal(0.3, 1, 40), 3)
    expected = {
        "metrics": metrics,
        "many": {"differences": many.tolist(), "p_value": sign_flips(many, 999999)},
    }
    text = json.dumps(expected, indent=1, sort_keys=True)
    (ROOT / "expected.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
