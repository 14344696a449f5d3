"""Comparisons within the case book: one group with another, within subgroups, and beside covariates."""

from collections.abc import Iterator, Sequence

from equipoise.domain.association_answer import Association
from equipoise.domain.cohort import Cohort
from equipoise.domain.compared import Compared
from equipoise.domain.protocol import Protocol
from equipoise.domain.result import Refusal
from equipoise.domain.subgroup import no_cut_points
from equipoise.domain.wrong import groups_there
from equipoise.errors import Problem, ProtocolError
from equipoise.estimate.difference import describe_differences
from equipoise.estimate.panel import Panel
from equipoise.estimate.subgroup import describe_subgroups


def compare_within(protocol: Protocol, cohort: Cohort, panel: Panel) -> Compared:
    """Every difference, subgroup and association the protocol declares.

    Raises
    ------
    ProtocolError : a group nobody of the cohort is in, or a number that makes no levels; every problem at once
    """
    problems = [*_groups(protocol, cohort), *_levels(protocol, cohort)]
    if problems:
        raise ProtocolError(problems)
    differences, of_differences = describe_differences(protocol, cohort, panel)
    subgroups, of_subgroups = describe_subgroups(protocol, cohort, panel)
    associations, of_associations = _associations(protocol, cohort, panel)
    refused = (*of_differences, *of_subgroups, *of_associations)
    return Compared(differences, subgroups, associations, refused)


def _associations(
    protocol: Protocol, cohort: Cohort, panel: Panel
) -> tuple[tuple[Association, ...], Sequence[Refusal]]:
    if not protocol.association:
        return (), ()
    from equipoise.estimate.association import describe_associations  # opens scipy.optimize

    return describe_associations(protocol, cohort, panel)


def _groups(protocol: Protocol, cohort: Cohort) -> Iterator[Problem]:
    named = [
        (f"{kind} '{each.name}'.{field}", getattr(each, field))
        for kind, declared, fields in (
            ("difference", protocol.difference, ("group", "reference")),
            ("association", protocol.association, ("group",)),
        )
        for each in declared
        for field in fields
    ]
    for where, group in named:
        if group is not None and group not in cohort.groups:
            problem = f"no case of the cohort is in the group '{group}'"
            yield Problem(f"study.toml: {where}", problem, groups_there(cohort.groups))


def _levels(protocol: Protocol, cohort: Cohort) -> Iterator[Problem]:
    """A column of cases shows only here whether it is a number."""
    declared = {each.name: each for each in protocol.covariate}
    for subgroup in protocol.subgroup:
        covariate = cohort.covariates[subgroup.covariate]
        if not covariate.labels and covariate.known.any() and not declared[subgroup.covariate].cut_points:
            yield no_cut_points(f"study.toml: subgroup '{subgroup.name}'", subgroup.covariate)
