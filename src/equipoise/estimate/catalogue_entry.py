"""An entry of the catalogue, and how to say in which results it answered."""

from collections.abc import Callable
from dataclasses import dataclass

from equipoise.domain.estimand import Missing
from equipoise.domain.result import MethodUsed, StudyResult

Answers = Callable[[StudyResult], bool]


@dataclass(frozen=True)
class Entry:
    """A method: what it is asked, in a sentence what it does, whose it is, and where it is found.

    ``estimator`` : the function, from ``equipoise.`` on; ``checked_by`` : tests against a hand, a law or an outside
    number; ``docs`` : the page, and its heading after ``#``; ``answers`` : whether it answered in a result
    """

    asks: str
    name: str
    says: str
    source: str
    estimator: str
    checked_by: tuple[str, ...]
    docs: str
    answers: Answers

    @property
    def used(self) -> MethodUsed:
        """The entry as a result keeps it."""
        return MethodUsed(self.name, self.asks, self.says, self.source, self.estimator, self.checked_by, self.docs)


def always(_: StudyResult) -> bool:
    """Of every result."""
    return True


def missing(kind: Missing) -> Answers:
    """Of a result with a row that treats the unseen so."""
    return lambda result: any(row.missing == kind.value for row in result.estimates)
