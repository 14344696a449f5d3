"""What follows for one reading of the treated, once the published controls and our own are taken in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic

import numpy as np
from scipy.special import ndtr, ndtri

from equipoise.compare.borrow_reading import Mixed, Point, Reading
from equipoise.compare.borrow_scale import Effect, Scale
from equipoise.compare.borrowed_prior import Held
from equipoise.domain.borrowing import BorrowingDeclared
from equipoise.domain.borrowing_answer import (
    AtScepticism,
    AtWeight,
    BorrowedAnswer,
    ControlDensity,
    ControlPosterior,
    DecisionWord,
    Disbelief,
)
from equipoise.domain.cohort import Floats
from equipoise.stats.reverse_bayes import probability_above

WEIGHTS = tuple(step / 20 for step in range(21))


@dataclass(frozen=True)
class Control(Generic[Mixed]):
    """The control once something was seen of our own, from both ends of belief.

    ``published``, ``vague`` : the posterior where only the one, or only the other, had been held
    ``kept`` : what is left of the weight of the published where each had one half
    """

    published: Mixed
    vague: Mixed
    kept: float

    def share(self, weight: float) -> float:
        """What is left of a weight given to the published beforehand."""
        if weight in (0.0, 1.0):
            return weight
        for_it, against = weight * self.kept, (1 - weight) * (1 - self.kept)
        return for_it / (for_it + against)


def _control(scale: Scale[Mixed], held: Held[Mixed], own: Point[Mixed] | None) -> Control[Mixed]:
    if own is None:
        return Control(held.published, scale.vague, 0.5)
    halves = own.after(scale.blend(held.published, 0.5))
    kept = 1.0 - float(_by_part(halves, held.published.weight.size + 1)[-1])
    return Control(own.after(held.published), own.after(scale.vague), kept)


def _by_part(posterior: Mixed, parts: int) -> Floats:
    """The posterior weight of each part of a prior that had so many."""
    weight: Floats = posterior.weight.reshape(parts, -1).sum(axis=1)
    return weight


def control_of(held: Held[Mixed], own: Reading[Mixed], level: float) -> ControlPosterior:
    """The control once our own controls are seen, over everything unknown of them."""
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    ends = [point.after(held.whole) for point in own.ends]
    limits = [each.quantile(tails) for each in ends]
    parts = held.whole.weight.size
    weights = [_by_part(point.after(held.whole), parts) for point in own.points]
    kept = [1.0 - float(each[-1]) if held.vague_weight else 1.0 for each in weights]
    powers = [] if held.power is None else [float(each @ held.power) for each in weights]
    conflicts = [point.conflict(held.whole) for point in own.points]
    return ControlPosterior(
        group=own.group,
        seen=own.seen,
        mean_low=min(each.mean for each in ends),
        mean_high=max(each.mean for each in ends),
        lower=float(min(each[0] for each in limits)),
        upper=float(max(each[1] for each in limits)),
        published_weight_low=min(kept),
        published_weight_high=max(kept),
        conflict_low=min(conflicts),
        conflict_high=max(conflicts),
        power_low=min(powers) if powers else None,
        power_high=max(powers) if powers else None,
    )


def answer(
    scale: Scale[Mixed],
    held: Held[Mixed],
    treated: Reading[Mixed],
    own: Reading[Mixed] | None,
    control: ControlPosterior | None,
    declared: BorrowingDeclared,
    margin: float,
    level: float,
) -> BorrowedAnswer:
    """The probability of better by the margin, as declared and as a reader may weigh it, and Bayes in reverse."""
    controls = [_control(scale, held, point) for point in (own.ends if own is not None else (None,))]
    chances = _chances(scale, treated, controls, margin)
    lower, upper = chances.at(1 - held.vague_weight)
    effects = [
        effect
        for point in treated.ends
        for each in controls
        if (effect := scale.effect(point, each.published)) is not None
    ]
    return BorrowedAnswer(
        group=treated.group,
        visit=treated.visit,
        month=treated.month,
        strategy=treated.strategy,
        missing=treated.missing,
        treated=treated.seen,
        lower=lower,
        upper=upper,
        decision=_decision(scale, lower, upper, declared.threshold),
        control=control,
        by_weight=tuple(AtWeight(weight, *chances.at(weight)) for weight in WEIGHTS),
        by_scepticism=tuple(_by_scepticism(scale, effects)),
        disbelief=tuple(_disbelief(scale, treated, controls, level)),
    )


@dataclass(frozen=True)
class _Chances(Generic[Mixed]):
    """P(better by the margin) for every thing our treated (rows) and our controls (columns) may have said."""

    published: Floats
    vague: Floats
    controls: Sequence[Control[Mixed]]

    def at(self, weight: float) -> tuple[float, float]:
        """The least and the greatest, for a weight given to the published beforehand."""
        share = np.array([each.share(weight) for each in self.controls])
        found = share * self.published + (1 - share) * self.vague
        return float(found.min()), float(found.max())


def _chances(
    scale: Scale[Mixed], treated: Reading[Mixed], controls: Sequence[Control[Mixed]], margin: float
) -> _Chances[Mixed]:
    flats = [point.flat() for point in treated.ends]
    published, vague = (
        np.array([[scale.better(flat, control, margin) for control in each] for flat in flats])
        for each in ([one.published for one in controls], [one.vague for one in controls])
    )
    return _Chances(published, vague, controls)


def _decision(scale: Scale[Mixed], lower: float, upper: float, threshold: float) -> DecisionWord:
    if lower >= threshold:
        return "reached"
    if upper < threshold:
        return "not reached"
    return "depends on the unknown responses" if scale.name == "rate" else "depends on the unknown scores"


def _by_scepticism(scale: Scale[Mixed], effects: Sequence[Effect]) -> Iterator[AtScepticism]:
    """P(better at all) for readers whose priors of the effect are normal about none, and for one with no opinion."""
    if not effects:
        return
    for reach in scale.reaches():
        sd = scale.as_effect(reach) / float(ndtri(0.975))
        found = [float(probability_above(*effect, 0.0, sd)) for effect in effects]
        yield AtScepticism(reach, min(found), max(found))
    found = [float(ndtr(estimate / error)) for estimate, error in effects]
    yield AtScepticism(None, min(found), max(found))


def _disbelief(
    scale: Scale[Mixed], treated: Reading[Mixed], controls: Sequence[Control[Mixed]], level: float
) -> Iterator[Disbelief]:
    """At the worst of the treated beside the best of the controls, and the other way round."""
    ends = [(treated.ends[0], controls[-1]), (treated.ends[-1], controls[0])]
    for point, control in ends[: 1 if len(treated.ends) == 1 and len(controls) == 1 else 2]:
        effect = scale.effect(point, control.published)
        if effect is not None:
            yield scale.disbelief(point, effect, level)


def curve_of(scale: Scale[Mixed], held: Held[Mixed], own: Reading[Mixed] | None) -> tuple[ControlDensity, ...]:
    """The prior, and the posterior at both ends of what is unknown of our own controls, step by step."""
    ends: tuple[Point[Mixed], ...] = () if own is None else (own.ends[0], own.ends[-1])
    curves = [held.whole]
    curves.extend(point.after(held.whole) for point in ends)
    edge = scale.edges(curves)
    middle = (edge[1:] + edge[:-1]) / 2
    prior, *after = (np.diff(each.below(edge)).tolist() for each in curves)
    low, high = after if after else ([None] * middle.size, [None] * middle.size)
    return tuple(ControlDensity(*each) for each in zip(middle.tolist(), prior, low, high, strict=True))
