"""What was not seen, under named assumptions: what each believes, and the answers beside those that assume nothing."""

from collections.abc import Iterator, Sequence

from equipoise.domain.estimand import Assumption, Missing
from equipoise.domain.imputation_answer import ImputedQuestion
from equipoise.domain.result import EstimateRow, StudyResult
from equipoise.report.figures.contrast import ContrastRow, contrast_forest
from equipoise.report.figures.forest import ForestRow, forest
from equipoise.report.parts import (
    Block,
    Cell,
    Column,
    Figure,
    Items,
    Mark,
    Panel,
    Paragraph,
    RowGroup,
    Section,
    Table,
    drawn_marks,
)
from equipoise.report.row_words import PROPORTION, answer, in_a_line, is_range
from equipoise.report.rows import group_words, groups_of, pick, visits_of
from equipoise.report.sections.imputation_facts import differences, facts
from equipoise.report.wording import DASH, count, counted, sentence

LEAD = (
    "Some answers were not seen. An assumption says what they are taken to be, fills them in many times over, and "
    "carries that doubt into the limits. What was missed between two visits that were seen is always taken at random. "
    "No assumption below can be checked against these data; the bounds make none."
)
BELIEVES = {
    Assumption.MISSING_AT_RANDOM.value: "answer as those of the same group do who are alike in all the model knows",
    Assumption.RETURN_TO_BASELINE.value: "be back where they began, no effect being left; a yes-or-no answer is no",
    Assumption.JUMP_TO_REFERENCE.value: "go on from then as the reference group does",
    Assumption.COPY_REFERENCE.value: "answer as if they had been in the reference group from the beginning",
    Assumption.COPY_INCREMENTS_IN_REFERENCE.value: "keep what they had gained, and change from then on as the "
    "reference group does",
    Assumption.LAST_MEAN_CARRIED_FORWARD.value: "stay where their group was, on average, at the visit before",
}
"""What those unseen are taken to do."""
MOST_LINES = 24
Ways = list[tuple[str, list[EstimateRow]]]
"""The rows of a question by who answers."""
AS_SEEN, NO_ASSUMPTION = "as seen", "no assumption"
WIDER = (
    "With few cases, or nearly all alike, the limits of a rate that was filled in may reach beyond the outer limits of "
    "no assumption, since they pay for not knowing how much the completed tables differ. The outer limits hold "
    "whatever the unseen would have answered: where they are the narrower, read them."
)


def imputation(result: StudyResult) -> Section | None:
    """The assumptions in sentences, then a table and a figure for each question, then the differences."""
    if not result.imputations:
        return _only_refused(result)
    blocks: list[Block] = [Paragraph(LEAD), Items(tuple(_assumption(result, name) for name in _names(result)))]
    for estimand, strategy in dict.fromkeys((each.estimand, each.strategy) for each in result.imputations):
        mine = [each for each in result.imputations if (each.estimand, each.strategy) == (estimand, strategy)]
        blocks += _question(result, mine)
    blocks += differences(result)
    blocks += facts(result.imputations)
    if _refused(result):
        blocks.append(Paragraph("Some of it was refused; the reasons stand under “What was refused”.", "note"))
    return Section("imputation", "What was not seen, under named assumptions", tuple(blocks), terminal=True)


def _only_refused(result: StudyResult) -> Section | None:
    if not _refused(result):
        return None
    text = "Every imputation that was asked for was refused; the reasons stand under “What was refused”."
    return Section("imputation", "What was not seen, under named assumptions", (Paragraph(text),), terminal=True)


def _refused(result: StudyResult) -> bool:
    return any(" | imputation '" in each.where for each in result.sensitivity.refused)


def _names(result: StudyResult) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.name for each in result.imputations))


