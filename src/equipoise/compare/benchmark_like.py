"""Like with like: in which ways a published arm differs from the study, and which arms are near."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeVar

from equipoise.domain.benchmark_answer import NearArm, Score
from equipoise.domain.estimand import Estimand
from equipoise.domain.evidence import PublishedArm, Role, definition_key
from equipoise.domain.instrument import Instrument
from equipoise.domain.protocol import Benchmark, Protocol
from equipoise.domain.published_mean import in_points, printed_mean, scale_words

CONTROLS = (Role.SHAM, Role.USUAL_CARE, Role.FUSION)
NO_ARM = ("complication", "between_groups")
"""How keys begin that say nothing of how an arm fared: its harms, and what lies between two arms."""
EVENTS = ("crossed_over", "further_procedure")
"""How keys begin that count what was done later, not who is better; near only to a benchmark that asks for it."""
REVIEW = "a review, which sums up other studies"
One = TypeVar("One")
OF_SCORE: dict[Score, str] = {"value": "mean", "change": "mean change"}


@dataclass(frozen=True)
class Sought:
    """The arms a benchmark looks for at one month; ``own`` is the study's rule, ``wanted`` the benchmark's."""

    protocol: Protocol
    benchmark: Benchmark
    estimand: Estimand
    month: float

    @cached_property
    def own(self) -> str | None:
        """The key of the rule the study counts by, or of the mean it takes."""
        return definition_key(self.estimand.endpoint, self.instrument)

    @property
    def wanted(self) -> str | None:
        """The key of the rule that is looked for."""
        return self.benchmark.match.definition or self.own

    @property
    def instrument(self) -> Instrument:
        """The instrument the study asks with."""
        return self.protocol.instrument_of(self.estimand)

    @property
    def of(self) -> Literal["rate"] | Score:
        """What is compared: a rate of responders, or the mean of a score or of its change."""
        return self.estimand.endpoint.score or "rate"

    def rule(self, key: str | None) -> str:
        """A rule in words, quoted; the mean of a score by the study's own instrument."""
        if key is None:
            return "a rule nobody published" if self.of == "rate" else "a score nobody published"
        return f"“{self.protocol.rule(key)}”"

    def sought(self) -> str:
        """What an arm must print, in words."""
        if self.of == "rate":
            return f"a count at month {self.month:g} under {self.rule(self.wanted)}"
        family = f"“{self.instrument.label}” or a score of its family" if self.own else f"“{self.instrument.label}”"
        return f"a {OF_SCORE[self.of]} of {family} at month {self.month:g}"

    def mismatches(self, arm: PublishedArm) -> tuple[str, ...]:
        """Every way in which an arm is not like the study; empty when it is like."""
        found = []
        if arm.role is not self.benchmark.match.role:
            found.append(f"role {plain(arm.role)}, not {plain(self.benchmark.match.role)}")
        found += self._of_rates(arm) if self.of == "rate" else self._of_means(arm, self.of)
        if arm.month != self.month:
            found.append("no month given" if arm.month is None else f"month {arm.month:g}, not {self.month:g}")
        return tuple(found)

    def _of_rates(self, arm: PublishedArm) -> list[str]:
        if arm.definition_key != self.wanted:
            if prints_mean(arm) and not prints_rate(arm):
                return [f"prints a mean of {arm.outcome or 'a score'}, not a count"]
            return [f"counts by {self.rule(arm.definition_key)}, not by {self.rule(self.wanted)}"]
        if self.wanted != self.own:
            return [f"counts by {self.rule(arm.definition_key)}, the study by {self.rule(self.own)}"]
        return []

    def _of_means(self, arm: PublishedArm, of: Score) -> list[str]:
        if not prints_mean(arm):
            return [f"counts by {self.rule(arm.definition_key)}, and prints no mean"]
        if arm.definition_key != self.wanted:
            return [f"a mean of {self.rule(arm.definition_key)}, not of {self.rule(self.wanted)}"]
        if self.wanted != self.own:
            return [f"a mean of {self.rule(arm.definition_key)}, the study's is of {self.rule(self.own)}"]
        if printed_mean(arm, of)[0] is None:
            return [
                "prints a change from baseline, not the score" if of == "value" else "prints no change of the score"
            ]
        if in_points(arm, of, self.instrument) is None:
            return [f"its unit, {arm.unit or 'not given'}, is no scale to be brought to {scale_words(self.instrument)}"]
        return []

    def near(self) -> tuple[NearArm, ...]:
        """Control arms known by then that are not like the study: those of its kind first, nearest first.

        An arm is related that has the role, or is a control that shares the rule, or belongs to a study of the role.
        """
        near = []
        for arm in self.protocol.published:
            mismatches = self.mismatches(arm)
            if mismatches and self._is_known(arm) and _tells(arm) and self._is_related(arm):
                near.append(NearArm(arm, (*mismatches, REVIEW) if arm.is_review else mismatches))
        return tuple(sorted(near, key=self._distance))

    def _is_known(self, arm: PublishedArm) -> bool:
        held_out = arm.study_id in self.benchmark.exclude
        return arm.year is not None and arm.year <= self.benchmark.as_of and not held_out

    def _is_related(self, arm: PublishedArm) -> bool:
        if arm.definition_key.startswith(EVENTS) and arm.definition_key != self.wanted:
            return False
        if arm.role is self.benchmark.match.role:
            return True
        return arm.role in CONTROLS and (arm.definition_key == self.wanted or self._same_study(arm))

    def _same_study(self, arm: PublishedArm) -> bool:
        return any(
            other.study_id == arm.study_id and other.role is self.benchmark.match.role
            for other in self.protocol.published
        )

    def _distance(self, near: NearArm) -> tuple[bool, int, float, str, str, float]:
        arm = near.arm
        other_kind = not (prints_rate(arm) if self.of == "rate" else prints_mean(arm))
        month = float("inf") if arm.month is None else arm.month
        return other_kind, len(near.mismatches), abs(month - self.month), arm.study_id, arm.arm, month


