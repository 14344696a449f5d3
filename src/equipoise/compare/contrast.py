"""One cohort beside another: the losses, then the diagnostics, then the number, or why it is withheld."""

from collections.abc import Iterator

import numpy as np

from equipoise.compare.contrast_cases import pair_up
from equipoise.compare.contrast_controls import Controls, calibrated_by, control_contrasts
from equipoise.compare.contrast_counts import one_is_flat, with_counts_limits
from equipoise.compare.contrast_events import event_rows
from equipoise.compare.contrast_method import Weighed, contrast_by
from equipoise.compare.contrast_outcome import WAYS, Valued, valued
from equipoise.compare.contrast_pairs import bounds_of_pairs
from equipoise.compare.contrast_range import Spread, Unseen
from equipoise.compare.contrast_rows import Place, blank, number_rows, range_rows
from equipoise.compare.contrast_starts import start_checks, warnings_of
from equipoise.compare.contrast_workshop import Workshop
from equipoise.domain.arm import Arm, Asked
from equipoise.domain.cohort import Covariate, Flags, Floats
from equipoise.domain.comparison import MATCHED, ComparisonDeclared
from equipoise.domain.contrast_answer import CohortContrast, ContrastRow, MethodDiagnostics
from equipoise.domain.estimand import Missing
from equipoise.domain.hidden_cause_answer import NotWeighed
from equipoise.domain.protocol import Protocol, Visit
from equipoise.domain.records import Cut
from equipoise.domain.result import Refusal
from equipoise.errors import MethodError, Problem
from equipoise.stats.adjusted import AdjustedContrast

BY_A_MODEL = ("outcome regression", "AIPW")
"""Methods whose answer is not monotone in each case's outcome: putting the unseen at the ends does not bound them."""


ENOUGH_FOR_ATE = 100
"""Cases in the smaller cohort from which the limits of ATE weights were about right (docs/calibration.md)."""
CASES_A_COVARIATE = 10
"""Fewer cases a covariate, in the smaller cohort, are few for a plain logistic score (Peduzzi and others 1996)."""


def contrast_cohorts(
    protocol: Protocol,
    declared: ComparisonDeclared,
    arms: tuple[Arm, Arm],
    cut: Cut,
    *,
    same_book: bool,
    rng: np.random.Generator,
) -> tuple[CohortContrast, tuple[Refusal, ...]]:
    """The cohort and the comparator, ``arms``, made alike and contrasted as declared; ``cut`` : of the comparator.

    Whatever a method refuses is a row of the refusals; the rest goes on.
    """
    own, other = arms
    columns = {each.name: each.column for each in protocol.covariate}
    starts = start_checks(own, other, tuple((name, columns[name]) for name in declared.covariates))
    shop = _shop(protocol, declared, arms, same_book=same_book, rng=rng)
    diagnostics = tuple(_diagnostics(shop)) if not shop.refused else ()
    controls = control_contrasts(shop) if diagnostics else Controls(None, None)
    shop.barred = controls.bar
    rows = [*_outcomes(shop), *event_rows(shop)] if diagnostics else []
    pair = shop.pair
    answer = CohortContrast(
        name=declared.name,
        cohort=own.name,
        comparator=other.name,
        allocation=declared.allocation,
        source=cut.source,
        source_date=None if cut.date is None else cut.date.isoformat(),
        source_digest=cut.digest,
        attrition=other.attrition,
        losses=pair.losses,
        comparator_losses=pair.other_losses,
        in_both=pair.in_both,
        covariates=declared.covariates,
        not_recorded=declared.not_recorded,
        gate=declared.gate,
        starts=starts,
        diagnostics=diagnostics,
        rows=tuple(calibrated_by(controls, row) for row in rows),
        negative_controls=controls.answer,
        notes=(*warnings_of(starts), *_notes(shop, diagnostics, same_book=same_book)),
        pairs=tuple(shop.bounded),
    )
    return answer, tuple(dict.fromkeys(shop.refused))


def _shop(
    protocol: Protocol,
    declared: ComparisonDeclared,
    arms: tuple[Arm, Arm],
    *,
    same_book: bool,
    rng: np.random.Generator,
) -> Workshop:
    """The cases side by side; where their covariates cannot be, nobody, and why."""
    try:
        return Workshop(protocol, declared, pair_up(*arms, declared.covariates, same_book=same_book), rng)
    except MethodError as error:
        nobody = [arm.of(np.zeros(arm.n, dtype=np.bool_)) for arm in arms]
        shop = Workshop(protocol, declared, pair_up(nobody[0], nobody[1], (), same_book=same_book), rng)
        shop.refuse("covariates", error)
        return shop


