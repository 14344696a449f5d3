"""A kernel's refusal, as a reader sees it: the same thing is said once, and a parameter's name is plain words."""

from equipoise.domain.result import Refusal
from equipoise.errors import MethodError, Problem
from equipoise.estimate.refusing import refusals


def test_problems_with_one_remedy_are_told_together():
    error = MethodError([Problem("horizon_days", "too late", "wait"), Problem("weights", "all nought", "wait")])
    assert refusals("relief | 4 months", error) == [
        Refusal("relief | 4 months", "horizon days: too late; weights: all nought", "wait")
    ]


def test_a_place_is_not_named_again_in_its_reason():
    error = MethodError(Problem("mean times", "nobody was followed", "wait"))
    assert refusals("relief | mean times", error) == [Refusal("relief | mean times", "nobody was followed", "wait")]
