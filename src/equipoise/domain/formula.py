"""The formula of a mean: names joined by ``+``, ``:`` and ``*``, as in R; the intercept is always there.

``a * b`` is ``a + b + a:b``; ``:`` binds before ``*``, ``*`` before ``+``; brackets group. Nothing else has a meaning:
what is to be transformed is transformed where the covariate is declared.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from equipoise.errors import Problem

Term = tuple[str, ...]
"""The names of an interaction as they were first written; one name for a main effect, none for the intercept."""

SIGNS = re.compile(r"\s*([+*:()]|[^+*:()]+)")
LONGEST = 2_000
MOST_TERMS = 100
MEANINGLESS = {
    "~": "write only what the mean depends on: the score is the estimand's own",
    "|": "leave it out: how the visits of one case hang together is said by covariance",
}


class FormulaFault(Exception):
    """What is wrong with a formula, and the remedy."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy


@dataclass(frozen=True)
class Formula:
    """The terms of a mean beside its intercept, main effects first; no term twice."""

    terms: tuple[Term, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Every name in the order it was first written."""
        return tuple(dict.fromkeys(name for term in self.terms for name in term))

    def coded_in_full(self, term: Term, name: str) -> bool:
        """Whether a category keeps all its levels in a term: where the term without it is not part of the mean.

        The rule of full rank of Chambers and Hastie (1992), Statistical Models in S, section 2.4.
        """
        rest = frozenset(term) - {name}
        return bool(rest) and rest not in {frozenset(each) for each in self.terms}


def parse(text: str) -> Formula:
    """A formula as its terms.

    >>> parse("group * visit + age").terms
    (('group',), ('visit',), ('age',), ('group', 'visit'))

    Raises
    ------
    FormulaFault : what stands there is no formula, with the remedy
    """
    if len(text) > LONGEST:
        raise FormulaFault("is longer than a formula can be", f"write it in at most {LONGEST} signs")
    tokens = [found.group(1).strip() for found in SIGNS.finditer(text)]
    reader = _Reader([token for token in tokens if token])
    terms = reader.sum()
    if reader.next is not None:
        raise FormulaFault(f"'{reader.next}' stands where a sign is wanted", _join(reader.next))
    return Formula(tuple(sorted((term for term in terms if term), key=len)))


def formula_problems(where: str, text: str) -> Iterator[Problem]:
    """What is wrong with a formula as it is written, whatever its names mean."""
    try:
        parse(text)
    except FormulaFault as fault:
        yield Problem(where, fault.problem, fault.remedy)


def _join(token: str) -> str:
    return "close the bracket, or leave it out" if token in "()" else "join names by +, : or *"


@dataclass
class _Reader:
    """The signs of a formula, read from left to right."""

    tokens: list[str]
    place: int = 0

    @property
    def next(self) -> str | None:
        """The sign that comes next; None at the end."""
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def take(self, sign: str) -> bool:
        """Whether the next sign is this one, which is then read."""
        taken = self.next == sign
        self.place += taken
        return taken

    def sum(self, depth: int = 0) -> list[Term]:
        """Terms joined by ``+``."""
        terms = self._product(depth)
        while self.take("+"):
            terms = _distinct([*terms, *self._product(depth)])
        return terms

    def _product(self, depth: int) -> list[Term]:
        terms = self._interaction(depth)
        while self.take("*"):
            other = self._interaction(depth)
            terms = _distinct([*terms, *other, *_crossed(terms, other)])
        return terms

    def _interaction(self, depth: int) -> list[Term]:
        terms = self._one(depth)
        while self.take(":"):
            terms = _distinct(_crossed(terms, self._one(depth)))
        return terms

    def _one(self, depth: int) -> list[Term]:
        token = self.next
        if token is None or token in "+*:)":
            after = f"after '{self.tokens[self.place - 1]}'" if self.place else "at the beginning"
            problem = f"a name is missing {after}" if self.tokens else "is empty"
            raise FormulaFault(problem, 'name what the mean depends on, such as "visit"')
        self.place += 1
        if token == "(":
            if depth > 20:
                raise FormulaFault("has more than 20 brackets inside one another", "write the products out")
            terms = self.sum(depth + 1)
            if not self.take(")"):
                raise FormulaFault("a bracket is not closed", "close it with )")
            return terms
        return [()] if token == "1" else [(_name(token, self.next),)]


def _name(token: str, following: str | None) -> str:
    for sign, remedy in MEANINGLESS.items():
        if sign in token:
            raise FormulaFault(f"'{sign}' has no meaning here", remedy)
    if re.fullmatch(r"[\d.]+|.*-\s*[01]", token):
        raise FormulaFault(f"'{token}' is no name", "name what the mean depends on; the intercept is always there")
    if following == "(":
        remedy = "transform it where the covariate is declared (log2 = true), or join the two by a sign"
        raise FormulaFault(f"'{token}' stands before a bracket, and no function has a meaning here", remedy)
    return token


def _crossed(first: list[Term], other: list[Term]) -> list[Term]:
    return [tuple(dict.fromkeys((*one, *two))) for one in first for two in other]


def _distinct(terms: Sequence[Term]) -> list[Term]:
    """Each term once, as it was first written."""
    kept: dict[frozenset[str], Term] = {}
    for term in terms:
        kept.setdefault(frozenset(term), term)
    if len(kept) > MOST_TERMS:
        raise FormulaFault(f"has more than {MOST_TERMS} terms", "join fewer names by *")
    return list(kept.values())
