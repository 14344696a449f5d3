"""The first page: the stamp, the verdict, the question, and what the number a paper would print leaves out."""

from equipoise.domain.estimand import Missing, Strategy
from equipoise.domain.result import EstimateRow, StudyResult
from equipoise.report.parts import Block, Card, Cards, Crowd, Paragraph, People, Section, Terms, VerdictBlock
from equipoise.report.rows import (
    declared_strategy,
    event_words,
    group_size,
    group_words,
    groups_of,
    headline,
    of_estimand,
    pick,
    visits_of,
)
from equipoise.report.wording import (
    PROPORTION,
    count,
    counted,
    in_a_line,
    is_range,
    over,
    percent,
    plain,
    range_counts,
    range_words,
    sentence,
    short,
)

MOST_PEOPLE = 200
WRONG_FROM = 10
"""A headline that chose its people by what came after treatment, and so leaves out this percentage, is called wrong."""


def stamp(result: StudyResult) -> tuple[tuple[str, str], ...]:
    """When the protocol was written, and what was frozen."""
    return (
        ("Protocol written", result.study.written),
        ("Data cut", f"{result.cut.date or 'no calendar date'} · {short(result.cut.digest) or 'no digest'}"),
        ("Protocol", short(result.study.protocol_digest) or "no digest"),
    )


def verdict(result: StudyResult) -> Section:
    """The verdict as the rules found it."""
    said = result.verdict
    told = said.sentence.removeprefix(f"{said.word}:").strip()
    block = VerdictBlock(said.word, plain(sentence(told)), tuple(plain(sentence(reason)) for reason in said.reasons))
    return Section("verdict", "The answer", (block,), terminal=True)


def question(result: StudyResult) -> Section:
    """The question as declared: treatment, endpoint, events, and how each enters."""
    protocol = result.protocol
    primary = protocol.primary
    rows = of_estimand(result, primary.name)
    endpoint = rows[0].endpoint if rows else protocol.instrument_of(primary).label
    treatment = protocol.treatment
    start = (
        f"the first {treatment.procedure.replace('_', ' ')}; day 0 is its day"
        if treatment.procedure is not None
        else f"study day {treatment.index.day if treatment.index else 0} is day 0"
    )
    events = [event.name for event in protocol.intercurrent_event]
    terms = [
        ("Treatment", start),
        ("Endpoint", endpoint),
        ("Visits", ", ".join(f"{each.name} (day {each.window[0]} to {each.window[1]})" for each in protocol.visit)),
        ("Events that change what the answer means", ", ".join(events) or "none declared"),
        ("How they enter the primary question", declared_strategy(primary)),
    ]
    return Section("question", "The question", (Paragraph(result.study.question, "lead"), Terms(tuple(terms))))


def left_out(result: StudyResult) -> Section | None:
    """The largest published-looking reading beside the same people under the other strategies."""
    rows = of_estimand(result, result.protocol.primary.name)
    groups = groups_of(rows)
    heads = {group: _largest(result, group, visits_of(rows)) for group in groups}
    found = [row for group, row in heads.items() if row is not None and row.n < group_size(result, group)]
    if not found:
        return None
    most = max(found, key=lambda row: row.estimate or 0.0)
    blocks: list[Block] = [
        _people(result, most, groups),
        _cards(result, most, groups),
        Paragraph(_in_words(result, most, groups)),
    ]
    blocks.extend(_other_visits(result, most, rows, groups))
    blocks.extend(Paragraph(_in_words(result, row, groups)) for row in found if row is not most)
    return Section("headline", _heading(result, most), tuple(blocks), terminal=True)


def _largest(result: StudyResult, group: str, visits: tuple[str, ...]) -> EstimateRow | None:
    """The visit at which the headline is largest; of equals the first."""
    rows = [row for visit in visits if (row := headline(result, group, visit)) is not None]
    return max(rows, key=lambda row: row.estimate or 0.0, default=None)


def _heading(result: StudyResult, head: EstimateRow) -> str:
    number = percent(head.responders or 0, head.n)
    everyone = group_size(result, head.group)
    wrong = _by_event(result, head) and 100 * (everyone - head.n) >= WRONG_FROM * everyone
    return f"Why “{number}” is the wrong number" if wrong else f"What “{number}” leaves out"


def _selected(result: StudyResult, head: EstimateRow) -> str:
    """Whom the headline counts, in words, after "those"."""
    known = f"whose answer is known at {head.visit}"
    return f"who had no {event_words(result)} and {known}" if _by_event(result, head) else known


