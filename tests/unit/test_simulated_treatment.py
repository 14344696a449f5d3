"""Simulated treatment comparison. Outside numbers: tests/reference/maic.R (lm and glm centred at the published means)."""

import numpy as np
import pytest

from equipoise.errors import DataError, MethodError
from equipoise.stats.published_outcome import PublishedOutcome, published_rate
from equipoise.stats.published_table import PublishedBaseline
from equipoise.stats.simulated_treatment import against_published, predict_at_published
from reference.saved import rows

SAVED = {row["what"]: float(row["value"]) for row in rows("maic")}
CASES = rows("maic_cases")
NAMES = ("age", "male", "smoke", "ecog0")
X = np.array([[float(row[name]) for name in NAMES] for row in CASES])
ARM = np.array([int(row["arm"]) for row in CASES])
OUTCOME = {name: np.array([float(row[name]) for row in CASES]) for name in ("response", "score")}
PUBLISHED = PublishedBaseline(NAMES, np.array([50.0633333333333, 0.49, 0.193333333333333, 0.35]), (None,) * 4)
FAMILIES = [("score", "score"), ("response", "yes or no")]


@pytest.mark.parametrize(("name", "family"), FAMILIES)
def test_one_arm_is_that_of_r(name, family):
    treated = ARM == 1
    found = predict_at_published(OUTCOME[name][treated], X[treated], PUBLISHED, family=family)
    assert found.estimate == pytest.approx(SAVED[f"stc {name}"], rel=1e-8)
    assert found.standard_error == pytest.approx(SAVED[f"stc {name} se"], rel=1e-7)
    assert not found.anchored
    if name == "score":
        assert found.lower == pytest.approx(SAVED["stc score lower"], rel=1e-8)


@pytest.mark.parametrize(("name", "family"), FAMILIES)
def test_two_arms_with_a_modifier_are_those_of_r(name, family):
    found = predict_at_published(OUTCOME[name], X, PUBLISHED, family=family, arm=ARM, modifiers=("age",))
    assert found.estimate == pytest.approx(SAVED[f"stc anchored {name}"], rel=1e-8)
    assert found.standard_error == pytest.approx(SAVED[f"stc anchored {name} se"], rel=1e-7)
    assert found.names == ("(intercept)", *NAMES, "arm", "arm with 'age'")


def test_a_straight_line_read_off_by_hand():
    # scores 2, 4, 7, 9 at 0, 1, 2, 3: slope 2.4, 5.5 at the mean 1.5, so 9.1 at 3; residual variance 0.1
    found = predict_at_published(
        [2, 4, 7, 9], np.arange(4.0)[:, None], PublishedBaseline(("years",), np.array([3.0]), (None,)), family="score"
    )
    assert found.estimate == pytest.approx(9.1)
    assert found.coefficient == pytest.approx([9.1, 2.4])
    assert found.standard_error == pytest.approx((0.1 * (1 / 4 + 1.5**2 / 5)) ** 0.5)
    assert found.degrees == 2
    assert found.outside == ()
    far = predict_at_published(
        [2, 4, 7, 9], np.arange(4.0)[:, None], PublishedBaseline(("years",), np.array([5.0]), (None,)), family="score"
    )
    assert far.outside == ("years",)


def test_against_a_published_arm_and_against_a_published_effect():
    one = predict_at_published(OUTCOME["response"], X, PUBLISHED, family="yes or no")
    effect = against_published(one, published_rate(10, 40))
    assert effect.estimate == pytest.approx(one.estimate - np.log(10 / 30))
    assert effect.standard_error == pytest.approx(np.hypot(one.standard_error, (1 / 10 + 1 / 30) ** 0.5))
    two = predict_at_published(OUTCOME["score"], X, PUBLISHED, family="score", arm=ARM)
    effect = against_published(two, PublishedOutcome(-3.0, 2.0))
    assert effect.estimate == pytest.approx(two.estimate + 3.0)
    assert effect.standard_error == pytest.approx(np.hypot(two.standard_error, 2.0))


def test_where_published_and_own_means_agree_the_answer_is_the_mean():
    here = PublishedBaseline(NAMES, X.mean(axis=0), (None,) * 4)
    assert predict_at_published(OUTCOME["score"], X, here, family="score").estimate == pytest.approx(
        OUTCOME["score"].mean()
    )


def test_refusals():
    with pytest.raises(MethodError, match="withheld: no covariates"):
        predict_at_published([1.0, 2.0], np.empty((2, 0)), PublishedBaseline((), np.empty(0), ()), family="score")
    one = PublishedBaseline(("years",), np.array([1.0]), (None,))
    with pytest.raises(MethodError, match="tell all responders from the rest"):
        predict_at_published([0, 0, 0, 1, 1, 1], np.arange(6.0)[:, None], one, family="yes or no")
    with pytest.raises(MethodError, match=r"'years'\n.*same in every case"):
        predict_at_published([1.0, 2, 3, 4], np.ones((4, 1)), one, family="score")
    two = PublishedBaseline(("a", "b"), np.zeros(2), (None, None))
    with pytest.raises(MethodError, match="too few cases for the coefficients: 3 for 3"):
        predict_at_published([1.0, 2, 3], np.eye(3)[:, :2], two, family="score")
    with pytest.raises(DataError, match="neither 0 nor 1"):
        predict_at_published([0.5, 1, 0, 1], np.arange(4.0)[:, None], one, family="yes or no")
    with pytest.raises(DataError, match="missing"):
        predict_at_published([np.nan, 1, 0, 1], np.arange(4.0)[:, None], one, family="score")
    with pytest.raises(DataError, match="modifier is not a published covariate"):
        predict_at_published(OUTCOME["score"], X, PUBLISHED, family="score", arm=ARM, modifiers=("weight",))
    with pytest.raises(DataError, match="an arm has no case"):
        predict_at_published(OUTCOME["score"], X, PUBLISHED, family="score", arm=np.ones(500))
    with pytest.raises(MethodError, match="no finite ratio"):
        against_published(
            predict_at_published(OUTCOME["response"], X, PUBLISHED, family="yes or no"), published_rate(0, 9)
        )
