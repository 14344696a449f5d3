"""What the ``[[imputation]]`` sections gave, on its way into the answer."""

from dataclasses import dataclass

from equipoise.domain.imputation_answer import ImputedQuestion
from equipoise.domain.result import EstimateRow, Refusal


@dataclass(frozen=True)
class Imputed:
    """Rows for ``estimates``, the answers behind them, and what was refused in words."""

    rows: tuple[EstimateRow, ...] = ()
    answers: tuple[ImputedQuestion, ...] = ()
    refused: tuple[Refusal, ...] = ()
