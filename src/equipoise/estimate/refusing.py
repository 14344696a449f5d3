"""From a kernel's refusal to the row a reader sees."""

from equipoise.domain.result import Refusal
from equipoise.errors import MethodError


def refusals(where: str, error: MethodError) -> list[Refusal]:
    """The problems of a method in the kernel's words, those with one remedy told together."""
    by_remedy: dict[str, list[str]] = {}
    for each in error.problems:
        of = each.where.replace("_", " ")
        said = each.problem if of in where.split(" | ") else f"{of}: {each.problem}"
        by_remedy.setdefault(each.remedy, []).append(said)
    return [Refusal(where, "; ".join(dict.fromkeys(why)), remedy) for remedy, why in by_remedy.items()]
