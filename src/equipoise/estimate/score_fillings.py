"""Every mean, with its spread, that unknown scores allow: what a probability has to hold for."""

from collections.abc import Iterator

import numpy as np

from equipoise.domain.cohort import Cohort, Flags, Floats
from equipoise.domain.estimand import Missing, Strategy
from equipoise.domain.own_mean import OwnMean, PossibleMean
from equipoise.domain.protocol import Protocol
from equipoise.estimate.panel import Panel, Reading, readings_asked
from equipoise.estimate.score import Readings, counted_scores

STEPS = 12
"""So many fillings of each kind; between two of them nothing jumps."""


def own_means(cohort: Cohort, protocol: Protocol, panel: Panel) -> Iterator[tuple[str, OwnMean]]:
    """Estimand name and mean, by group, visit, strategy and way of treating the unknown, of what may be benchmarked.

    Where nothing is unknown the ways agree, and the first stands for all.
    """
    for reading in readings_asked(protocol):
        scores = panel.scores.get(reading.where)
        if scores is None or not reading.may_be_benchmarked:
            continue
        for index, group in enumerate(cohort.groups):
            known: set[tuple[PossibleMean, ...]] = set()
            for missing in _ways(protocol, reading):
                possible = possible_means(scores, cohort.group == index, missing)
                if possible and possible not in known:
                    known.add(possible)
                    visit = reading.visit
                    yield (
                        reading.estimand.name,
                        OwnMean(group, visit.name, visit.month, reading.label, missing.value, possible),
                    )


def _ways(protocol: Protocol, reading: Reading) -> tuple[Missing, ...]:
    """Observed before bounds; only what the protocol asks for, and only what a strategy bears."""
    asked = [each for each in (Missing.OBSERVED, Missing.BOUNDS) if each in protocol.sensitivity.missing]
    hypothetical = Strategy.HYPOTHETICAL in reading.strategies.values()
    return tuple(each for each in asked if each is Missing.BOUNDS or not hypothetical)


def possible_means(scores: Readings, who: Flags, missing: Missing) -> tuple[PossibleMean, ...]:
    """The means the unknown scores of ``who`` allow, ascending, the least and the greatest among them; one if certain.

    Of a given mean the spread is largest where the unknown lie at the ends of what they may be, and least where they
    lie together: both kinds of filling are gone through, with everybody who may leave, without them, and with those
    of them that bring the mean furthest down or up.
    """
    low, high, may_leave = counted_scores(scores, who, missing)
    found = {
        _mean(filled)
        for members in _memberships(low, high, may_leave)
        if members.any()
        for filled in _fillings(low[members], high[members])
    }
    return tuple(sorted(found, key=lambda each: (each.mean, each.sd or 0.0, each.n)))


def _memberships(low: Floats, high: Floats, may_leave: Flags) -> Iterator[Flags]:
    yield np.ones(low.size, dtype=np.bool_)
    if may_leave.any():
        yield ~may_leave
        yield _furthest(low, may_leave)
        yield _furthest(-high, may_leave)


def _furthest(value: Floats, may_leave: Flags) -> Flags:
    """Who is counted where the mean is least: of those who may leave the smallest join while they bring it down."""
    members = ~may_leave
    for at in sorted(np.flatnonzero(may_leave), key=lambda each: float(value[each])):
        if members.any() and value[at] >= value[members].mean():
            break
        members = members.copy()
        members[at] = True
    return members


def _fillings(low: Floats, high: Floats) -> Iterator[Floats]:
    """At the ends, more and more of the unknown at the upper; and together, at more and more of a value."""
    unknown = np.flatnonzero(low < high)
    if unknown.size == 0:
        yield low
        return
    by_reach = unknown[np.argsort(-high[unknown], kind="stable")]
    for count in sorted({unknown.size * step // STEPS for step in range(STEPS + 1)}):
        filled = low.copy()
        filled[by_reach[:count]] = high[by_reach[:count]]
        yield filled
    for value in np.linspace(low[unknown].min(), high[unknown].max(), STEPS + 1):
        yield np.clip(value, low, high)


def _mean(value: Floats) -> PossibleMean:
    sd = float(value.std(ddof=1)) if value.size > 1 else None
    if value.size and (value == value[0]).all():
        sd = None if value.size == 1 else 0.0  # exactly, where the mean would be off by a rounding
    return PossibleMean(float(value.mean()), sd, int(value.size))
