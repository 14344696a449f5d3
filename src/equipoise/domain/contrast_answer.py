"""What a ``[[comparison]]`` answers: who left, how alike the cohorts became, the contrast or why it is withheld."""

from dataclasses import dataclass
from typing import Literal

from equipoise.domain.cohort import AttritionRow
from equipoise.domain.comparison import Allocation, GateDeclared
from equipoise.domain.hidden_cause_answer import PairsBounded

Measure = Literal[
    "risk difference", "risk ratio", "mean difference", "incidence difference", "difference of mean days lost"
]
Alignment = Literal["aligned", "not aligned", "look", "not known"]


@dataclass(frozen=True)
class StartCheck:
    """One question about when the clocks start, what is so in either cohort, and what follows."""

    check: str
    treated: str
    comparator: str
    finding: Alignment
    says: str


@dataclass(frozen=True)
class BalanceRow:
    """One covariate (a category: one of its levels) before and after; differences in standard deviations.

    ``as_unbalanced_*`` : the share of random allocations, at these (effective) numbers, at least as far apart
    """

    covariate: str
    treated_before: float
    comparator_before: float
    difference_before: float
    variance_ratio_before: float | None
    as_unbalanced_before: float
    treated_after: float | None
    comparator_after: float | None
    difference_after: float | None
    variance_ratio_after: float | None
    as_unbalanced_after: float | None


@dataclass(frozen=True)
class ShareOfScores:
    """How many of either cohort have a propensity score in (lower, upper], and their weight as a share."""

    lower: float
    upper: float
    treated: int
    comparator: int
    treated_weight: float
    comparator_weight: float


@dataclass(frozen=True)
class MethodDiagnostics:
    """How alike one method made the cohorts, over everybody whose covariates are known.

    ``random_share_*`` : the share of random allocations whose largest difference is at least as large; ``chance`` says
    how it was found. ``spread_after`` : SD of a difference that perfect randomisation leaves at the effective sizes.
    ``passes`` : whether the gate is met; ``reasons`` : what is not; ``mend`` : what would mend it.
    A number that a method does not have is None.
    """

    method: str
    target: str
    score: str
    treated: int
    comparator: int
    effective_treated: float | None
    effective_comparator: float | None
    largest_share: float | None
    largest_before: float
    largest_after: float | None
    spread_before: float
    spread_after: float | None
    random_share_before: float
    random_share_after: float | None
    chance: str
    c_statistic: float | None
    treated_outside: int | None
    comparator_outside: int | None
    unmatched: int | None
    passes: bool
    reasons: tuple[str, ...]
    mend: tuple[str, ...]
    balance: tuple[BalanceRow, ...]
    scores: tuple[ShareOfScores, ...]


@dataclass(frozen=True)
class ContrastRow:
    """Cohort less comparator in one measure. Withheld: every contrasted number is None, and ``reasons`` say why.

    A number has ``estimate`` with limits; a range (``missing`` is "bounds") has no ``estimate``, its ends are
    ``lower`` and ``upper`` and its outermost limits ``outer_*``. ``described``, ``comparator_described`` : each
    cohort's own risk or mean, which is a description and never withheld; None of a range.
    ``treated``, ``comparator`` : adjusted risks or means. ``calibrated_*`` : by the negative controls.
    ``sd`` : of scores, the SD within the two cohorts, pooled. ``unadjusted_*`` : where one cohort all responded or all
    failed, so that nothing adjusted has limits, those of the two counts; ``unadjusted_interval`` says whose.
    """

    estimand: str
    endpoint: str
    visit: str
    month: float | None
    strategy: str
    missing: str
    method: str
    target: str
    measure: Measure
    n: int
    comparator_n: int
    described: float | None
    comparator_described: float | None
    treated: float | None
    comparator: float | None
    estimate: float | None
    standard_error: float | None
    lower: float | None
    upper: float | None
    outer_lower: float | None
    outer_upper: float | None
    calibrated: float | None
    calibrated_lower: float | None
    calibrated_upper: float | None
    sd: float | None
    unadjusted_lower: float | None
    unadjusted_upper: float | None
    unadjusted_interval: str
    level: float
    interval: str
    effective_treated: float | None
    effective_comparator: float | None
    margin: float | None
    withheld: bool
    reasons: tuple[str, ...]
    mend: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class NegativeControl:
    """An outcome the treatment cannot change, contrasted all the same: whatever it shows is error.

    ``by_day`` : of an adverse event, the day it counts by; ``not_followed``, ``comparator_not_followed`` : cases last
    known of before it, without the event
    """

    name: str
    kind: Literal["estimand", "adverse event"]
    method: str
    by_day: int | None
    not_followed: int
    comparator_not_followed: int
    n: int
    comparator_n: int
    estimate: float
    standard_error: float
    lower: float
    upper: float


@dataclass(frozen=True)
class ControlsCalibrated:
    """The controls, and the mean and spread of the error they show (None below two of them), as risk differences.

    ``passes`` : whether the error is within the gate's threshold, None where it has none; ``reasons``, ``mend`` : why
    not
    """

    controls: tuple[NegativeControl, ...]
    mean: float | None
    sd: float | None
    says: str
    passes: bool | None
    reasons: tuple[str, ...]
    mend: tuple[str, ...]


@dataclass(frozen=True)
class CohortContrast:
    """One ``[[comparison]]``; what was refused on the way stands with the other refusals, its place named.

    ``allocation`` : "randomised" or "not randomised"
    ``attrition`` : of the comparator, in its own case book; ``losses``, ``comparator_losses`` : from the two cohorts to
    those compared.
    """

    name: str
    cohort: str
    comparator: str
    allocation: Allocation
    source: str
    source_date: str | None
    source_digest: str
    attrition: tuple[AttritionRow, ...]
    losses: tuple[AttritionRow, ...]
    comparator_losses: tuple[AttritionRow, ...]
    in_both: int | None
    covariates: tuple[str, ...]
    not_recorded: tuple[str, ...]
    gate: GateDeclared
    starts: tuple[StartCheck, ...]
    diagnostics: tuple[MethodDiagnostics, ...]
    rows: tuple[ContrastRow, ...]
    negative_controls: ControlsCalibrated | None
    notes: tuple[str, ...]
    pairs: tuple[PairsBounded, ...] = ()
