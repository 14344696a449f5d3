"""The protocol a comparator's cases are read and followed by: the study's own but for what the comparison says."""

from collections.abc import Mapping

from equipoise.domain.comparison import ComparisonDeclared
from equipoise.domain.predicate import Criterion
from equipoise.domain.protocol import Protocol
from equipoise.domain.records import CaseBook
from equipoise.errors import DataError, Problem, UsageError


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


def check_comparators(protocol: Protocol, casebook: CaseBook, given: Mapping[str, CaseBook]) -> Mapping[str, CaseBook]:
    """The case books given for comparators, where they are exactly those the protocol declares.

    Raises
    ------
    UsageError : one that is not declared, or a declared one that is not given
    DataError : one that holds what the study's own case book holds, of which the comparison takes the same cases
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
    twice = [each.name for each in protocol.comparison if _is_the_cohort(protocol, casebook, each, given)]
    if twice:
        problem = (
            "its case book is the study's own, and it takes the same cases of it: each would be its own comparator"
        )
        remedy = "name the other cohort's case book, or give the comparator a treatment, group or population of its own"
        raise DataError(Problem(f"comparison '{name}'", problem, remedy) for name in twice)
    return given


def _is_the_cohort(
    protocol: Protocol, casebook: CaseBook, declared: ComparisonDeclared, given: Mapping[str, CaseBook]
) -> bool:
    book, other = given.get(declared.name), declared.comparator
    if book is None or not is_same_book(book, casebook):
        return False
    same_start = other.treatment in (None, protocol.treatment) and other.population in (None, protocol.population)
    return same_start and other.group in (None, declared.group)


def is_same_book(one: CaseBook, two: CaseBook) -> bool:
    """Whether two case books hold the same, wherever each was read from; one without a digest is like no other."""
    return bool(one.cut.digest) and one.cut.digest == two.cut.digest
