"""The protocol a comparator's cases are read and followed by: the study's own but for what the comparison says."""

from collections.abc import Mapping

from equipoise.domain.comparison import ComparisonDeclared
from equipoise.domain.predicate import Criterion
from equipoise.domain.protocol import Protocol
from equipoise.domain.records import CaseBook
from equipoise.errors import Problem, UsageError


def protocol_of_comparator(protocol: Protocol, declared: ComparisonDeclared) -> Protocol:
    """The same estimands, visits, events and covariates, with the comparator's case book, clock and criteria."""
    other = declared.comparator
    return protocol.model_copy(
        update={
            "cases": other.cases or protocol.cases,
            "columns": protocol.columns if other.cases is None else other.columns,
            "treatment": other.treatment or protocol.treatment,
            "population": other.population or protocol.population,
            "comparison": (),
        }
    )


def criteria_asked(protocol: Protocol) -> tuple[Criterion, ...]:
    """Every criterion put to the study's own case book: its own, and those of comparators from the same book."""
    others = (each.comparator for each in protocol.comparison)
    asked = (protocol.population, *(each.population for each in others if each.cases is None))
    return tuple(each for one in asked if one is not None for each in (*one.require, *one.exclude))


def check_comparators(protocol: Protocol, given: Mapping[str, CaseBook]) -> Mapping[str, CaseBook]:
    """The case books given for comparators, where they are exactly those the protocol declares.

    Raises
    ------
    UsageError : one that is not declared, or a declared one that is not given
    """
    declared = [each.name for each in protocol.comparison if each.comparator.cases is not None]
    unknown = "the protocol declares no comparison of that name with another case book"
    problems = [Problem(f"comparators '{name}'", unknown, "leave it out") for name in given if name not in declared]
    problems += [
        Problem(f"comparison '{name}'", "its case book is not given", "give run_study what read_comparators returns")
        for name in declared
        if name not in given
    ]
    if problems:
        raise UsageError(problems)
    return given
