"""What a ``[[subgroup]]`` answers: rates and differences within the levels of a covariate, exploratory."""

from dataclasses import dataclass

from equipoise.domain.difference_answer import ResponseDifference

EXPLORATORY = "exploratory"


@dataclass(frozen=True)
class SubgroupRate:
    """A rate within a level, of the group's ``cases`` there; the numbers as in a row of ``estimates``.

    ``warning`` : empty, or that the cell is tiny
    """

    level_name: str
    cases: int
    estimand: str
    endpoint: str
    group: str
    visit: str
    month: float
    strategy: str
    missing: str
    n: int
    responders: int
    unknown: int
    estimate: float | None
    lower: float | None
    upper: float | None
    outer_lower: float | None
    outer_upper: float | None
    level: float
    method: str
    warning: str


@dataclass(frozen=True)
class SubgroupDifference(ResponseDifference):
    """A declared difference within a level; ``warning`` : empty, or that a cell is tiny."""

    difference: str
    group: str
    reference: str
    level_name: str
    cases: int
    reference_cases: int
    warning: str


@dataclass(frozen=True)
class Subgroup:
    """The levels of a covariate, those not recorded last; ``label`` is always "exploratory"."""

    name: str
    covariate: str
    levels: tuple[str, ...]
    label: str
    rates: tuple[SubgroupRate, ...]
    differences: tuple[SubgroupDifference, ...]
