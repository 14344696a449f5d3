"""Weights, weighted outcomes and their comparison. Outside numbers: tests/reference/maic.R, and what Roche's MAIC prints."""

import os
import subprocess
import sys

import numpy as np
import pytest

from equipoise.errors import DataError, MethodError
from equipoise.stats.maic import matching_weights, without
from equipoise.stats.maic_outcome import (
    anchored_effect,
    bootstrap_means,
    bootstrap_unanchored,
    unanchored_effect,
    weighted_means,
)
from equipoise.stats.published_outcome import PublishedOutcome, published_mean, published_rate
from equipoise.stats.published_table import PublishedBaseline, PublishedRow, published_baseline
from reference.saved import rows

SAVED = {row["what"]: float(row["value"]) for row in rows("maic")}
CASES = rows("maic_cases")
NAMES = ("age", "male", "smoke", "ecog0")
X = np.array([[float(row[name]) for name in NAMES] for row in CASES])
ARM = np.array([int(row["arm"]) for row in CASES])
RESPONSE = np.array([float(row["response"]) for row in CASES])
SCORE = np.array([float(row["score"]) for row in CASES])
# inst/extdata/aggregate_data.csv of Roche's MAIC
PUBLISHED = PublishedBaseline(
    NAMES, np.array([50.0633333333333, 0.49, 0.193333333333333, 0.35]), (3.23535892601672, None, None, None)
)
WEIGHTS = matching_weights(X, PUBLISHED)


def table(mean, sd=None, names=None):
    mean = np.atleast_1d(np.asarray(mean, dtype=float))
    return PublishedBaseline(names or tuple("abcdef"[: mean.size]), mean, sd or (None,) * mean.size)


def test_one_yes_or_no_covariate_by_hand():
    # 6 of 8 are women and the table says one in two: each woman weighs 1/12 of the total, each man 3/12
    weights = matching_weights(np.array([[1.0]] * 6 + [[0.0]] * 2), table(0.5))
    assert weights.weight == pytest.approx([2 / 3] * 6 + [2.0] * 2)
    assert weights.effective_sample_size == pytest.approx(64 / (6 * 4 / 9 + 8))
    assert weights.largest_share == pytest.approx(1 / 4)
    assert weights.moments == ("mean of 'a'",)


def test_cases_that_are_already_alike_keep_equal_weights():
    weights = matching_weights(np.array([[1.0, 0.0], [3.0, 1.0], [1.0, 1.0], [3.0, 0.0]]), table([2.0, 0.5]))
    assert weights.weight == pytest.approx(np.ones(4))
    assert weights.effective_sample_size == pytest.approx(4)


def test_the_published_sd_is_met_too():
    x = np.array([[1.0], [2.0], [3.0], [4.0], [5.0]])
    weights = matching_weights(x, table(3.0, sd=(1.0,))).weight / 5
    assert weights @ x[:, 0] == pytest.approx(3.0)
    assert weights @ (x[:, 0] - 3) ** 2 == pytest.approx(1.0)
    assert weights == pytest.approx(weights[::-1])


def test_weights_are_those_roches_package_prints():
    # docs/reference/estimate_ess.html of Roche/MAIC 0.4.0; its optimiser stops after about five digits
    assert WEIGHTS.effective_sample_size == pytest.approx(157.0715, abs=5e-4)
    assert WEIGHTS.largest == pytest.approx(6.305614, rel=1e-5)
    assert WEIGHTS.median == pytest.approx(9.213098e-02, rel=5e-5)
    assert WEIGHTS.smallest == pytest.approx(4.929037e-11, rel=2e-3)
    # rescaled weights of the profiles 45 M 0 0, 58 M 1 1, 54 F 1 1, 47 F 0 0 in the same table
    printed = {
        (45, 1, 0, 0): 3.457953,
        (58, 1, 1, 1): 1.696231e-01,
        (54, 0, 1, 1): 6.935186e-01,
        (47, 0, 0, 0): 2.993213,
    }
    for profile, weight in printed.items():
        (place, *_) = np.flatnonzero((profile == X).all(axis=1))
        assert WEIGHTS.weight[place] == pytest.approx(weight, rel=2e-5)


def test_weights_are_those_of_the_technical_support_document():
    assert WEIGHTS.effective_sample_size == pytest.approx(SAVED["ess"], rel=1e-7)
    assert WEIGHTS.weight == pytest.approx([float(row["w_scaled"]) for row in CASES], rel=1e-5, abs=1e-10)


