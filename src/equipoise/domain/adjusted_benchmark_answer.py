"""What an ``[[adjusted_benchmark]]`` answers: the diagnostics always, the number where they pass."""

from dataclasses import dataclass
from typing import Literal

from equipoise.domain.evidence import PublishedArm


@dataclass(frozen=True)
class Reason:
    """Why a number is withheld, and what would mend it."""

    why: str
    instead: str


@dataclass(frozen=True)
class AdjustedCovariate:
    """A covariate in the cases, before and after they were weighted, and as published; shares are 0 to 1.

    ``apart`` : cases less published, in SDs of the cases; None where they do not vary
    ``weighted_mean``, ``weighted_sd`` : None where there are no weights
    """

    covariate: str
    published_mean: float
    published_sd: float | None
    sd_matched: bool
    mean: float
    sd: float
    least: float
    greatest: float
    apart: float | None
    weighted_mean: float | None
    weighted_sd: float | None


@dataclass(frozen=True)
class WeightBin:
    """How many cases have a weight from ``lower`` to below ``upper``; the mean weight is 1."""

    lower: float
    upper: float
    cases: int


@dataclass(frozen=True)
class AdjustedRow:
    """The comparison under one way of treating the unknown.

    ``n`` of the ``cases`` enter: ``left_response`` have no response that counts here, ``left_covariate`` lack a
    covariate; ``reference_*`` are those of the shared control. ``crude_*`` and ``adjusted_*`` are rates (0 to 1) or
    means of the treated, over the readings (equal ends: one number). A number has ``estimate`` with limits; a range has
    none: ``lower`` to ``upper`` are its ends and ``outer_*`` its outermost limits. A limit without end is None.
    Ratios are ratios, not logarithms. ``risk_ratio*`` : the same as a risk ratio, for an E-value.
    ``reasons`` : why the number is withheld; empty where it is given.
    """

    missing: str
    cases: int
    left_response: int
    left_covariate: int
    n: int
    reference_n: int | None
    responders_low: int | None
    responders_high: int | None
    crude_low: float | None
    crude_high: float | None
    crude_sd: float | None
    reference_crude_low: float | None
    reference_crude_high: float | None
    covariates: tuple[AdjustedCovariate, ...]
    effective_sample_size: float | None
    reference_effective_sample_size: float | None
    smallest_weight: float | None
    median_weight: float | None
    largest_weight: float | None
    largest_share: float | None
    weights: tuple[WeightBin, ...]
    adjusted_low: float | None
    adjusted_high: float | None
    unadjusted: float | None
    estimate: float | None
    lower: float | None
    upper: float | None
    outer_lower: float | None
    outer_upper: float | None
    risk_ratio: float | None
    risk_ratio_lower: float | None
    risk_ratio_upper: float | None
    level: float
    method: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class AdjustedBenchmark:
    """One group against one published arm; ``reasons`` : why nothing could be compared at all.

    ``measure`` : risk difference, risk ratio, odds ratio, or difference of means
    ``published``, ``control`` : the arms found like the cases, or None
    """

    name: str
    estimand: str
    endpoint: str
    visit: str
    month: float
    strategy: str
    group: str
    reference_group: str | None
    form: Literal["anchored", "unanchored"]
    method: Literal["MAIC", "STC"]
    measure: str
    study: str
    arm: str
    control_arm: str | None
    published: PublishedArm | None
    control: PublishedArm | None
    patients: int
    baseline_source: str
    wanted_effective_sample_size: float
    wanted_largest_share: float | None
    reasons: tuple[Reason, ...]
    rows: tuple[AdjustedRow, ...]
