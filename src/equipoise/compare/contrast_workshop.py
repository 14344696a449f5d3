"""What one comparison is worked out with: its cases, what was refused, and each set of cases examined once."""

from dataclasses import dataclass, field

import numpy as np

from equipoise.compare.contrast_cases import Pair
from equipoise.compare.contrast_gate import Examined, Scored, examine, score
from equipoise.domain.cohort import Flags
from equipoise.domain.comparison import ComparisonDeclared
from equipoise.domain.hidden_cause_answer import PairsBounded
from equipoise.domain.protocol import Protocol
from equipoise.domain.result import Refusal
from equipoise.errors import DataError, MethodError

HELD = 2 * 10**8
"""Covariate values held at once, in sets of cases (1.6 GB): beyond, the set longest unused is let go, and worked out
again, to the same numbers, where it is asked for once more."""


@dataclass(eq=False)
class _Set:
    """A set of cases: its score, and what each method made of it; or why there is nothing to be had."""

    scored: Scored | MethodError
    examined: dict[str, Examined] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Covariate values."""
        return 0 if isinstance(self.scored, MethodError) else int(self.scored.fit.design.values.size)


@dataclass(frozen=True)
class Bar:
    """Why every number of the comparison is withheld, and what would mend it; empty where none is."""

    reasons: tuple[str, ...] = ()
    mend: tuple[str, ...] = ()


NOT_BARRED = Bar()


@dataclass(eq=False)
class Workshop:
    """What one comparison is worked out with; a set of cases is scored once, and examined once by each method."""

    protocol: Protocol
    declared: ComparisonDeclared
    pair: Pair
    rng: np.random.Generator
    refused: list[Refusal] = field(default_factory=list)
    bounded: list[PairsBounded] = field(default_factory=list)
    barred: Bar = NOT_BARRED
    sets: dict[bytes, _Set] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """How refusals begin."""
        return f"comparison '{self.declared.name}'"

    def refuse(self, where: str, error: MethodError | DataError) -> None:
        """Keep a refusal in the kernel's words."""
        self.refused += [
            Refusal(f"{self.where} | {where}", f"{each.where}: {each.problem}", each.remedy) for each in error.problems
        ]

    def examine(self, method: str, rows: Flags) -> Examined:
        """A method on a set of cases; raises MethodError where nothing can be had of it."""
        of = self._set(rows)
        if isinstance(of.scored, MethodError):
            raise of.scored
        if method not in of.examined:
            of.examined[method] = examine(self.declared, method, of.scored, self.rng)
        return of.examined[method]

    def _set(self, rows: Flags) -> _Set:
        """The set of cases, made where it is not held; the one last asked for stands last."""
        key = rows.tobytes()
        found = self.sets.pop(key, None) or _Set(self._scored(rows))
        while self.sets and found.size + sum(each.size for each in self.sets.values()) > HELD:
            del self.sets[next(iter(self.sets))]
        self.sets[key] = found
        return found

    def _scored(self, rows: Flags) -> Scored | MethodError:
        pair = self.pair
        x = pair.x if rows.all() else pair.x[rows]
        try:
            return score(self.declared, pair.treated[rows], x, pair.names, pair.levels, self.rng)
        except (MethodError, DataError) as error:
            return MethodError(error.problems)