def _diagnostics(shop: Workshop) -> Iterator[MethodDiagnostics]:
    """Every method over everybody whose covariates are known."""
    everybody = np.ones(shop.pair.treated.size, dtype=np.bool_)
    for method in shop.declared.methods:
        try:
            yield shop.examine(method, everybody).diagnostics
        except MethodError as error:
            shop.refuse(method, error)


def _notes(shop: Workshop, diagnostics: tuple[MethodDiagnostics, ...], *, same_book: bool) -> Iterator[str]:
    """What a reader must be told beside the numbers."""
    if shop.declared.allocation == "randomised":
        yield from _not_so_random(shop, diagnostics)
    if not same_book:
        yield "The two case books do not share their keys: whether a person is in both is not known."
    yield from _nothing_in_common(shop)
    treated = int(shop.pair.treated.sum())
    fewest = min(treated, shop.pair.treated.size - treated)
    if shop.declared.propensity == "logistic" and 0 < fewest < CASES_A_COVARIATE * len(shop.pair.names):
        yield (
            f"The smaller cohort has {fewest:,} cases for {len(shop.pair.names)} covariates: a plain logistic score "
            "overstates how different the cohorts are; Firth's penalty or a ridge would not as much."
        )
    if 0 < fewest < ENOUGH_FOR_ATE and "ATE weighting" in shop.declared.methods:
        yield (
            "The weights of ATE weighting are skewed where few were treated: its 95 % limits of a difference of risks "
            "held 92 in 100 simulated cohorts of 10 and 20, and 93 of 24 and 50. Read overlap weighting beside it."
        )


def _nothing_in_common(shop: Workshop) -> Iterator[str]:
    """Categories of which no value is in both cohorts: one code book read beside another, or people never alike."""
    pair = shop.pair
    for name in shop.declared.covariates if pair.own.n and pair.other.n else ():
        one, two = (arm.covariates[name] for arm in (pair.own, pair.other))
        if one.labels and two.labels and not (values := _values(one)) & (others := _values(two)):
            here, there = (", ".join(sorted(each)) for each in (values, others))
            yield (
                f"No value of '{name}' is in both cohorts ({pair.own.name}: {here}; {pair.other.name}: {there}). If "
                "they mean the same, write them the same way in both case books; if not, nobody has a counterpart."
            )


def _values(covariate: Covariate) -> set[str]:
    return {covariate.labels[int(each)] for each in np.unique(covariate.value[covariate.known])}


def _not_so_random(shop: Workshop, diagnostics: tuple[MethodDiagnostics, ...]) -> Iterator[str]:
    """What does not look like chance in an allocation said to be by chance."""
    if shop.pair.in_both:
        who = "1 person is" if shop.pair.in_both == 1 else f"{shop.pair.in_both:,} people are"
        yield f"Allocation is said to be by chance, yet {who} in both cohorts."
    rare = 1.0 - shop.declared.gate.randomisation_share
    if diagnostics and diagnostics[0].random_share_before < rare:
        yield (
            f"Allocation is said to be by chance, yet only {100 * diagnostics[0].random_share_before:.1f} % of random "
            "allocations would leave the covariates so far apart: make sure that it was, and that nobody left one arm."
        )


def _outcomes(shop: Workshop) -> Iterator[ContrastRow]:
    """Every estimand compared, at each visit, in every way of treating the unknown, by every method."""
    for asked in shop.pair.own.asked:
        if asked.estimand not in names_compared(shop.protocol, shop.declared):
            continue
        strange = [arm for arm in (shop.pair.own, shop.pair.other) if asked.instrument in arm.unasked]
        for arm in strange:
            problem = f"nobody of {arm.name} was assessed with '{asked.instrument}'"
            remedy = "compare with cases asked by the same instrument: another one asks another question"
            shop.refuse(asked.estimand, MethodError(Problem("instrument", problem, remedy)))
        for visit in () if strange else asked.visits:
            for missing in WAYS:
                if missing in shop.protocol.sensitivity.missing and (asked.yes_no or missing != Missing.NON_RESPONDER):
                    yield from _one_way(shop, asked, visit, missing)


