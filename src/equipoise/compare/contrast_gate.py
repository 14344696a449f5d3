"""The gate: how alike a method made two cohorts, whether that is enough, and what would mend it if it is not."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from equipoise.compare.contrast_balance import balance_rows, shares_of_scores
from equipoise.compare.contrast_method import Weighed, penalty_of, score_of, target_of, weigh
from equipoise.domain.cohort import Flags, Floats
from equipoise.domain.comparison import ComparisonDeclared, GateDeclared
from equipoise.domain.contrast_answer import MethodDiagnostics
from equipoise.errors import MethodError
from equipoise.stats.balance import Balance, Overlap, balance, overlap
from equipoise.stats.balance_random import distance_chance, random_allocations
from equipoise.stats.propensity import Propensity, fit_score
from equipoise.stats.propensity_design import Design, check_design
from equipoise.stats.weights import Weights, propensity_weights

DRAWS = 999
SHUFFLED_AT_MOST = 2 * 10**7
"""Cases times columns times allocations: beyond, the chi-squared distribution answers."""
BY_SHUFFLING = f"the largest difference among {DRAWS} random allocations"
BY_DISTANCE = "the distance of all the means, by the chi-squared distribution"
FOR_THE_PICTURE = "a ridge of 1, for the picture only"
NOT_BY_CHANCE = 1.0 / (DRAWS + 1)
"""An allocation said to be by chance is not believed where no more random ones than this are as unbalanced."""


@dataclass(frozen=True, eq=False)
class Examined:
    """A method on one set of cases. ``weighed`` None: it was refused, and the diagnostics say why."""

    weighed: Weighed | None
    diagnostics: MethodDiagnostics

    @property
    def passes(self) -> bool:
        """Whether the gate is met."""
        return self.weighed is not None and self.diagnostics.passes


@dataclass(frozen=True, eq=False)
class Scored:
    """A set of cases and their score, the same for every method.

    ``fit`` : as declared, or where that was refused, ``refusal``, for the picture only; ``score`` : which, in words
    ``levels`` : of the columns that are levels of a category, what they say in words
    ``before`` : the share of random allocations at least as unbalanced as the raw cohorts, and how it was found
    """

    fit: Propensity
    score: str
    refusal: MethodError | None
    shared: Overlap
    levels: Mapping[str, str]
    before: tuple[float, str]


def score(
    declared: ComparisonDeclared,
    treated: Flags,
    x: Floats,
    names: tuple[str, ...],
    levels: Mapping[str, str],
    rng: np.random.Generator,
) -> Scored:
    """The score of a set of cases and how far the cohorts overlap on it.

    Raises
    ------
    MethodError, DataError : not even the raw differences can be had (a cohort of one, a covariate without variation)
    """
    arm, design = check_design(treated, *_varying(x, names, levels))
    refusal: MethodError | None = None
    try:
        fit, words = score_of(declared, arm, design), _score_in_words(declared)
    except MethodError as error:
        fit, words, refusal = fit_score(arm, design, penalty="ridge", ridge=1.0), FOR_THE_PICTURE, error
    before = _chance(design, _unweighted(arm), rng)
    return Scored(fit, words, refusal, overlap(arm, fit.logit), levels, before)


def examine(declared: ComparisonDeclared, method: str, scored: Scored, rng: np.random.Generator) -> Examined:
    """Make two cohorts alike by a method and judge the result."""
    fit, refusal = scored.fit, scored.refusal
    weighed: Weighed | None = None
    reach: Weights | None = None
    if refusal is None:
        try:
            weighed = weigh(declared, method, fit)
            reach = weighed.weights or propensity_weights(fit, target=weighed.target)
        except MethodError as error:
            refusal = error
    weights = None if weighed is None else weighed.weights
    judged = _Judged(declared, target_of(declared, method), scored, weights, reach)
    return Examined(weighed, judged.diagnostics(method, weighed, refusal, rng))


def _unweighted(arm: Flags) -> Weights:
    return Weights("ATE", np.ones(arm.size), arm, float(arm.sum()), float((~arm).sum()), 0.0)


@dataclass(frozen=True, eq=False)
class _Judged:
    """What a judgement rests on.

    ``reach`` : the weights, or where a method has none (outcome regression) those of the score for the same target:
    where they rest on a handful of cases the regression is read off beyond the rest
    """

    declared: ComparisonDeclared
    target: str
    scored: Scored
    weights: Weights | None
    reach: Weights | None

    @property
    def gate(self) -> GateDeclared:
        """The thresholds."""
        return self.declared.gate

    def diagnostics(
        self,
        method: str,
        weighed: Weighed | None,
        refusal: MethodError | None,
        rng: np.random.Generator,
    ) -> MethodDiagnostics:
        scored, weights, arm = self.scored, self.weights, self.scored.fit.treated
        design, before, shared = scored.fit.design, scored.before, scored.shared
        table = balance(design, weights or _unweighted(arm))
        after = None if weights is None else _chance(design, weights, rng)
        wrong = (
            [(self._in_words(f"{each.where}: {each.problem}"), each.remedy) for each in refusal.problems]
            if refusal
            else []
        )
        wrong += [*self._not_chance(before[0]), *self._failures(weighed), *self._apart(table, after)]
        return MethodDiagnostics(
            method=method,
            target=self.target,
            score=scored.score,
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
            c_statistic=shared.c_statistic,
            treated_outside=shared.treated_outside,
            comparator_outside=shared.comparator_outside,
            unmatched=None if weighed is None else weighed.unmatched,
            passes=not wrong,
            reasons=tuple(reason for reason, _ in wrong),
            mend=tuple(dict.fromkeys(mend for _, mend in wrong)),
            balance=tuple(balance_rows(table, weighted=weights is not None)),
            scores=tuple(shares_of_scores(scored.fit, weights)),
        )

    def _in_words(self, said: str) -> str:
        """A kernel's words with levels of categories as a reader calls them."""
        for name, words in self.scored.levels.items():
            said = said.replace(f"'{name}'", words)
        return said

    @property
    def _by_chance(self) -> bool:
        """Randomised: everybody could have been in either cohort, and differences are chance's; neither withholds."""
        return self.declared.allocation == "randomised"

    def _not_chance(self, as_unbalanced: float) -> Iterator[tuple[str, str]]:
        """A trial whose arms chance could hardly have made, or that has no patients in common to adjust by."""
        if self._by_chance and self.scored.shared.none_in_common:
            yield (
                "the covariates tell the two arms apart entirely, so there is nobody to adjust by",
                "name fewer covariates, or read the unadjusted difference of the arms ([[difference]])",
            )
        if self._by_chance and as_unbalanced <= NOT_BY_CHANCE:
            yield (
                "allocation is said to be by chance, and no more than "
                f"{100 * NOT_BY_CHANCE:g} % of random allocations leave the covariates so far apart",
                "check the groups, the covariates and who was lost; if chance did not decide, write allocation = "
                "'not randomised'",
            )

    def _failures(self, weighed: Weighed | None) -> Iterator[tuple[str, str]]:
        """What of the gate is not met but for the balance, and what would mend it."""
        gate, shared = self.gate, self.scored.shared
        of_treated = 1.0 - shared.treated_outside / shared.treated
        of_other = 1.0 - shared.comparator_outside / shared.comparator
        inside = of_treated if self.target == "ATT" else min(of_treated, of_other)
        if inside < gate.common_support and not self._by_chance:
            yield (
                f"{100 * inside:.0f} % of a cohort lie within the other's range of propensity scores; "
                f"{100 * gate.common_support:g} % are asked for",
                "compare only cases either cohort might have had: narrow the criteria, or find other comparators",
            )
        weights = self.reach
        if weighed is None or weights is None:
            return
        left = (weighed.unmatched or 0) / shared.treated
        if gate.unmatched_share is not None and left > gate.unmatched_share:
            yield (
                f"{100 * left:.0f} % of the cohort found no match; {100 * gate.unmatched_share:g} % may be left out: "
                "the answer would be about other people",
                "widen the caliper, find more comparators like the cohort, or weight instead of matching",
            )
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

    def _apart(self, table: Balance, after: tuple[float, str] | None) -> Iterator[tuple[str, str]]:
        """A covariate too far apart after weighting, which chance did not do."""
        gate = self.gate
        if self.weights is None or after is None or self._by_chance:
            return
        if table.largest_after > gate.standardized_difference and after[0] < 1.0 - gate.randomisation_share:
            worst = max(table.covariates, key=lambda each: abs(each.after.difference))
            what = (
                f"the share with {self.scored.levels[worst.name]}"
                if worst.name in self.scored.levels
                else f"'{worst.name}'"
            )
            yield (
                f"{what} is {abs(worst.after.difference):.2f} standard deviations apart after weighting, above "
                f"{gate.standardized_difference:g}, and {100 * after[0]:.1f} % of random allocations are as far apart",
                ("use " if self.target == "overlap" else "use overlap weights or ")
                + "entropy balancing, or find comparators more like the treated",
            )


def _score_in_words(declared: ComparisonDeclared) -> str:
    penalty = penalty_of(declared)
    words = {"none": "logistic regression", "firth": "logistic regression with Firth's penalty, for small samples"}
    return words.get(penalty, f"logistic regression with a ridge of {declared.ridge or 0.0:g}, for small samples")


def _varying(x: Floats, names: tuple[str, ...], levels: Collection[str]) -> tuple[Floats, tuple[str, ...]]:
    """Levels of a category that nobody of this set has, or everybody, say nothing and leave."""
    if x.shape[0] == 0:
        return x, names
    stay = [place for place, name in enumerate(names) if name not in levels or np.ptp(x[:, place]) > 0]
    if len(stay) == len(names):
        return x, names
    return x[:, stay], tuple(names[place] for place in stay)


def _chance(design: Design, weights: Weights, rng: np.random.Generator) -> tuple[float, str]:
    """The share of random allocations at least as unbalanced, and how it was found."""
    if design.n * design.p * DRAWS > SHUFFLED_AT_MOST:
        return distance_chance(design, weights)[1], BY_DISTANCE
    return random_allocations(design, weights, draws=DRAWS, rng=rng).by_largest, BY_SHUFFLING
