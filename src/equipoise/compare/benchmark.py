"""Like with like: the cases beside published arms, or a refusal that names the near arms and what differs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from equipoise.domain.estimand import Estimand
from equipoise.domain.evidence import PublishedArm, Role, definition_key
from equipoise.domain.protocol import Benchmark, Protocol
from equipoise.domain.result import ArmInterval, Comparison, ComparisonStatus, NearArm, PooledRate, ProbabilityBetter
from equipoise.errors import Problem
from equipoise.stats.proportion import clopper_pearson

if TYPE_CHECKING:
    from equipoise.compare.pooling import Pooled

Prior = Literal["Jeffreys", "sceptical"]
PRIORS: tuple[Prior, ...] = ("Jeffreys", "sceptical")
MOST_COUNTS = 40
CONTROLS = (Role.SHAM, Role.USUAL_CARE, Role.FUSION)


@dataclass(frozen=True)
class Counts:
    """Smallest and largest count of responders of n, over everything unknown, under one strategy at one visit."""

    group: str
    visit: str
    month: float
    strategy: str
    responders_low: int
    responders_high: int
    n: int


@dataclass(frozen=True)
class Sought:
    """The arms a benchmark looks for at one month; ``own`` is the study's rule, ``wanted`` the benchmark's."""

    protocol: Protocol
    benchmark: Benchmark
    month: float
    own: str | None
    wanted: str | None

    def rule(self, key: str | None) -> str:
        """A rule in words, quoted."""
        return "a rule nobody published" if key is None else f"“{self.protocol.rule(key)}”"

    def mismatches(self, arm: PublishedArm) -> tuple[str, ...]:
        """Every way in which an arm is not like the study; empty when it is like."""
        found = []
        if arm.role is not self.benchmark.match.role:
            found.append(f"role {_plain(arm.role)}, not {_plain(self.benchmark.match.role)}")
        if arm.definition_key != self.wanted:
            found.append(f"counts by {self.rule(arm.definition_key)}, not by {self.rule(self.wanted)}")
        elif self.wanted != self.own:
            found.append(f"counts by {self.rule(arm.definition_key)}, the study by {self.rule(self.own)}")
        if arm.month != self.month:
            found.append("no month given" if arm.month is None else f"month {arm.month:g}, not {self.month:g}")
        return tuple(found)

    def explain(self, usable: int, *, has_visit: bool) -> str:
        """What was found, in a sentence."""
        role = _plain(self.benchmark.match.role)
        if self.wanted is not None and self.own is not None and self.wanted != self.own:
            return (
                f"The benchmark counts by {self.rule(self.wanted)}, the study by {self.rule(self.own)}: like is only "
                "compared with like, so no arm is pooled."
            )
        tail = "" if has_visit else f" The study has no visit at month {self.month:g} to set beside them."
        if usable == 0:
            return (
                f"By the end of {self.benchmark.as_of} no {role} arm with a count at month {self.month:g} under "
                f"{self.rule(self.wanted)} had been published.{tail}"
            )
        if usable == 1:
            return (
                f"One {role} arm matches; one study is not pooled, and the spread between studies rests on the prior."
                f"{tail}"
            )
        return f"{usable} {role} arms match on role, definition and month.{tail}"


def compare_with_published(
    protocol: Protocol, benchmark: Benchmark, counts: Mapping[str, tuple[Counts, ...]]
) -> tuple[Comparison, ...]:
    """One comparison per month of the benchmark (METHODS 25 to 27).

    ``counts`` : estimand name -> its counts by visit and strategy; composite by end of follow-up is never among them
    """
    estimand = estimand_of(protocol, benchmark)
    here = counts.get(estimand.name, ())
    own = definition_key(estimand.endpoint, protocol.instrument_of(estimand))
    return tuple(
        _at_month(Sought(protocol, benchmark, month, own, benchmark.match.definition or own), here)
        for month in benchmark.match.months
    )


def estimand_of(protocol: Protocol, benchmark: Benchmark) -> Estimand:
    """The estimand a benchmark speaks of: the one it names, else the primary."""
    if benchmark.estimand is None:
        return protocol.primary
    return next(each for each in protocol.estimand if each.name == benchmark.estimand)


def _at_month(sought: Sought, counts: tuple[Counts, ...]) -> Comparison:
    protocol, benchmark, month = sought.protocol, sought.benchmark, sought.month
    usable, excluded = _usable([arm for arm in protocol.published if not sought.mismatches(arm)], benchmark)
    asked = benchmark.group
    here = tuple(each for each in counts if each.month == month and asked in (None, each.group))
    level = protocol.sensitivity.level
    found = _pool(usable, benchmark, level)
    pooled = None if found is None else found.rate
    explanation = sought.explain(len(usable), has_visit=bool(here))
    if isinstance(pooled, Problem):
        explanation = f"{explanation} Not pooled: {pooled.problem}; {pooled.remedy}."
    return Comparison(
        name=benchmark.name,
        estimand=estimand_of(protocol, benchmark).name,
        visit=here[0].visit if here else None,
        month=month,
        role=benchmark.match.role.value,
        definition=sought.wanted,
        as_of=benchmark.as_of,
        margin=benchmark.margin,
        status=_status(len(usable), pooled),
        explanation=explanation,
        matched=tuple(arm_interval(arm, level) for arm in usable),
        near=_near(sought),
        excluded=excluded,
        later=_later(protocol, benchmark, month, level),
        pooled=pooled if isinstance(pooled, PooledRate) else None,
        probabilities=_probabilities(usable, here, benchmark.margin),
        apart=None if found is None else found.apart,
    )


def _status(usable: int, pooled: PooledRate | Problem | None) -> ComparisonStatus:
    if isinstance(pooled, PooledRate):
        return "pooled"
    if isinstance(pooled, Problem):
        return "comparable arms that cannot be pooled"
    return "one comparable arm, not pooled" if usable else "no comparable published arm"


def _usable(like: list[PublishedArm], benchmark: Benchmark) -> tuple[list[PublishedArm], tuple[NearArm, ...]]:
    """Of the arms that are like the study, those that may be pooled, and why each other one may not."""
    usable: list[PublishedArm] = []
    excluded: list[NearArm] = []
    # The largest row speaks for its patients; of equals the later report.
    for arm in sorted(like, key=lambda each: (-(each.n or 0), -(each.year or 0), each.study_id, each.arm)):
        reason = _not_usable(arm, benchmark)
        same = next((each for each in usable if each.patients == arm.patients), None)
        if reason is None and same is not None:
            reason = f"the same patients as {same.study_id}"
        if reason is None:
            usable.append(arm)
        else:
            excluded.append(NearArm(arm, (reason,)))
    usable.sort(key=lambda each: (each.year or 0, each.study_id, each.arm))
    return usable, tuple(excluded)


def _not_usable(arm: PublishedArm, benchmark: Benchmark) -> str | None:
    if arm.study_id in benchmark.exclude:
        return "held out by the protocol"
    if arm.year is None:
        return "no year of publication given"
    if arm.year > benchmark.as_of:
        return f"published in {arm.year}, after {benchmark.as_of}"
    if arm.is_review:
        return "a review, which sums up other studies"
    if not arm.has_count:
        return "a percentage without a denominator" if arm.percent is not None else "no count"
    return None


def _near(sought: Sought) -> tuple[NearArm, ...]:
    """Control arms known by then that report responders but are not like the study, the nearest first."""
    benchmark, near = sought.benchmark, []
    for arm in sought.protocol.published:
        known = arm.year is not None and arm.year <= benchmark.as_of and arm.study_id not in benchmark.exclude
        reports = (arm.has_count or arm.percent is not None) and not arm.definition_key.startswith("complication")
        related = arm.role is benchmark.match.role or (arm.role in CONTROLS and arm.definition_key == sought.wanted)
        mismatches = sought.mismatches(arm)
        if known and reports and mismatches and (related or _same_study(arm, sought.protocol, benchmark)):
            near.append(NearArm(arm, mismatches))
    return tuple(sorted(near, key=lambda each: (len(each.mismatches), each.arm.study_id, each.arm.arm)))


def _same_study(arm: PublishedArm, protocol: Protocol, benchmark: Benchmark) -> bool:
    """A control arm of a study that has an arm of the benchmark's role: its natural neighbour."""
    return arm.role in CONTROLS and any(
        other.study_id == arm.study_id and other.role is benchmark.match.role for other in protocol.published
    )


