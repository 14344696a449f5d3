"""What is compared within the case book, gathered: differences, subgroups, associations, and what was refused."""

from dataclasses import dataclass

from equipoise.domain.association_answer import Association
from equipoise.domain.difference_answer import Difference
from equipoise.domain.result import Refusal
from equipoise.domain.subgroup_answer import Subgroup


@dataclass(frozen=True)
class Compared:
    """Empty where the protocol asks for none of it."""

    differences: tuple[Difference, ...] = ()
    subgroups: tuple[Subgroup, ...] = ()
    associations: tuple[Association, ...] = ()
    refused: tuple[Refusal, ...] = ()
