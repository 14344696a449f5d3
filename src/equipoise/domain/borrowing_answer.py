"""What borrowing from published controls answers.

One flow for both scales: ``scale`` says whether a control *rate* (0 to 1) or a control *mean* (points of the
instrument) is meant, wherever a number has no unit of its own.
"""

from dataclasses import dataclass
from typing import Literal

BorrowingStatus = Literal["borrowed", "nothing is borrowed"]
BorrowingScale = Literal["rate", "mean"]
DecisionWord = Literal["reached", "not reached", "depends on the unknown responses", "depends on the unknown scores"]


@dataclass(frozen=True)
class PriorPart:
    """One part of a prior with its weight, mean and standard deviation; of a rate Beta(a, b), of a mean a normal."""

    weight: float
    mean: float
    sd: float
    a: float | None
    b: float | None
    vague: bool


@dataclass(frozen=True)
class UncertainPower:
    """The beta prior of a power that is not fixed: what a published patient counts of one of ours, expected."""

    a: float
    b: float
    expected: float


@dataclass(frozen=True)
class ControlPrior:
    """The control rate or mean, as the published arms tell it.

    ``size`` is the effective sample size by expected local-information ratio (None where it has none),
    ``without_vague`` the same before the vague part; ``people`` stand behind the arms. ``divergence`` : how far
    the parts are from the prior they stand for, in nats; None where they are the prior itself. ``power`` : where it is
    not fixed. ``patient_sd`` : of one patient's score, in points; None of a rate.
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
    power: UncertainPower | None = None
    patient_sd: float | None = None


@dataclass(frozen=True)
class ControlDensity:
    """How likely a control rate or mean is: under the prior, and once our own controls are seen, if there are any.

    Each is the share of its probability in one step of the grid about ``at``.
    """

    at: float
    prior: float
    posterior_low: float | None
    posterior_high: float | None


@dataclass(frozen=True)
class Seen:
    """What was seen of a group: of ``n`` so many responders, or a mean with its standard deviation, at both ends.

    ``n`` is the largest count a reading allows. The ends differ where answers are unknown; means are in points, None
    of a rate, and responders are None of a mean.
    """

    n: int
    responders_low: int | None = None
    responders_high: int | None = None
    mean_low: float | None = None
    mean_high: float | None = None
    sd_low: float | None = None
    sd_high: float | None = None


@dataclass(frozen=True)
class ControlPosterior:
    """The control rate or mean once our own controls are seen, at both ends of what is unknown of them.

    ``conflict_*`` : twice the smaller tail of the prior's prediction of what was seen, least and greatest over all the
    unknown allow; small means they are other people. ``published_weight_*`` : what is left of the weight of the
    published arms, ``power_*`` : the expected power (None where it is fixed), each the least and greatest likewise.
    """

    group: str
    seen: Seen
    mean_low: float
    mean_high: float
    lower: float
    upper: float
    published_weight_low: float
    published_weight_high: float
    conflict_low: float
    conflict_high: float
    power_low: float | None = None
    power_high: float | None = None


@dataclass(frozen=True)
class AtWeight:
    """What follows for a reader who gives the published controls this weight, and a part that knows nothing the rest.

    That part is Beta(1, 1) for a rate; for a mean the normal of one patient.
    """

    weight: float
    lower: float
    upper: float


@dataclass(frozen=True)
class AtScepticism:
    """What follows for a reader who holds effects beyond ``effect``, either way, for 5 % likely.

    ``effect`` : an odds ratio, or a difference of means in points; None is no opinion beforehand. The probability is
    that the treatment is better at all.
    """

    effect: float | None
    lower: float
    upper: float


@dataclass(frozen=True)
class Disbelief:
    """Bayes in reverse, on the odds ratio of treated against control, or the points by which the mean is better.

    ``responders``, ``mean`` : of the treated, whichever the scale has. No effect is 1 for an odds ratio, 0 for points.
    ``convincing`` : its limits leave no effect out. ``scepticism`` : of a convincing result, the x such that who
    held 95 % (the level) for effects up to x, either way, beforehand is no longer convinced. ``advocacy`` : of an
    unconvincing result, the x such that who held 95 % between no effect and x beforehand is convinced.
    """

    responders: int | None
    mean: float | None
    effect: float
    lower: float
    upper: float
    convincing: bool
    scepticism: float | None
    advocacy: float | None
    intrinsically_credible: bool
    p_intrinsic: float


@dataclass(frozen=True)
class BorrowedAnswer:
    """One reading of the treated beside the control: the probability of better by the margin, and what moves it.

    ``missing`` : how the unknown was treated; counts are always over everything unknown, "bounds". ``by_scepticism``
    and ``disbelief`` are empty for a mean of fewer than four, whose difference is not near normal.
    """

    group: str
    visit: str
    month: float
    strategy: str
    missing: str
    treated: Seen
    lower: float
    upper: float
    decision: DecisionWord
    control: ControlPosterior | None
    by_weight: tuple[AtWeight, ...]
    by_scepticism: tuple[AtScepticism, ...]
    disbelief: tuple[Disbelief, ...]


@dataclass(frozen=True)
class NotAnswered:
    """A reading that has no probability, why not, and what can be read instead."""

    group: str
    visit: str
    strategy: str
    missing: str
    why: str
    instead: str


@dataclass(frozen=True)
class Borrowing:
    """A declared borrowing at one month of its benchmark; ``prior`` None where nothing is borrowed.

    ``margin`` : a proportion, or points of ``instrument`` (None of a rate). ``cautions`` : what a reader must know of
    the arms before the prior is believed.
    """

    name: str
    benchmark: str
    estimand: str
    month: float
    scale: BorrowingScale
    kind: str
    margin: float
    threshold: float
    status: BorrowingStatus
    explanation: str
    prior: ControlPrior | None
    curve: tuple[ControlDensity, ...]
    answers: tuple[BorrowedAnswer, ...]
    unanswered: tuple[NotAnswered, ...] = ()
    cautions: tuple[str, ...] = ()
    instrument: str | None = None
