"""What borrowing from published controls answers. Rates and probabilities are 0 to 1."""

from dataclasses import dataclass
from typing import Literal

BorrowingStatus = Literal["borrowed", "nothing is borrowed"]
DecisionWord = Literal["reached", "not reached", "depends on the unknown responses"]


@dataclass(frozen=True)
class PriorPart:
    """One part of a prior: Beta(a, b) with its weight."""

    weight: float
    a: float
    b: float
    vague: bool


@dataclass(frozen=True)
class ControlPrior:
    """The control rate, as the published arms tell it.

    ``size`` is the effective sample size by expected local-information ratio (None where it has none),
    ``without_vague`` the same before the vague part; ``people`` stand behind the arms. ``divergence`` : how far
    the parts are from the prior they stand for, in nats; None where they are the prior itself.
    """

    arms: int
    people: int
    mean: float
    sd: float
    median: float
    lower: float
    upper: float
    level: float
    size: float | None
    without_vague: float | None
    divergence: float | None
    parts: tuple[PriorPart, ...]


@dataclass(frozen=True)
class RateDensity:
    """How likely a control rate is: under the prior, and once our own controls are seen, where there are any."""

    rate: float
    prior: float
    posterior_low: float | None
    posterior_high: float | None


@dataclass(frozen=True)
class ControlPosterior:
    """The control rate once our own controls are seen; one end of the unknown responses each.

    ``conflict_*`` : twice the smaller tail of the prior's prediction of their count; small means they are other people.
    """

    group: str
    responders_low: int
    responders_high: int
    n: int
    mean_low: float
    mean_high: float
    lower: float
    upper: float
    published_weight_low: float
    published_weight_high: float
    conflict_low: float
    conflict_high: float


@dataclass(frozen=True)
class AtWeight:
    """What follows for a reader who gives the published controls this weight, and Beta(1, 1) the rest."""

    weight: float
    lower: float
    upper: float


@dataclass(frozen=True)
class AtScepticism:
    """What follows for a reader who holds odds ratios beyond ``odds_ratio``, either way, for 5 % likely.

    ``odds_ratio`` None : no opinion beforehand. The probability is that the treatment is better at all.
    """

    odds_ratio: float | None
    lower: float
    upper: float


@dataclass(frozen=True)
class Disbelief:
    """Bayes in reverse, on the odds ratio of treated against control, with ``responders`` treated responders.

    ``convincing`` : its limits leave 1 out. ``scepticism`` : of a convincing result, the odds ratio x such that who
    held 95 % (the level) for 1/x to x beforehand is no longer convinced. ``advocacy`` : of an unconvincing result, the
    x such that who held 95 % for 1 to x beforehand (x to 1 where it is below 1) is convinced.
    """

    responders: int
    odds_ratio: float
    lower: float
    upper: float
    convincing: bool
    scepticism: float | None
    advocacy: float | None
    intrinsically_credible: bool
    p_intrinsic: float


@dataclass(frozen=True)
class BorrowedAnswer:
    """One reading of the treated beside the control: the probability of better by the margin, and what moves it."""

    group: str
    visit: str
    month: float
    strategy: str
    responders_low: int
    responders_high: int
    n: int
    lower: float
    upper: float
    decision: DecisionWord
    control: ControlPosterior | None
    by_weight: tuple[AtWeight, ...]
    by_scepticism: tuple[AtScepticism, ...]
    disbelief: tuple[Disbelief, ...]


@dataclass(frozen=True)
class Borrowing:
    """A declared borrowing at one month of its benchmark; ``prior`` None where nothing is borrowed."""

    name: str
    benchmark: str
    estimand: str
    month: float
    kind: str
    margin: float
    threshold: float
    status: BorrowingStatus
    explanation: str
    prior: ControlPrior | None
    curve: tuple[RateDensity, ...]
    answers: tuple[BorrowedAnswer, ...]
