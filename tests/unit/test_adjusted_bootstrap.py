"""The bootstrap of outcome regression, AIPW and entropy balancing: each resample is what a refit of its rows gives."""

import numpy as np
import pytest

from equipoise.errors import MethodError
from equipoise.stats.adjusted_bootstrap import draw_within
from equipoise.stats.adjusted_bootstrap_models import (
    _tilted_to,
    bootstrap_augmented,
    bootstrap_entropy,
    bootstrap_regression,
)
from equipoise.stats.adjusted_outcome import OutcomeRegression, augmented_contrast, regression_contrast
from equipoise.stats.adjusted_weighted import entropy_contrast
from equipoise.stats.propensity import fit_propensity
from equipoise.stats.weights_entropy import entropy_balance

NAMES = list("abc")
LINEAR, FIRTH = OutcomeRegression("linear"), OutcomeRegression("logistic", "firth")


@pytest.fixture(scope="module")
def pair():
    """24 v 50 with three covariates, scores and responses."""
    rng = np.random.default_rng(7)
    arm = np.arange(74) < 24
    x = rng.normal(size=(74, 3)) + 0.3 * arm[:, None]
    score = 20 + x.sum(axis=1) + arm + rng.normal(size=74)
    return fit_propensity(arm, x, NAMES, penalty="firth"), x, score, (score > 20.5).astype(float)


def both(pair, method, target, kind):
    fit, x, score, response = pair
    outcome, regression = (score, LINEAR) if kind == "score" else (response, FIRTH)
    drawn = {"replicates": 399, "rng": np.random.default_rng(1)}
    if method == "entropy":
        balance = entropy_balance(fit.treated, x, NAMES, target=target)
        return entropy_contrast(outcome, balance), bootstrap_entropy(outcome, balance, **drawn)
    if method == "AIPW":
        words = {"target": target, "regression": regression}
        return augmented_contrast(outcome, fit, **words), bootstrap_augmented(outcome, fit, **words, **drawn)
    words = {"target": target, "regression": regression}
    plain = regression_contrast(outcome, fit.treated, fit.design, **words)
    return plain, bootstrap_regression(outcome, fit, **words, **drawn)


@pytest.mark.parametrize("method", ["entropy", "AIPW", "regression"])
@pytest.mark.parametrize("target", ["ATT", "ATE"])
@pytest.mark.parametrize("kind", ["score", "response"])
def test_it_agrees_with_the_sandwich(pair, method, target, kind):
    plain, resampled = both(pair, method, target, kind)
    assert resampled.difference.estimate == plain.difference.estimate
    assert resampled.difference.standard_error == pytest.approx(plain.difference.standard_error, rel=0.2)
    assert resampled.difference.lower < plain.difference.estimate < resampled.difference.upper
    assert resampled.ratio.lower < plain.ratio.estimate < resampled.ratio.upper
    again = both(pair, method, target, kind)[1]
    assert again == resampled  # the same seed, the same number
    assert resampled.degrees_of_freedom is None
    assert "bootstrap of 399" in resampled.method


def test_a_resample_is_balanced_as_its_rows_would_be(pair):
    fit, x, score, _ = pair
    arm = fit.treated
    balance = entropy_balance(arm, x, NAMES, target="ATT")
    z = balance.design.dense()[:, 1:]
    count = draw_within(arm, 20, np.random.default_rng(3))
    weight, failed = _tilted_to(z[~arm], count[:, ~arm], count[:, arm] @ z[arm] / 24)
    for one, mine, broke in zip(count.astype(int), weight, failed, strict=True):
        again = np.repeat(np.arange(74), one)
        try:
            theirs = entropy_balance(arm[again], x[again], NAMES, target="ATT").weights.weight
        except MethodError:
            assert broke
            continue
        others = ~arm[again]
        wanted = np.average(score[again][others], weights=theirs[others])
        assert np.average(score[~arm], weights=mine) == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("method", ["AIPW", "regression"])
@pytest.mark.parametrize("kind", ["score", "response"])
def test_a_resample_is_what_a_refit_of_its_rows_gives(pair, method, kind, monkeypatch):
    """One resample at a time: the means of the drawn rows, everything fitted to them anew."""
    fit, x, score, response = pair
    arm, outcome = fit.treated, score if kind == "score" else response
    regression = LINEAR if kind == "score" else FIRTH
    seen = []
    target = "equipoise.stats.adjusted_bootstrap_models.resampled_contrast"
    monkeypatch.setattr(target, lambda y, arm, whole, means, **_: seen.append(means))
    run = bootstrap_augmented if method == "AIPW" else bootstrap_regression
    run(outcome, fit, target="ATT", regression=regression, replicates=99, rng=np.random.default_rng(1))
    count = draw_within(arm, 5, np.random.default_rng(5))
    found, failed = seen[0](count)
    for one, means, broke in zip(count.astype(int), found, failed, strict=True):
        again = np.repeat(np.arange(74), one)
        refitted = fit_propensity(arm[again], x[again], NAMES, penalty="firth")
        words = {"target": "ATT", "regression": regression}
        try:
            if method == "AIPW":
                wanted = augmented_contrast(outcome[again], refitted, **words)
            else:
                wanted = regression_contrast(outcome[again], refitted.treated, refitted.design, **words)
        except MethodError:
            assert broke
            continue
        assert means == pytest.approx([wanted.treated, wanted.comparator], abs=1e-5)


def test_resamples_that_cannot_be_balanced_are_drawn_again_and_counted_or_refused():
    rng = np.random.default_rng(2)
    arm = np.arange(30) < 10
    spread, outcome = 0.5 * rng.normal(size=30), rng.normal(size=30)
    near = spread + 0.4 * arm
    balance = entropy_balance(arm, near[:, None], ["age"], target="ATT")
    answer = bootstrap_entropy(outcome, balance, replicates=99, rng=np.random.default_rng(1))
    assert "could not be fitted and were drawn again" in answer.notes[-1]
    far = spread + 0.7 * arm
    balance = entropy_balance(arm, far[:, None], ["age"], target="ATT")
    with pytest.raises(MethodError, match="no weights reach the means"):
        bootstrap_entropy(outcome, balance, replicates=99, rng=np.random.default_rng(1))


def test_limits_of_risks_stay_between_minus_one_and_one(pair):
    fit, x, *_ = pair
    nearly = fit.treated.astype(float)
    nearly[[0, 30]] = 1.0 - nearly[[0, 30]]
    balance = entropy_balance(fit.treated, x, NAMES, target="ATT")
    found = bootstrap_entropy(nearly, balance, replicates=99, rng=np.random.default_rng(1)).difference
    assert -1.0 <= found.lower < found.upper <= 1.0
