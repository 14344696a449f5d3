"""What a benchmark answers: published arms beside the cases, the near ones, and what the like ones say together."""

from dataclasses import dataclass
from typing import Literal

from equipoise.domain.evidence import PublishedArm
from equipoise.domain.pooling_answer import ArmsApart


@dataclass(frozen=True)
class NearArm:
    """A published arm that is not like the study, with each way in which it differs."""

    arm: PublishedArm
    mismatches: tuple[str, ...]


@dataclass(frozen=True)
class ArmInterval:
    """A published arm's own rate and exact interval, for the forest."""

    arm: PublishedArm
    estimate: float
    lower: float
    upper: float


@dataclass(frozen=True)
class PooledRate:
    """Matching arms pooled by ``method``, and by ``check_method`` as its check (None where that has no answer).

    ``lower``, ``upper`` are Student's t limits on the logit from three arms on, Wald's for two (``interval_method``
    says which); ``prediction_*`` is the next study's rate, None for two arms.
    """

    arms: int
    estimate: float
    lower: float
    upper: float
    tau: float
    prediction_lower: float | None
    prediction_upper: float | None
    check_estimate: float | None
    check_lower: float | None
    check_upper: float | None
    check_tau: float | None
    interval_method: str
    method: str = "binomial-normal"
    check_method: str = "REML on the logit"


@dataclass(frozen=True)
class ProbabilityBetter:
    """P(treated rate - next control rate > margin), a range where responses are unknown.

    ``most`` : the largest probability that any count of ``n`` responders could have given
    """

    prior: Literal["Jeffreys", "sceptical"]
    group: str
    visit: str
    month: float
    strategy: str
    responders_low: int
    responders_high: int
    n: int
    lower: float
    upper: float
    most: float


Score = Literal["value", "change"]
"""What a mean is of: the score at the visit, or its change from baseline."""


@dataclass(frozen=True)
class ArmMean:
    """A matching arm's own mean, in points of the instrument the study asks with, and Student's limits.

    ``of`` : the score itself or its change from baseline (follow-up minus baseline); ``mean``, ``sd`` : brought to the
    instrument's scale where the arm prints another. ``sd`` and ``n`` are None where not printed, the limits where
    either is not or n is 1; ``not_pooled`` then says why the arm is in no pooled mean, and is None where it may be
    """

    arm: PublishedArm
    of: Score
    mean: float
    sd: float | None
    n: int | None
    lower: float | None
    upper: float | None
    not_pooled: str | None = None


@dataclass(frozen=True)
class PooledMean:
    """Means pooled by random effects, in points of the instrument; ``method`` says how tau was found.

    ``lower``, ``upper`` : Hartung and Knapp's limits from three arms on, Wald's for two (``interval_method``);
    ``prediction_*`` : the next study's mean, None for two arms; ``tau`` : standard deviation of the true means between
    arms, with its Q-profile limits; ``i_squared`` : the share of the variation between arms, 0 to 1
    """

    arms: int
    people: int
    of: Score
    estimate: float
    lower: float
    upper: float
    tau: float
    tau_lower: float
    tau_upper: float
    i_squared: float
    q: float
    q_p: float
    prediction_lower: float | None
    prediction_upper: float | None
    interval_method: str
    method: str


ComparisonStatus = Literal[
    "no comparable published arm",
    "one comparable arm, not pooled",
    "comparable arms that cannot be pooled",
    "pooled",
]


@dataclass(frozen=True)
class Comparison:
    """The cases beside published arms, at one month: like with like, or a refusal that names the near arms.

    ``of`` : "rate" where the estimand counts responders, then ``matched``, ``later``, ``pooled``, ``apart`` and
    ``probabilities`` answer and ``margin`` is a proportion; of a score what its mean is of, then ``matched_means``,
    ``later_means`` and ``pooled_mean`` answer and ``margin`` is in points of the instrument
    """

    name: str
    estimand: str
    visit: str | None
    month: float
    role: str
    definition: str | None
    as_of: int
    margin: float
    status: ComparisonStatus
    explanation: str
    matched: tuple[ArmInterval, ...]
    near: tuple[NearArm, ...]
    excluded: tuple[NearArm, ...]
    later: tuple[ArmInterval, ...]
    pooled: PooledRate | None
    probabilities: tuple[ProbabilityBetter, ...]
    apart: ArmsApart | None = None
    of: Literal["rate"] | Score = "rate"
    matched_means: tuple[ArmMean, ...] = ()
    later_means: tuple[ArmMean, ...] = ()
    pooled_mean: PooledMean | None = None
