"""Than what: published arms that are like the cases, or a refusal that names the near ones and what differs."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from equipoise.domain.estimand import Missing, Strategy
from equipoise.domain.evidence import PublishedArm
from equipoise.domain.protocol import Protocol
from equipoise.domain.result import ArmInterval, Comparison, EstimateRow, NearArm, PooledRate, StudyResult
from equipoise.report.figures.forest import ForestRow, forest
from equipoise.report.parts import Block, Figure, Heading, Mark, Panel, Paragraph, Section, Table
from equipoise.report.rows import declared_strategy, groups_of, of_estimand, pick
from equipoise.report.sections.pooled import arms_apart
from equipoise.report.wording import (
    DASH,
    count,
    counted,
    cut,
    half_up,
    in_a_line,
    interval,
    is_range,
    level_words,
    limit,
    month,
    months,
    number,
    over,
    percent,
    plain,
    probability_range,
    sentence,
    share,
)

MOST_NEAR_DRAWN = 8
WANTED = 0.975
"""The probability that the verdict asks for (docs/methods.md, "The verdict")."""
MOST_OF_A_RULE = 60
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
    if each.matched:
        rates = [(_arm_name(arm.arm), _arm_rate(arm, level)) for arm in each.matched]
        blocks.append(Table.of("Matching arms", ["arm", "rate"], rates, text=(0, 1)))
    if each.pooled is not None:
        blocks.append(Paragraph(_pooled_words(each.pooled, level, sum(arm.arm.n or 0 for arm in each.matched))))
    figure = _forest(result, each, title)
    if figure is not None:
        blocks.append(figure)
    blocks.extend(arms_apart(each, level))
    if each.probabilities:
        blocks.append(_probabilities(each))
        blocks.extend(Paragraph(text, "note") for text in _out_of_reach(each))
    if each.near:
        blocks.append(_near("Near arms, unpooled, and what differs", each.near, result.protocol))
    if each.excluded:
        blocks.append(_near("Like the cases, but not used, and why", each.excluded, result.protocol))
    if each.later:
        rows = [
            (_arm_name(arm.arm), *_counted_by(arm.arm, result.protocol), _arm_rate(arm, level)) for arm in each.later
        ]
        headings = ["arm", "counted by", "month", "rate"]
        blocks.append(Table.of("Found later: shown, and never used", headings, rows, text=(0, 1, 3), page_only=True))
    return blocks


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


def _own_rows(result: StudyResult, each: Comparison) -> list[EstimateRow]:
    """The cases as they enter the comparison: the declared strategy, and all of them with the unknown left unknown."""
    rows = [row for row in of_estimand(result, each.estimand) if row.visit == each.visit]
    estimand = next((one for one in result.protocol.estimand if one.name == each.estimand), result.protocol.primary)
    wanted = (
        (declared_strategy(estimand), Missing.OBSERVED.value),
        (Strategy.TREATMENT_POLICY.value, Missing.BOUNDS.value),
    )
    found = [
        pick(rows, group=group, strategy=strategy, missing=missing)
        for group in groups_of(rows)
        for strategy, missing in wanted
    ]
    return list(dict.fromkeys(row for row in found if row is not None and row.lower is not None))


def _rule_and_month(arm: PublishedArm, protocol: Protocol) -> str:
    """By which rule an arm counted and when, short enough for one line of the drawing."""
    return f"{cut(protocol.rule(arm.definition_key), MOST_OF_A_RULE)}, {months(arm.month)}"


def _forest(result: StudyResult, each: Comparison, title: str) -> Figure | None:
    level = result.study.level
    own = _own_rows(result, each)
    several = len({row.group for row in own}) > 1
    rows = [_own(row, several=several) for row in own]
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
    table = Table.of("The numbers drawn", ["who", "rate"], [(row.name, row.words) for row in rows], text=(0, 1))
    alt = " ".join(f"{row.words}." for row in rows)
    kinds = {row.kind for row in rows}
    legend = tuple(mark for kind, mark in SIGNS if kind in kinds)
    return Figure(f"The cases beside published arms: {title}", alt, reading, (Panel("", forest(rows)),), table, legend)


SIGNS = (
    ("own", Mark("●", "the cases")),
    ("own range", Mark("▬", "the cases, a range")),
    ("arm", Mark("■", "a matching arm")),
    ("pooled", Mark("◆", "matching arms pooled")),
    ("near", Mark("□", "a near arm, not like the cases")),
    ("later", Mark("△", "found later", alert=True)),
)


def _own(row: EstimateRow, *, several: bool) -> ForestRow:
    group = f"{row.group}, " if several else ""
    label = f"These cases: {group}{row.strategy}, {row.missing}"
    words = f"{label}: {in_a_line(row)}"
    if is_range(row):
        return ForestRow("own range", label, words, None, row.lower, row.upper, row.outer_lower, row.outer_upper)
    return ForestRow("own", label, words, row.estimate, row.lower, row.upper)


def _arm(arm: ArmInterval, kind: str, result: StudyResult) -> ForestRow:
    name, detail = _arm_name(arm.arm), _rule_and_month(arm.arm, result.protocol)
    words = f"{name}, {detail}: {_arm_rate(arm, result.study.level)}"
    return ForestRow(
        "later" if kind == "later" else "arm", name, words, arm.estimate, arm.lower, arm.upper, detail=detail
    )


def _near_row(near: NearArm, protocol: Protocol) -> ForestRow:
    arm = near.arm
    name, detail = _arm_name(arm), _rule_and_month(arm, protocol)
    estimate = arm.responders / arm.n if arm.responders is not None and arm.n else (arm.percent or 0.0) / 100
    words = f"{name}, {detail}: {_rate(arm)}; not like the cases: {plain('; '.join(near.mismatches))}"
    return ForestRow("near", name, words, estimate, None, None, detail=detail)


def _pooled(pooled: PooledRate, level: float, people: int) -> ForestRow:
    label = f"{count(pooled.arms)} matching arms pooled"
    words = f"{label}: {share(pooled.estimate, people)} ({interval(level, pooled.lower, pooled.upper, people)})"
    low, high = pooled.prediction_lower, pooled.prediction_upper
    return ForestRow("pooled", label, words, pooled.estimate, pooled.lower, pooled.upper, low, high)


def _arm_name(arm: PublishedArm) -> str:
    return f"{arm.study_id} ({arm.year or 'no year'}), {arm.arm}"


def _counted_by(arm: PublishedArm, protocol: Protocol) -> tuple[str, str]:
    """The rule an arm counted by, as it is described, and the month."""
    return protocol.rule(arm.definition_key), "not stated" if arm.month is None else month(arm.month)


def _arm_rate(arm: ArmInterval, level: float) -> str:
    return f"{_rate(arm.arm)} ({interval(level, arm.lower, arm.upper, arm.arm.n or 0)}){_computed(arm.arm)}"


def _computed(arm: PublishedArm) -> str:
    return ", count computed from a printed percentage" if "computed" in str(arm.count_source) else ""


def _rate(arm: PublishedArm) -> str:
    if arm.responders is not None and arm.n:
        return f"{over(arm.responders, arm.n)} = {percent(arm.responders, arm.n)}"
    if arm.percent is not None:
        return f"{number(arm.percent)} %, no denominator given"
    return f"{DASH} (no count)"


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


def _near(caption: str, arms: Sequence[NearArm], protocol: Protocol) -> Table:
    rows = [
        (
            _arm_name(near.arm),
            *_counted_by(near.arm, protocol),
            f"{_rate(near.arm)}{_computed(near.arm)}",
            plain("; ".join(near.mismatches)),
        )
        for near in arms
    ]
    headings = ["arm", "counted by", "month", "rate", "what differs"]
    return Table.of(caption, headings, rows, text=(0, 1, 3, 4), folded=len(rows) > LONG, page_only=True)
