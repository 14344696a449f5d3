"""A published arm in words: who, by which rule, when, and what it prints."""

from equipoise.domain.benchmark_answer import ArmInterval, ArmMean
from equipoise.domain.evidence import PublishedArm
from equipoise.domain.protocol import Protocol
from equipoise.report.parts import Mark
from equipoise.report.wording import DASH, count, cut, interval, interval_of_score, month, months, number, over, percent

MOST_OF_A_RULE = 60
SIGNS = (
    ("own", Mark("●", "the cases")),
    ("own range", Mark("▬", "the cases, a range")),
    ("arm", Mark("■", "a matching arm")),
    ("pooled", Mark("◆", "matching arms pooled")),
    ("near", Mark("□", "a near arm, not like the cases")),
    ("later", Mark("△", "found later", alert=True)),
)


def arm_name(arm: PublishedArm) -> str:
    """The study, its year and the arm."""
    return f"{arm.study_id} ({arm.year or 'no year'}), {arm.arm}"


def rule_and_month(arm: PublishedArm, protocol: Protocol) -> str:
    """By which rule an arm counted and when, short enough for one line of a drawing."""
    return f"{cut(counted_by(arm, protocol)[0], MOST_OF_A_RULE)}, {months(arm.month)}"


def counted_by(arm: PublishedArm, protocol: Protocol) -> tuple[str, str]:
    """The rule an arm counted by, as it is described, or what it prints a mean of; and the month."""
    has_rate = arm.has_count or arm.percent is not None
    of_mean = "" if has_rate or (arm.mean is None and arm.mean_change is None) else arm.outcome
    return of_mean or protocol.rule(arm.definition_key), "not stated" if arm.month is None else month(arm.month)


def arm_rate(arm: ArmInterval, level: float) -> str:
    """An arm's rate with its interval."""
    return f"{rate(arm.arm)} ({interval(level, arm.lower, arm.upper, arm.arm.n or 0)}){computed(arm.arm)}"


def computed(arm: PublishedArm) -> str:
    """A tail where a count was worked out of a printed percentage."""
    return ", count computed from a printed percentage" if "computed" in str(arm.count_source) else ""


def rate(arm: PublishedArm) -> str:
    """What an arm prints of its responders."""
    if arm.responders is not None and arm.n:
        return f"{over(arm.responders, arm.n)} = {percent(arm.responders, arm.n)}"
    if arm.percent is not None:
        return f"{number(arm.percent)} %, no denominator given"
    return f"{DASH} (no count)"


def prints(arm: PublishedArm) -> str:
    """What an arm prints, a rate or a mean, to its own digits and in its own unit."""
    if arm.has_count or arm.percent is not None:
        return f"{rate(arm)}{computed(arm)}"
    means = (("mean", arm.mean, arm.sd), ("mean change", arm.mean_change, arm.sd_change))
    found = [f"{what} {_as_printed(mean)} ({_behind(sd, arm.n)})" for what, mean, sd in means if mean is not None]
    whose = ", the SD as the review gives it" if arm.is_review and (arm.sd or arm.sd_change) is not None else ""
    return f"{', '.join(found)}; {arm.unit or 'no unit given'}{whose}" if found else rate(arm)


def mean_words(arm: ArmMean, level: float) -> str:
    """An arm's mean in points of the study's instrument, with its limits; as it was printed where that differs."""
    limits = interval_of_score(level, arm.lower, arm.upper) if arm.lower is not None and arm.upper is not None else ""
    behind = "; ".join(part for part in (_behind(arm.sd, arm.n), limits) if part)
    printed = arm.arm.mean if arm.of == "value" else arm.arm.mean_change
    own = "" if printed == arm.mean or printed is None else f"; printed as {_as_printed(printed)}, {arm.arm.unit}"
    return f"{number(arm.mean)} ({behind}){own}"


def _behind(sd: float | None, n: int | None) -> str:
    spread = "no SD" if sd is None else f"SD {_as_printed(sd)}"
    return f"{spread}, {'no n' if n is None else f'n = {count(n)}'}"


def _as_printed(value: float) -> str:
    return f"{value:.6g}".replace("-", "−")
