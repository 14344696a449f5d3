"""What a reader of a model of scores over time must be told before the numbers are believed."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from equipoise.domain.estimand import Estimand, Strategy
from equipoise.domain.scores_over_time import ScoresOverTimeDeclared
from equipoise.estimate.scores_over_time_design import InModel
from equipoise.estimate.scores_over_time_fit import Fitted

UNEVEN = 0.1  # of the longest step between two visits: more, and they are not called equally spaced
SHORT_BELOW = {"kenward-roger": 50, "empirical": 50}
"""Methods whose limits are too short below so many cases of a group: docs/calibration.md."""


def cautions(fitted: Fitted, found: InModel, declared: ScoresOverTimeDeclared, estimand: Estimand) -> tuple[str, ...]:
    """Every caution, in sentences: of the fit, of who is in it, of the question, of the method."""
    return (
        *_of_fit(fitted, found, declared),
        *_of_question(found, estimand),
        *_of_groups(found, declared),
        *_of_limits(fitted, found, declared),
    )


def _of_fit(fitted: Fitted, found: InModel, declared: ScoresOverTimeDeclared) -> Iterator[str]:
    if fitted.covariance is not None and fitted.covariance != declared.covariance:
        yield (
            f"The {declared.covariance} covariance the protocol asked for gave no answer; {fitted.covariance}, a "
            "fall-back it names, did."
        )
    vague = int((found.over.vague & found.asked[:, None]).sum())
    if vague:
        yield (
            f"{vague} {'score is' if vague == 1 else 'scores are'} left out because the chart is vague about the value "
            "or about whether it counts; a model takes one reading, the no-assumption bounds keep all of them."
        )
    nowhere = [
        f"{group}, {visit.name}"
        for index, group in enumerate(found.groups)
        for place, visit in enumerate(found.over.visits)
        if not found.use[found.group == index, place].any()
    ]
    if nowhere:
        yield (
            f"Nobody was seen at {'; '.join(nowhere)}: the model's mean there is drawn out from other groups and "
            "visits by the formula alone, and no score of these data bears on it."
        )


def _of_question(found: InModel, estimand: Estimand) -> Iterator[str]:
    strategies, failure = set(estimand.strategies.values()), estimand.endpoint.failure_value
    if failure is not None and strategies & {Strategy.COMPOSITE_BY_VISIT, Strategy.COMPOSITE_BY_END}:
        yield (
            f"An event that counts as failure brings the score {failure:f} the protocol gives "
            "to those who failed, and the model takes it for a score like any other: the mean is of scores and "
            "failures together, and its limits take both for normal."
        )
    if Strategy.COMPOSITE_BY_END in strategies:
        yield (
            "An event at any time in follow-up counts, also after the visit: descriptive only, since the answer "
            "depends on how long each case was followed."
        )
    if Strategy.PRINCIPAL_STRATUM in strategies:
        beside = " A difference between groups is between people selected in each by what came later."
        yield (
            "Only those without the event are in it: selected after treatment, no control counterpart identified."
            f"{beside if len(found.groups) > 1 else ''}"
        )
    if Strategy.WHILE_ON_TREATMENT in strategies and len(found.over.visits) > 1:
        yield (
            "While on treatment, the last score before an event stands for the later visits as well: one score may be "
            "in the model more than once."
        )
    if Strategy.HYPOTHETICAL in strategies:
        yield (
            "Scores after an event of the hypothetical strategy are taken as missing at random: the model speaks of "
            "those people as if, without the event, they would have gone on like the others."
        )


def _of_groups(found: InModel, declared: ScoresOverTimeDeclared) -> Iterator[str]:
    if declared.allocation == "not randomised" and len(found.groups) > 1:
        yield (
            "Chance did not decide who was in which group: a difference between groups is also one between the people "
            "in them, and the model takes out only what its covariates tell of that."
        )


def _of_limits(fitted: Fitted, found: InModel, declared: ScoresOverTimeDeclared) -> Iterator[str]:
    if fitted.covariance is None:
        return
    fewest = int(np.bincount(found.group[found.cases], minlength=len(found.groups)).min())
    if fewest < SHORT_BELOW.get(declared.degrees_of_freedom, 0):
        yield (
            f"The limits by {declared.degrees_of_freedom} are too short where cases are few (here {fewest}"
            f"{' in the smallest group' if len(found.groups) > 1 else ''}): of one arm's changes they held .90 to .93 "
            "of 10 and 24 cases where .95 is claimed (docs/calibration.md). Kenward-roger-linear and empirical "
            "jackknife hold."
        )
    days = [visit.day for visit in found.over.visits]
    if len(days) > 2 and fitted.covariance.endswith(("AR(1)", "Toeplitz")) and _uneven(days):
        listed, name = ", ".join(str(day) for day in days), f"{fitted.covariance[:1].upper()}{fitted.covariance[1:]}"
        yield f"{name} takes the visits as equally spaced; they are planned on days {listed}."


def _uneven(days: Sequence[int]) -> bool:
    steps = [later - first for first, later in pairwise(days)]
    return max(steps) - min(steps) > UNEVEN * max(steps)
