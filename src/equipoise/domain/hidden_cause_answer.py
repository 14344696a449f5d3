"""How strong a hidden cause would have to be, and what the entry rule alone does: the answers."""

from dataclasses import dataclass
from typing import Literal

Compared = Literal["published arms", "adjusted published arm", "difference", "contrast"]
BiasMeasure = Literal["risk ratio", "difference of means"]


@dataclass(frozen=True)
class EValueOf:
    """The least risk ratio of a hidden cause, with treatment and with response both, that explains a comparison away.

    ``of_limit`` : the same for the limit nearer to no effect; 1 where the interval includes it: none is needed
    ``reading`` : "fewest" or "most" responders where responses are unknown, else empty
    ``risk_ratio``, ``lower``, ``upper`` : what it was computed from, as risk ratios; ``method`` says how
    ``approximate`` : of a difference of mean scores, turned into a risk ratio
    ``main`` : the estimand's own strategy and the first way of treating the unknown; these have a bias array
    """

    comparison: str
    kind: Compared
    estimand: str
    group: str
    visit: str
    month: float | None
    strategy: str
    missing: str
    reading: str
    risk_ratio: float
    lower: float | None
    upper: float | None
    of_estimate: float
    of_limit: float | None
    method: str
    approximate: bool
    main: bool


@dataclass(frozen=True)
class BiasCell:
    """What the comparison would have been without a cause of these prevalences and this strength."""

    prevalence_treated: float
    prevalence_control: float
    strength: float
    adjusted: float


@dataclass(frozen=True)
class BiasArrayOf:
    """A comparison without each of the declared causes; ``no_effect`` is 1 of a ratio and 0 of a difference."""

    comparison: str
    kind: Compared
    estimand: str
    group: str
    visit: str
    strategy: str
    missing: str
    reading: str
    measure: BiasMeasure
    observed: float
    no_effect: float
    cells: tuple[BiasCell, ...]


@dataclass(frozen=True)
class GammaRow:
    """The least and the largest one-sided P that the treated do better, under a hidden bias of ``gamma``."""

    gamma: float
    lower: float
    upper: float


@dataclass(frozen=True)
class PairsBounded:
    """Rosenbaum bounds of matched pairs; ``explained_at`` is the largest gamma at which P stays at most 0.025."""

    comparison: str
    estimand: str
    visit: str
    missing: str
    pairs: int
    method: str
    rows: tuple[GammaRow, ...]
    explained_at: float


@dataclass(frozen=True)
class PlaceboResponse:
    """The rate of pooled sham arms: what no active treatment gave."""

    benchmark: str
    estimand: str
    month: float
    definition: str
    arms: int
    estimate: float
    lower: float
    upper: float
    prediction_lower: float | None
    prediction_upper: float | None


@dataclass(frozen=True)
class NotWeighed:
    """A comparison no hidden cause can be weighed for, and why."""

    where: str
    why: str
    instead: str


@dataclass(frozen=True)
class HiddenCauses:
    """Every comparison that chance did not form."""

    e_values: tuple[EValueOf, ...]
    bias_arrays: tuple[BiasArrayOf, ...]
    pairs: tuple[PairsBounded, ...]
    placebo: tuple[PlaceboResponse, ...]
    refused: tuple[NotWeighed, ...]


@dataclass(frozen=True)
class BesideRegression:
    """One estimand at a visit: what was seen, and what the entry rule alone would give; treatment policy, as seen.

    ``expected_change``, ``observed_change`` : follow-up minus entry reading, in points
    ``expected_share``, ``responders`` of ``n`` : of the responder rule, where it is one of change
    """

    estimand: str
    endpoint: str
    group: str
    visit: str
    month: float
    expected_change: float
    observed_change: float | None
    observed_n: int
    expected_share: float | None
    responders: int | None
    n: int | None


@dataclass(frozen=True)
class RegressionToMean:
    """What an entry rule alone does, with nobody treated; means in points of the instrument.

    ``expected_entry_mean`` beside ``observed_entry_mean`` of ``observed_entry_n`` cases tells whether the people
    screened are rightly described; ``reasons`` : why nothing could be computed
    """

    instrument: str
    label: str
    better: str
    entry: str
    screened: str
    population_mean: float | None
    population_sd: float | None
    retest_correlation: float
    shape: str
    source: str
    share_entering: float | None
    expected_entry_mean: float | None
    expected_next_mean: float | None
    observed_entry_mean: float | None
    observed_entry_n: int
    rows: tuple[BesideRegression, ...]
    notes: tuple[str, ...]
    reasons: tuple[str, ...]
