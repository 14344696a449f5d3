"""The case books of the comparators a protocol names, each read as the study's own is."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from equipoise.domain.comparator import protocol_of_comparator
from equipoise.domain.protocol import Protocol
from equipoise.domain.records import CaseBook
from equipoise.errors import DataError, Problem
from equipoise.read.casebook import read_casebook

IN_THE_STUDY = {
    ", or what --cases names": "",
    "write under [cases]: cut = 2013-06-30": "write in cases of this comparator: cut = 2013-06-30",
    "under [cases] unknown": "under unknown in cases of this comparator",
    "[cases] path": "path in cases of this comparator",
    "[cases] cut": "cut in cases of this comparator",
    "the cut in [cases]": "the cut in cases of this comparator",
}
"""What a case book's problems call the places of ``[cases]``, and what they are called in a ``[[comparison]]``."""


def read_comparators(protocol: Protocol, *, today: date | None = None) -> Mapping[str, CaseBook]:
    """The case book of every comparison whose comparator has one of its own, by the comparison's name.

    Parameters
    ----------
    protocol : the study; paths start from its folder
    today : as ``read_casebook``

    Raises
    ------
    DataError : everything that is wrong with any of them, each problem beginning with its comparison
    """
    found: dict[str, CaseBook] = {}
    problems: list[Problem] = []
    for declared in protocol.comparison:
        if declared.comparator.cases is None:
            continue
        try:
            found[declared.name] = read_casebook(protocol_of_comparator(protocol, declared), today=today)
        except DataError as error:
            problems += [_of_comparator(each, declared.name) for each in error.problems]
    if problems:
        raise DataError(problems)
    return found


def _of_comparator(problem: Problem, name: str) -> Problem:
    """The problem, placed where a comparator's case book is declared instead of where the study's own is."""
    where, remedy = problem.where, problem.remedy
    for own, theirs in IN_THE_STUDY.items():
        where, remedy = where.replace(own, theirs), remedy.replace(own, theirs)
    return replace(problem, where=f"comparison '{name}': {where}", remedy=remedy)
