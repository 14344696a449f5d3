"""What was refused: what can be done instead first, then why, then all the readings it refuses, told shortly."""

import re
from collections.abc import Iterable, Sequence
from math import prod

from equipoise.domain.result import Refusal, StudyResult
from equipoise.report.parts import Paragraph, Section, Terms
from equipoise.report.rows import EVERYONE
from equipoise.report.wording import sentence

Place = tuple[tuple[str, ...], str]
"""The names of a reading from the outermost in, and what is told of it alone."""
RATE = re.compile(r"(?P<reason>.*): (?P<own>[\d,]+/[\d,]+ = [\d,.]+ %)\.?", re.DOTALL)
CASES = re.compile(r"(?P<reason>.*) \((?P<own>[\d,]+ of [\d,]+ \w+)\)\.?", re.DOTALL)


def refusals(result: StudyResult) -> Section:
    """What the data cannot answer by that method: the remedy, the reason, and where."""
    refused = result.sensitivity.refused
    if not refused:
        return Section("refused", "What was refused", (Paragraph("Nothing that was asked had to be refused."),), True)
    several = len(result.groups) > 1
    by_remedy: dict[str, dict[str, list[Refusal]]] = {}
    for each in refused:
        by_remedy.setdefault(each.instead, {}).setdefault(_apart(each.why)[0], []).append(each)
    terms = tuple(
        (
            sentence(remedy).removesuffix("."),
            " ".join(_reason(reason, same, several=several) for reason, same in reasons.items()),
        )
        for remedy, reasons in by_remedy.items()
    )
    return Section("refused", "What was refused, and what can be done instead", (Terms(terms),), terminal=True)


def _apart(why: str) -> tuple[str, str]:
    """A reason, and what it ends with that alone differs from place to place: a rate, or a count of cases."""
    found = RATE.fullmatch(why) or CASES.fullmatch(why)
    return (found["reason"], found["own"]) if found else (why, "")


def _reason(reason: str, same: Sequence[Refusal], *, several: bool) -> str:
    """One reason and the readings it refuses; what differs between them stands with each, in brackets."""
    own = [_apart(each.why)[1] for each in same]
    apart = len(set(own)) > 1
    why = f"{reason} ({'its rate' if '=' in own[0] else 'how many'} in brackets)" if apart else same[0].why
    places = [
        (_names(each.where, several=several), text if apart else "") for each, text in zip(same, own, strict=True)
    ]
    return f"{sentence(why)} Refused: {gathered(list(dict.fromkeys(places)))}."


def _names(place: str, *, several: bool) -> tuple[str, ...]:
    """Places are "estimand | visit | strategy | group"; a lone group goes unnamed, a name with a comma in quotes."""
    names = place.split(" | ")
    if not several and names[-1] == EVERYONE and len(names) > 1:
        names = names[:-1]
    return tuple(f"“{name}”" if "," in name and "'" not in name else name for name in names)


def gathered(places: Sequence[Place]) -> str:
    """Many readings in few words: names are joined only where every combination of them stands.

    >>> gathered([(("relief", "4 months"), ""), (("relief", "12 months"), "")])
    'relief, 4 months and 12 months'
    >>> gathered([(("relief", "4 months"), "1/2 = 50 %"), (("relief", "12 months"), "1/3 = 33 %")])
    'relief: 4 months (1/2 = 50 %), 12 months (1/3 = 33 %)'
    """
    if len({len(names) for names, _ in places}) > 1:
        by_length: dict[int, list[Place]] = {}
        for each in places:
            by_length.setdefault(len(each[0]), []).append(each)
        return "; ".join(map(gathered, by_length.values()))
    columns = [tuple(dict.fromkeys(column)) for column in zip(*(names for names, _ in places), strict=True)]
    own = {text for _, text in places}
    if len(own) == 1 and prod(map(len, columns)) == len({names for names, _ in places}):
        return _with(", ".join(map(_and, columns)), own.pop())
    return _split(places, columns)


def _split(places: Sequence[Place], columns: Sequence[tuple[str, ...]]) -> str:
    """What all have in common, then each name of the first that differs; those of which the same is said together."""
    alike = [column[0] for column in columns if len(column) == 1]
    varying = [place for place, column in enumerate(columns) if len(column) > 1]
    if not varying:  # the same reading told twice, each with its own
        return "; ".join(_with(", ".join(names), text) for names, text in places)
    first, *others = varying
    by_said: dict[str, list[str]] = {}
    for name in columns[first]:
        mine = [(tuple(names[place] for place in others), text) for names, text in places if names[first] == name]
        said = gathered(mine) if others else " ".join(f"({text})" for _, text in mine if text)
        by_said.setdefault(said, []).append(name)
    told = [f"{_and(names)}{_joint(said)}{said}" for said, names in by_said.items()]
    body = ("; " if any(": " in each for each in told) else ", ").join(told)
    return f"{', '.join(alike)}: {body}" if alike else body


def _joint(said: str) -> str:
    return "" if not said else " " if said.startswith("(") else ": "


def _with(names: str, own: str) -> str:
    return f"{names} ({own})" if own else names


def _and(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
