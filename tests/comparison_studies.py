"""Small studies with two treatments, and the ``[[comparison]]`` sections that set one beside the other."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np

from equipoise.domain.comparison import ComparisonDeclared
from equipoise.domain.contrast_answer import CohortContrast, ContrastRow
from equipoise.domain.covariate import CovariateDeclared
from equipoise.domain.estimand import Endpoint, Estimand, Strategy, ValueRule
from equipoise.domain.protocol import IntercurrentEvent, Protocol, Visit
from equipoise.domain.records import CaseBook
from equipoise.domain.result import StudyResult
from equipoise.study import run_study
from study_parts import INDEX, Rows, asked, book, case, done, study

FUSION = "fusion"
YEAR = Visit(name="12 months", month=12, day=365, window=(300, 430))
OTHER = IntercurrentEvent(name="other procedure", procedures="any other")
DEATH = IntercurrentEvent(name="death", column="cases.death")
RELIEF = Estimand(
    name="relief",
    primary=True,
    visits=("12 months",),
    endpoint=Endpoint(instrument="relief", value=ValueRule(equals=Decimal(1))),
    strategies={"other procedure": Strategy.TREATMENT_POLICY, "death": Strategy.TREATMENT_POLICY},
)
PAIN = Estimand(
    name="mean pain",
    visits=("12 months",),
    endpoint=Endpoint(instrument="pain", score="value"),
    strategies={"other procedure": Strategy.TREATMENT_POLICY, "death": Strategy.TREATMENT_POLICY},
)
AGE = CovariateDeclared(name="age", column="cases.age_years")
SEX = CovariateDeclared(name="sex", column="cases.sex")
PAIN_BEFORE = CovariateDeclared(name="pain before", column="baseline.pain", look_back_days=30)
GATE = {
    "standardized_difference": 0.1,
    "randomisation_share": 0.95,
    "common_support": 0.8,
    "effective_sample_size": 10,
    "largest_weight": 0.2,
}


def declared(**words: Any) -> ComparisonDeclared:
    """A section: the cohort beside fusion in age and sex, by overlap weighting, unless told otherwise."""
    usual = {
        "name": "beside fusion",
        "comparator": {"name": "fusion", "treatment": {"procedure": FUSION}},
        "allocation": "not randomised",
        "covariates": ("age", "sex"),
        "not_recorded": (),
        "methods": ("overlap weighting",),
        "propensity": "logistic",
        "interval": "robust",
        "gate": GATE,
    }
    return ComparisonDeclared.model_validate(usual | words)


class Cases:
    """The rows of a case book, a case a line."""

    def __init__(self) -> None:
        self.rows = Rows()

    def add(
        self,
        treatment: str | None,
        *,
        age: float | None = 50.0,
        sex: str | None = "female",
        relief: float | None = None,
        pain: float | None = None,
        pain_before: float | None = None,
        later: Mapping[str, int] | None = None,
        zero: int = 0,
        **columns: Any,
    ) -> str:
        """One case; ``later`` : further procedures and their day from time zero."""
        name = f"c{len(self.rows.cases):04d}"
        self.rows.cases.append(case(name, age_years=age, sex=sex, **columns))
        if treatment is not None:
            self.rows.procedures.append(done(name, treatment, (zero, zero)))
        for what, day in (later or {}).items():
            self.rows.procedures.append(done(name, what, (zero + day, zero + day)))
        if pain_before is not None:
            self.rows.assessments.append(asked(name, "pain", pain_before, (zero - 1, zero - 1)))
        for instrument, value in (("relief", relief), ("pain", pain)):
            if value is not None:
                self.rows.assessments.append(asked(name, instrument, value, (zero + 365, zero + 365)))
        return name

    def book(self) -> CaseBook:
        """As a typed case book."""
        return book(self.rows)


def protocol(*sections: ComparisonDeclared, **parts: Any) -> Protocol:
    """A study of relief and pain at a year with these comparisons."""
    usual: dict[str, Any] = {"visits": (YEAR,), "estimands": (RELIEF, PAIN), "events": (OTHER, DEATH)}
    whole = study(**(usual | parts))
    return whole.model_copy(update={"comparison": sections, "covariate": (AGE, SEX, PAIN_BEFORE)})


def compared(cases: Cases, *sections: ComparisonDeclared, **parts: Any) -> tuple[CohortContrast, StudyResult]:
    """The answer to the first section, and the whole result."""
    result = run_study(protocol(*sections, **parts), cases.book())
    return result.contrasts[0], result


def rows_of(contrast: CohortContrast, **fields: Any) -> list[ContrastRow]:
    """The rows with these values."""
    return [row for row in contrast.rows if all(getattr(row, name) == value for name, value in fields.items())]


def confounded(n: int, rng: np.random.Generator, *, effect: float = 0.2) -> Cases:
    """The young are treated more often and do better: crude 0.12 too high whatever the ``effect`` on risk.

    Relief is 0.25 + effect + 0.30 of the young; treated are 0.7 of the young and 0.3 of the old; half are young.
    """
    cases = Cases()
    for _ in range(n):
        young, female = rng.random() < 0.5, rng.random() < 0.5
        treated = rng.random() < (0.7 if young else 0.3)
        relief = rng.random() < 0.25 + effect * treated + 0.3 * young
        pain = 6.0 - 2.0 * treated - 2.0 * young + rng.normal()
        cases.add(
            INDEX if treated else FUSION,
            age=35.0 if young else 55.0,
            sex="female" if female else "male",
            relief=float(relief),
            pain=float(np.clip(round(pain, 1), 0.0, 10.0)),
            pain_before=7.0,
        )
    return cases
