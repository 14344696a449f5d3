"""How long a response lasts, answered: who was in which state when, for how long, and what moved them."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class InResponse:
    """The probability of being in response on the nominal day of a visit, or (``visit`` None) at the horizon.

    ``certain`` of ``n`` cases certainly are, ``possible`` may be, over every day a vague date may mean and
    everything the unseen may be: the bounds are these over ``n``. ``estimate`` with its limits only where every
    date used is known and somebody was still followed; None else. ``followed`` : under observation on that day,
    without an event.
    """

    visit: str | None
    day: int
    n: int
    certain: int
    possible: int
    followed: int | None
    estimate: float | None
    standard_error: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class Occupation:
    """The probability of a state after the moves of a day; None beyond what was followed, limits None at 0 and 1."""

    day: int
    state: str
    probability: float | None
    standard_error: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class MeanTime:
    """Mean days from time zero to the horizon spent in ``states`` together; ``of`` is what a reader calls it.

    "responding" is the mean duration of response, those who never respond with 0; "before ..." the restricted mean
    time to an event. Limits are None where the standard error is 0.
    """

    of: str
    states: tuple[str, ...]
    mean_days: float
    standard_error: float
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class Moves:
    """How many went from one state to another, by the horizon or the last visit."""

    origin: str
    target: str
    moves: int


@dataclass(frozen=True)
class MarkovChecked:
    """The Markov test of one transition after the landmark day; ``p`` None where there was nothing to compare."""

    origin: str
    target: str
    moves: int
    p: float | None


@dataclass(frozen=True)
class FromLandmark:
    """The probability of being in ``target`` on ``day`` for those in ``origin`` on the landmark day."""

    origin: str
    cases: int
    target: str
    visit: str | None
    day: int
    probability: float | None
    standard_error: float | None
    lower: float | None
    upper: float | None


LandmarkEstimator = Literal["Aalen-Johansen", "landmark Aalen-Johansen"]


@dataclass(frozen=True)
class Landmark:
    """Transition probabilities from a day on; ``why`` says why this estimator answered."""

    day: int
    estimator: LandmarkEstimator
    why: str
    markov: tuple[MarkovChecked, ...]
    rows: tuple[FromLandmark, ...]


@dataclass(frozen=True)
class StillResponding:
    """The probability that a response still lasts, so many days after it was first seen: between ``lowest`` and
    ``highest``, equal where it is known; ``lower`` and ``upper`` are limits, None without a schedule."""

    day: int
    lowest: float
    highest: float
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class ResponseDuration:
    """Response lost or any of the events, whichever is first, interval-censored (Turnbull), of those seen in response.

    ``ended`` of ``n`` responses certainly ended; ``exact`` of these on a known day. ``limits`` says why there are none.
    """

    n: int
    ended: int
    exact: int
    limits: str
    points: tuple[StillResponding, ...]


@dataclass(frozen=True)
class Durability:
    """One question about durability, in one group.

    ``states`` : in order, the events last. ``kind`` "bounds" : some date or answer is vague in ``vague`` cases, and
    ``response`` holds bounds alone; ``occupation``, ``times`` and ``landmark`` are then empty.
    ``left_at_a_missed_visit`` cases were followed until a visit was due at and after which nobody saw them;
    ``events_after_a_missed_visit`` cases had an event after such a visit, which counts.
    """

    name: str
    estimand: str
    group: str
    n: int
    states: tuple[str, ...]
    kind: Literal["Aalen-Johansen", "bounds"]
    horizon_day: int
    level: float
    weights: str | None
    vague: int
    left_at_a_missed_visit: int
    events_after_a_missed_visit: int
    response: tuple[InResponse, ...]
    occupation: tuple[Occupation, ...]
    times: tuple[MeanTime, ...]
    moves: tuple[Moves, ...]
    landmark: Landmark | None
    duration: ResponseDuration | None