def may_not_speak(arm: PublishedArm, benchmark: Benchmark) -> str | None:
    """Why an arm that is like the study is not used, whatever it prints; None where it may be."""
    if arm.study_id in benchmark.exclude:
        return "held out by the protocol"
    if arm.year is None:
        return "no year of publication given"
    if arm.year > benchmark.as_of:
        return f"published in {arm.year}, after {benchmark.as_of}"
    return REVIEW if arm.is_review else None


def one_for_each_trial(
    found: Iterable[One], arm_of: Callable[[One], PublishedArm], why_not: Callable[[One], str | None]
) -> tuple[tuple[One, ...], tuple[NearArm, ...]]:
    """Of arms in the order they may speak for their patients, those that do, by year, and why each other does not."""
    usable: list[One] = []
    excluded: list[NearArm] = []
    for each in found:
        arm, reason = arm_of(each), why_not(each)
        same = next((arm_of(other) for other in usable if arm_of(other).patients == arm.patients), None)
        if reason is None and same is not None:
            reason = f"the same patients as {same.study_id}"
        if reason is None:
            usable.append(each)
        else:
            excluded.append(NearArm(arm, (reason,)))
    usable.sort(key=lambda each: (arm_of(each).year or 0, arm_of(each).study_id, arm_of(each).arm))
    return tuple(usable), tuple(excluded)


def prints_rate(arm: PublishedArm) -> bool:
    """Whether an arm says how many responded."""
    return arm.has_count or arm.percent is not None


def prints_mean(arm: PublishedArm) -> bool:
    """Whether an arm says the mean of a score, or of its change."""
    return arm.mean is not None or arm.mean_change is not None


def plain(role: Role) -> str:
    """A role in words."""
    return role.value.replace("_", " ")


def _tells(arm: PublishedArm) -> bool:
    """Whether an arm says how its people fared after treatment."""
    if arm.definition_key.startswith(NO_ARM) or arm.month == 0:
        return False
    return prints_rate(arm) or prints_mean(arm)
