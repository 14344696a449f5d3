"""From a kernel's refusal to the row a reader sees."""

from equipoise.domain.result import Refusal
from equipoise.errors import MethodError


def refusals(where: str, error: MethodError) -> list[Refusal]:
    """One row for each problem, in the kernel's words with its remedy."""
    return [Refusal(where, f"{each.where}: {each.problem}", each.remedy) for each in error.problems]