def _later(protocol: Protocol, benchmark: Benchmark, month: float, level: float) -> tuple[ArmInterval, ...]:
    """What was found later, at the same month where the study reports it."""
    found = [arm for arm in protocol.published if arm.study_id in benchmark.show_later and arm.has_count]
    at_month = [arm for arm in found if arm.month == month]
    return tuple(arm_interval(arm, level) for arm in at_month or found)


def arm_interval(arm: PublishedArm, level: float) -> ArmInterval:
    """An arm's own rate and exact interval."""
    assert arm.responders is not None
    assert arm.n is not None
    lower, upper = clopper_pearson(arm.responders, arm.n, level=level)
    return ArmInterval(arm, arm.responders / arm.n, float(lower), float(upper))


def _pool(usable: list[PublishedArm], benchmark: Benchmark, level: float) -> "Pooled | None":
    """The pooled rate, or the refusal in words where the arms have none; None where there is nothing to pool."""
    if len(usable) < 2:
        return None
    from equipoise.compare.pooling import pool

    return pool(usable, by=benchmark.pooling or "binomial-normal", level=level)


def _probabilities(
    usable: list[PublishedArm], here: tuple[Counts, ...], margin: float
) -> tuple[ProbabilityBetter, ...]:
    """P(better by the margin) under both priors, a range over the unknown responses."""
    if not usable:
        return ()
    from equipoise.stats.posterior import probability_better

    responders = [arm.responders or 0 for arm in usable]
    n = [arm.n or 0 for arm in usable]

    def chances(each: Counts, prior: Prior) -> list[float]:
        return [probability_better(k, each.n, responders, n, margin=margin, prior=prior) for k in _possible(each)]

    anything = {each.n: replace(each, responders_low=0, responders_high=each.n) for each in here if each.n}
    most = {(n, prior): max(chances(each, prior)) for n, each in anything.items() for prior in PRIORS}
    return tuple(
        ProbabilityBetter(
            prior=prior,
            group=each.group,
            visit=each.visit,
            month=each.month,
            strategy=each.strategy,
            responders_low=each.responders_low,
            responders_high=each.responders_high,
            n=each.n,
            lower=min(found),
            upper=max(found),
            most=most[each.n, prior],
        )
        for each in here
        if each.n
        for prior in PRIORS
        for found in [chances(each, prior)]
    )


def _possible(counts: Counts) -> list[int]:
    """Every count of responders the unknown allow, or 41 of them evenly with both ends.

    The ends alone would not do: under the sceptical prior more responders can mean less, since a result far above
    the controls makes it likelier that the patients were other patients.
    """
    low, high = counts.responders_low, counts.responders_high
    steps = min(high - low, MOST_COUNTS)
    return sorted({low + (high - low) * step // steps for step in range(steps + 1)}) if steps else [low]


def _plain(role: Role) -> str:
    return role.value.replace("_", " ")
