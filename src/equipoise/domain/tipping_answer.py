"""What a ``[[tipping_grid]]`` answers: a conclusion at every reading of the unseen, and where it flips."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class TippingArm:
    """One arm: ``n`` cases inside the question that reached the visit, of whom ``unseen`` are not certainly known.

    ``responders`` : of those seen; None where the endpoint is a score
    """

    group: str
    n: int
    unseen: int
    responders: int | None


@dataclass(frozen=True)
class TippingCell:
    """One reading of the unseen: ``of_group`` and ``of_reference`` of them respond, or are so many points worse.

    ``estimate`` with its limits is of a rate or mean (one arm) or of group less reference (two); None where the
    imputation leaves no limits.
    """

    of_group: float
    of_reference: float | None
    estimate: float
    lower: float | None
    upper: float | None
    holds: bool


@dataclass(frozen=True)
class TippingFlip:
    """Where the conclusion flips for one reading of the reference (None: one arm).

    "flips": counts, it holds from ``of_group`` on; points, it holds below ``of_group`` and no longer from there on.
    "flips back": points, it holds at the worst tried and fails at a better one.
    """

    of_reference: float | None
    conclusion: Literal["holds throughout", "never holds", "flips", "flips back"]
    of_group: float | None


@dataclass(frozen=True)
class TippingMap:
    """One conclusion at one visit over every reading of the unseen.

    ``kind`` "counts": the axes say how many of the unseen respond; "points": by how many points they are worse than
    the ``imputation`` expects (below 0: better), whichever way the scale runs.
    ``beyond`` : the margin (two arms; positive is better) or the threshold (one arm), of which the limit must lie on
    the side that ``better`` names. ``estimate``, ``lower``, ``upper``, ``holds`` run over ``group_axis``, and within
    each of its numbers over ``reference_axis`` (empty: one arm). A difference is group less reference as it stands.
    ``flips`` : for every reading of the reference, also where ``thinned`` leaves cells out of the axes; of points that
    as expected (0) always among them
    ``monotone`` : the conclusion, once it fails, fails for every worse reading of the group and every better one of the
    reference. ``expected`` : the unseen as those seen of their own arm, or as the imputation has them.
    """

    name: str
    estimand: str
    endpoint: str
    visit: str
    month: float
    strategy: str
    kind: Literal["counts", "points"]
    better: Literal["lower", "higher"]
    beyond: float
    beyond_source: str
    imputation: str | None
    method: str
    level: float
    arm: TippingArm
    reference_arm: TippingArm | None
    group_axis: tuple[float, ...]
    reference_axis: tuple[float, ...]
    estimate: tuple[float, ...]
    lower: tuple[float | None, ...]
    upper: tuple[float | None, ...]
    holds: tuple[bool, ...]
    flips: tuple[TippingFlip, ...]
    monotone: bool
    worst: TippingCell
    best: TippingCell
    expected: TippingCell | None
    thinned: bool

    def at(self, of_group: int, of_reference: int = 0) -> TippingCell:
        """The cell at two places of the axes."""
        place = of_group * max(len(self.reference_axis), 1) + of_reference
        return TippingCell(
            of_group=self.group_axis[of_group],
            of_reference=self.reference_axis[of_reference] if self.reference_axis else None,
            estimate=self.estimate[place],
            lower=self.lower[place],
            upper=self.upper[place],
            holds=self.holds[place],
        )
