"""The case books of the comparators a protocol names, each read as the study's own is."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from equipoise.domain.comparator import protocol_of_comparator
from equipoise.domain.protocol import Protocol
from equipoise.domain.records import CaseBook
from equipoise.errors import DataError, Problem
from equipoise.read.casebook import read_casebook


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
            where = f"comparison '{declared.name}'"
            problems += [replace(each, where=f"{where}: {each.where}") for each in error.problems]
    if problems:
        raise DataError(problems)
    return found
