"""How a declaration says what is wrong with it: a problem and its remedy, in the words of the person who wrote it.

Validators of frozen types raise ``ValueError(problem, remedy)``: two arguments, which ``read/protocol`` puts in place.
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from pydantic import BaseModel

LONGEST_LIST = 25
EVERYONE = "all"
"""The one group of a cohort whose case book tells none apart."""


def one_of_problem(value: BaseModel, names: Sequence[str]) -> str:
    """What is wrong where exactly one of some fields had to be given: none of them is, or more than one."""
    given = [name for name in names if getattr(value, name) is not None]
    if not given:
        return f"none of {', '.join(names)} is given"
    return f"{', '.join(given)} are given together"


def closest_or_all(word: str, valid: Iterable[str], *, everything: str | None = None) -> str:
    """A remedy for a word that is not valid: the closest valid one, else ``everything``, else the list of them.

    >>> closest_or_all("compsite by visit", ["treatment policy", "composite by visit"])
    "did you mean 'composite by visit'?"
    """
    words = list(dict.fromkeys(str(each) for each in valid))
    by_lower_case = {each.lower(): each for each in reversed(words)}
    near = get_close_matches(word[:100].lower(), list(by_lower_case), n=1, cutoff=0.6)
    if near:
        return f"did you mean '{by_lower_case[near[0]]}'?"
    if everything is not None:
        return everything
    if not words:
        return "there is none to choose from"
    shown = ", ".join(words[:LONGEST_LIST])
    return f"valid here: {shown}" + (", ..." if len(words) > LONGEST_LIST else "")


def groups_there(groups: Sequence[str]) -> str:
    """A remedy for a group that no case is in: the groups there are.

    >>> groups_there(["treated", "usual care"])
    'the groups are treated, usual care'
    """
    if tuple(groups) == (EVERYONE,):
        return "the case book names no groups: fill in the column group of the table cases, or leave this out"
    return f"the groups are {', '.join(groups)}"
