"""Borrowing from published controls: only from arms a benchmark found to be like, and never more than is declared."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from equipoise.compare.benchmark import Counts
from equipoise.compare.borrow_answer import answer, control_of, curve_of
from equipoise.compare.borrow_reading import Mixed, Reading, beside, of_counts, of_means, refused_beside
from equipoise.compare.borrow_scale import MeanScale, RateScale, Scale
from equipoise.compare.borrowed_prior import Held, hold_mean, hold_rate, nobody_printed, told, usable_means
from equipoise.domain.benchmark_answer import Comparison
from equipoise.domain.borrowing import BorrowingDeclared
from equipoise.domain.borrowing_answer import Borrowing, NotAnswered
from equipoise.domain.instrument import Better, Instrument
from equipoise.domain.own_mean import OwnMean
from equipoise.domain.protocol import Protocol
from equipoise.errors import MethodError
from equipoise.stats.mixture_prior import NormalMixture

APART = 0.05
"""Arms that differ with a Cochran's Q this improbable are not one and the same."""
_Own = TypeVar("_Own", Counts, OwnMean)


@dataclass(frozen=True)
class Asked:
    """One borrowing at one month of its benchmark; ``group`` None where every group but the reference is treated."""

    protocol: Protocol
    declared: BorrowingDeclared
    comparison: Comparison
    group: str | None

    @property
    def instrument(self) -> Instrument:
        """What the benchmark's estimand is measured with."""
        estimand = next(each for each in self.protocol.estimand if each.name == self.comparison.estimand)
        return self.protocol.instrument_of(estimand)

    def here(self, own: Sequence[_Own]) -> list[_Own]:
        """The cases at this month, of the treated and of the reference."""
        wanted = None if self.group is None else {self.group, self.declared.reference}
        return [
            each for each in own if each.month == self.comparison.month and (wanted is None or each.group in wanted)
        ]


def borrow(
    protocol: Protocol,
    comparisons: tuple[Comparison, ...],
    counts: Mapping[str, tuple[Counts, ...]],
    means: Mapping[str, tuple[OwnMean, ...]],
) -> tuple[Borrowing, ...]:
    """Every declared borrowing, at each month of its benchmark.

    ``comparisons`` : what the benchmarks found; ``counts``, ``means`` : estimand name -> its counts, or its means, by
    visit and strategy
    """
    groups = {each.name: each.group for each in protocol.benchmark}
    return tuple(
        _one(Asked(protocol, declared, comparison, groups[declared.benchmark]), counts, means)
        for declared in protocol.borrowing
        for comparison in comparisons
        if comparison.name == declared.benchmark
    )


def _one(asked: Asked, counts: Mapping[str, tuple[Counts, ...]], means: Mapping[str, tuple[OwnMean, ...]]) -> Borrowing:
    """Rates from counts and means from means, then the same for both; without a like arm nothing, and why."""
    comparison = asked.comparison
    try:
        if comparison.of == "rate":
            if not comparison.matched:
                return _nothing(asked, f"Only like arms are borrowed. {comparison.explanation} So nothing is borrowed.")
            rate = RateScale()
            own = of_counts(each for each in asked.here(counts.get(comparison.estimand, ())) if each.n)
            return _borrowed(asked, rate, hold_rate(asked.declared, rate, comparison.matched), own, ())
        if not comparison.matched_means:
            return _nothing(asked, f"Only like arms are borrowed. {comparison.explanation} So nothing is borrowed.")
        return _of_mean(asked, means.get(comparison.estimand, ()))
    except MethodError as refused:
        (first, *_) = refused.problems
        return _nothing(asked, f"Nothing is borrowed: {first.problem}; {first.remedy}.")


def _of_mean(asked: Asked, means: tuple[OwnMean, ...]) -> Borrowing:
    declared = asked.declared
    assert declared.patient_sd is not None
    assert declared.vague_mean is not None
    usable, left_out = usable_means(asked.comparison.matched_means)
    if not usable:
        raise nobody_printed(left_out)
    vague = NormalMixture(np.ones(1), np.array([declared.vague_mean]), np.array([declared.patient_sd]))
    higher = asked.instrument.better is Better.HIGHER
    scale = MeanScale(vague, declared.patient_sd, higher)
    readings, refused = of_means(asked.here(means), higher_is_better=higher)
    cautions = [
        f"Left out: {each.arm.study_id}, {each.arm.arm}, which {each.not_pooled or 'gives no spread of its mean'}."
        for each in left_out
    ]
    return _borrowed(
        asked,
        scale,
        hold_mean(declared, scale, usable),
        readings,
        tuple(refused_beside(refused, declared.reference)),
        cautions,
    )


def _borrowed(
    asked: Asked,
    scale: Scale[Mixed],
    held: Held[Mixed],
    readings: tuple[Reading[Mixed], ...],
    refused: tuple[NotAnswered, ...],
    cautions: Sequence[str] = (),
) -> Borrowing:
    declared, comparison, level = asked.declared, asked.comparison, asked.protocol.sensitivity.level
    own = [each for each in readings if each.group == declared.reference]
    controls = {each.key: control_of(held, each, level) for each in own}
    without = {(each.visit, each.strategy, each.missing) for each in refused if each.group == declared.reference}
    treated = [each for each in readings if each.group != declared.reference and each.key not in without]
    return Borrowing(
        name=declared.name,
        benchmark=comparison.name,
        estimand=comparison.estimand,
        month=comparison.month,
        scale=scale.name,
        kind=declared.prior,
        margin=comparison.margin,
        threshold=declared.threshold,
        status="borrowed",
        explanation=comparison.explanation,
        prior=told(held, declared, level),
        curve=curve_of(scale, held, own[0] if own else None),
        answers=tuple(
            answer(
                scale, held, each, beside(each, own), controls.get(each.key), asked.declared, comparison.margin, level
            )
            for each in treated
        ),
        unanswered=refused,
        cautions=(*cautions, *_cautions(asked)),
        instrument=None if comparison.of == "rate" else asked.instrument.label,
    )


def _cautions(asked: Asked) -> Iterator[str]:
    """Arms that contradict each other, under a prior that adds them together."""
    comparison = asked.comparison
    spread = comparison.apart if comparison.of == "rate" else comparison.pooled_mean
    if spread is not None and spread.q_p < APART and asked.declared.prior != "MAP":
        p = "below 0.001" if spread.q_p < 0.001 else f"{spread.q_p:.3f}"
        yield (
            f"The arms contradict each other (Cochran's Q, P {p}), and this prior adds them together as if they "
            "did not: it is surer than they are. A MAP prior counts the spread between them."
        )


def _nothing(asked: Asked, why: str) -> Borrowing:
    comparison = asked.comparison
    return Borrowing(
        name=asked.declared.name,
        benchmark=comparison.name,
        estimand=comparison.estimand,
        month=comparison.month,
        scale="rate" if comparison.of == "rate" else "mean",
        kind=asked.declared.prior,
        margin=comparison.margin,
        threshold=asked.declared.threshold,
        status="nothing is borrowed",
        explanation=why,
        prior=None,
        curve=(),
        answers=(),
        instrument=None if comparison.of == "rate" else asked.instrument.label,
    )
