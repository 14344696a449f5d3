"""From what was found to the flat rows of the answer."""

from dataclasses import dataclass

from equipoise.domain.result import EstimateRow
from equipoise.estimate.responder import Proportion
from equipoise.estimate.score import Mean


@dataclass(frozen=True)
class Asked:
    """What a row answers: everything of it but the numbers."""

    estimand: str
    endpoint: str
    group: str
    visit: str
    month: float
    strategy: str
    missing: str
    level: float

    def answered_by_proportion(self, found: Proportion) -> EstimateRow:
        """The row of a responder endpoint."""
        return EstimateRow(
            **vars(self),
            n=found.n,
            responders=found.responders,
            unknown=found.unknown,
            estimate=found.estimate,
            sd=None,
            lower=found.lower,
            upper=found.upper,
            outer_lower=found.outer_lower,
            outer_upper=found.outer_upper,
            method=found.method,
            unit="proportion",
        )

    def answered_by_mean(self, found: Mean) -> EstimateRow:
        """The row of a score."""
        return EstimateRow(
            **vars(self),
            n=found.n,
            responders=None,
            unknown=found.unknown,
            estimate=found.estimate,
            sd=found.sd,
            lower=found.lower,
            upper=found.upper,
            outer_lower=None,
            outer_upper=None,
            method=found.method,
            unit="points",
        )
