"""What the models of a protocol gave together, on its way into the answer."""

from dataclasses import dataclass

from equipoise.domain.result import EstimateRow, Refusal
from equipoise.domain.scores_over_time_answer import ScoresOverTime


@dataclass(frozen=True)
class ScoresModelled:
    """The models of scores over time, their means that fit among the estimates, and what was refused."""

    answers: tuple[ScoresOverTime, ...] = ()
    rows: tuple[EstimateRow, ...] = ()
    refused: tuple[Refusal, ...] = ()
