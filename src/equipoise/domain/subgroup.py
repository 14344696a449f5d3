"""Responders within the levels of a covariate, as ``[[subgroup]]`` declares them: always exploratory."""

from collections.abc import Iterator, Mapping, Sequence

from pydantic import Field

from equipoise.domain.covariate import DOSES, GRADE, LEVELS, CovariateDeclared, named_covariate_problems
from equipoise.domain.declared import Declared
from equipoise.domain.difference import named_estimand_problems
from equipoise.domain.records import FILE_COLUMNS, Kind
from equipoise.errors import Problem

TEXTS = tuple(column.name for column in FILE_COLUMNS["procedures"] if column.kind is Kind.TEXT)
NUMBERS = {
    "baseline": None,
    "procedures": (LEVELS, *(name for name in DOSES if name not in TEXTS)),
    "imaging": (GRADE,),
}
"""Covariates that are numbers whatever the case book holds; None is every one of that source."""


class SubgroupDeclared(Declared):
    """The rate, and every declared difference, within each level of a covariate."""

    name: str = Field(min_length=1, description="what the report calls the subgroups")
    covariate: str = Field(description="a declared covariate: its categories, or a number with cut_points")
    estimands: tuple[str, ...] = Field(default=(), description="responder estimands by name; absent, every one of them")


def subgroup_problems(
    declared: Sequence[SubgroupDeclared],
    responders: Mapping[str, bool | None],
    covariates: Sequence[CovariateDeclared],
    covariate_names: Sequence[str],
) -> Iterator[Problem]:
    """What is wrong with the subgroups; ``covariates`` : those that could be read, ``responders`` as of differences."""
    read = {each.name: each for each in covariates}
    for each in declared:
        where = f"subgroup '{each.name}'"
        yield from named_covariate_problems(f"{where}.covariate", [each.covariate], covariate_names)
        covariate = read.get(each.covariate)
        if covariate is not None and is_surely_a_number(covariate) and not covariate.cut_points:
            yield no_cut_points(where, covariate.name)
        yield from named_estimand_problems(f"{where}.estimands", each.estimands, tuple(responders))
        for name in each.estimands:
            if responders.get(name) is False:
                problem = f"'{name}' is a score, and subgroups count responders"
                yield Problem(f"{where}.estimands", problem, "name a responder estimand")
        if not each.estimands and responders and not any(kind is not False for kind in responders.values()):
            yield Problem(where, "subgroups count responders, and every estimand is a score", "declare a responder")


def is_surely_a_number(covariate: CovariateDeclared) -> bool:
    """Whether the column is a number in every case book; a column of cases shows its kind only when read."""
    source, _, name = covariate.column.partition(".")
    if source not in NUMBERS:
        return False
    names = NUMBERS[source]
    return names is None or name in names


def no_cut_points(where: str, covariate: str) -> Problem:
    """A number makes no levels by itself."""
    problem = f"'{covariate}' is a number and has no cut_points, so it makes no levels"
    return Problem(f"{where}.covariate", problem, f"give covariate '{covariate}' cut_points")
