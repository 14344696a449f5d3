"""Like with like: the cases beside published arms, or a refusal that names the near arms and what differs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from equipoise.compare.benchmark_like import Sought, may_not_speak, one_for_each_trial, plain
from equipoise.compare.benchmark_means import later_means, pool_means, usable_means
from equipoise.domain.benchmark_answer import (
    ArmInterval,
    Comparison,
    ComparisonStatus,
    NearArm,
    PooledMean,
    PooledRate,
    ProbabilityBetter,
    Score,
)
from equipoise.domain.estimand import Estimand
from equipoise.domain.evidence import PublishedArm
from equipoise.domain.protocol import Benchmark, Protocol
from equipoise.errors import Problem
from equipoise.stats.proportion import clopper_pearson

if TYPE_CHECKING:
    from equipoise.compare.pooling import Pooled

Prior = Literal["Jeffreys", "sceptical"]
PRIORS: tuple[Prior, ...] = ("Jeffreys", "sceptical")
MOST_COUNTS = 40


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


def compare_with_published(
    protocol: Protocol, benchmark: Benchmark, counts: Mapping[str, tuple[Counts, ...]]
) -> tuple[Comparison, ...]:
    """One comparison per month of the benchmark (METHODS 25 to 27).

    ``counts`` : estimand name -> its counts by visit and strategy; composite by end of follow-up is never among them
    """
    estimand = estimand_of(protocol, benchmark)
    here = counts.get(estimand.name, ())
    sought = [Sought(protocol, benchmark, estimand, month) for month in benchmark.match.months]
    score = estimand.endpoint.score
    return tuple(_rates(each, here) if score is None else _means(each, score) for each in sought)


def estimand_of(protocol: Protocol, benchmark: Benchmark) -> Estimand:
    """The estimand a benchmark speaks of: the one it names, else the primary."""
    if benchmark.estimand is None:
        return protocol.primary
    return next(each for each in protocol.estimand if each.name == benchmark.estimand)


def _rates(sought: Sought, counts: tuple[Counts, ...]) -> Comparison:
    protocol, benchmark, month = sought.protocol, sought.benchmark, sought.month
    usable, excluded = _usable([arm for arm in protocol.published if not sought.mismatches(arm)], benchmark)
    here = tuple(each for each in counts if each.month == month and benchmark.group in (None, each.group))
    level = protocol.sensitivity.level
    found = _pool(usable, benchmark, level)
    pooled = None if found is None else found.rate
    return replace(
        _asked(sought, here[0].visit if here else None, len(usable), pooled),
        matched=tuple(arm_interval(arm, level) for arm in usable),
        excluded=excluded,
        later=_later(protocol, benchmark, month, level),
        pooled=pooled if isinstance(pooled, PooledRate) else None,
        probabilities=_probabilities(usable, here, benchmark.margin),
        apart=None if found is None else found.apart,
    )


def _means(sought: Sought, of: Score) -> Comparison:
    protocol, benchmark, month = sought.protocol, sought.benchmark, sought.month
    level = protocol.sensitivity.level
    usable, excluded = usable_means(sought, of, level)
    pooled = pool_means(usable, by=benchmark.pooling or "REML", level=level)
    later = later_means(sought, of, level)
    visits = (name for name in sought.estimand.visits if protocol.visit_named(name).month == month)
    return replace(
        _asked(sought, next(visits, None), len(usable), pooled),
        of=of,
        matched_means=usable,
        excluded=excluded,
        later=() if later else _later(protocol, benchmark, month, level),
        later_means=later,
        pooled_mean=pooled if isinstance(pooled, PooledMean) else None,
    )


def _asked(
    sought: Sought, visit: str | None, usable: int, pooled: PooledRate | PooledMean | Problem | None
) -> Comparison:
    """What was asked and how it came out, before any number."""
    benchmark = sought.benchmark
    explanation = _explanation(sought, usable, has_visit=visit is not None)
    if isinstance(pooled, Problem):
        explanation = f"{explanation} Not pooled: {pooled.problem}; {pooled.remedy}."
    return Comparison(
        name=benchmark.name,
        estimand=sought.estimand.name,
        visit=visit,
        month=sought.month,
        role=benchmark.match.role.value,
        definition=sought.wanted,
        as_of=benchmark.as_of,
        margin=benchmark.margin,
        status=_status(usable, pooled),
        explanation=explanation,
        matched=(),
        near=sought.near(),
        excluded=(),
        later=(),
        pooled=None,
        probabilities=(),
    )


def _explanation(sought: Sought, usable: int, *, has_visit: bool) -> str:
    """What was found, in a sentence."""
    role, as_of = plain(sought.benchmark.match.role), sought.benchmark.as_of
    if sought.wanted is not None and sought.own is not None and sought.wanted != sought.own:
        verb = "counts by" if sought.of == "rate" else "takes the mean of"
        return (
            f"The benchmark {verb} {sought.rule(sought.wanted)}, the study {verb} {sought.rule(sought.own)}: like is "
            "only compared with like, so no arm is pooled."
        )
    tail = "" if has_visit else f" The study has no visit at month {sought.month:g} to set beside them."
    if usable == 0:
        return f"By the end of {as_of} no {role} arm with {sought.sought()} had been published.{tail}"
    if usable == 1:
        rests = ", and the spread between studies rests on the prior" if sought.of == "rate" else ""
        return f"One {role} arm matches; one study is not pooled{rests}.{tail}"
    return f"{usable} {role} arms match on role, definition and month.{tail}"


def _status(usable: int, pooled: PooledRate | PooledMean | Problem | None) -> ComparisonStatus:
    if isinstance(pooled, (PooledRate, PooledMean)):
        return "pooled"
    if isinstance(pooled, Problem):
        return "comparable arms that cannot be pooled"
    return "one comparable arm, not pooled" if usable else "no comparable published arm"


def _usable(like: list[PublishedArm], benchmark: Benchmark) -> tuple[tuple[PublishedArm, ...], tuple[NearArm, ...]]:
    """Of the arms that are like the study, those that may be pooled, and why each other one may not."""
    # The largest row speaks for its patients; of equals the later report.
    found = sorted(like, key=lambda each: (-(each.n or 0), -(each.year or 0), each.study_id, each.arm))
    return one_for_each_trial(found, lambda arm: arm, lambda arm: _not_usable(arm, benchmark))


def _not_usable(arm: PublishedArm, benchmark: Benchmark) -> str | None:
    reason = may_not_speak(arm, benchmark)
    if reason is None and not arm.has_count:
        return "a percentage without a denominator" if arm.percent is not None else "no count"
    return reason


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


def _pool(usable: Sequence[PublishedArm], benchmark: Benchmark, level: float) -> "Pooled | None":
    """The pooled rate, or the refusal in words where the arms have none; None where there is nothing to pool."""
    if len(usable) < 2:
        return None
    from equipoise.compare.pooling import pool

    return pool(usable, by=benchmark.pooling or "binomial-normal", level=level)


def _probabilities(
    usable: Sequence[PublishedArm], here: tuple[Counts, ...], margin: float
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