@pytest.mark.parametrize(("name", "outcome"), [("response", RESPONSE), ("score", SCORE)])
def test_weighted_means_and_their_sandwiches_are_those_of_r(name, outcome):
    means = weighted_means(outcome, WEIGHTS, ARM)
    for arm in (0, 1):
        assert means.mean[arm] == pytest.approx(SAVED[f"{name} mean {arm}"], rel=1e-8)
        assert means.fixed[arm, arm] ** 0.5 == pytest.approx(SAVED[f"{name} fixed se {arm}"], rel=1e-7)
        assert means.estimated[arm, arm] ** 0.5 == pytest.approx(SAVED[f"{name} estimated se {arm}"], rel=1e-6)
    assert means.estimated[0, 1] == pytest.approx(SAVED[f"{name} estimated covariance"], rel=1e-5)
    assert means.fixed[0, 1] == 0
    assert means.n.sum() == 500


@pytest.mark.parametrize("measure", ["odds ratio", "risk ratio"])
def test_an_anchored_ratio_is_that_of_r_less_the_published_one(measure):
    means = weighted_means(RESPONSE, WEIGHTS, ARM)
    effect = anchored_effect(means, 0.3, 0.25, measure=measure)
    assert effect.estimate == pytest.approx(SAVED[f"log {measure}"] - 0.3, rel=1e-7)
    assert effect.standard_error == pytest.approx(np.hypot(SAVED[f"log {measure} fixed se"], 0.25), rel=1e-7)
    assert effect.upper - effect.estimate == pytest.approx(1.959963984540054 * effect.standard_error)


def test_an_unanchored_difference_by_hand():
    # 3/4 against 10/40, all weights 1: squared residuals 3 x 1/16 + 9/16 over 4 squared, each leaves 3/4 free (HC3);
    # published 1/4 x 3/4 / 40
    weights = matching_weights(np.array([[0.0], [0.0], [1.0], [1.0]]), table(0.5))
    means = weighted_means([1, 1, 1, 0], weights)
    effect = unanchored_effect(means, published_rate(10, 40), measure="difference")
    assert effect.estimate == pytest.approx(0.5)
    assert effect.standard_error == pytest.approx((3 / 64 / (3 / 4) ** 2 + 3 / 640) ** 0.5)


def test_bootstrap_limits_lie_near_those_of_the_sandwich_and_repeat():
    cases = slice(0, 200)
    arguments = (RESPONSE[cases], X[cases], PUBLISHED)
    drawn = bootstrap_means(*arguments, replicates=400, rng=np.random.default_rng(1), arm=ARM[cases])
    again = bootstrap_means(*arguments, replicates=400, rng=np.random.default_rng(1), arm=ARM[cases])
    assert np.array_equal(drawn.replicates, again.replicates)
    assert drawn.replicates.shape == (400 - drawn.unsolved, 2)
    means = weighted_means(RESPONSE[cases], matching_weights(X[cases], PUBLISHED), ARM[cases])
    assert drawn.replicates.std(axis=0) == pytest.approx(np.sqrt(np.diag(means.estimated)), rel=0.25)


def test_each_resample_has_the_weights_it_would_have_by_itself():
    x, y = X[:40, :2], SCORE[:40]
    published = PublishedBaseline(NAMES[:2], np.array([56.0, 0.45]), (None, None))
    drawn = bootstrap_means(y, x, published, replicates=5, rng=np.random.default_rng(7))
    counts = np.random.default_rng(7).multinomial(40, np.full(40, 1 / 40), size=5)
    for mean, count in zip(drawn.replicates[:, 0], counts, strict=True):
        place = np.repeat(np.arange(40), count)
        alone = weighted_means(y[place], matching_weights(x[place], published))
        assert mean == pytest.approx(alone.mean[0], rel=1e-9)


def test_one_thread_and_two_give_the_same_numbers():
    code = (
        "import numpy as np\n"
        "from equipoise.stats.maic_outcome import bootstrap_means\n"
        "from equipoise.stats.published_table import PublishedBaseline\n"
        "x = np.random.default_rng(1).normal(size=(3000, 5))\n"
        "table = PublishedBaseline(tuple('abcde'), np.full(5, 0.2), (None,) * 5)\n"
        "drawn = bootstrap_means(x[:, 0] ** 2, x, table, replicates=10, rng=np.random.default_rng(2))\n"
        "print(drawn.replicates.tobytes().hex())"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "OPENBLAS_NUM_THREADS": threads},
        ).stdout
        for threads in ("1", "2")
    ]
    assert len(said[0]) > 10 * 15
    assert said[0] == said[1]


