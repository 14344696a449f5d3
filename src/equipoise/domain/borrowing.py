"""Published controls as a prior for ours, as ``[[borrowing]]`` declares it, and what of it does not fit the rest."""

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field, model_validator

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


class BorrowingDeclared(Declared):
    """The arms a benchmark matches, as a prior of the control rate, and the probability that would decide."""

    name: str = Field(min_length=1, description="what the report calls it")
    benchmark: str = Field(description="the [[benchmark]] whose matching arms are borrowed, with its margin")
    prior: PriorKind = Field(description="MAP, commensurate, or power")
    mean_sd: float | None = Field(
        default=None, gt=0, description="MAP: prior standard deviation of the mean log-odds over studies, centred on 0"
    )
    spread_scale: float | None = Field(
        default=None, gt=0, description="MAP: scale of the half-normal prior of the spread between studies, log-odds"
    )
    vague_weight: float | None = Field(
        default=None, ge=0, lt=1, description="MAP: weight of the part that borrows nothing; 0 leaves it out"
    )
    distance_scale: float | None = Field(
        default=None,
        gt=0,
        description="commensurate: scale of the half-normal prior of how far our rate lies from theirs, log-odds",
    )
    power: float | None = Field(
        default=None, ge=0, le=1, description="power: what one published patient counts, 0 to 1 of one of ours"
    )
    reference: str | None = Field(
        default=None, description="a group of the case book that is the control too; absent, there is none"
    )
    threshold: float = Field(gt=0.5, lt=1, description="the probability of better by the margin that would decide")

    @model_validator(mode="after")
    def _one_prior(self) -> "BorrowingDeclared":
        missing = [word for word in NEEDS[self.prior] if getattr(self, word) is None]
        if missing:
            raise ValueError(f"prior '{self.prior}' has no {' and no '.join(missing)}", f"give {', '.join(missing)}")
        others = [word for words in NEEDS.values() for word in words if word not in NEEDS[self.prior]]
        given = [word for word in others if getattr(self, word) is not None]
        if given:
            problem = f"prior '{self.prior}' has no use for {', '.join(given)}"
            raise ValueError(problem, f"leave it out, or choose the prior it belongs to: {', '.join(NEEDS)}")
        return self


def borrowing_problems(
    declared: Sequence[BorrowingDeclared], groups: dict[str, str | None], benchmarks: Sequence[str]
) -> Iterator[Problem]:
    """What is wrong with the borrowings.

    ``groups`` : the benchmarks that could be read, and the treated group each names; ``benchmarks`` : all their names
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
