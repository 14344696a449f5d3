"""The cases made like a published arm before they are set beside it, as ``[[adjusted_benchmark]]`` declares it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field, model_validator

from equipoise.domain.covariate import CovariateDeclared, named_covariate_problems
from equipoise.domain.declared import Declared
from equipoise.domain.estimand import Endpoint
from equipoise.domain.evidence import PublishedArm
from equipoise.domain.wrong import closest_or_all
from equipoise.errors import Problem

Adjustment = Literal["MAIC", "STC"]
AdjustedMeasure = Literal["risk difference", "risk ratio", "odds ratio"]
AdjustedLimits = Literal["weights as fixed", "weights as estimated", "bootstrap"]


class BaselineRow(Declared):
    """One line of the published baseline table, as printed: a mean, or a count with its denominator."""

    covariate: str = Field(description="a declared [[covariate]]")
    level: str | None = Field(default=None, description="of a category: the level that is counted")
    mean: float | None = Field(
        default=None, description="the mean, in the covariate's unit; of a level its share, 0 to 1"
    )
    sd: float | None = Field(default=None, ge=0, description="the standard deviation, where one is printed")
    match_sd: bool = Field(default=False, description="true to match the spread as well as the mean")
    count: int | None = Field(default=None, ge=0, description="how many had the level")
    n: int | None = Field(default=None, ge=1, description="of how many it was known")
    percent: float | None = Field(default=None, ge=0, le=100, description="the percentage beside the count, as printed")

    @model_validator(mode="after")
    def _mean_or_count(self) -> "BaselineRow":
        counted = self.count is not None and self.n is not None
        if counted == (self.mean is not None) or (self.count is None) != (self.n is None):
            raise ValueError("is neither a mean nor a count with its n", "give mean, or count and n, as printed")
        if counted and self.level is None:
            raise ValueError("a count has no level", "say which level of the covariate was counted")
        if self.level is not None and (self.sd is not None or self.match_sd):
            raise ValueError("the share of a level has no spread of its own", "leave sd and match_sd out")
        if self.level is not None and self.mean is not None and not 0 <= self.mean <= 1:
            raise ValueError("the share of a level is not between 0 and 1", "write 0.46 for 46 %")
        return self

    @property
    def named(self) -> str:
        """The line as a reader knows it."""
        return self.covariate if self.level is None else f"{self.covariate}: {self.level}"


class Anchor(Declared):
    """A control arm that the published study and the case book share."""

    arm: str = Field(description="the control arm of the published study, as the evidence names it")
    group: str = Field(description="the group of the case book that had the same control treatment")


class AdjustmentGate(Declared):
    """What the cases must be worth before a number is printed; the diagnostics are printed in any case."""

    effective_sample_size: float = Field(
        gt=0, description="fewest, of the weighted cases of each arm; of a regression, cases of each arm"
    )
    largest_weight: float | None = Field(
        default=None, gt=0, le=1, description="of MAIC: the largest share of all weight that one case may carry"
    )


class AdjustedBenchmarkDeclared(Declared):
    """One published arm, its baseline table, and how the cases are made like it."""

    name: str = Field(min_length=1, description="what the report calls the comparison")
    estimand: str | None = Field(default=None, description="absent, the primary estimand")
    visit: str = Field(description="the visit that is compared, by name; the published arm must report its month")
    group: str | None = Field(default=None, description="the treated group; absent, every group by itself")
    study: str = Field(description="study_id of the evidence")
    arm: str = Field(description="the arm of that study, as the evidence names it")
    anchor: Anchor | None = Field(
        default=None, description="a shared control arm; absent, the comparison is unanchored"
    )
    patients: int = Field(ge=1, description="how many the published baseline table describes")
    baseline: tuple[BaselineRow, ...] = Field(description="the published baseline table; empty where there is none")
    baseline_source: str = Field(min_length=1, description="where the table is printed")
    method: Adjustment = Field(description="MAIC (weights) or STC (a regression)")
    measure: AdjustedMeasure | None = Field(
        default=None, description="of responders: risk difference, risk ratio, odds ratio; STC gives odds ratios only"
    )
    limits: AdjustedLimits | None = Field(default=None, description="of MAIC: how its limits are made")
    bootstrap_replicates: int | None = Field(default=None, ge=200, le=100_000, description="required by bootstrap")
    modifiers: tuple[str, ...] = Field(
        default=(), description="of an anchored STC: covariates that may change the effect"
    )
    gate: AdjustmentGate = Field(description="what the cases must be worth before a number is printed")

    @model_validator(mode="after")
    def _makes_sense(self) -> "AdjustedBenchmarkDeclared":
        for wrong, problem, remedy in self._contradictions():
            if wrong:
                raise ValueError(problem, remedy)
        return self

    def _contradictions(self) -> Iterator[tuple[bool, str, str]]:
        maic = self.method == "MAIC"
        yield (
            maic and self.limits is None,
            "MAIC has no limits",
            "give limits: weights as fixed, weights as estimated, bootstrap",
        )
        yield not maic and self.limits is not None, "limits has no meaning for STC", "leave it out"
        bootstrap = self.limits == "bootstrap"
        problem = "bootstrap_replicates and limits = 'bootstrap' go together"
        yield bootstrap != (self.bootstrap_replicates is not None), problem, "give both, or neither"
        problem = "the bootstrap is for comparisons without an anchor"
        yield bootstrap and self.anchor is not None, problem, "give limits: weights as fixed or weights as estimated"
        problem = "the gate of MAIC has no largest_weight"
        yield (
            maic and self.gate.largest_weight is None,
            problem,
            "give the largest share of all weight one case may carry",
        )
        yield (
            not maic and self.gate.largest_weight is not None,
            "STC has no weights",
            "leave largest_weight out of the gate",
        )
        problem = "modifiers are for a regression with an anchor"
        yield bool(self.modifiers) and (maic or self.anchor is None), problem, "leave modifiers out"
        yield (
            self.anchor is not None and self.group is None,
            "an anchored comparison names no group",
            "give the treated group",
        )
        same = self.anchor is not None and (self.anchor.group == self.group or self.anchor.arm == self.arm)
        yield (
            same,
            "the treated and the control arm are the same",
            "name two arms of the study and two groups of the case book",
        )
        rows = [row.named for row in self.baseline]
        yield len(set(rows)) < len(rows), "baseline has two rows of one covariate", "keep one"
        strange = sorted(set(self.modifiers) - {row.named for row in self.baseline})
        yield (
            bool(strange),
            f"'{', '.join(strange)}' is no row of baseline",
            "name modifiers as the baseline does ('sex: female')",
        )


@dataclass(frozen=True)
class AskedOf:
    """What a comparison needs to know of an estimand; None is what could not be read."""

    primary: bool
    visits: Sequence[str] | None
    endpoint: Endpoint | None


def adjusted_benchmark_problems(
    declared: Sequence[AdjustedBenchmarkDeclared],
    estimands: Mapping[str, AskedOf],
    covariates: Sequence[CovariateDeclared],
    covariate_names: Sequence[str],
    arms: Sequence[PublishedArm] | None,
) -> Iterator[Problem]:
    """What is wrong with the adjusted benchmarks; ``arms`` : all the evidence, None where it could not be read."""
    doubled = {each.name for each in covariates if each.log2}
    for each in declared:
        where = f"adjusted benchmark '{each.name}'"
        names = tuple(dict.fromkeys(row.covariate for row in each.baseline))
        yield from named_covariate_problems(f"{where}.baseline", names, covariate_names)
        for name in names:
            if name in doubled:
                problem = f"'{name}' counts doublings, and a published mean is of the number itself"
                yield Problem(f"{where}.baseline", problem, "declare the column as a second covariate without log2")
        yield from _estimand_problems(each, where, estimands)
        if arms is not None:
            yield from _arm_problems(each, where, arms)


def _estimand_problems(
    each: AdjustedBenchmarkDeclared, where: str, estimands: Mapping[str, AskedOf]
) -> Iterator[Problem]:
    if each.estimand is not None and each.estimand not in estimands:
        remedy = closest_or_all(each.estimand, list(estimands))
        yield Problem(f"{where}.estimand", f"'{each.estimand}' is no declared estimand", remedy)
        return
    asked = next(
        (one for name, one in estimands.items() if name == each.estimand or (each.estimand is None and one.primary)),
        None,
    )
    if asked is None:
        return
    if asked.visits is not None and each.visit not in asked.visits:
        remedy = closest_or_all(each.visit, asked.visits)
        yield Problem(f"{where}.visit", f"'{each.visit}' is no visit of the estimand", remedy)
    if asked.endpoint is None:
        return
    if asked.endpoint.is_responder and each.measure is None:
        yield Problem(
            where, "'measure' is missing, and responders are compared", "give risk difference, risk ratio or odds ratio"
        )
    if asked.endpoint.is_responder and each.method == "STC" and each.measure not in (None, "odds ratio"):
        remedy = "write measure = 'odds ratio', or method = 'MAIC'"
        yield Problem(
            f"{where}.measure", f"a regression of responders gives an odds ratio, not a {each.measure}", remedy
        )
    if not asked.endpoint.is_responder and each.measure is not None:
        yield Problem(f"{where}.measure", "speaks of responders, and the estimand is a score", "leave it out")


def _arm_problems(each: AdjustedBenchmarkDeclared, where: str, arms: Sequence[PublishedArm]) -> Iterator[Problem]:
    known = sorted({arm.arm for arm in arms if arm.study_id == each.study})
    if not known:
        remedy = closest_or_all(each.study, sorted({arm.study_id for arm in arms}))
        yield Problem(f"{where}.study", f"'{each.study}' is no study_id of the evidence", remedy)
        return
    named = [("arm", each.arm), *([("anchor.arm", each.anchor.arm)] if each.anchor is not None else [])]
    for field, name in named:
        if name not in known:
            yield Problem(f"{where}.{field}", f"'{name}' is no arm of {each.study}", closest_or_all(name, known))
