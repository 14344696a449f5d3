"""One cohort as a comparison sees it: when its clocks start, its covariates, and what became of each case."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from equipoise.domain.cohort import AttritionRow, Covariate, Flags, Floats, Ints
from equipoise.domain.protocol import Visit


@dataclass(frozen=True, eq=False)
class Starts:
    """When the clock of each case starts, (n,) each.

    ``low``, ``high`` : first and last day time zero may be, on the case book's clock (1970 = 0 where ``calendar``)
    ``wait_days`` : from the first record of the chart to time zero, 0 where none lies before it
    ``seen_before`` : an assessment lies on or before time zero
    """

    low: Ints
    high: Ints
    wait_days: Ints
    seen_before: Flags
    calendar: bool


@dataclass(frozen=True, eq=False)
class Course:
    """An estimand at a visit, (n,) each: a score, or 1 for yes and 0 for no.

    ``has`` : some reading gives a value, from ``low`` to ``high``; ``unknown``, ``late``, ``outside`` : some reading
    gives none, has not reached the visit, or puts the case outside the question
    ``floor``, ``ceiling`` : what the value might have been
    """

    has: Flags
    unknown: Flags
    late: Flags
    outside: Flags
    low: Floats
    high: Floats
    floor: Floats
    ceiling: Floats

    def of(self, keep: Flags) -> "Course":
        """The cases of ``keep``."""
        return Course(*(getattr(self, name)[keep] for name in self.__dataclass_fields__))


@dataclass(frozen=True, eq=False)
class FirstEvents:
    """Day and kind (0 none, else its place among the causes, from 1) of each case's first event; (n,) each."""

    time_days: Ints
    cause: Ints
    vague: Flags


@dataclass(frozen=True, eq=False)
class Harm:
    """The first adverse event of one term, (n,) each: the days it may have been; ``NEVER`` where there was none.

    ``high`` is ``NEVER`` too where it may have been before time zero.
    """

    low: Ints
    high: Ints


@dataclass(frozen=True)
class Asked:
    """An estimand as the comparison asks it, in words; ``yes_no`` : responders, else scores."""

    estimand: str
    endpoint: str
    strategy: str
    instrument: str
    yes_no: bool
    visits: tuple[Visit, ...]


@dataclass(frozen=True, eq=False)
class Arm:
    """A cohort, or the group of it that is compared; (n,) in the order of ``case_ids``.

    ``clock`` : what starts it; ``looks_ahead`` : eligibility criteria on what came after time zero
    ``asked`` : the estimands compared and those that are controls; ``courses`` : (estimand, visit) -> its course
    ``unasked`` : instruments of those estimands that nobody of the cohort was assessed with
    ``causes`` : events by their place; ``harms`` : the terms that are controls, None where nobody recorded harms
    ``last_seen`` : (n,) the day each case was certainly still known of; ``died_by`` : (n,) ``NEVER`` if perhaps not
    """

    name: str
    case_ids: tuple[str, ...]
    attrition: tuple[AttritionRow, ...]
    covariates: Mapping[str, Covariate]
    starts: Starts
    clock: str
    looks_ahead: tuple[str, ...]
    asked: tuple[Asked, ...]
    courses: Mapping[tuple[str, str], Course]
    unasked: frozenset[str]
    causes: tuple[str, ...]
    first: FirstEvents
    harms: Mapping[str, Harm] | None
    last_seen: Ints
    died_by: Ints

    @property
    def n(self) -> int:
        """How many cases."""
        return len(self.case_ids)

    def of(self, keep: Flags) -> "Arm":
        """The cases of ``keep``."""
        starts, first = self.starts, self.first
        return replace(
            self,
            case_ids=tuple(name for name, kept in zip(self.case_ids, keep.tolist(), strict=True) if kept),
            covariates={
                name: Covariate(each.value[keep], each.known[keep], each.labels)
                for name, each in self.covariates.items()
            },
            starts=replace(
                starts,
                low=starts.low[keep],
                high=starts.high[keep],
                wait_days=starts.wait_days[keep],
                seen_before=starts.seen_before[keep],
            ),
            courses={key: each.of(keep) for key, each in self.courses.items()},
            first=FirstEvents(first.time_days[keep], first.cause[keep], first.vague[keep]),
            harms=None
            if self.harms is None
            else {term: Harm(each.low[keep], each.high[keep]) for term, each in self.harms.items()},
            last_seen=self.last_seen[keep],
            died_by=self.died_by[keep],
        )
