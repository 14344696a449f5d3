"""A study to be set beside a published arm: cases whose response depends on a covariate the published arm has less of."""

from decimal import Decimal

import numpy as np

from equipoise.domain.adjusted_benchmark import AdjustedBenchmarkDeclared
from equipoise.domain.covariate import CovariateDeclared
from equipoise.domain.estimand import Endpoint, Estimand, ImprovementRule, ValueRule
from equipoise.domain.evidence import PublishedArm, Role
from equipoise.domain.protocol import Visit
from study_parts import INDEX, Rows, asked, book, case, done, study

VISIT = Visit(name="1 month", month=1, day=30, window=(1, 60))
RELIEF = Estimand(
    name="relief",
    primary=True,
    visits=("1 month",),
    endpoint=Endpoint(instrument="relief", value=ValueRule(equals=Decimal(1)), definition="own_relief"),
    strategies={},
)
PAIN = Estimand(
    name="pain",
    visits=("1 month",),
    endpoint=Endpoint(instrument="pain", score="change", baseline_look_back_days=5, definition="own_pain"),
    strategies={},
)
THIRD = Estimand(
    name="a third of the pain gone",
    visits=("1 month",),
    endpoint=Endpoint(
        instrument="pain", percent_change=ImprovementRule(at_least=Decimal(30)), baseline_look_back_days=5
    ),
    strategies={},
)
COVARIATES = (
    CovariateDeclared(name="age", column="cases.age_years"),
    CovariateDeclared(name="sex", column="cases.sex"),
)
GATE = {"effective_sample_size": 10, "largest_weight": 0.3}


def published(arm: str = "sham", responders: int | None = 20, n: int | None = 80, **changes: object) -> PublishedArm:
    """An arm of TRIAL that counts by ``own_relief`` at one month."""
    row = PublishedArm(
        study_id="TRIAL",
        patients="TRIAL",
        year=2020,
        arm=arm,
        role=Role.SHAM,
        intervention="sham",
        outcome="relief",
        definition_key="own_relief",
        month=1.0,
        responders=responders,
        n=n,
        percent=None,
        count_source="stated" if responders is not None else "none",
        unit="patients",
        design="RCT",
        url="https://example.org/trial",
    )
    return row.model_copy(update=changes)


def declared(**changes: object) -> AdjustedBenchmarkDeclared:
    """MAIC to the ages of TRIAL's sham arm."""
    given: dict[str, object] = {
        "name": "sham, matched",
        "visit": "1 month",
        "study": "TRIAL",
        "arm": "sham",
        "patients": 80,
        "baseline": ({"covariate": "age", "mean": 50.0, "sd": 8.0},),
        "baseline_source": "table 1",
        "method": "MAIC",
        "measure": "risk difference",
        "limits": "weights as fixed",
        "gate": GATE,
    }
    return AdjustedBenchmarkDeclared.model_validate(given | changes)


def write(
    rows: Rows, name: str, *, relief: float | None, pain: tuple[float, float] | None = None, **columns: object
) -> None:
    """One case, injected on day 0 and asked on day 30."""
    rows.cases.append(case(name, last_contact=(200, 200), **columns))
    rows.procedures.append(done(name, INDEX, (0, 0)))
    if relief is not None:
        rows.assessments.append(asked(name, "relief", relief, (30, 30)))
    if pain is not None:
        rows.assessments.append(asked(name, "pain", pain[0], (-1, -1)))
        rows.assessments.append(asked(name, "pain", pain[1], (30, 30)))


def rate_at(age: float) -> float:
    """The truth: the young do better. At 50 half of them respond; at 40 three quarters."""
    return float(np.clip(0.5 - 0.025 * (age - 50), 0.02, 0.98))


def confounded(n: int = 400, seed: int = 7) -> Rows:
    """Cases of mean age 40; pain falls by 5 - 0.1 (age - 40) points on average."""
    rng = np.random.default_rng(seed)
    rows = Rows()
    for number in range(n):
        age = float(np.round(rng.normal(40, 8), 1))
        pain = float(rng.integers(5, 10))
        after = float(np.round(pain - (5 - 0.1 * (age - 40)) + rng.normal(0, 1), 2))
        relief = float(rng.random() < rate_at(age))
        write(
            rows, f"c{number}", relief=relief, pain=(pain, after), age_years=age, sex="female" if number % 2 else "male"
        )
    return rows


def protocol(*, arms=(), estimands=(RELIEF,), **parts):
    """The study's protocol with these arms and sections."""
    base = study(visits=[VISIT], estimands=list(estimands))
    return base.model_copy(update={"covariate": COVARIATES, "published": tuple(arms or (published(),))} | parts)


def casebook(rows: Rows):
    """The case book of the rows."""
    return book(rows)