def _assumption(result: StudyResult, name: str) -> str:
    """What a section believes, in one sentence, and where it changed nothing."""
    mine = [each for each in result.imputations if each.name == name]
    each = mine[0]
    otherwise = BELIEVES[each.after_last_seen]
    if each.after_event is not None and each.after_event != each.after_last_seen:
        said = f"those unseen after an event are taken to {BELIEVES[each.after_event]}; others unseen, to {otherwise}"
    else:
        said = f"those unseen are taken to {otherwise}"
    if each.missing.endswith(", shifted"):
        said += "; what is filled in is then shifted as the protocol says"
    reference = f" (the reference is {each.reference})" if "reference" in each.missing else ""
    return " ".join([sentence(f"{name}: {said}{reference}"), *_remarks(mine)])


def _remarks(mine: Sequence[ImputedQuestion]) -> Iterator[str]:
    """Where an assumption was idle, or had nothing to go by."""
    idle = [each for each in mine if each.nothing_missing]
    if idle:
        where = "" if len(idle) == len(mine) else f" of {_questions(idle)}"
        yield f"Nothing{where} was missing, so the answer is the one that was seen."
    alone = [
        each for each in mine if each.nothing_to_predict_from and not each.nothing_missing and not each.assumed_cells
    ]
    if alone:
        where = "" if len(alone) == len(mine) else f" (of {_questions(alone)})"
        yield (
            f"Nobody unseen{where} was seen at another visit, and no covariate is named: with nothing to predict from, "
            "the assumption repeats what was seen of the others, and adds doubt."
        )


def _questions(which: Sequence[ImputedQuestion]) -> str:
    return "; ".join(f"{each.estimand}, {each.strategy}" for each in which)


def _question(result: StudyResult, mine: Sequence[ImputedQuestion]) -> Iterator[Block]:
    """One question: every assumption between what was seen and the bounds, visit by visit."""
    first = mine[0]
    beside = [row for row in result.estimates if (row.estimand, row.strategy) == (first.estimand, first.strategy)]
    ways = _ways(beside, mine)
    places = [(group, visit) for group in groups_of(beside) for visit in visits_of(beside)]
    lines = [(group, visit, name, row) for group, visit in places for name, row in _of_place(ways, group, visit)]
    table = _table(first, ways, places, groups_of(beside))
    drawn = [line for line in lines[:MOST_LINES] if line[3].lower is not None]
    yield from _wider_than_bounds(ways, places, groups_of(beside))
    if not drawn:
        yield table
        return
    reading = "Each visit from what was seen, through the assumptions, to the range that assumes nothing."
    if len(lines) > MOST_LINES:
        reading += f" The first {MOST_LINES} of {len(lines)} lines are drawn; the table has all."
    alt = " ".join(f"{group}, {visit}, {name}: {in_a_line(row)}." for group, visit, name, row in drawn)
    panel = Panel("", _drawn(drawn, groups_of(beside)))
    yield Figure(f"{first.estimand}; {first.strategy}", alt, reading, (panel,), table, _legend(drawn), wide=True)


def _legend(drawn: Sequence[tuple[str, str, str, EstimateRow]]) -> tuple[Mark, ...]:
    ranges = [row for *_, row in drawn if is_range(row)]
    dashed = ", its outer limits dashed" if any(row.outer_lower is not None for row in ranges) else ""
    return drawn_marks(
        (Mark("●", "with its interval"), len(ranges) < len(drawn)),
        (Mark("▬", f"a range: no assumption{dashed}"), bool(ranges)),
    )


def _wider_than_bounds(ways: Ways, places: Sequence[tuple[str, str]], groups: Sequence[str]) -> Iterator[Paragraph]:
    """Told where few degrees of freedom make the limits of a rate wider than those that assume nothing."""
    bounds = dict(ways).get(NO_ASSUMPTION, [])
    wider = [
        f"{group_words(group, groups)}{visit} ({name})"
        for group, visit in places
        for name, row in _of_place(ways, group, visit)
        if row.unit == PROPORTION and row.unknown and name not in (AS_SEEN, NO_ASSUMPTION)
        if (outer := pick(bounds, group=group, visit=visit)) is not None and _reaches_beyond(row, outer)
    ]
    if wider:
        yield Paragraph(f"{WIDER} So at {'; '.join(wider)}.", "note")


