"""The answer: everything ``run_study`` says, as plain frozen values.

``StudyResult`` without ``case_outcomes`` is ``results.json``; its JSON Schema is published. Proportions are
0 to 1, days count from time zero, and a number that could not be computed is ``None``, never NaN.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from equipoise.domain.adjusted_benchmark_answer import AdjustedBenchmark
from equipoise.domain.association_answer import Association
from equipoise.domain.benchmark_answer import Comparison
from equipoise.domain.borrowing_answer import Borrowing
from equipoise.domain.cohort import AttritionRow, Floats, Outcomes, Timeline
from equipoise.domain.contrast_answer import CohortContrast
from equipoise.domain.control_rate_answer import ControlRateToAssume
from equipoise.domain.difference_answer import Difference
from equipoise.domain.durability_answer import Durability
from equipoise.domain.evidence_answer import EvidenceUsed
from equipoise.domain.hidden_cause_answer import HiddenCauses, RegressionToMean
from equipoise.domain.imputation_answer import ImputedQuestion
from equipoise.domain.protocol import Protocol
from equipoise.domain.scores_over_time_answer import ScoresOverTime
from equipoise.domain.subgroup_answer import Subgroup
from equipoise.domain.tipping_answer import TippingMap


@dataclass(frozen=True)
class StudyAnswered:
    """The question as it was declared."""

    title: str
    question: str
    written: str
    seed: int
    protocol_digest: str
    level: float
    interval: str
    version: str


@dataclass(frozen=True)
class CutAnswered:
    """The data the answer rests on."""

    source: str
    date: str | None
    digest: str
    rows: Mapping[str, int]


@dataclass(frozen=True)
class GroupSize:
    """How many cases a group has and how long they were followed (days; ``None`` where the chart does not say).

    The quartiles are of the earliest possible end of follow-up: followed at least so long.
    """

    group: str
    n: int
    follow_up_known: int
    follow_up_at_least_median_days: float | None
    follow_up_at_least_first_quartile_days: float | None
    follow_up_at_least_third_quartile_days: float | None


@dataclass(frozen=True)
class VisitFlow:
    """What became of a visit, per estimand: the cases counted once each; a vague one under ``uncertain``."""

    estimand: str
    group: str
    visit: str
    month: float
    n: int
    known: int
    unknown: int
    not_reached: int
    outside: int
    uncertain: int


@dataclass(frozen=True)
class EstimateRow:
    """One number with its interval, or one range with its outer limits; flat, as in DESIGN section 7.

    For a responder ``unit`` is "proportion", ``responders`` of ``n``; for a score it is "points" of the instrument's
    own scale. ``unknown`` counts every case some reading leaves unknown, also those a range counts in ``n``. A range
    has ``estimate`` None, ``lower`` to ``upper`` the range of the estimate over the readings, and ``outer_lower`` to
    ``outer_upper`` the range of its limits; ``responders`` is then the smallest count, and ``method`` tells both ends.
    """

    estimand: str
    endpoint: str
    group: str
    visit: str
    month: float
    strategy: str
    missing: str
    n: int
    responders: int | None
    unknown: int
    estimate: float | None
    sd: float | None
    lower: float | None
    upper: float | None
    outer_lower: float | None
    outer_upper: float | None
    level: float
    method: str
    unit: str


@dataclass(frozen=True)
class Refusal:
    """A question this data cannot answer by that method, and what can be done instead."""

    where: str
    why: str
    instead: str


@dataclass(frozen=True)
class TippingRow:
    """If ``k`` of the unknown responded."""

    k: int
    responders: int
    n: int
    estimate: float
    lower: float
    upper: float


@dataclass(frozen=True)
class TippingPoint:
    """How many of the unknown would have to respond for the lower limit to exceed the threshold.

    ``k`` is None where no threshold was declared (``threshold`` None) or no k suffices. ``rows`` holds every k,
    or, above 200 unknown, an even selection that keeps both ends and the flip.
    """

    estimand: str
    group: str
    visit: str
    strategy: str
    unknown: int
    threshold: float | None
    threshold_source: str | None
    k: int | None
    rows: tuple[TippingRow, ...]


@dataclass(frozen=True)
class Sensitivity:
    """How far the answer moves: the tipping points, what was refused in words, and the tipping grids asked for."""

    tipping_points: tuple[TippingPoint, ...]
    refused: tuple[Refusal, ...]
    tipping_maps: tuple[TippingMap, ...] = ()


@dataclass(frozen=True)
class IncidencePoint:
    """Cumulative incidence at a day. Exact: an estimate with limits (None where F is 0 or 1). Vague: a range."""

    day: int
    at_risk: int | None
    events: int | None
    estimate: float | None
    standard_error: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class Incidence:
    """Cumulative incidence of one intercurrent event, the others competing.

    ``kind`` "Aalen-Johansen": estimates with log-log limits. ``kind`` "bounds": some date is vague, so
    ``lower`` to ``upper`` of each point is the range (certainly had it by then) / n to (could have had it) / n.
    ``all_on_day_zero``: it was given with the treatment, so who lacks it was not selected by what came later.
    ``with_event`` cases certainly had it within follow-up; for ``vague`` cases its day (or whether) is not known.
    """

    event: str
    group: str
    n: int
    kind: Literal["Aalen-Johansen", "bounds"]
    with_event: int
    vague: int
    all_on_day_zero: bool
    points: tuple[IncidencePoint, ...]


@dataclass(frozen=True)
class SafetyRow:
    """One kind of adverse event: cases with an event and events are two columns.

    ``cases_high`` and ``events_high`` count also what may have happened before time zero, and what may have been
    serious but is not stated. Person-years are a range where follow-up is vague, and so is the rate (``rate_low`` to
    ``rate_high``; ``rate_lower`` and ``rate_upper`` are its limits). With no event seen the limits are one-sided and
    ``method`` says so.
    """

    term: str
    group: str
    n: int
    cases_with_event: int
    cases_high: int
    events: int
    events_high: int
    lower: float | None
    upper: float | None
    person_years_low: float | None
    person_years_high: float | None
    events_per_case: float | None
    rate_per_person_year: float | None
    rate_low: float | None
    rate_high: float | None
    rate_lower: float | None
    rate_upper: float | None
    method: str


@dataclass(frozen=True)
class Safety:
    """Harms. ``recorded`` is false where the case book has no table of them."""

    recorded: bool
    rows: tuple[SafetyRow, ...]


VerdictWord = Literal[
    "Unknown",
    "Likely better than the published controls",
    "Likely not better than the published controls by the margin",
]


@dataclass(frozen=True)
class Verdict:
    """The answer in one word, one sentence, and the reasons the rules found, each with its numbers."""

    word: VerdictWord
    sentence: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class MethodUsed:
    """A method that answered: what it was asked, what it does, whose it is, and where it is found.

    ``estimator`` is the function, ``checked_by`` the tests that hold it, ``docs`` the page (and its heading).
    """

    name: str
    asks: str
    says: str
    source: str
    estimator: str
    checked_by: tuple[str, ...]
    docs: str


@dataclass(frozen=True)
class CaseScores:
    """The score of every case over all readings.

    ``bits`` : (n,) YES where a reading gives a score, else why there is none; ``low``, ``high`` : (n,) the least and
    greatest score of those readings, infinite where there is none
    """

    bits: Outcomes
    low: Floats
    high: Floats


@dataclass(frozen=True)
class CaseOutcomes:
    """The way back from every number to the cases behind it, in the order of ``case_ids``.

    ``columns`` : "estimand | visit | strategy" -> (n,) bits of ``Outcome``; ``scores`` : the same of score endpoints
    """

    case_ids: npt.NDArray[np.str_]
    group: npt.NDArray[np.str_]
    columns: Mapping[str, Outcomes]
    scores: Mapping[str, CaseScores]


@dataclass(frozen=True)
class Timelines:
    """The cases drawn in time; above ``LIMIT`` cases a stated sample."""

    drawn: tuple[Timeline, ...]
    of: int


@dataclass(frozen=True)
class StudyResult:
    """What ``run_study`` answers. ``design`` is None until the study asks for it.

    ``protocol`` and ``case_outcomes`` are not part of ``results.json``.
    """

    protocol: Protocol
    study: StudyAnswered
    cut: CutAnswered
    groups: tuple[GroupSize, ...]
    attrition: tuple[AttritionRow, ...]
    flow: tuple[VisitFlow, ...]
    estimates: tuple[EstimateRow, ...]
    sensitivity: Sensitivity
    incidence: tuple[Incidence, ...]
    durability: tuple[Durability, ...]
    safety: Safety
    scores_over_time: tuple[ScoresOverTime, ...]
    imputations: tuple[ImputedQuestion, ...]
    differences: tuple[Difference, ...]
    subgroups: tuple[Subgroup, ...]
    associations: tuple[Association, ...]
    comparisons: tuple[Comparison, ...]
    design: None
    verdict: Verdict
    timelines: Timelines
    notes: tuple[str, ...]
    methods: tuple[MethodUsed, ...]
    case_outcomes: CaseOutcomes
    contrasts: tuple[CohortContrast, ...] = ()
    control_rates: tuple[ControlRateToAssume, ...] = ()
    borrowings: tuple[Borrowing, ...] = ()
    adjusted_benchmarks: tuple[AdjustedBenchmark, ...] = ()
    hidden_causes: HiddenCauses | None = None
    regression_to_mean: tuple[RegressionToMean, ...] = ()
    evidence: tuple[EvidenceUsed, ...] = ()
