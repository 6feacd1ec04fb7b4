"""Writes Tests/Golden/distances: features, and what distances and mixtures of them must be.

  pip install numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1
  python Tests/Golden/distances.py
"""

import json
import pickle
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from scipy import linalg
from sklearn.mixture import GaussianMixture

ROOT = Path(__file__).parent / "distances"
DIMENSION = 24


def features(random, count, shift=0.0, dimension=DIMENSION):
    """Correlated, of unequal variances, rounded to single precision as encoders give them."""
    mixing = random.normal(size=(dimension, dimension)) * np.logspace(0, -3, dimension)
    return (random.normal(size=(count, dimension)) @ mixing + 1 + shift).astype(np.float32)


def frechet(x, y):
    """pytorch-fid's formula: SciPy's square root of the product of the covariances."""
    mean_x, mean_y = x.mean(0), y.mean(0)
    cov_x, cov_y = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    root = linalg.sqrtm(cov_x @ cov_y).real
    traces = np.trace(cov_x) + np.trace(cov_y)
    return {"value": ((mean_x - mean_y) ** 2).sum() + traces - 2 * np.trace(root), "traces": traces}


def frechet_low_rank(x, y):
    """The same by the singular values of X₁ᵀX₂, which no rank troubles."""
    a = (x - x.mean(0)) / np.sqrt(len(x) - 1)
    b = (y - y.mean(0)) / np.sqrt(len(y) - 1)
    root = linalg.svdvals(a @ b.T).sum()
    traces = (a**2).sum() + (b**2).sum()
    return {"value": ((x.mean(0) - y.mean(0)) ** 2).sum() + traces - 2 * root, "traces": traces}


def kid(x, y):
    def kernel(a, b):
        return (a @ b.T / a.shape[1] + 1) ** 3

    n, m = len(x), len(y)
    own = (kernel(x, x).sum() - np.trace(kernel(x, x))) / (n * (n - 1))
    other = (kernel(y, y).sum() - np.trace(kernel(y, y))) / (m * (m - 1))
    return own + other - 2 * kernel(x, y).mean()


def jackknife(x, y):
    def variance(values):
        return (len(values) - 1) / len(values) * ((values - values.mean()) ** 2).sum()

    over_x = np.array([kid(np.delete(x, i, 0), y) for i in range(len(x))])
    over_y = np.array([kid(x, np.delete(y, i, 0)) for i in range(len(y))])
    return np.sqrt(variance(over_x) + variance(over_y))


def clusters(random, count=240, dimension=6):
    centers = random.normal(size=(3, dimension)) * 1.2
    scales = [np.eye(dimension) + 0.4 * random.normal(size=(dimension, dimension)) for _ in range(3)]
    labels = random.integers(0, 3, count)
    x = np.stack([centers[k] + scales[k] @ random.normal(size=dimension) for k in labels])
    return x.astype(np.float32)


def parameters(mixture):
    return {
        "weights": mixture.weights_.tolist(),
        "means": mixture.means_.ravel().tolist(),
        "covariances": mixture.covariances_.ravel().tolist(),
    }


def fit(x):
    """Scikit-learn's EM from a start that is stored, too."""
    means = x[:3].astype(float)
    covariances = np.stack([np.cov(x, rowvar=False)] * 3)
    mixture = GaussianMixture(
        3, weights_init=[0.5, 0.3, 0.2], means_init=means,
        precisions_init=np.linalg.inv(covariances)).fit(x.astype(float))
    return {
        "start": {
            "weights": [0.5, 0.3, 0.2], "means": means.ravel().tolist(),
            "covariances": covariances.ravel().tolist(),
        },
        "end": parameters(mixture),
        "lower_bound": mixture.lower_bound_,
        "iterations": mixture.n_iter_,
        "scores": mixture.score_samples(x.astype(float)).tolist(),
    }


def pickles(x):
    """A mixture of each covariance type in each protocol, and their scores of the first vectors."""
    scores = {}
    for kind in ["full", "tied", "diag", "spherical"]:
        mixture = GaussianMixture(3, covariance_type=kind, random_state=0).fit(x.astype(float))
        scores[kind] = mixture.score_samples(x[:20].astype(float)).tolist()
        for protocol in [2, 3, 4, 5] if kind == "full" else [4]:
            with open(ROOT / f"{kind}-{protocol}.pickle", "wb") as file:
                pickle.dump(mixture, file, protocol)
        if kind == "full":
            mixture.covariances_ = np.asfortranarray(mixture.covariances_.astype(">f4"))
            with open(ROOT / "fortran.pickle", "wb") as file:
                pickle.dump(mixture, file, 4)
    with open(ROOT / "not-a-mixture.pickle", "wb") as file:
        pickle.dump({"weights_": [1.0]}, file, 4)
    return scores


def main():
    ROOT.mkdir(exist_ok=True)
    random = np.random.default_rng(20)
    reference = features(random, 70)
    many, few = features(random, 90, 0.1), features(random, 15, 0.1)
    x = clusters(random)
    save_file(
        {"reference": reference, "many": many, "few": few, "clusters": x},
        ROOT / "features.safetensors")
    reference, many, few = (a.astype(np.float64) for a in (reference, many, few))
    pairs = {"many": many, "few": few}
    expected = {
        "covariance": np.cov(many, rowvar=False).ravel().tolist(),
        "frechet": {name: frechet(a, reference) for name, a in pairs.items()},
        "frechet_low_rank": {name: frechet_low_rank(a, reference) for name, a in pairs.items()},
        "kid": {
            name: {"value": kid(a, reference), "standard_error": jackknife(a, reference)}
            for name, a in pairs.items()
        },
        "fit": fit(x),
        "pickles": pickles(x),
    }
    (ROOT / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
    for key in ["frechet", "frechet_low_rank", "kid"]:
        print(key, expected[key])
    print(expected["fit"]["iterations"], expected["fit"]["lower_bound"])
    print(sum(file.stat().st_size for file in ROOT.iterdir()) // 1024, "KB")


if __name__ == "__main__":
    main()
