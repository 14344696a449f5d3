"""The flow of the cases: who entered, who went and why, and what became of each visit."""

import re

from equipoise.domain.cohort import AttritionRow
from equipoise.domain.result import GroupSize, StudyResult
from equipoise.report.parts import Block, Flow, Paragraph, Section, Step, Table
from equipoise.report.wording import count, counted, days, none_of, plain, sentence


def flow(result: StudyResult) -> Section:
    """Attrition as boxes, follow-up by group, the primary estimand's visits as a table."""
    steps = [_step(row) for row in result.attrition]
    ends = [_group_step(result, size) for size in result.groups if size.n or len(result.groups) > 1]
    blocks: list[Block] = []
    if steps or ends:
        blocks.append(Flow("From the case book to the answer", tuple(steps), tuple(ends)))
    else:
        blocks.append(Paragraph("No case was entered."))
    blocks.extend(_visits(result))
    blocks.extend(Paragraph(sentence(plain(note, quote=False)), "note") for note in result.notes)
    return Section("flow", "The flow of the cases", tuple(blocks), terminal=True)


def _step(row: AttritionRow) -> Step:
    aside = []
    silent = row.unknown and not row.unknown_kept
    if row.excluded and silent:
        charts = "the chart does" if row.unknown == 1 else "their charts do"
        of_them = f"{count(row.unknown)} of them " if row.unknown < row.excluded else ""
        aside.append(f"{count(row.excluded)} left here, {of_them}because {charts} not say")
    elif row.excluded:
        aside.append(f"{count(row.excluded)} left here")
    if row.unknown and row.unknown_kept:
        verb = "does" if row.unknown == 1 else "do"
        aside.append(f"{counted(row.unknown, 'chart')} {verb} not say: kept")
    column = re.sub(
        r"\b(cases|baseline)\.(?=[a-z])", lambda found: "baseline " if found[1] == "baseline" else "", row.criterion
    )
    criterion = plain(column, quote=False)
    return Step(count(row.remaining), re.sub(r"^not: ", "without ", criterion), tuple(aside))


def _group_step(result: StudyResult, size: GroupSize) -> Step:
    name = "in the analysis" if len(result.groups) == 1 else f"in {size.group}"
    median = size.follow_up_at_least_median_days
    if median is None:
        return Step(count(size.n), name, ("length of follow-up not stated",))
    aside = [_followed(result, size, median)]
    if size.follow_up_known < size.n:
        aside.append(f"end of follow-up known for {none_of(size.follow_up_known, size.n)}")
    return Step(count(size.n), name, tuple(aside))


def _followed(result: StudyResult, size: GroupSize, median: float) -> str:
    """Median and quartiles; in one number where they agree, and "all" only where every case is drawn and does too."""
    text = f"followed at least {days(median)}"
    first, third = size.follow_up_at_least_first_quartile_days, size.follow_up_at_least_third_quartile_days
    if first is None or third is None:
        return f"{text} (median)"
    if first != median or third != median:
        return f"{text} (median; quartiles {days(first)} and {days(third)})"
    mine = [line for line in result.timelines.drawn if len(result.groups) == 1 or line.group == size.group]
    everyone = len(mine) == size.n and all(line.follow_up_low >= median for line in mine)
    return f"all {text}" if everyone else f"{text} (median and both quartiles)"


def _visits(result: StudyResult) -> list[Block]:
    primary = result.protocol.primary.name
    rows = [row for row in result.flow if row.estimand == primary]
    if not rows:
        return []
    several = len({row.group for row in rows}) > 1
    body: list[tuple[str, ...]] = [
        (
            f"{row.group}, {row.visit}" if several else row.visit,
            count(row.n),
            count(row.known),
            count(row.unknown),
            count(row.not_reached),
            count(row.uncertain),
            count(row.outside),
        )
        for row in rows
    ]
    if all(line[-1] == "0" for line in body):
        body = [line[:-1] for line in body]
    headings = ["visit", "cases", "known", "unknown", "not yet reached", "vague date", "outside"]
    table = Table.of(f"What became of the answer at each visit: {primary}", headings[: len(body[0])], body)
    return [table]
