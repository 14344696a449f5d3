"""The published arm an adjusted benchmark names: like with like, or the reason in words (METHODS 25)."""

from collections.abc import Iterator
from dataclasses import dataclass

from equipoise.domain.adjusted_benchmark import AdjustedBenchmarkDeclared
from equipoise.domain.adjusted_benchmark_answer import Reason
from equipoise.domain.estimand import Estimand
from equipoise.domain.evidence import PublishedArm, definition_key
from equipoise.domain.instrument import Instrument
from equipoise.domain.protocol import Protocol, Visit
from equipoise.domain.published_mean import in_points, in_points_of, printed_mean, scale_words
from equipoise.estimate.in_words import endpoint_in_words

ROUNDED = 0.005
"""By how much a share printed in whole percent may be off."""


@dataclass(frozen=True)
class Found:
    """The arm of the published study, and its control where the comparison is anchored; why there is none."""

    arm: PublishedArm | None
    control: PublishedArm | None
    reasons: tuple[Reason, ...]


def find_arms(protocol: Protocol, declared: AdjustedBenchmarkDeclared, estimand: Estimand, visit: Visit) -> Found:
    """The rows of the evidence that count by the estimand's rule in the visit's month."""
    arm, why = _find(protocol, declared.study, declared.arm, estimand, visit)
    reasons = list(why)
    control = None
    if declared.anchor is not None:
        control, why = _find(protocol, declared.study, declared.anchor.arm, estimand, visit)
        reasons += why
    return Found(arm, control, tuple(reasons))


def contradictions(declared: AdjustedBenchmarkDeclared, found: Found) -> Iterator[Reason]:
    """Denominators of the published study that cannot all be true."""
    shares: dict[str, list[float]] = {}
    for row in declared.baseline:
        if row.level is not None:
            part = row.mean if row.mean is not None else (row.count or 0) / (row.n or 1)
            shares.setdefault(row.covariate, []).append(part)
    for name, parts in shares.items():
        if sum(parts) > 1 + ROUNDED * len(parts):
            why = f"the published levels of '{name}' add to {100 * sum(parts):.0f} % of the patients"
            yield Reason(why, "find the denominator of each level, or leave the covariate out and say so")
    if found.arm is not None and found.arm.n is not None and found.arm.n > declared.patients:
        who = f"{declared.study} ({declared.arm})"
        why = f"{who} has an outcome of {found.arm.n}, and a baseline table of {declared.patients} patients"
        yield Reason(why, "give the baseline table of the patients whose outcome is compared")


def _find(
    protocol: Protocol, study: str, name: str, estimand: Estimand, visit: Visit
) -> tuple[PublishedArm | None, list[Reason]]:
    instrument = protocol.instrument_of(estimand)
    wanted = definition_key(estimand.endpoint, instrument)
    rows = [arm for arm in protocol.published if arm.study_id == study and arm.arm == name]
    by_rule = [arm for arm in rows if wanted is not None and arm.definition_key == wanted and _has_kind(arm, estimand)]
    like = [arm for arm in by_rule if arm.month == visit.month]
    who = f"{study} ({name})"
    if not like:
        own = endpoint_in_words(estimand.endpoint, instrument)
        own = f"“{own}”, a rule nobody published" if wanted is None else f"“{protocol.rule(wanted)}”"
        return None, [_unlike(protocol, who, rows, by_rule, own, visit)]
    usable = [arm for arm in like if not _lacks(arm, estimand, instrument)]
    if len(usable) == 1:
        return _in_points(usable[0], estimand, instrument), []
    if usable:
        return None, [Reason(f"{who} has {len(usable)} figures for that rule and month", "keep one in the evidence")]
    lacks = _lacks(like[0], estimand, instrument)
    return None, [Reason(f"{who} {lacks}", "show both results side by side, without a comparison")]


def _has_kind(arm: PublishedArm, estimand: Estimand) -> bool:
    """A level and a change stand under one key: they are told apart by which of them is printed."""
    score = estimand.endpoint.score
    return score is None or printed_mean(arm, score)[0] is not None


def _lacks(arm: PublishedArm, estimand: Estimand, instrument: Instrument) -> str:
    """What is missing for a comparison; empty where nothing is."""
    score = estimand.endpoint.score
    if score is None:
        return "" if arm.has_count else "prints no count with its denominator"
    if in_points(arm, score, instrument) is None:
        return f"prints its mean in {arm.unit}, and the study scores {scale_words(instrument)}"
    if arm.n is None:
        return "prints a mean without the number behind it"
    return "" if printed_mean(arm, score)[1] is not None else "prints no standard deviation of its mean"


def _in_points(arm: PublishedArm, estimand: Estimand, instrument: Instrument) -> PublishedArm:
    """The arm as it is compared: a mean in points of the study's own instrument."""
    score = estimand.endpoint.score
    return arm if score is None else in_points_of(arm, score, instrument)


def _unlike(
    protocol: Protocol,
    who: str,
    rows: list[PublishedArm],
    by_rule: list[PublishedArm],
    own: str,
    visit: Visit,
) -> Reason:
    """What the arm offers instead of the rule and the month that are asked for."""
    instead = "name an arm that counts by the study's own rule at that month, or read the near arms, unpooled"
    if by_rule:
        months = ", ".join(f"{month:g}" for month in sorted({arm.month for arm in by_rule if arm.month is not None}))
        offered = f"at month {months}" if months else "without a month"
        return Reason(f"not like with like: {who} reports that rule {offered}, not at month {visit.month:g}", instead)
    rules = " and ".join(dict.fromkeys(f"“{protocol.rule(arm.definition_key)}”" for arm in rows)) or "nothing"
    return Reason(f"not like with like: {who} counts by {rules}, the study by {own}", instead)
