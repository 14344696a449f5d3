"""The gate: how alike a method made two cohorts, whether that is enough, and what would mend it if it is not."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from equipoise.compare.contrast_method import Weighed, penalty_of, score_of, target_of, weigh
from equipoise.domain.cohort import Flags, Floats
from equipoise.domain.comparison import ComparisonDeclared, GateDeclared
from equipoise.domain.contrast_answer import BalanceRow, MethodDiagnostics, ShareOfScores
from equipoise.errors import MethodError
from equipoise.stats.balance import Balance, Overlap, balance, overlap
from equipoise.stats.balance_random import distance_chance, random_allocations
from equipoise.stats.propensity import Propensity, fit_propensity
from equipoise.stats.propensity_design import Design, check_design
from equipoise.stats.weights import Weights, propensity_weights

DRAWS = 999
SHUFFLED_AT_MOST = 2 * 10**7
"""Cases times columns times allocations: beyond, the chi-squared distribution answers."""
BY_SHUFFLING = f"the largest difference among {DRAWS} random allocations"
BY_DISTANCE = "the distance of all the means, by the chi-squared distribution"
FOR_THE_PICTURE = "a ridge of 1, for the picture only"
STEP = 0.1


@dataclass(frozen=True, eq=False)
class Examined:
    """A method on one set of cases. ``weighed`` None: it was refused, and the diagnostics say why."""

    weighed: Weighed | None
    diagnostics: MethodDiagnostics

    @property
    def passes(self) -> bool:
        """Whether the gate is met."""
        return self.weighed is not None and self.diagnostics.passes


def examine(
    declared: ComparisonDeclared,
    method: str,
    treated: Flags,
    x: Floats,
    names: tuple[str, ...],
    rng: np.random.Generator,
) -> Examined:
    """Make two cohorts alike by a method and judge the result.

    Raises
    ------
    MethodError, DataError : not even the raw differences can be had (a cohort of one, a covariate without variation)
    """
    x, names = _varying(x, names)
    arm, design = check_design(treated, x, names)
    plain = Weights("ATE", np.ones(design.n), arm, float(arm.sum()), float((~arm).sum()), 0.0)
    refusal: MethodError | None = None
    fit: Propensity | None = None
    weighed: Weighed | None = None
    reach: Weights | None = None
    score = _score_in_words(declared)
    try:
        fit = score_of(declared, arm, x, names)
        weighed = weigh(declared, method, fit)
        reach = weighed.weights or propensity_weights(fit, target=weighed.target)
    except MethodError as error:
        refusal = error
    if fit is None:
        fit, score = fit_propensity(arm, x, names, penalty="ridge", ridge=1.0), FOR_THE_PICTURE
    weights = None if weighed is None else weighed.weights
    judged = _Judged(declared.gate, target_of(declared, method), design, plain, weights, reach, overlap(arm, fit.logit))
    return Examined(weighed, judged.diagnostics(method, score, fit, weighed, refusal, rng))


@dataclass(frozen=True, eq=False)
class _Judged:
    """What a judgement rests on.

    ``reach`` : the weights, or where a method has none (outcome regression) those of the score for the same target:
    where they rest on a handful of cases the regression is read off beyond the rest
    """

    gate: GateDeclared
    target: str
    design: Design
    plain: Weights
    weights: Weights | None
    reach: Weights | None
    shared: Overlap

    def diagnostics(
        self,
        method: str,
        score: str,
        fit: Propensity,
        weighed: Weighed | None,
        refusal: MethodError | None,
        rng: np.random.Generator,
    ) -> MethodDiagnostics:
        weights, arm = self.weights, fit.treated
        table = balance(self.design, weights or self.plain)
        before = _chance(self.design, self.plain, rng)
        after = None if weights is None else _chance(self.design, weights, rng)
        wrong = [(f"{each.where}: {each.problem}", each.remedy) for each in refusal.problems] if refusal else []
        wrong += self._failures(weighed, table, after)
        return MethodDiagnostics(
            method=method,
            target=self.target,
            score=score,
            treated=int(arm.sum()),
            comparator=int((~arm).sum()),
            effective_treated=None if weights is None else weights.effective_treated,
            effective_comparator=None if weights is None else weights.effective_comparator,
            largest_share=None if weights is None else weights.largest_share,
            largest_before=table.largest_before,
            largest_after=None if weights is None else table.largest_after,
            spread_before=table.spread_before,
            spread_after=None if weights is None else table.spread_after,
            random_share_before=before[0],
            random_share_after=None if after is None else after[0],
            chance=before[1],
            c_statistic=self.shared.c_statistic,
            treated_outside=self.shared.treated_outside,
            comparator_outside=self.shared.comparator_outside,
            unmatched=None if weighed is None else weighed.unmatched,
            passes=not wrong,
            reasons=tuple(reason for reason, _ in wrong),
            mend=tuple(dict.fromkeys(mend for _, mend in wrong)),
            balance=tuple(_rows(table, weighted=weights is not None)),
            scores=tuple(_scores(fit, weights)),
        )

    def _failures(
        self, weighed: Weighed | None, table: Balance, after: tuple[float, str] | None
    ) -> Iterator[tuple[str, str]]:
        """What of the gate is not met, and what would mend it."""
        gate, shared = self.gate, self.shared
        of_treated = 1.0 - shared.treated_outside / shared.treated
        of_other = 1.0 - shared.comparator_outside / shared.comparator
        inside = of_treated if self.target == "ATT" else min(of_treated, of_other)
        if inside < gate.common_support:
            yield (
                f"{100 * inside:.0f} % of a cohort lie within the other's range of propensity scores; "
                f"{100 * gate.common_support:g} % are asked for",
                "compare only cases either cohort might have had: narrow the criteria, or find other comparators",
            )
        weights = self.reach
        if weighed is None or weights is None:
            return
        by = "" if self.weights else " by the weights of the score"
        overlapping = self.target == "overlap"  # its remedy cannot be itself
        least = min(weights.effective_treated, weights.effective_comparator)
        if least < gate.effective_sample_size:
            asked = f"{gate.effective_sample_size:g} are asked for"
            yield (
                f"the effective sample of a cohort is {least:.1f} cases{by}; {asked}",
                "bring more comparators like the treated, or name fewer covariates"
                + ("" if overlapping else "; or use overlap weights"),
            )
        if weights.largest_share > gate.largest_weight:
            yield (
                f"one case carries {100 * weights.largest_share:.0f} % of its cohort's weight; "
                f"{100 * gate.largest_weight:g} % are allowed{by}",
                ("" if overlapping else "use overlap weights, or ") + "compare only cases either cohort might have had",
            )
        if self.weights is None or after is None:
            return
        if table.largest_after > gate.standardized_difference and after[0] < 1.0 - gate.randomisation_share:
            worst = max(table.covariates, key=lambda each: abs(each.after.difference))
            yield (
                f"'{worst.name}' is {abs(worst.after.difference):.2f} standard deviations apart after weighting, above "
                f"{gate.standardized_difference:g}, and {100 * after[0]:.1f} % of random allocations are as far apart",
                ("use " if overlapping else "use overlap weights or ")
                + "entropy balancing, or find comparators more like the treated",
            )


def _score_in_words(declared: ComparisonDeclared) -> str:
    penalty = penalty_of(declared)
    words = {"none": "logistic regression", "firth": "logistic regression with Firth's penalty, for small samples"}
    return words.get(penalty, f"logistic regression with a ridge of {declared.ridge or 0.0:g}, for small samples")


def _varying(x: Floats, names: tuple[str, ...]) -> tuple[Floats, tuple[str, ...]]:
    """Levels of a category that nobody of this set has, or everybody, say nothing and leave."""
    if x.shape[0] == 0:
        return x, names
    stay = [place for place, name in enumerate(names) if ": " not in name or np.ptp(x[:, place]) > 0]
    return x[:, stay], tuple(names[place] for place in stay)


def _chance(design: Design, weights: Weights, rng: np.random.Generator) -> tuple[float, str]:
    """The share of random allocations at least as unbalanced, and how it was found."""
    if design.n * design.p * DRAWS > SHUFFLED_AT_MOST:
        return distance_chance(design, weights)[1], BY_DISTANCE
    return random_allocations(design, weights, draws=DRAWS, rng=rng).by_largest, BY_SHUFFLING


def _rows(table: Balance, *, weighted: bool) -> Iterator[BalanceRow]:
    for each in table.covariates:
        one, two = each.before, each.after
        yield BalanceRow(
            covariate=each.name,
            treated_before=one.mean_treated,
            comparator_before=one.mean_comparator,
            difference_before=one.difference,
            variance_ratio_before=one.variance_ratio,
            as_unbalanced_before=one.as_unbalanced,
            treated_after=two.mean_treated if weighted else None,
            comparator_after=two.mean_comparator if weighted else None,
            difference_after=two.difference if weighted else None,
            variance_ratio_after=two.variance_ratio if weighted else None,
            as_unbalanced_after=two.as_unbalanced if weighted else None,
        )


def _scores(fit: Propensity, weights: Weights | None) -> Iterator[ShareOfScores]:
    """Scores by tenths, how many and which share of each cohort's weight."""
    place = np.clip(np.ceil(fit.probability / STEP).astype(np.int64) - 1, 0, 9)
    weight = np.ones(place.size) if weights is None else weights.weight
    arm = fit.treated
    counts = [np.bincount(place[of], minlength=10) for of in (arm, ~arm)]
    shares = [np.bincount(place[of], weights=weight[of], minlength=10) / weight[of].sum() for of in (arm, ~arm)]
    for k in range(10):
        yield ShareOfScores(
            lower=round(k * STEP, 1),
            upper=round((k + 1) * STEP, 1),
            treated=int(counts[0][k]),
            comparator=int(counts[1][k]),
            treated_weight=float(shares[0][k]),
            comparator_weight=float(shares[1][k]),
        )
