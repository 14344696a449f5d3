"""Small studies with something unseen, and the ``[[imputation]]`` sections to fill it in by."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from equipoise.domain.estimand import Endpoint, Estimand, Strategy, ValueRule
from equipoise.domain.imputation import ImputationDeclared
from equipoise.domain.protocol import IntercurrentEvent, Visit
from equipoise.domain.result import EstimateRow, StudyResult
from equipoise.study import run_study
from study_parts import INDEX, Rows, asked, book, case, done, study

FIRST = Visit(name="first", month=1, day=30, window=(20, 40))
SECOND = Visit(name="second", month=2, day=60, window=(50, 70))
OTHER = IntercurrentEvent(name="other", procedures="any other")
RELIEF = Endpoint(instrument="relief", value=ValueRule(equals=Decimal(1)))
VALUE = Endpoint(instrument="pain", score="value", baseline_look_back_days=10)
CHANGE = Endpoint(instrument="pain", score="change", baseline_look_back_days=10)
DAYS = {"first": 30, "second": 60}

Seen = dict[str, float | str | None]
"""Visit -> the value, None for not done, "late" for not reached."""


def declared(**words: Any) -> ImputationDeclared:
    """A section: missing at random of scores by the jackknife, unless told otherwise."""
    usual = {
        "name": "assumed",
        "strategies": ("hypothetical",),
        "after_event": "missing at random",
        "after_last_seen": "missing at random",
        "method": "conditional mean with jackknife",
        "covariates": (),
        "covariance": "unstructured",
        "covariance_by_group": False,
    }
    return ImputationDeclared.model_validate(usual | words)


def of_responses(**words: Any) -> ImputationDeclared:
    """The same of yes or no, by draws."""
    usual = {"method": "approximate bayesian", "imputations": 20, "covariance": None, "covariance_by_group": None}
    return declared(**(usual | words))


class Cases:
    """The rows of a case book, a case a line."""

    def __init__(self, instrument: str) -> None:
        self.instrument = instrument
        self.rows = Rows()

    def add(
        self, seen: Seen, *, event: tuple[int, int] | None = None, before: float | None = None, **columns: Any
    ) -> None:
        """One case: what was seen at each visit, when an event was, the baseline."""
        name = f"c{len(self.rows.cases):03d}"
        self.rows.cases.append(case(name, **columns))
        self.rows.procedures.append(done(name, INDEX, (0, 0)))
        if event is not None:
            self.rows.procedures.append(done(name, "fusion", event))
        if before is not None:
            self.rows.assessments.append(asked(name, self.instrument, before, (-1, -1)))
        for visit, value in seen.items():
            if isinstance(value, str):
                self.rows.assessments.append(asked(name, self.instrument, None, None, visit, "not_reached"))
            elif value is None:
                self.rows.assessments.append(asked(name, self.instrument, None, None, visit, "not_done"))
            else:
                self.rows.assessments.append(asked(name, self.instrument, value, (DAYS[visit], DAYS[visit])))


def review(
    cases: Cases,
    endpoint: Endpoint,
    *sections: ImputationDeclared,
    visits: Sequence[Visit] = (FIRST,),
    own: Strategy = Strategy.TREATMENT_POLICY,
    **parts: Any,
) -> StudyResult:
    """What a study of these cases answers."""
    estimand = Estimand(
        name="asked",
        primary=True,
        visits=tuple(visit.name for visit in visits),
        endpoint=endpoint,
        strategies={"other": own},
    )
    protocol = study(visits=visits, estimands=[estimand], events=[OTHER])
    return run_study(protocol.model_copy(update={"imputation": sections, **parts}), book(cases.rows))


def row(
    result: StudyResult, missing: str, strategy: str = "hypothetical", visit: str = "first", group: str = "all"
) -> EstimateRow:
    """The one row of these words."""
    wanted = (missing, strategy, visit, group)
    [found] = [
        each
        for each in result.estimates
        if each.estimand == "asked" and (each.missing, each.strategy, each.visit, each.group) == wanted
    ]
    return found