def names_compared(protocol: Protocol, declared: ComparisonDeclared) -> tuple[str, ...]:
    """The estimands compared: those named, else the primary one."""
    return declared.estimands or (protocol.primary.name,)


def _one_way(shop: Workshop, asked: Asked, visit: Visit, missing: Missing) -> Iterator[ContrastRow]:
    where = f"{asked.estimand} | {visit.name} | {missing.value}"
    try:
        course = shop.pair.course((asked.estimand, visit.name))
        found = valued(course, missing)
        if missing is Missing.NON_RESPONDER:
            _somebody_answered(shop, course.has & found.rows, visit)
    except MethodError as error:
        shop.refuse(where, error)
        return
    for method in shop.declared.methods:
        if missing is Missing.BOUNDS and method in BY_A_MODEL:
            problem = "a model of the outcome is not at its ends where the unseen are"
            remedy = "read the bounds of a weighting, balancing or matching"
            shop.refuse(f"{where} | {method}", MethodError(Problem(method, problem, remedy)))
            continue
        yield from _by(shop, method, asked, visit, missing, found)


def _somebody_answered(shop: Workshop, known: Flags, visit: Visit) -> None:
    """Where nobody of a cohort has a known answer, to count them all as no would make the difference, not find it."""
    for arm, side in ((shop.pair.own, shop.pair.treated), (shop.pair.other, ~shop.pair.treated)):
        if side.any() and not (known & side).any():
            problem = f"nobody of {arm.name} has a known answer at {visit.name}: every no would be an assumption"
            raise MethodError(Problem("outcome", problem, "read the bounds, or ask those who were not asked"))


def _by(
    shop: Workshop, method: str, asked: Asked, visit: Visit, missing: Missing, found: Valued
) -> Iterator[ContrastRow]:
    """The rows of one method: a number, a range, or withheld."""
    treated = shop.pair.treated[found.rows]
    place = Place.of(shop.protocol, shop.declared, asked, visit, missing, method, treated)
    try:
        examined = shop.examine(method, found.rows)
    except MethodError as error:
        shop.refuse(place.where, error)
        return
    bar = shop.barred
    if not examined.passes or examined.weighed is None or bar.reasons:
        why = examined.diagnostics
        yield from blank(place, found, treated, (*why.reasons, *bar.reasons), (*why.mend, *bar.mend))
        return
    pairs = bounds_of_pairs(shop.protocol, shop.declared, examined.weighed, asked, visit, missing, found.low)
    if isinstance(pairs, NotWeighed):
        shop.refused.append(Refusal(f"{shop.where} | {place.where} | Rosenbaum bounds", pairs.why, pairs.instead))
    elif pairs is not None:
        shop.bounded.append(pairs)
    rows = _rows(shop, place, examined.weighed, found, asked, missing)
    flat = asked.yes_no and one_is_flat(found, treated)
    for row in rows:
        without = row.withheld or None in (
            (row.outer_lower, row.outer_upper) if missing is Missing.BOUNDS else (row.lower,)
        )
        yield with_counts_limits(row, found, treated) if flat and without else row


def _rows(
    shop: Workshop, place: Place, weighed: Weighed, found: Valued, asked: Asked, missing: Missing
) -> tuple[ContrastRow, ...]:
    """The contrast of cases that passed the gate; blank where the method refuses the outcome."""
    treated = shop.pair.treated[found.rows]
    level, rng = shop.protocol.sensitivity.level, shop.rng
    resamples = int(rng.integers(2**63)) if shop.declared.interval == "bootstrap" else None

    def contrast(value: Floats) -> AdjustedContrast:
        drawn = rng if resamples is None else np.random.default_rng(resamples)  # every reading of the same resamples
        return contrast_by(shop.declared, weighed, value, yes_no=asked.yes_no, level=level, rng=drawn)

    try:
        if missing is not Missing.BOUNDS:
            return tuple(number_rows(place, found, treated, contrast(found.low)))
        weight = np.ones(treated.size) if weighed.weights is None else weighed.weights.weight
        of_residuals = weighed.method in MATCHED or weighed.entropy is not None
        spread: Spread = "residuals" if of_residuals else "values"
        spread = spread if resamples is None else "resamples"
        return tuple(range_rows(place, Unseen(found, treated, weight, contrast, spread)))
    except MethodError as error:
        shop.refuse(place.where, error)
        reasons = tuple(f"{each.where}: {each.problem}" for each in error.problems)
        return tuple(blank(place, found, treated, reasons, tuple(each.remedy for each in error.problems)))
