"""What a model of scores over time answers: means, contrasts, tests, and the facts a reader needs to trust them."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class LeastSquaresMean:
    """The model's mean of a group at a visit, the covariates held at their means over the cases of the model.

    ``scores`` of the model lie there and ``observed`` is their plain mean. ``change`` : from the mean baseline of the
    model where the endpoint is a value and the baseline is in the formula (its limits are those of the mean, moved);
    from each case's own baseline where the endpoint is itself a change; None where neither is.
    """

    group: str
    visit: str
    month: float
    scores: int
    observed: float | None
    estimate: float
    standard_error: float
    degrees_of_freedom: float
    lower: float
    upper: float
    change: float | None
    change_lower: float | None
    change_upper: float | None


@dataclass(frozen=True)
class ScoreContrast:
    """A difference of two least-squares means: of a group less the reference, or of a visit less the first.

    ``against`` is the reference group, or the first visit. ``p_value`` is two-sided, against no difference.
    """

    kind: Literal["between groups", "between visits"]
    group: str
    visit: str
    against: str
    estimate: float
    standard_error: float
    degrees_of_freedom: float
    t: float
    p_value: float
    lower: float
    upper: float


@dataclass(frozen=True)
class ScoreTest:
    """An F test that several differences are all zero."""

    hypothesis: str
    f: float
    numerator: int
    denominator: float
    p_value: float


@dataclass(frozen=True)
class SeenAtVisit:
    """What became of the cases of a group at a visit; the five counts add up to ``cases``.

    ``in_model`` : a score that the model uses; ``left_out`` : a score of a case the model leaves out; ``vague`` : the
    chart allows several scores, or leaves open whether the case counts; ``not_counted`` : not reached, or outside
    """

    group: str
    visit: str
    month: float
    cases: int
    in_model: int
    left_out: int
    missing: int
    vague: int
    not_counted: int


@dataclass(frozen=True)
class LeftOut:
    """How many of the cases asked about a model leaves out for one reason; a case may have several."""

    why: str
    cases: int


@dataclass(frozen=True)
class HeldAt:
    """Where a covariate is held for the least-squares means: its mean, or for a category the share of the cases."""

    covariate: str
    category: str | None
    value: float


@dataclass(frozen=True)
class Coefficient:
    """A column of the design, and its coefficient; no standard error where the method gives it no variance."""

    column: str
    estimate: float
    standard_error: float | None


@dataclass(frozen=True)
class FittedCovariance:
    """The fitted covariance between the visits, of one group or of all; ``correlation`` is the same, scaled."""

    group: str | None
    visits: tuple[str, ...]
    covariance: tuple[tuple[float, ...], ...]
    correlation: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class ScoresOverTime:
    """A fitted model, as the protocol asked for it and as it answered.

    ``estimator`` : "REML", or "least squares" where there is one visit (``covariance`` is then None)
    ``covariance_asked``, ``covariance`` : which was asked for, and which answered
    ``tried`` : each attempt before the one that answered, in words
    ``asked_about`` cases were inside the question at some visit; ``cases`` of them, with ``observations`` scores in
    ``patterns`` combinations of visits, are in the model
    """

    name: str
    estimand: str
    endpoint: str
    strategy: str
    formula: str
    groups: tuple[str, ...]
    visits: tuple[str, ...]
    reference: str | None
    allocation: str | None
    estimator: Literal["REML", "least squares"]
    covariance_asked: str
    covariance: str | None
    covariance_by_group: bool
    start: str | None
    tried: tuple[str, ...]
    degrees_of_freedom: str
    weights: str | None
    level: float
    asked_about: int
    cases: int
    observations: int
    patterns: int
    left_out: tuple[LeftOut, ...]
    baseline_mean: float | None
    held_at: tuple[HeldAt, ...]
    means: tuple[LeastSquaresMean, ...]
    contrasts: tuple[ScoreContrast, ...]
    tests: tuple[ScoreTest, ...]
    seen: tuple[SeenAtVisit, ...]
    coefficients: tuple[Coefficient, ...]
    covariances: tuple[FittedCovariance, ...]
    cautions: tuple[str, ...]
