"""How often the limits of an unanchored matching-adjusted comparison cover the truth: what docs/maic.md prints."""

import numpy as np
import pytest
from scipy.special import expit

from equipoise.errors import MethodError
from equipoise.stats.maic import matching_weights
from equipoise.stats.maic_outcome import unanchored_effect, weighted_means
from equipoise.stats.published_outcome import published_rate
from equipoise.stats.published_table import PublishedBaseline

LOG_ODDS_RATIO = 0.6


def covered(cases: int, published: int, apart: float, runs: int) -> tuple[float, float]:
    """The share of limits that cover the true risk difference, weights as fixed and as estimated.

    Two normal covariates, one of them prognostic (log odds 0.7 an SD) and ``apart`` SDs higher in the published arm.
    """
    rng = np.random.default_rng(1)
    x = rng.normal(size=200_000) + apart
    truth = float(np.mean(expit(0.7 * x + LOG_ODDS_RATIO) - expit(0.7 * x)))
    hits = []
    while len(hits) < runs:
        own, theirs = rng.normal(size=(cases, 2)), rng.normal([apart, 0], 1, size=(published, 2))
        response = (rng.random(cases) < expit(0.7 * own[:, 0] + LOG_ODDS_RATIO)).astype(float)
        control = published_rate(int(np.sum(rng.random(published) < expit(0.7 * theirs[:, 0]))), published)
        try:
            weights = matching_weights(own, PublishedBaseline(("a", "b"), theirs.mean(axis=0), (None, None)))
            means = weighted_means(response, weights)
            fixed = unanchored_effect(means, control, measure="difference")
            estimated = unanchored_effect(means, control, measure="difference", variance="weights as estimated")
        except MethodError:
            continue  # withheld, as it would be in a report
        hits.append([effect.lower <= truth <= effect.upper for effect in (fixed, estimated)])
    first, second = np.mean(hits, axis=0)
    return float(first), float(second)


@pytest.mark.parametrize(
    ("cases", "published", "apart", "least"), [(24, 50, 0.3, 0.92), (24, 50, 0.8, 0.88), (100, 100, 0.8, 0.92)]
)
def test_coverage_is_what_the_page_says(cases, published, apart, least):
    # 300 runs: a standard error of 1.3 points
    for share in covered(cases, published, apart, runs=300):
        assert least <= share <= 0.995