def test_bootstrap_limits_of_a_difference():
    drawn = bootstrap_means(SCORE[:80], X[:80, :2], table([56.0, 0.45]), replicates=499, rng=np.random.default_rng(2))
    lower, upper = bootstrap_unanchored(
        drawn, published_mean(45.0, 12.0, 60), measure="difference", rng=np.random.default_rng(3)
    )
    means = weighted_means(SCORE[:80], matching_weights(X[:80, :2], table([56.0, 0.45])))
    effect = unanchored_effect(
        means, published_mean(45.0, 12.0, 60), measure="difference", variance="weights as estimated"
    )
    assert (lower, upper) == pytest.approx((effect.lower, effect.upper), abs=0.8)


def test_a_known_effect_is_found_where_the_unadjusted_difference_is_wrong():
    # scores fall by 6 with treatment and rise by 2 with each unit of x; the published arm, 1 unit worse, has no treatment
    rng = np.random.default_rng(24)
    x, theirs = rng.normal(size=(4000, 2)), rng.normal(size=4000) + 1
    y, control = 40 - 6 + 2 * x[:, 0] + rng.normal(size=4000), 40 + 2 * theirs + rng.normal(size=4000)
    published = published_mean(control.mean(), control.std(ddof=1), 4000)
    weights = matching_weights(x, table([theirs.mean(), 0.0], sd=(theirs.std(), None)))
    effect = unanchored_effect(weighted_means(y, weights), published, measure="difference")
    assert effect.estimate == pytest.approx(-6, abs=0.25)
    assert effect.lower < -6 < effect.upper
    # the covariate explains most of the score, so weights that were estimated leave less of it to chance
    means = weighted_means(y, weights)
    assert means.estimated[0, 0] < 0.9 * means.fixed[0, 0]
    assert y.mean() - control.mean() == pytest.approx(-8, abs=0.25)


def test_no_covariates_is_withheld():
    with pytest.raises(MethodError, match="withheld: no covariates"):
        matching_weights(np.empty((5, 0)), PublishedBaseline((), np.empty(0), ()))
    with pytest.raises(MethodError, match="withheld: no covariates"):
        published_baseline([], patients=20)


def test_a_mean_beyond_every_case_is_named():
    with pytest.raises(MethodError, match=r"covariate 'age'\n.*at or beyond the most extreme case") as raised:
        matching_weights(np.array([[40.0, 0], [50.0, 1], [60.0, 0]]), table([61.0, 0.5], names=("age", "male")))
    assert len(raised.value.problems) == 1
    assert "withhold" in raised.value.problems[0].remedy


def test_a_mean_at_the_edge_has_no_weights_either():
    with pytest.raises(MethodError, match="covariate 'male'"):
        matching_weights(np.array([[40.0, 0], [50.0, 1], [60.0, 0]]), table([50.0, 0.0], names=("age", "male")))


def test_means_that_each_lie_within_but_not_together_are_refused_and_named():
    # on the diagonal a = b, the third covariate free: (0.2, 0.8) is outside the hull although each mean is inside
    x = np.array([[0.0, 0.0, 1.0], [1.0, 1.0, 0.0], [0.5, 0.5, 3.0], [0.2, 0.3, 0.0], [0.8, 0.7, 2.0]])
    with pytest.raises(MethodError, match="together") as raised:
        matching_weights(x, table([0.2, 0.8, 1.0]))
    text = str(raised.value)
    assert "'a', 'b'" in text
    assert "'c'" not in text
    assert matching_weights(x[:, [0, 2]], without(table([0.2, 0.8, 1.0]), "b")).moments == (
        "mean of 'a'",
        "mean of 'c'",
    )


def test_means_on_an_edge_of_the_hull_are_refused():
    triangle = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    with pytest.raises(MethodError, match="together"):
        matching_weights(triangle, table([0.5, 0.5]))


def test_an_sd_wider_than_the_cases_is_named():
    with pytest.raises(MethodError, match="published SD of 'a' is at or beyond"):
        matching_weights(np.array([[1.0], [2.0], [3.0]]), table(2.0, sd=(1.5,)))


