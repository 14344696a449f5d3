"""Published controls as a prior for ours, as ``[[borrowing]]`` declares it, and what of it does not fit the rest."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from pydantic import Field, field_validator, model_validator

from equipoise.domain.declared import Declared
from equipoise.domain.wrong import closest_or_all
from equipoise.errors import Problem

PriorKind = Literal["MAP", "commensurate", "power"]
NEEDS: dict[str, tuple[str, ...]] = {
    "MAP": ("mean_sd", "spread_scale", "vague_weight"),
    "commensurate": ("distance_scale",),
    "power": ("power",),
}
"""What each prior must say, and no other may."""
OF_SCORES = ("patient_sd", "vague_mean")
"""What a borrowing of means must say besides, and one of rates may not: a rate carries its own spread."""


class PowerDeclared(Declared):
    """A power that is not known beforehand: a beta distribution, which the own controls then move."""

    a: float = Field(gt=0, description="the first parameter, such as 1")
    b: float = Field(gt=0, description="the second; a = 1 and b = 1 hold every power from 0 to 1 alike")


class BorrowingDeclared(Declared):
    """The arms a benchmark matches, as a prior of the control rate or mean, and the probability that would decide."""

    name: str = Field(min_length=1, description="what the report calls it")
    benchmark: str = Field(description="the [[benchmark]] whose matching arms are borrowed, with its margin")
    prior: PriorKind = Field(description="MAP, commensurate, or power")
    mean_centre: float | None = Field(
        default=None, description="MAP of scores: centre of the prior of the mean over studies, in points"
    )
    mean_sd: float | None = Field(
        default=None,
        gt=0,
        description="MAP: prior standard deviation of the mean over studies, in log-odds (centred on 0) or in points",
    )
    spread_scale: float | None = Field(
        default=None,
        gt=0,
        description="MAP: scale of the half-normal prior of the spread between studies, in log-odds or points",
    )
    vague_weight: float | None = Field(
        default=None, ge=0, lt=1, description="MAP: weight of the part that borrows nothing; 0 leaves it out"
    )
    distance_scale: float | None = Field(
        default=None,
        gt=0,
        description="commensurate: scale of the half-normal prior of how far ours lies from theirs, log-odds or points",
    )
    power: float | PowerDeclared | None = Field(
        default=None,
        description="power: what one published patient counts, 0 to 1 of one of ours; or its beta prior, { a, b }",
    )
    patient_sd: float | None = Field(
        default=None,
        gt=0,
        description="scores: standard deviation of one patient's score, in points; the part that borrows nothing is "
        "one such patient, and the prior's size is counted in them",
    )
    vague_mean: float | None = Field(
        default=None, description="scores: the mean at which the part that borrows nothing is centred, in points"
    )
    reference: str | None = Field(
        default=None, description="a group of the case book that is the control too; absent, there is none"
    )
    threshold: float = Field(gt=0.5, lt=1, description="the probability of better by the margin that would decide")

    @field_validator("power")
    @classmethod
    def _a_share(cls, power: float | PowerDeclared | None) -> float | PowerDeclared | None:
        if isinstance(power, float) and not 0 <= power <= 1:
            raise ValueError(f"{power:g} is not between 0 and 1", "give a share such as 0.5, or { a = 1, b = 1 }")
        return power

    @model_validator(mode="after")
    def _one_prior(self) -> "BorrowingDeclared":
        missing = [word for word in NEEDS[self.prior] if getattr(self, word) is None]
        if missing:
            raise ValueError(f"prior '{self.prior}' has no {' and no '.join(missing)}", f"give {', '.join(missing)}")
        others = [word for words in NEEDS.values() for word in words if word not in NEEDS[self.prior]]
        others += [] if self.prior == "MAP" else ["mean_centre"]
        given = [word for word in others if getattr(self, word) is not None]
        if given:
            problem = f"prior '{self.prior}' has no use for {', '.join(given)}"
            raise ValueError(problem, f"leave it out, or choose the prior it belongs to: {', '.join(NEEDS)}")
        return self


def borrowing_problems(
    declared: Sequence[BorrowingDeclared],
    groups: Mapping[str, str | None],
    benchmarks: Sequence[str],
    scores: Mapping[str, bool | None],
) -> Iterator[Problem]:
    """What is wrong with the borrowings.

    ``groups`` : the benchmarks that could be read, and the treated group each names; ``benchmarks`` : all their names
    ``scores`` : whether a benchmark is of a score; None, or no entry, where that could not be read
    """
    for each in declared:
        where = f"borrowing '{each.name}'"
        if each.benchmark not in benchmarks:
            remedy = closest_or_all(each.benchmark, benchmarks, everything="declare it as [[benchmark]]")
            yield Problem(f"{where}.benchmark", f"'{each.benchmark}' is no declared benchmark", remedy)
        group = groups.get(each.benchmark)
        if each.reference is not None and each.reference == group:
            problem = f"'{group}' is the treated group of benchmark '{each.benchmark}'"
            yield Problem(f"{where}.reference", problem, "name the group that is the control, or leave it out")
        yield from _scale_problems(each, where, scores.get(each.benchmark))


def _scale_problems(each: BorrowingDeclared, where: str, of_scores: bool | None) -> Iterator[Problem]:
    """A prior of means is in points, and has to say how far one patient's score lies from another's."""
    needed = (*OF_SCORES, "mean_centre") if each.prior == "MAP" else OF_SCORES
    given = [word for word in (*OF_SCORES, "mean_centre") if getattr(each, word) is not None]
    missing = [word for word in needed if word not in given]
    if of_scores is True and missing:
        problem = f"benchmark '{each.benchmark}' is of a score, and there is no {' and no '.join(missing)}"
        yield Problem(where, problem, f"give {', '.join(missing)}, in points of the instrument")
    if of_scores is False and given:
        problem = f"benchmark '{each.benchmark}' counts responders, and has no use for {', '.join(given)}"
        yield Problem(where, problem, "leave it out, or name the benchmark of a score")
