"""What could be read of a study file, part by part: what the cross-checks speak of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from equipoise.domain.adjusted_benchmark import AdjustedBenchmarkDeclared
from equipoise.domain.association import AssociationDeclared
from equipoise.domain.borrowing import BorrowingDeclared
from equipoise.domain.cases_declared import Columns
from equipoise.domain.comparison import ComparisonDeclared
from equipoise.domain.covariate import CovariateDeclared
from equipoise.domain.difference import DifferenceDeclared
from equipoise.domain.durability import DurabilityDeclared
from equipoise.domain.estimand import Endpoint
from equipoise.domain.hidden_cause import RegressionToMeanDeclared
from equipoise.domain.imputation import ImputationDeclared
from equipoise.domain.instrument import Instrument
from equipoise.domain.predicate import Criterion
from equipoise.domain.protocol import Benchmark, Conduct, IntercurrentEvent, Sensitivity, Visit
from equipoise.domain.scores_over_time import ScoresOverTimeDeclared
from equipoise.domain.subgroup import SubgroupDeclared
from equipoise.domain.tipping import TippingGridDeclared

NAMED = (
    "intercurrent_event",
    "visit",
    "estimand",
    "benchmark",
    "adjusted_benchmark",
    "borrowing",
    "instrument",
    "covariate",
    "durability",
    "difference",
    "subgroup",
    "association",
    "scores_over_time",
    "tipping_grid",
    "imputation",
    "comparison",
)
WORDS = {
    "intercurrent_event": "intercurrent event",
    "visit": "visit",
    "estimand": "estimand",
    "benchmark": "benchmark",
    "adjusted_benchmark": "adjusted benchmark",
    "borrowing": "borrowing",
    "instrument": "instrument",
    "covariate": "covariate",
    "durability": "durability",
    "tipping_grid": "tipping grid",
    "imputation": "imputation",
    "comparison": "comparison",
    "difference": "difference",
    "subgroup": "subgroup",
    "association": "association",
    "scores_over_time": "scores over time",
}


@dataclass(frozen=True)
class Question:
    """What could be read of an estimand, at ``where``; None is what could not (or, of ``name``, was not given)."""

    where: str
    primary: bool
    visits: Sequence[str] | None
    strategies: Mapping[str, str] | None
    endpoint: Endpoint | None
    name: str | None = None


@dataclass(frozen=True)
class Parts:
    """What could be read of a protocol.

    ``declared`` : section -> every name written there, read or not, with repeats
    ``criteria`` : where each eligibility criterion stands, and what it says
    """

    declared: Mapping[str, Sequence[str]]
    columns: Columns | None = None
    criteria: Sequence[tuple[str, Criterion]] = ()
    events: Sequence[IntercurrentEvent] = ()
    visits: Sequence[Visit] = ()
    questions: Sequence[Question] = ()
    sensitivity: Sensitivity | None = None
    benchmarks: Sequence[Benchmark] = ()
    borrowings: Sequence[BorrowingDeclared] = ()
    adjusted_benchmarks: Sequence[AdjustedBenchmarkDeclared] = ()
    regressions: Sequence[RegressionToMeanDeclared] = ()
    conduct: Conduct | None = None
    covariates: Sequence[CovariateDeclared] = ()
    durability: Sequence[DurabilityDeclared] = ()
    tipping_grids: Sequence[TippingGridDeclared] = ()
    differences: Sequence[DifferenceDeclared] = ()
    subgroups: Sequence[SubgroupDeclared] = ()
    associations: Sequence[AssociationDeclared] = ()
    scores_over_time: Sequence[ScoresOverTimeDeclared] = ()
    imputations: Sequence[ImputationDeclared] = ()
    comparisons: Sequence[ComparisonDeclared] = ()

    def unread(self, instruments: Mapping[str, Instrument]) -> set[str]:
        """Instruments the file declares in a way that could not be read; nothing more is said of who names them."""
        return set(self.declared.get("instrument", ())) - set(instruments)
