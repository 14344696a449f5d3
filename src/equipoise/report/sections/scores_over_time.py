"""Scores over time: what the mixed models say, in a sentence, a figure and tables to check."""

from collections.abc import Iterator, Sequence

from equipoise.domain.result import StudyResult
from equipoise.domain.scores_over_time_answer import LeastSquaresMean, ScoreContrast, ScoresOverTime
from equipoise.report.figures.scores import GROUP_SIGNS, MOST_GROUPS
from equipoise.report.figures.scores_over_time import model_chart
from equipoise.report.parts import Block, Figure, Heading, Mark, Panel, Paragraph, Section, Table
from equipoise.report.rows import direction_words, group_words
from equipoise.report.sections.scores_over_time_facts import facts
from equipoise.report.wording import (
    count,
    counted,
    interval_of_score,
    level_words,
    none_of,
    number,
    p_value,
    sentence,
)

AT_RANDOM = (
    "A mixed model uses every score at hand, also of cases seen at some visits only. What was not seen it takes as "
    "missing at random: like the scores of cases that are alike in everything the model knows. Nothing in these data "
    "can show whether that is so; the no-assumption range of the mean stands in the panel."
)
ONE_VISIT = (
    "There is one visit, so this is a linear model of the scores seen there. Cases without a score are taken as "
    "missing at random: like those that are alike in everything the model knows. The no-assumption range of the mean "
    "stands in the panel."
)


def scores_over_time(result: StudyResult) -> Section | None:
    """Every model the protocol asked for: its answer, or why there is none."""
    asked = result.protocol.scores_over_time
    if not asked:
        return None
    answered = {each.name: each for each in result.scores_over_time}
    blocks: list[Block] = []
    for declared in asked:
        if len(asked) > 1:
            blocks.append(Heading(declared.name))
        found = answered.get(declared.name)
        blocks += list(_model(found, result)) if found else _no_answer(result, declared.name)
    return Section("scores-over-time", "Scores over time", tuple(blocks), terminal=True)


def _no_answer(result: StudyResult, name: str) -> list[Block]:
    where = f"scores over time '{name}'"
    why = [
        f"{sentence(each.why)} Instead: {each.instead}." for each in result.sensitivity.refused if each.where == where
    ]
    return [Paragraph(f"The model '{name}' gave no answer. {' '.join(why)}", "warning")]


def _model(answer: ScoresOverTime, result: StudyResult) -> Iterator[Block]:
    yield Paragraph(f"{_lead(answer)} {direction_words(result, answer.estimand)}", "lead")
    between = _between_groups_in_words(answer)
    if between:
        yield Paragraph(between)
    yield Paragraph(_who(answer))
    for caution in answer.cautions:
        yield Paragraph(caution, "warning")
    yield Paragraph(ONE_VISIT if answer.covariance is None else AT_RANDOM, "note")
    yield _figure(answer)
    for kind, folded in (("between groups", False), ("between visits", len(answer.groups) > 1)):
        rows = [each for each in answer.contrasts if each.kind == kind]
        if rows:
            yield _contrasts(rows, answer, folded=folded)
    if answer.tests:
        yield _tests(answer)
    yield from facts(answer, result)


def _lead(answer: ScoresOverTime) -> str:
    """What the model says at the last visit."""
    last = answer.visits[-1]
    at = {mean.group: mean for mean in answer.means if mean.visit == last}
    several = len(answer.groups) > 1
    means = "; ".join(
        f"{group}: {_mean(mean, answer)}" if several else _mean(mean, answer) for group, mean in at.items()
    )
    text = f"{answer.endpoint}, at {last}, by the model: {means}. Strategy: {answer.strategy}."
    if any(_moved_from_baseline(mean, answer) for mean in at.values()):
        text += f" The mean baseline of those in the model is {number(answer.baseline_mean)}."
    moved = [each for each in answer.contrasts if each.kind == "between visits" and each.visit == last]
    if not several and moved:
        text += f" From {moved[0].against} to {last} it moved by {_difference(moved[0], answer)}."
    return text


def _mean(mean: LeastSquaresMean, answer: ScoresOverTime) -> str:
    said = f"{number(mean.estimate)} points ({interval_of_score(answer.level, mean.lower, mean.upper)})"
    return f"{said}, {number(mean.change)} from baseline" if _moved_from_baseline(mean, answer) else said


