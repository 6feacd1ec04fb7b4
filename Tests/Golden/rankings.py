"""Writes Tests/Golden/rankings.json: what SciPy, scikit-posthocs, statsmodels and choix make of rankings.

  pip install numpy==2.4.6 scipy==1.17.1 scikit-posthocs==0.17.1 choix==0.4.1
  python Tests/Golden/rankings.py
"""

import json
from pathlib import Path

import choix
import numpy as np
import scikit_posthocs
from scipy import stats
from statsmodels.stats.multitest import multipletests

FILE = Path(__file__).parent / "rankings.json"


def distributions():
    chi = [[x, df, stats.chi2.sf(x, df)] for x in (0.01, 1, 5, 40, 300) for df in (1, 4, 9, 60)]
    f = [
        [x, a, b, stats.f.sf(x, a, b)]
        for x in (0.05, 1, 3.5, 20, 200) for a, b in ((1, 1), (4, 44), (4, 5996), (9, 20))
    ]
    t = [
        [x, df, 2 * stats.t.sf(x, df)] for x in (0, 0.3, 2, 6, 15) for df in (1, 3, 44, 5996)
    ]
    q = [
        [x, k, stats.studentized_range.sf(x, k, np.inf)]
        for x in (0.1, 1, 2.728 * 2**0.5, 6, 8) for k in (2, 3, 5, 9)
    ]
    return {"chi_squared": chi, "f": f, "student": t, "studentized_range": q}


def tests(ranks):
    friedman = stats.friedmanchisquare(*ranks.T)
    n, k = ranks.shape
    f = (n - 1) * friedman.statistic / (n * (k - 1) - friedman.statistic)
    nemenyi = scikit_posthocs.posthoc_nemenyi_friedman(ranks).to_numpy()
    conover = scikit_posthocs.posthoc_conover_friedman(ranks).to_numpy()
    holm = scikit_posthocs.posthoc_conover_friedman(ranks, p_adjust="holm").to_numpy()
    return {
        "ranks": ranks.tolist(), "chi_squared": friedman.statistic, "p_value": friedman.pvalue,
        "f": f, "f_p_value": stats.f.sf(f, k - 1, (k - 1) * (n - 1)),
        "nemenyi": nemenyi.tolist(), "conover": conover.tolist(), "conover_holm": holm.tolist(),
    }


def strengths(orders, systems):
    def normal(alpha):
        weights = np.exp(choix.mm_rankings(systems, orders, alpha=alpha, tol=1e-13, max_iter=100000))
        return (weights / weights.sum()).tolist()

    return {"orders": orders, "free": normal(0.0), "prior": normal(0.1)}


def main():
    random = np.random.default_rng(20)
    worth = np.array([0.05, 0.4, 0.1, 0.25, 0.2])
    orders = [
        random.choice(5, 5, replace=False, p=worth).tolist() for _ in range(40)
    ]
    strict = np.array([np.argsort(order) + 1 for order in orders[:12]], dtype=float)
    tied = np.array([
        stats.rankdata(row) for row in random.integers(1, 4, (9, 4)) + np.array([0, 1, 0, 1])
    ])
    p = random.uniform(0, 0.2, 6)
    data = {
        "distributions": distributions(), "strict": tests(strict), "tied": tests(tied),
        "strengths": strengths(orders, 5),
        "holm": {"p": p.tolist(), "adjusted": multipletests(p, method="holm")[1].tolist()},
    }
    FILE.write_text(json.dumps(data, indent=1) + "\n")


if __name__ == "__main__":
    main()
