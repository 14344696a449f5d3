"""What went with response, as ``[[association]]`` declares it: Firth's logistic regression, always exploratory."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from pydantic import Field

from equipoise.domain.covariate import named_covariate_problems
from equipoise.domain.declared import Declared
from equipoise.domain.wrong import closest_or_all
from equipoise.errors import Problem


class AssociationDeclared(Declared):
    """Covariates beside the response at one visit; an association is no cause, and no prediction."""

    name: str = Field(min_length=1, description="what the report calls it")
    estimand: str = Field(description="a responder estimand, under its own strategies")
    visit: str = Field(description="one of the estimand's visits")
    factors: tuple[str, ...] = Field(min_length=1, description="declared covariates, by name")
    missing: Literal["observed", "non-responder"] = Field(
        description="an unknown response leaves (observed), or counts as no (non-responder)"
    )
    together: bool = Field(description="true for one model of all factors, false for one factor at a time")
    group: str | None = Field(default=None, description="a group of the case book; absent, all cases together")


def association_problems(
    declared: Sequence[AssociationDeclared],
    responders: Mapping[str, bool | None],
    visits: Mapping[str, Sequence[str] | None],
    covariate_names: Sequence[str],
) -> Iterator[Problem]:
    """What is wrong with the associations; ``visits`` : of each estimand, None where they could not be read."""
    for each in declared:
        where = f"association '{each.name}'"
        yield from named_covariate_problems(f"{where}.factors", each.factors, covariate_names)
        if each.estimand not in responders:
            remedy = closest_or_all(each.estimand, responders)
            yield Problem(f"{where}.estimand", f"'{each.estimand}' is no declared estimand", remedy)
            continue
        if responders[each.estimand] is False:
            problem = f"'{each.estimand}' is a score, and an association is with response"
            yield Problem(f"{where}.estimand", problem, "name a responder estimand")
        asked_at = visits.get(each.estimand)
        if asked_at is not None and each.visit not in asked_at:
            problem = f"'{each.visit}' is no visit of '{each.estimand}'"
            yield Problem(f"{where}.visit", problem, closest_or_all(each.visit, asked_at))