def test_a_constant_covariate_and_one_that_others_determine_are_refused():
    with pytest.raises(MethodError, match=r"'b'\n.*same in every case"):
        matching_weights(np.array([[1.0, 2.0], [3.0, 2.0]]), table([2.0, 2.5]))
    x = np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0], [4.0, 8.0]])
    with pytest.raises(MethodError, match="determined by the others"):
        matching_weights(x, table([2.5, 5.0]))


def test_missing_values_and_wrong_shapes_are_data_errors():
    with pytest.raises(DataError, match="missing"):
        matching_weights(np.array([[1.0], [np.nan]]), table(1.0))
    with pytest.raises(DataError, match="do not have the covariates"):
        matching_weights(np.ones((3, 2)), table(1.0))
    weights = matching_weights(np.array([[0.0], [1.0]]), table(0.5))
    with pytest.raises(DataError, match="missing"):
        weighted_means([1.0, np.nan], weights)
    with pytest.raises(DataError, match="no case"):
        weighted_means([1.0, 0.0], weights, [0, 2])


def test_an_anchored_comparison_needs_a_shared_arm_and_an_unanchored_one_arm():
    one = weighted_means(RESPONSE, WEIGHTS)
    with pytest.raises(MethodError, match="shared control arm"):
        anchored_effect(one, 0.3, 0.2, measure="odds ratio")
    with pytest.raises(MethodError, match="two arms"):
        unanchored_effect(weighted_means(RESPONSE, WEIGHTS, ARM), published_rate(5, 20), measure="difference")


def test_none_or_all_is_refused_in_words():
    weights = matching_weights(np.array([[0.0], [1.0], [0.0]]), table(0.5))
    nobody, some = weighted_means([0, 0, 0], weights), weighted_means([0, 1, 1], weights)
    with pytest.raises(MethodError, match="no finite ratio"):
        unanchored_effect(nobody, published_rate(5, 20), measure="risk ratio")
    with pytest.raises(MethodError, match="no spread"):
        unanchored_effect(nobody, published_rate(5, 20), measure="difference")
    with pytest.raises(MethodError, match="no spread"):
        unanchored_effect(some, published_rate(0, 20), measure="difference")


def test_too_few_cases_near_the_published_arm_stop_the_bootstrap():
    x = np.array([[0.0]] * 11 + [[1.0]])
    with pytest.raises(MethodError, match="resamples no weights reach"):
        bootstrap_means(np.arange(12.0), x, table(0.5), replicates=200, rng=np.random.default_rng(1))


def test_a_published_table_as_it_is_printed():
    read = published_baseline(
        [PublishedRow("age_years", mean=50.1, sd=9.2), PublishedRow("male", count=30, n=58, percent=52)],
        patients=60,
        spreads=["age_years"],
    )
    assert read.mean == pytest.approx([50.1, 30 / 58])
    assert read.sd == (9.2, None)
    assert published_baseline([PublishedRow("age_years", mean=50.1, sd=9.2)], patients=60).sd == (None,)


def test_every_contradiction_of_a_table_is_reported_at_once():
    with pytest.raises(DataError) as raised:
        published_baseline(
            [
                PublishedRow("male", count=30, n=60, percent=52),
                PublishedRow("smoker", count=12, n=70),
                PublishedRow("worker", count=12, n=10),
                PublishedRow("age_years", mean=50.0, sd=-1.0),
                PublishedRow("height_cm"),
                PublishedRow("male", mean=0.5),
            ],
            patients=60,
        )
    text = str(raised.value)
    assert "prints 52 % for 30 of 60, which is 50.0 %" in text
    assert "its denominator 70 is larger than the arm's 60 patients" in text
    assert "counts 12 of 10" in text
    assert "an SD is negative" in text
    assert "neither a mean nor a count" in text
    assert "has two rows" in text
    assert len(raised.value.problems) == 6


def test_a_table_without_sds_is_refused_where_they_are_asked_for():
    with pytest.raises(MethodError, match=r"'age_years'\n.*no standard deviation is published") as raised:
        published_baseline([PublishedRow("age_years", mean=50.0)], patients=60, spreads=["age_years"])
    assert "match its mean alone" in raised.value.problems[0].remedy
    with pytest.raises(MethodError, match="no standard deviation is published"):
        published_mean(45.0, None, 60)
    assert published_mean(45.0, 10.0, 25) == PublishedOutcome(45.0, 2.0)


@pytest.mark.parametrize("counts", [(5, 0), (-1, 4), (5, 4)])
def test_a_published_count_is_a_count(counts):
    with pytest.raises(DataError, match="not a count"):
        published_rate(*counts)
