"""What can go wrong, said to the person who can mend it: where, what, what to do.

One tree. Each branch has the exit code the command line gives it. A message names tables, rows and
columns, never a case's identifier or a clinical value.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing to mend: where it stands, what is wrong, and the remedy."""

    where: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}\n  {self.problem}\n  {self.remedy}"


class EquipoiseError(Exception):
    """Anything a user can mend. Carries every problem found, not the first."""

    exit_code = 1

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type["EquipoiseError"], tuple[tuple[Problem, ...]]]:
        """Whole again on the other side of a process boundary."""
        return type(self), (self.problems,)


class UsageError(EquipoiseError):
    """The command was called with something it cannot take."""

    exit_code = 2


class ProtocolError(EquipoiseError):
    """The study file is incomplete or contradicts itself."""

    exit_code = 3


class DataError(EquipoiseError):
    """The case book, or the data given to a kernel, cannot be used as it stands."""

    exit_code = 4


class MethodError(EquipoiseError):
    """The method does not fit the data; the remedy names what can be done instead."""

    exit_code = 5


class OutputError(EquipoiseError):
    """The answer could not be written; nothing was left half-written."""

    exit_code = 6
