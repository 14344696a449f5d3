"""Than what: published arms that are like the cases, or a refusal that names the near ones and what differs."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from equipoise.domain.benchmark_answer import ArmInterval, Comparison, NearArm, PooledRate
from equipoise.domain.protocol import Protocol
from equipoise.domain.result import StudyResult
from equipoise.report.figures.forest import ForestRow, forest
from equipoise.report.parts import Block, Figure, Heading, Panel, Paragraph, Section, Table, drawn_marks
from equipoise.report.sections.comparison_means import means
from equipoise.report.sections.own_rows import own_row, own_rows
from equipoise.report.sections.pooled import arms_apart
from equipoise.report.sections.published_words import (
    SIGNS,
    arm_name,
    arm_rate,
    counted_by,
    prints,
    rate,
    rule_and_month,
)
from equipoise.report.wording import (
    count,
    counted,
    half_up,
    interval,
    level_words,
    limit,
    month,
    number,
    over,
    plain,
    probability_range,
    sentence,
    share,
)

MOST_NEAR_DRAWN = 8
MOST_NEAR_NAMED = 10
WANTED = 0.975
"""The probability that the verdict asks for (docs/methods.md, "The verdict")."""
LONG = 8


def comparison(result: StudyResult) -> Section:
    """Each benchmark, month by month."""
    if not result.comparisons:
        text = "The protocol names no benchmark: the answer stands alone, and says nothing of better or worse."
        if result.contrasts or result.differences:
            text = (
                "The protocol names no published benchmark. What the cases are compared with instead stands in a "
                "section of its own; the verdict does not read it."
            )
        return Section("comparison", "Than what?", (Paragraph(text),), terminal=True)
    blocks: list[Block] = []
    for each in result.comparisons:
        blocks.extend(_one(result, each))
    return Section("comparison", "Than what?", tuple(blocks), terminal=True)


def _one(result: StudyResult, each: Comparison) -> list[Block]:
    level = result.study.level
    visit = "" if each.visit else " (no visit of the study)"
    when = "" if f"{each.as_of}" in each.name else f", as of {each.as_of}"
    title = f"{each.name}{when}, month {month(each.month)}{visit}"
    blocks: list[Block] = [
        Heading(sentence(title).removesuffix(".")),
        Paragraph(sentence(each.status), "lead"),
        Paragraph(plain(each.explanation)),
    ]
    if each.of == "rate":
        blocks.extend(_rates(result, each, title))
    else:
        blocks.extend(means(result, each, title))
    if each.near:
        blocks.append(Paragraph(_who_is_near(each.near), "note"))
        blocks.append(_near("Near arms, unpooled, and what differs", each.near, result.protocol))
    if each.excluded:
        blocks.append(_near("Like the cases, but not used, and why", each.excluded, result.protocol))
    if each.later:
        rows = [(arm_name(arm.arm), *counted_by(arm.arm, result.protocol), arm_rate(arm, level)) for arm in each.later]
        headings = ["arm", "counted by", "month", "rate"]
        blocks.append(Table.of("Found later: shown, and never used", headings, rows, text=(0, 1, 3), page_only=True))
    return blocks


def _rates(result: StudyResult, each: Comparison, title: str) -> Iterator[Block]:
    """The matching arms that count, alone and pooled, and the probability of beating the next."""
    level, people = result.study.level, sum(arm.arm.n or 0 for arm in each.matched)
    if each.matched:
        rates = [(arm_name(arm.arm), arm_rate(arm, level)) for arm in each.matched]
        yield Table.of("Matching arms", ["arm", "rate"], rates, text=(0, 1))
    if each.pooled is not None:
        yield Paragraph(_pooled_words(each.pooled, level, people))
    figure = _forest(result, each, title)
    if figure is not None:
        yield figure
    yield from arms_apart(each, level)
    if each.probabilities:
        yield _probabilities(each)
        yield from (Paragraph(text, "note") for text in _out_of_reach(each))


def _pooled_words(pooled: PooledRate, level: float, people: int) -> str:
    text = (
        f"{count(pooled.arms)} arms pooled: {share(pooled.estimate, people)} "
        f"({interval(level, pooled.lower, pooled.upper, people)}; {pooled.interval_method}; "
        f"tau {number(pooled.tau, 2)})."
    )
    if pooled.prediction_lower is not None and pooled.prediction_upper is not None:
        low, high = limit(pooled.prediction_lower, people), limit(pooled.prediction_upper, people)
        text += f" The next such arm: {low} to {high} % ({level_words(level)} prediction interval)."
    else:
        text += " Two arms give no prediction interval."
    if pooled.method != "binomial-normal":
        text += f" Pooled by {pooled.method} on the logit, as the protocol asks."
    if pooled.check_estimate is None:
        return f"{text} The check, {pooled.check_method}, has no answer for these arms."
    check = interval(level, pooled.check_lower, pooled.check_upper, people)
    return f"{text} Check by {pooled.check_method}: {share(pooled.check_estimate, people)} ({check})."


def _forest(result: StudyResult, each: Comparison, title: str) -> Figure | None:
    level = result.study.level
    own = own_rows(result, each)
    several = len({row.group for row in own}) > 1
    rows = [own_row(row, several=several) for row in own]
    rows += [_arm(arm, "arm", result) for arm in each.matched]
    if each.pooled is not None:
        rows.append(_pooled(each.pooled, level, sum(arm.arm.n or 0 for arm in each.matched)))
    drawable = [near for near in each.near if near.arm.has_count or near.arm.percent is not None]
    rows += [_near_row(near, result.protocol) for near in drawable[:MOST_NEAR_DRAWN]]
    rows += [_arm(arm, "later", result) for arm in each.later]
    if len(rows) == len(own):
        return None
    reading = (
        "Only filled signs may be compared with each other; hollow ones differ in at least one way and are not pooled."
    )
    if len(drawable) > MOST_NEAR_DRAWN:
        reading += f" The nearest {MOST_NEAR_DRAWN} of {len(drawable)} near arms are drawn; the table has all."
    if len(drawable) < len(each.near):
        reading += " Near arms that print means have no place on this axis: they stand in the table."
    table = Table.of("The numbers drawn", ["who", "rate"], [(row.name, row.words) for row in rows], text=(0, 1))
    alt = " ".join(f"{row.words}." for row in rows)
    kinds = {row.kind for row in rows}
    legend = drawn_marks(*((mark, kind in kinds) for kind, mark in SIGNS))
    return Figure(f"The cases beside published arms: {title}", alt, reading, (Panel("", forest(rows)),), table, legend)


def _arm(arm: ArmInterval, kind: str, result: StudyResult) -> ForestRow:
    name, detail = arm_name(arm.arm), rule_and_month(arm.arm, result.protocol)
    words = f"{name}, {detail}: {arm_rate(arm, result.study.level)}"
    return ForestRow(
        "later" if kind == "later" else "arm", name, words, arm.estimate, arm.lower, arm.upper, detail=detail
    )


def _near_row(near: NearArm, protocol: Protocol) -> ForestRow:
    arm = near.arm
    name, detail = arm_name(arm), rule_and_month(arm, protocol)
    estimate = arm.responders / arm.n if arm.responders is not None and arm.n else (arm.percent or 0.0) / 100
    words = f"{name}, {detail}: {rate(arm)}; not like the cases: {plain('; '.join(near.mismatches))}"
    return ForestRow("near", name, words, estimate, None, None, detail=detail)


def _pooled(pooled: PooledRate, level: float, people: int) -> ForestRow:
    label = f"{count(pooled.arms)} matching arms pooled"
    words = f"{label}: {share(pooled.estimate, people)} ({interval(level, pooled.lower, pooled.upper, people)})"
    low, high = pooled.prediction_lower, pooled.prediction_upper
    return ForestRow("pooled", label, words, pooled.estimate, pooled.lower, pooled.upper, low, high)


def _probabilities(each: Comparison) -> Table:
    several = len({one.group for one in each.probabilities}) > 1
    margin = number(100 * each.margin).removesuffix(".0")
    rows = [
        (
            f"{one.group}, {one.visit}" if several else one.visit,
            one.strategy,
            one.prior,
            f"{over(one.responders_low, one.n)} to {over(one.responders_high, one.n)}"
            if one.responders_low != one.responders_high
            else over(one.responders_low, one.n),
            probability_range(one.lower, one.upper),
        )
        for one in each.probabilities
    ]
    caption = (
        f"Probability that the treatment beats the next such control group by more than {margin} percentage points"
    )
    return Table.of(caption, ["visit", "strategy", "prior", "yes of all", "probability"], rows, text=(0, 1, 2))


def _out_of_reach(each: Comparison) -> list[str]:
    """Where no count of the cases could have reached the probability the verdict asks for: the arms are too few."""
    most: dict[tuple[int, str], float] = {}
    for one in each.probabilities:
        if one.most < WANTED:
            most[one.n, one.prior] = max(one.most, most.get((one.n, one.prior), 0.0))
    wanted = half_up(100 * Fraction(str(WANTED)), 1)
    return [
        f"With these arms no result of {counted(n, 'patient')} could have reached {wanted} % under the {prior} prior "
        f"(at most {_at_most(value, wanted)}); docs/methods.md says why, under P(better by the margin)."
        for (n, prior), value in most.items()
    ]


def _at_most(value: float, wanted: str) -> str:
    text = half_up(100 * Fraction(Decimal(repr(value))), 1)
    return f"just below {wanted} %" if text == wanted else f"{text} %"


def _who_is_near(near: Sequence[NearArm]) -> str:
    """The studies of the near arms, nearest first, in a line."""
    names = list(dict.fromkeys(each.arm.study_id for each in near))
    more = f" and {len(names) - MOST_NEAR_NAMED} more" if len(names) > MOST_NEAR_NAMED else ""
    return (
        f"Near, and not pooled: {', '.join(names[:MOST_NEAR_NAMED])}{more}. What each prints, and in which ways it "
        "differs, is in the table of near arms."
    )


def _near(caption: str, arms: Sequence[NearArm], protocol: Protocol) -> Table:
    rows = [
        (
            arm_name(near.arm),
            *counted_by(near.arm, protocol),
            prints(near.arm),
            plain("; ".join(near.mismatches)),
        )
        for near in arms
    ]
    headings = ["arm", "counted by, or mean of", "month", "prints", "what differs"]
    return Table.of(caption, headings, rows, text=(0, 1, 3, 4), folded=len(rows) > LONG, page_only=True)
