"""Which arms of the evidence came from which file of the study, and what became of them."""

from dataclasses import dataclass
from typing import Literal

ArmUse = Literal["matched", "new since", "not used", "near", "shown as found later"]


@dataclass(frozen=True)
class ArmUsed:
    """One row of a file: what the benchmark of that name made of it, at the month it matched."""

    study_id: str
    arm: str
    year: int | None
    month: float | None
    benchmark: str
    use: ArmUse
    why: str


@dataclass(frozen=True)
class EvidenceUsed:
    """A file of ``[evidence]``, read anew with this run.

    ``digest`` : SHA-256 of the file; ``rows`` : its published arms; ``arms`` : those a benchmark speaks of
    """

    file: str
    digest: str
    rows: int
    arms: tuple[ArmUsed, ...]
