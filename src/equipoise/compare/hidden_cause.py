"""How strong a hidden cause would have to be, for every comparison chance did not form (``docs/hidden-causes.md``)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import exp, isfinite, sqrt

from scipy.special import ndtri

from equipoise.compare.hidden_cause_ratio import ratio_of_rates, standardised
from equipoise.compare.hidden_cause_rows import Place, Weighed, bias_arrays, e_value_row, placebo_responses
from equipoise.domain.adjusted_benchmark_answer import AdjustedBenchmark, AdjustedRow
from equipoise.domain.benchmark_answer import Comparison, ProbabilityBetter
from equipoise.domain.contrast_answer import CohortContrast, ContrastRow
from equipoise.domain.difference_answer import Difference, MeanDifference, ResponseDifference
from equipoise.domain.hidden_cause import HiddenCauseDeclared
from equipoise.domain.hidden_cause_answer import (
    HiddenCauses,
    NotWeighed,
    PairsBounded,
)
from equipoise.errors import DataError, MethodError
from equipoise.stats.difference import miettinen_nurminen
from equipoise.stats.unmeasured import (
    SMD_TO_LOG_RISK_RATIO,
    e_value_odds_ratio,
    e_value_risk_ratio,
    e_value_standardised_difference,
)

RARE = 0.15
"""Below this rate an odds ratio is near enough to a risk ratio (VanderWeele and Ding 2017)."""
NO_RATIO = "show the two counts: a hidden cause is judged by how many times likelier a response is"

ONLY_RANGES = "every answer is a range over what is unknown, and a range has no single E-value"
BOTH_ENDS = "judge both ends of the range by the table"
OF_SCORES = "approximate: exp(0.91 d), d the difference of mean scores in standard deviations, read as a risk ratio"


def weigh_hidden_causes(
    declared: HiddenCauseDeclared,
    *,
    level: float,
    comparisons: Sequence[Comparison],
    adjusted: Sequence[AdjustedBenchmark],
    differences: Sequence[Difference],
    contrasts: Sequence[CohortContrast] = (),
    pairs: Sequence[PairsBounded] = (),
) -> HiddenCauses:
    """E-values and bias arrays of every comparison that has a number; the placebo response of pooled sham arms."""
    found = [
        *(each for one in comparisons for each in _published(one, level)),
        *(each for one in adjusted for each in _adjusted(one, level)),
        *(each for one in differences for each in _difference(one, level)),
        *(each for one in contrasts for each in _contrast(one)),
    ]
    weighed = [each for each in found if isinstance(each, Weighed)]
    return HiddenCauses(
        e_values=tuple(e_value_row(each) for each in weighed),
        bias_arrays=tuple(array for each in weighed if each.place.main for array in bias_arrays(each, declared)),
        pairs=tuple(pairs),
        placebo=tuple(placebo_responses(comparisons)),
        refused=tuple(each for each in found if isinstance(each, NotWeighed)),
    )


def _published(each: Comparison, level: float) -> Iterator[Weighed | NotWeighed]:
    """The cases against pooled arms, or the one arm that matches: limits of two separate intervals combined."""
    if each.pooled is not None:
        arms = (each.pooled.estimate, each.pooled.lower, each.pooled.upper)
    elif len(each.matched) == 1 and each.probabilities:
        arms = (each.matched[0].estimate, each.matched[0].lower, each.matched[0].upper)
    else:
        return
    own: dict[tuple[str, str], ProbabilityBetter] = {}
    for one in each.probabilities:
        own.setdefault((one.group, one.strategy), one)
    first = next(iter(own.values())).strategy if own else ""
    for one in own.values():
        ends = {"": one.responders_low}
        if one.responders_low != one.responders_high:
            ends = {"fewest": one.responders_low, "most": one.responders_high}
        for reading, responders in ends.items():
            place = Place(
                each.name, "published arms", each.estimand, one.group, one.visit, one.month, one.strategy, "", reading,
                one.strategy == first,
            )  # fmt: skip
            yield _of_rates(place, (responders, one.n), arms, level)


def _of_rates(
    place: Place, own: tuple[int, int], other: tuple[float, float, float], level: float
) -> Weighed | NotWeighed:
    found = ratio_of_rates(*own, *other, level=level)
    if found is None:
        return NotWeighed(place.where, "nobody responded on one side, so no ratio is finite", NO_RATIO)
    return _ratio(place, *found, "risk ratio, limits of both rates combined")


def _ratio(
    place: Place, estimate: float, lower: float | None, upper: float | None, method: str
) -> Weighed | NotWeighed:
    """The E-value of a risk ratio; a limit without end, or none, says nothing against."""
    limits = (lower if lower else 1e-12, upper if upper is not None and isfinite(upper) else 1e12)
    if not (estimate > 0 and isfinite(estimate)):
        return NotWeighed(place.where, "nobody responded on one side, so no ratio is finite", NO_RATIO)
    without = lower is None and upper is None
    try:
        value = e_value_risk_ratio(estimate) if without else e_value_risk_ratio(estimate, *limits)
    except DataError as error:
        return NotWeighed(place.where, error.problems[0].problem, error.problems[0].remedy)
    return Weighed(place, value, lower, upper if upper is None or isfinite(upper) else None, method)


def _adjusted(each: AdjustedBenchmark, level: float) -> Iterator[Weighed | NotWeighed]:
    numbered = [row for row in each.rows if row.estimate is not None]
    if not numbered and any(row.lower is not None for row in each.rows):
        yield NotWeighed(f"{each.name} | {each.visit} | {each.group}", ONLY_RANGES, BOTH_ENDS)
    for row in numbered:
        place = Place(
            each.name, "adjusted published arm", each.estimand, each.group, each.visit, each.month, each.strategy,
            row.missing, "", row is numbered[0],
        )  # fmt: skip
        if each.form == "anchored":
            why = "anchored: a hidden cause would have to change the effect, and an E-value speaks of the outcome"
            yield NotWeighed(place.where, why, "read the covariates that were not matched")
        elif each.measure == "difference of means":
            yield _of_score(place, row, level)
        elif each.measure == "odds ratio" and row.risk_ratio is None:
            yield _of_odds(place, row, each)
        elif row.risk_ratio is None:
            yield NotWeighed(place.where, "nobody or everybody responded on one side, so no ratio is finite", NO_RATIO)
        else:
            yield _ratio(
                place, row.risk_ratio, row.risk_ratio_lower, row.risk_ratio_upper, "risk ratio after weighting"
            )


def _of_odds(place: Place, row: AdjustedRow, each: AdjustedBenchmark) -> Weighed | NotWeighed:
    assert row.estimate is not None
    arm = each.published
    rates = [row.adjusted_low or 1.0, arm.responders / arm.n if arm and arm.responders is not None and arm.n else 1.0]
    rare = max(rates) < RARE
    if row.lower is None or row.upper is None or row.lower <= 0:
        return NotWeighed(place.where, "the odds ratio has a limit without end", NO_RATIO)
    value = e_value_odds_ratio(row.estimate, row.lower, row.upper, rare=rare)
    lower, upper = (row.lower, row.upper) if rare else (sqrt(row.lower), sqrt(row.upper))
    return Weighed(place, value, lower, upper, "odds ratio" if rare else "square root of the odds ratio")


def _of_score(place: Place, row: AdjustedRow, level: float) -> Weighed | NotWeighed:
    assert row.estimate is not None
    if not row.crude_sd or row.lower is None or row.upper is None:
        return NotWeighed(place.where, "the scores have no spread", "show the two means")
    error = (row.upper - row.lower) / 2 / float(ndtri(0.5 + level / 2))
    return _of_means(place, row.estimate, row.crude_sd, error, level)


def _of_means(place: Place, difference: float, sd: float, error: float, level: float) -> Weighed | NotWeighed:
    try:
        value = e_value_standardised_difference(difference / sd, error / sd, level=level)
    except (DataError, MethodError) as refused:
        return NotWeighed(place.where, refused.problems[0].problem, refused.problems[0].remedy)
    lower, upper = standardised(difference, sd, error, level)
    return Weighed(place, value, lower, upper, OF_SCORES, difference)


def _difference(each: Difference, level: float) -> Iterator[Weighed | NotWeighed]:
    """Two groups of the case book that chance did not form; a randomised difference has no hidden cause to weigh."""
    if each.allocation == "randomised":
        return
    ends = [(row.estimate, row.lower) for row in each.responses] + [(row.estimate, row.lower) for row in each.means]
    if all(estimate is None for estimate, _ in ends):
        if any(lower is not None for _, lower in ends):
            yield NotWeighed(each.name, ONLY_RANGES, BOTH_ENDS)
        return
    responses = {
        (row.estimand, row.visit, row.strategy, row.missing): row for row in each.responses if row.estimate is not None
    }
    firsts: set[tuple[str, str]] = set()
    for response in responses.values():
        yield _of_responses(_place_of(each, response, firsts), response, level)
    for mean in each.means:
        if mean.estimate is not None:
            yield _of_groups(_place_of(each, mean, firsts), mean)


def _place_of(each: Difference, row: ResponseDifference | MeanDifference, firsts: set[tuple[str, str]]) -> Place:
    """The first row of an estimand and visit is its own strategy and first way of treating the unknown."""
    main = (row.estimand, row.visit) not in firsts
    firsts.add((row.estimand, row.visit))
    return Place(
        each.name, "difference", row.estimand, each.group, row.visit, row.month, row.strategy, row.missing, "", main
    )


def _of_responses(place: Place, row: ResponseDifference, level: float) -> Weighed | NotWeighed:
    own, other = (row.responders_low, row.n_low), (row.reference_responders_low, row.reference_n_low)
    if own[0] == 0 or other[0] == 0:
        return NotWeighed(place.where, "nobody responded on one side, so no ratio is finite", NO_RATIO)
    lower, upper = miettinen_nurminen(*own, *other, measure="risk ratio", level=level)
    ratio = own[0] / own[1] / (other[0] / other[1])
    return _ratio(place, ratio, float(lower), float(upper), "risk ratio, Miettinen-Nurminen limits")


def _of_groups(place: Place, row: MeanDifference) -> Weighed | NotWeighed:
    freedom = row.n + row.reference_n - 2
    if row.estimate is None or row.standard_error is None or row.sd is None or row.reference_sd is None or freedom < 1:
        return NotWeighed(place.where, "the difference has no standard error", "show the two means")
    sd = sqrt(((row.n - 1) * row.sd**2 + (row.reference_n - 1) * row.reference_sd**2) / freedom)
    if sd == 0:
        return NotWeighed(place.where, "the scores have no spread", "show the two means")
    return _of_limits(place, row.estimate, sd, row.lower, row.upper)


def _contrast(each: CohortContrast) -> Iterator[Weighed | NotWeighed]:
    """A cohort against another that chance did not form: its risk ratios and differences of mean scores.

    Where it has neither, why nothing could be weighed.
    """
    if each.allocation == "randomised":
        return
    firsts: set[tuple[str, str]] = set()
    weighable = ("risk ratio", "mean difference")
    rows = [row for row in each.rows if row.measure in weighable and row.estimate is not None]
    if not rows:
        yield from _without_ratio(each)
    for row in rows:
        main = (row.estimand, row.visit) not in firsts
        firsts.add((row.estimand, row.visit))
        place = Place(
            each.name,
            "contrast",
            row.estimand,
            each.cohort,
            row.visit,
            row.month,
            row.strategy,
            row.missing,
            row.method,
            main,
        )
        yield _of_contrast(place, row) if row.measure == "risk ratio" else _of_scores(place, row)


def _without_ratio(each: CohortContrast) -> Iterator[NotWeighed]:
    """Numbers of other measures, or ranges alone; nothing where all is withheld."""
    measures = dict.fromkeys(row.measure for row in each.rows if row.estimate is not None)
    if measures:
        why = f"it gives {' and '.join(measures)} only, and an E-value is of a risk ratio"
        yield NotWeighed(each.name, why, "compare a responder estimand, or a score, too")
    elif any(row.lower is not None for row in each.rows):
        yield NotWeighed(each.name, ONLY_RANGES, BOTH_ENDS)


def _of_scores(place: Place, row: ContrastRow) -> Weighed | NotWeighed:
    assert row.estimate is not None
    if row.sd is None or not row.standard_error:
        return NotWeighed(place.where, "the difference has no standard error", "show the two means")
    return _of_limits(place, row.estimate, row.sd, row.lower, row.upper)


def _of_limits(
    place: Place, difference: float, sd: float, lower: float | None, upper: float | None
) -> Weighed | NotWeighed:
    """A difference of means with its own limits, all three read as risk ratios."""
    estimate, low, high = (
        None if each is None else exp(SMD_TO_LOG_RISK_RATIO * each / sd) for each in (difference, lower, upper)
    )
    assert estimate is not None
    found = _ratio(place, estimate, low, high, OF_SCORES)
    return replace(found, points=difference) if isinstance(found, Weighed) else found


def _of_contrast(place: Place, row: ContrastRow) -> Weighed | NotWeighed:
    assert row.estimate is not None
    return _ratio(place, row.estimate, row.lower, row.upper, f"risk ratio, {row.method}")