def _by_event(result: StudyResult, head: EstimateRow) -> bool:
    """Whether the headline chooses its people by what happened after treatment."""
    stratum = head.strategy == Strategy.PRINCIPAL_STRATUM.value
    return stratum and any(each.with_event or each.vague for each in result.incidence if each.group == head.group)


def _people(result: StudyResult, head: EstimateRow, groups: tuple[str, ...]) -> Block:
    everyone, yes = group_size(result, head.group), head.responders or 0
    out = everyone - head.n
    caption = f"{group_words(head.group, groups)}all {counted(everyone, 'case')} at {head.visit}"
    caption = caption[:1].upper() + caption[1:]
    if everyone > MOST_PEOPLE:
        return Paragraph(f"{caption}: {yes:,} yes, {head.n - yes:,} no, {out:,} left out of the headline.")
    crowds = (
        Crowd("yes", yes, "counted in the headline: yes"),
        Crowd("no", head.n - yes, "counted in the headline: no"),
        Crowd("left out", out, f"left out of the headline: {_why_out(result, head)}"),
    )
    return People(caption, tuple(crowd for crowd in crowds if crowd.number))


def _why_out(result: StudyResult, head: EstimateRow) -> str:
    if _by_event(result, head):
        return f"{event_words(result)}, or no answer known at {head.visit}"
    return f"no answer known at {head.visit}"


def _cards(result: StudyResult, head: EstimateRow, groups: tuple[str, ...]) -> Cards:
    yes, everyone = head.responders or 0, group_size(result, head.group)
    cards = [
        Card(
            percent(yes, head.n),
            f"{over(yes, head.n)}",
            f"The headline: only those {_selected(result, head)}.",
            headline=True,
        )
    ]
    failed = _row_like(result, head, Strategy.COMPOSITE_BY_END, Missing.NON_RESPONDER) or _row_like(
        result, head, Strategy.TREATMENT_POLICY, Missing.NON_RESPONDER
    )
    if failed is not None and failed.responders is not None and failed.estimate is not None:
        event = (
            f"{event_words(result)} at any time, or an unknown answer," if event_words(result) else "an unknown answer"
        )
        cards.append(
            Card(
                percent(failed.responders, failed.n),
                over(failed.responders, failed.n),
                f"The same people, with {event} counted as no.",
            )
        )
    ranged = _row_like(result, head, Strategy.TREATMENT_POLICY, Missing.BOUNDS)
    if ranged is not None and is_range(ranged):
        who = "Everyone treated" if len(groups) == 1 else f"Everyone in {head.group}"
        cards.append(
            Card(
                range_words(ranged),
                range_counts(ranged),
                f"{who}, all {everyone:,}, the unknown left unknown: all that can be said without an assumption.",
            )
        )
    return Cards(tuple(cards))


def _row_like(result: StudyResult, head: EstimateRow, strategy: Strategy, missing: Missing) -> EstimateRow | None:
    row = pick(
        of_estimand(result, head.estimand),
        group=head.group,
        visit=head.visit,
        strategy=strategy.value,
        missing=missing.value,
    )
    return row if row is not None and row.unit == PROPORTION else None


def _in_words(result: StudyResult, head: EstimateRow, groups: tuple[str, ...]) -> str:
    yes, everyone = head.responders or 0, group_size(result, head.group)
    prefix = group_words(head.group, groups)
    text = (
        f"The {percent(yes, head.n)} is {count(yes)} of the {count(head.n)} {_selected(result, head)}; "
        f"of all {everyone:,} it leaves out {everyone - head.n:,}."
    )
    if _by_event(result, head):
        text += " They were selected by what happened after treatment: those who did badly may be the ones missing."
    ranged = _row_like(result, head, Strategy.TREATMENT_POLICY, Missing.BOUNDS)
    if ranged is not None and is_range(ranged):
        text += f" Of all {everyone:,}, with nothing assumed, the answer is {in_a_line(ranged)}."
    return f"In {prefix.removesuffix(', ')}: {text}" if prefix else text


def _other_visits(
    result: StudyResult, head: EstimateRow, rows: tuple[EstimateRow, ...], groups: tuple[str, ...]
) -> list[Block]:
    blocks: list[Block] = []
    for visit in visits_of(rows):
        row = headline(result, head.group, visit)
        if row is None or visit == head.visit:
            continue
        ranged = _row_like(result, row, Strategy.TREATMENT_POLICY, Missing.BOUNDS)
        wide = f"; of all {group_size(result, row.group):,}, {in_a_line(ranged)}" if ranged is not None else ""
        blocks.append(Paragraph(f"At {visit} the headline is {in_a_line(row)}{wide}."))
    return blocks
