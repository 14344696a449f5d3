"""What one comparison is worked out with: its cases, what was refused, and each set of cases examined once."""

from dataclasses import dataclass, field

import numpy as np

from equipoise.compare.contrast_cases import Pair
from equipoise.compare.contrast_gate import Examined, examine
from equipoise.domain.cohort import Flags
from equipoise.domain.comparison import ComparisonDeclared
from equipoise.domain.hidden_cause_answer import PairsBounded
from equipoise.domain.protocol import Protocol
from equipoise.domain.result import Refusal
from equipoise.errors import DataError, MethodError


@dataclass(eq=False)
class Workshop:
    """What one comparison is worked out with; a set of cases is examined once by each method."""

    protocol: Protocol
    declared: ComparisonDeclared
    pair: Pair
    rng: np.random.Generator
    refused: list[Refusal] = field(default_factory=list)
    bounded: list[PairsBounded] = field(default_factory=list)
    examined: dict[tuple[str, bytes], Examined | MethodError] = field(default_factory=dict)

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
        key = method, rows.tobytes()
        if key not in self.examined:
            pair = self.pair
            try:
                made = examine(self.declared, method, pair.treated[rows], pair.x[rows], pair.names, self.rng)
            except (MethodError, DataError) as error:
                self.examined[key] = MethodError(error.problems)
            else:
                self.examined[key] = made
        found = self.examined[key]
        if isinstance(found, MethodError):
            raise found
        return found
