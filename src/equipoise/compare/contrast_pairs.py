"""Rosenbaum bounds of a comparison whose cases were matched one to one, where ``[hidden_cause]`` asks for gammas."""

import numpy as np

from equipoise.compare.contrast_method import Weighed
from equipoise.compare.hidden_cause_pairs import bound_pairs
from equipoise.domain.arm import Asked
from equipoise.domain.cohort import Floats
from equipoise.domain.comparison import ComparisonDeclared
from equipoise.domain.estimand import Missing
from equipoise.domain.hidden_cause_answer import NotWeighed, PairsBounded
from equipoise.domain.instrument import Better
from equipoise.domain.protocol import Protocol, Visit


def bounds_of_pairs(
    protocol: Protocol,
    declared: ComparisonDeclared,
    weighed: Weighed,
    asked: Asked,
    visit: Visit,
    missing: Missing,
    value: Floats,
) -> PairsBounded | NotWeighed | None:
    """The bounds of one outcome; None where nobody asks, or the cases are not pairs: one treated, one comparator each.

    ``value`` : (n,) the outcome of the cases the method was examined on
    """
    one_to_one = weighed.method == "matching" and declared.matching is not None and declared.matching.ratio == 1
    if protocol.hidden_cause is None or not protocol.hidden_cause.gammas or weighed.pair is None or not one_to_one:
        return None
    if missing is Missing.BOUNDS or declared.allocation == "randomised":
        return None
    comparators = np.flatnonzero(weighed.pair != np.arange(weighed.pair.size))
    better_by = value[weighed.pair[comparators]] - value[comparators]
    if not asked.yes_no and protocol.instruments[asked.instrument].better is Better.LOWER:
        better_by = -better_by
    return bound_pairs(
        declared.name,
        asked.estimand,
        visit.name,
        missing.value,
        better_by=better_by,
        kind="yes or no" if asked.yes_no else "score",
        gammas=protocol.hidden_cause.gammas,
    )