def _moved_from_baseline(mean: LeastSquaresMean, answer: ScoresOverTime) -> bool:
    """Whether the mean is a value with its baseline in the model, and not a change already."""
    return answer.baseline_mean is not None and mean.change is not None and mean.change != mean.estimate


def _difference(each: ScoreContrast, answer: ScoresOverTime) -> str:
    """To two decimals, as every difference of means: a small one is not told as nought."""
    limits = f"{level_words(answer.level)} CI {number(each.lower, 2)} to {number(each.upper, 2)}"
    return f"{number(each.estimate, 2)} points ({limits})"


def _between_groups_in_words(answer: ScoresOverTime) -> str:
    last = answer.visits[-1]
    rows = [each for each in answer.contrasts if each.kind == "between groups" and each.visit == last]
    if not rows:
        return ""
    said = "; ".join(f"{each.group}: {_difference(each, answer)}" for each in rows)
    return f"Each group less {rows[0].against}, at {last}: {said}."


def _who(answer: ScoresOverTime) -> str:
    text = (
        f"{sentence(none_of(answer.cases, answer.asked_about) + ' cases asked about are in the model')} They bring "
        f"{counted(answer.observations, 'score')}"
    )
    if len(answer.visits) > 1:
        text += f" at {counted(len(answer.visits), 'visit')}"
    if answer.left_out:
        text += f". Not in it: {'; '.join(f'{count(each.cases)} with {each.why}' for each in answer.left_out)}"
        if len(answer.left_out) > 1:
            text += " (a case may be told twice)"
    return f"{text}."


def _figure(answer: ScoresOverTime) -> Figure:
    groups = answer.groups
    alt = " ".join(
        f"{group_words(mean.group, groups)}{mean.visit}: model mean {number(mean.estimate)}, "
        f"{interval_of_score(answer.level, mean.lower, mean.upper)}, observed {number(mean.observed)}."
        for mean in answer.means
    )
    reading = "Filled signs are the model's means with their limits, hollow ones the means of the scores seen."
    if len(groups) > MOST_GROUPS:
        reading += f" The first {MOST_GROUPS} of {len(groups)} groups are drawn; the table has all."
    legend = (
        tuple(Mark(sign, group) for sign, group in zip(GROUP_SIGNS, groups, strict=False)) if len(groups) > 1 else ()
    )
    title = f"{answer.name}: {answer.endpoint}"
    return Figure(title, alt, reading, (Panel("", model_chart(answer)),), _means(answer), legend)


def _means(answer: ScoresOverTime) -> Table:
    with_change = any(_moved_from_baseline(each, answer) for each in answer.means)
    headings = ["visit", "scores", "observed mean", "model mean", f"{level_words(answer.level)} CI", "SE", "df"]
    rows = [
        [
            f"{group_words(mean.group, answer.groups)}{mean.visit}",
            count(mean.scores),
            number(mean.observed, 2),
            number(mean.estimate, 2),
            f"{number(mean.lower, 2)} to {number(mean.upper, 2)}",
            number(mean.standard_error, 2),
            number(mean.degrees_of_freedom),
            *((number(mean.change, 2),) if with_change else ()),
        ]
        for mean in answer.means
    ]
    return Table.of("Least-squares means", [*headings, *(["from mean baseline"] if with_change else [])], rows)


def _contrasts(rows: Sequence[ScoreContrast], answer: ScoresOverTime, *, folded: bool) -> Table:
    groups, kind = answer.groups, rows[0].kind
    body = [
        (
            f"{each.visit}, {each.group} less {each.against}"
            if kind == "between groups"
            else f"{group_words(each.group, groups)}{each.visit} less {each.against}",
            number(each.estimate, 2),
            f"{number(each.lower, 2)} to {number(each.upper, 2)}",
            number(each.standard_error, 2),
            number(each.degrees_of_freedom),
            number(each.t, 2),
            p_value(each.p_value),
        )
        for each in rows
    ]
    headings = ["difference", "estimate", f"{level_words(answer.level)} CI", "SE", "df", "t", "P"]
    return Table.of(f"Differences {kind}", headings, body, folded=folded, page_only=True)


def _tests(answer: ScoresOverTime) -> Table:
    rows = [
        (
            each.hypothesis,
            number(each.f, 2),
            f"{count(each.numerator)} and {number(each.denominator)}",
            p_value(each.p_value),
        )
        for each in answer.tests
    ]
    return Table.of("Several differences at once", ["hypothesis", "F", "df", "P"], rows, page_only=True)