def _reaches_beyond(row: EstimateRow, outer: EstimateRow) -> bool:
    if row.lower is None or row.upper is None or outer.outer_lower is None or outer.outer_upper is None:
        return False
    return row.lower < outer.outer_lower or row.upper > outer.outer_upper


def _ways(beside: Sequence[EstimateRow], mine: Sequence[ImputedQuestion]) -> Ways:
    """The rows of a question by who answers: what was seen, each assumption by its name, no assumption."""
    seen = [row for row in beside if row.missing == Missing.OBSERVED.value]
    bounds = [row for row in beside if row.missing == Missing.BOUNDS.value]
    named = [(each.name, _rows_of(each, beside)) for each in mine]
    return [(name, rows) for name, rows in ((AS_SEEN, seen), *named, (NO_ASSUMPTION, bounds)) if rows]


def _rows_of(each: ImputedQuestion, beside: Sequence[EstimateRow]) -> list[EstimateRow]:
    """The rows an answer gave: those of its words whose number is its own."""
    own = {(one.group, one.visit): one for one in each.quantities if one.kind != "difference"}
    return [
        row
        for row in beside
        if row.missing == each.missing
        and (one := own.get((row.group, row.visit))) is not None
        and (row.estimate, row.lower, row.n) == (one.estimate, one.lower, one.n)
    ]


def _of_place(ways: Ways, group: str, visit: str) -> Iterator[tuple[str, EstimateRow]]:
    for name, rows in ways:
        row = pick(rows, group=group, visit=visit)
        if row is not None:
            yield name, row


def _table(first: ImputedQuestion, ways: Ways, places: Sequence[tuple[str, str]], groups: Sequence[str]) -> Table:
    columns = (Column("visit"), *(Column(name, numeric=True) for name, _ in ways))
    rows = tuple(
        (
            Cell(f"{group_words(group, groups)}{visit}"),
            *(_cell(pick(mine, group=group, visit=visit)) for _, mine in ways),
        )
        for group, visit in places
    )
    return Table(f"{first.estimand}, {first.strategy}", columns, (RowGroup(rows),))


def _cell(row: EstimateRow | None) -> Cell:
    """A number with who is behind it; the method stands once, with the facts."""
    if row is None:
        return Cell(DASH, "not asked at this visit")
    return Cell(*answer(row))


def _who(row: EstimateRow) -> str:
    """Who is behind a line; what was seen leaves the unseen out."""
    if row.missing == Missing.OBSERVED.value:
        return f"{count(row.n)} seen, {count(row.unknown)} left out"
    return f"{counted(row.n, 'case')}, {count(row.unknown)} not seen"


def _drawn(lines: Sequence[tuple[str, str, str, EstimateRow]], groups: Sequence[str]) -> dict[str, object]:
    """Rates on the axis of percentages, means on one of points."""
    named = [(f"{group_words(group, groups)}{visit}: {name}", row) for group, visit, name, row in lines]
    if lines[0][3].unit == PROPORTION:
        return forest(
            [
                ForestRow(
                    kind="own range" if is_range(row) else "own",
                    label=label,
                    words=f"{label}: {in_a_line(row)}",
                    estimate=row.estimate,
                    lower=row.lower,
                    upper=row.upper,
                    outer_lower=row.outer_lower,
                    outer_upper=row.outer_upper,
                    detail=_who(row),
                )
                for label, row in named
            ]
        )
    return contrast_forest(
        [
            ContrastRow(
                label=label,
                detail=_who(row),
                words=f"{label}: {in_a_line(row)}",
                estimate=row.estimate,
                lower=row.lower,
                upper=row.upper,
                outer_lower=row.lower if is_range(row) else None,
                outer_upper=row.upper if is_range(row) else None,
            )
            for label, row in named
        ],
        scale="difference",
        title="points",
        about_nought="change" in lines[0][3].endpoint,
    )
