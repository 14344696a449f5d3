"""What an ``[[imputation]]`` answers: rates or means with the unseen filled in, and their differences."""

from dataclasses import dataclass
from typing import Literal

FilledIn = Literal["scores", "responses", "scores, and the responder rule applied to them"]


@dataclass(frozen=True)
class ImputedQuantity:
    """One number of an imputation; ``None`` where there is none, and ``why`` then says why.

    ``kind`` : the rate or the mean of a group, or its difference from the reference
    ``n`` : who counts at the visit (of a difference, in both groups; of one of scores, in all); ``imputed`` : of them,
    filled in
    ``estimate``, ``lower``, ``upper`` : proportions 0 to 1 (differences of them, -1 to 1), or points, by ``unit``
    ``degrees`` : of Student's t behind the limits; ``p_value`` : two-sided, of no difference in mean scores
    ``missing_information`` : the share of the information that was missing, 0 to 1; of a rate, how much of the variance
    lies between the completed tables
    ``jackknife_*`` : the same quantity by conditional means, each case left out in turn; beside an assumption that
    borrows from a reference group, where Rubin's limits may be too wide
    """

    kind: Literal["rate", "mean", "difference"]
    group: str
    reference: str | None
    visit: str
    month: float
    n: int
    imputed: int
    estimate: float | None
    standard_error: float | None
    degrees: float | None
    lower: float | None
    upper: float | None
    p_value: float | None
    missing_information: float | None
    jackknife_estimate: float | None
    jackknife_standard_error: float | None
    jackknife_lower: float | None
    jackknife_upper: float | None
    unit: Literal["proportion", "points"]
    method: str
    why: str


@dataclass(frozen=True)
class ImputedQuestion:
    """One question (an estimand under its own or other strategies) with its unseen values filled in.

    ``missing`` : the words its rows carry; ``method`` : in words, as its rows carry it
    ``filled_in`` : what was filled in; ``nothing_missing`` : then the answer is that of what was seen
    ``nothing_to_predict_from`` : nobody whose value was missing had another one seen, and there is no covariate
    ``imputed_cells`` : values filled in, over all visits; ``assumed_cells`` : of them, other than at random
    ``redrawn`` : resamples drawn again because they left the model undetermined
    ``covariance`` : the structure that answered, None where none is fitted; ``tried`` : those that failed before it
    """

    name: str
    estimand: str
    endpoint: str
    strategy: str
    missing: str
    after_event: str | None
    after_last_seen: str
    reference: str | None
    method: str
    filled_in: FilledIn
    covariates: tuple[str, ...]
    imputations: int | None
    imputed_cells: int
    assumed_cells: int
    nothing_missing: bool
    nothing_to_predict_from: bool
    redrawn: int
    covariance: str | None
    tried: tuple[str, ...]
    level: float
    quantities: tuple[ImputedQuantity, ...]
