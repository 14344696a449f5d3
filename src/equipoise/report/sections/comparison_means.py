"""Means beside means: each matching arm's, those pooled, and the cases' own."""

from collections.abc import Iterator
from typing import Literal

from equipoise.domain.benchmark_answer import ArmMean, Comparison, PooledMean, Score
from equipoise.domain.instrument import Instrument
from equipoise.domain.published_mean import in_points
from equipoise.domain.result import StudyResult
from equipoise.report.figures.forest import ForestRow, forest
from equipoise.report.parts import Block, Figure, Panel, Paragraph, Table, drawn_marks
from equipoise.report.rows import direction_words
from equipoise.report.sections.own_rows import own_row, own_rows
from equipoise.report.sections.published_words import SIGNS, arm_name, mean_words, prints, rule_and_month
from equipoise.report.wording import (
    count,
    counted,
    level_words,
    number,
    p_value,
    plain,
    sentence,
    share,
)

MOST_NEAR_DRAWN = 8
OF: dict[Score, str] = {"value": "mean", "change": "mean change from baseline"}


def means(result: StudyResult, each: Comparison, title: str) -> Iterator[Block]:
    """The matching arms of a score, alone and pooled, beside the cases."""
    level = result.study.level
    if each.matched_means:
        rows = [(arm_name(arm.arm), mean_words(arm, level), _pooled_or_why(arm, each)) for arm in each.matched_means]
        yield Table.of("Matching arms", ["arm", "mean", "pooled"], rows, text=(0, 1, 2))
    if each.pooled_mean is not None:
        yield Paragraph(_pooled_words(each.pooled_mean, level))
    if each.matched_means:
        own = own_rows(result, each)
        several = len({row.group for row in own}) > 1
        yield from (Paragraph(sentence(own_row(row, several=several).words)) for row in own)
    drawn = _forest(result, each, title)
    if drawn is not None:
        yield drawn
    if each.matched_means:
        yield Paragraph(_how_to_read(result, each), "note")
    if each.later_means:
        later = [(arm_name(arm.arm), mean_words(arm, level)) for arm in each.later_means]
        yield Table.of("Found later: shown, and never used", ["arm", "mean"], later, text=(0, 1), page_only=True)


def _pooled_or_why(arm: ArmMean, each: Comparison) -> str:
    if arm.not_pooled is not None:
        return f"no: {arm.not_pooled}"
    return "yes" if each.pooled_mean is not None else "no: one mean is not pooled"


def _pooled_words(pooled: PooledMean, level: float) -> str:
    who = f"{count(pooled.arms)} means of {counted(pooled.people, 'patient')} pooled"
    how = f"{_limits(level, pooled.lower, pooled.upper)}; {pooled.method}, {pooled.interval_method}"
    text = f"{who}: {number(pooled.estimate, 2)} points ({how})."
    if pooled.prediction_lower is not None and pooled.prediction_upper is not None:
        low, high = number(pooled.prediction_lower, 2), number(pooled.prediction_upper, 2)
        text += f" The next such arm: {low} to {high} ({level_words(level)} prediction interval)."
    else:
        text += " Two arms give no prediction interval."
    return (
        f"{text} Between the arms: standard deviation {number(pooled.tau, 2)} points ({level_words(level)} CI "
        f"{number(pooled.tau_lower, 2)} to {number(pooled.tau_upper, 2)} by the Q-profile); "
        f"{share(pooled.i_squared, 100)} of the variation is between arms (I squared); P of no spread "
        f"{p_value(pooled.q_p)}."
    )


def _limits(level: float, lower: float, upper: float) -> str:
    return f"{level_words(level)} CI {number(lower, 2)} to {number(upper, 2)}"


def _how_to_read(result: StudyResult, each: Comparison) -> str:
    margin = f"{each.margin:g} point{'' if each.margin == 1 else 's'}"
    return (
        f"{direction_words(result, each.estimand)} The margin asked for is {margin}. Means side by side are no "
        "probability of being better: [[borrowing]] gives one. Nothing was done to make the patients alike."
    )


def _forest(result: StudyResult, each: Comparison, title: str) -> Figure | None:
    level, of = result.study.level, each.of
    assert of != "rate"
    estimand = next(one for one in result.protocol.estimand if one.name == each.estimand)
    instrument = result.protocol.instrument_of(estimand)
    own = own_rows(result, each)
    rows = [own_row(row, several=len({one.group for one in own}) > 1) for row in own]
    rows += [_arm(arm, "arm", result, level) for arm in each.matched_means]
    if each.pooled_mean is not None:
        rows.append(_pooled(each.pooled_mean, level))
    near = list(_near(result, each, of, instrument))
    rows += near[:MOST_NEAR_DRAWN]
    rows += [_arm(arm, "later", result, level) for arm in each.later_means]
    if len(rows) == len(own):
        return None
    reading = "Filled signs may be compared with each other; hollow ones differ in at least one way and are not pooled."
    if len(near) > MOST_NEAR_DRAWN:
        reading += f" The nearest {MOST_NEAR_DRAWN} of {len(near)} near means are drawn; the table has all."
    axis = f"{OF[of]}, in points of {instrument.label}"
    table = Table.of("The numbers drawn", ["who", "mean"], [(row.name, row.words) for row in rows], text=(0, 1))
    alt = " ".join(sentence(row.words) for row in rows)
    kinds = {row.kind for row in rows}
    legend = drawn_marks(*((mark, kind in kinds) for kind, mark in SIGNS))
    panels = (Panel("", forest(rows, points=axis)),)
    return Figure(f"The cases beside published means: {title}", alt, reading, panels, table, legend)


def _arm(arm: ArmMean, kind: Literal["arm", "later"], result: StudyResult, level: float) -> ForestRow:
    name, detail = arm_name(arm.arm), rule_and_month(arm.arm, result.protocol)
    words = f"{name}, {detail}: {mean_words(arm, level)}"
    return ForestRow(kind, name, words, arm.mean, arm.lower, arm.upper, detail=detail)


def _near(result: StudyResult, each: Comparison, of: Score, instrument: Instrument) -> Iterator[ForestRow]:
    """Near arms that print a mean of the same kind and the same score, at another time or of another role."""
    for near in each.near:
        arm, found = near.arm, in_points(near.arm, of, instrument)
        if found is None or arm.definition_key != each.definition:
            continue
        name, detail = arm_name(arm), rule_and_month(arm, result.protocol)
        words = f"{name}, {detail}: {prints(arm)}; not like the cases: {plain('; '.join(near.mismatches))}"
        yield ForestRow("near", name, words, found.mean, None, None, detail=detail)


def _pooled(pooled: PooledMean, level: float) -> ForestRow:
    label = f"{count(pooled.arms)} matching means pooled"
    words = f"{label}: {number(pooled.estimate, 2)} ({_limits(level, pooled.lower, pooled.upper)})"
    low, high = pooled.prediction_lower, pooled.prediction_upper
    return ForestRow("pooled", label, words, pooled.estimate, pooled.lower, pooled.upper, low, high)
