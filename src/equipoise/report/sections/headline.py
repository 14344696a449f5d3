"""What the number a paper would print leaves out: the same people under the other strategies, and everybody."""

from equipoise.domain.estimand import Missing, Strategy
from equipoise.domain.result import EstimateRow, StudyResult, VisitFlow
from equipoise.report.parts import Block, Card, Cards, Crowd, Paragraph, People, Section
from equipoise.report.row_words import PROPORTION, in_a_line, is_range, range_counts, range_words
from equipoise.report.rows import (
    event_words,
    given_together,
    group_size,
    groups_of,
    headline,
    of_estimand,
    pick,
    visits_of,
)
from equipoise.report.wording import (
    count,
    over,
    percent,
)

MOST_PEOPLE = 200
WRONG_FROM = 10
"""A headline that chose its people by what came after treatment, and so leaves out this percentage, is called wrong."""


def left_out(result: StudyResult) -> Section | None:
    """The reading a paper would print beside the same people under the other strategies; a line for each of several."""
    rows = of_estimand(result, result.protocol.primary.name)
    groups = groups_of(rows)
    heads = [row for group in groups if (row := _chosen(result, group, visits_of(rows))) is not None]
    if all(row.n >= group_size(result, row.group) for row in heads):
        return None
    if len(groups) > 1:
        lines = tuple(Paragraph(f"In {row.group}: {_in_words(result, row)}") for row in heads)
        return Section("headline", "What each group's headline leaves out", lines, terminal=True)
    (head,) = heads
    blocks: list[Block] = [_people(result, head), _cards(result, head), Paragraph(_in_words(result, head))]
    blocks.extend(_other_visits(result, head, rows))
    return Section("headline", _heading(result, head), tuple(blocks), terminal=True)


def _chosen(result: StudyResult, group: str, visits: tuple[str, ...]) -> EstimateRow | None:
    """The headline at the earliest visit that at least half of the group has reached; else at the earliest."""
    rows = [row for visit in visits if (row := headline(result, group, visit)) is not None]
    half = [row for row in rows if 2 * _waiting(result, row) <= group_size(result, group)]
    return next(iter(half or rows), None)


def _waiting(result: StudyResult, head: EstimateRow) -> int:
    """How many of those left out have not reached the visit yet."""
    place = (head.estimand, head.group, head.visit)
    flow: VisitFlow | None = next((f for f in result.flow if (f.estimand, f.group, f.visit) == place), None)
    left = max(group_size(result, head.group) - head.n, 0)
    return 0 if flow is None else min(flow.not_reached, left)


def _heading(result: StudyResult, head: EstimateRow) -> str:
    number = percent(head.responders or 0, head.n)
    return f"Why “{number}” is the wrong number" if _wrong(result, head) else f"What “{number}” leaves out"


def _wrong(result: StudyResult, head: EstimateRow) -> bool:
    """Whether the headline is called wrong: see ``WRONG_FROM``."""
    reached = group_size(result, head.group) - _waiting(result, head)
    return _selected_later(result, head) and 100 * (reached - head.n) >= WRONG_FROM * reached


def _selected(result: StudyResult, head: EstimateRow) -> str:
    """Whom the headline counts, in words, after "those"."""
    known = f"whose answer is known at {head.visit}"
    if not _by_event(result, head):
        return known
    without = "were given no" if given_together(result) else "had no"
    return f"who {without} {event_words(result)} and {known}"


def _by_event(result: StudyResult, head: EstimateRow) -> bool:
    """Whether the headline leaves out those with an event."""
    stratum = head.strategy == Strategy.PRINCIPAL_STRATUM.value
    return stratum and any(each.with_event or each.vague for each in result.incidence if each.group == head.group)


def _selected_later(result: StudyResult, head: EstimateRow) -> bool:
    """Whether the headline chooses its people by what happened after treatment, not by what was given."""
    return _by_event(result, head) and not given_together(result)


def _people(result: StudyResult, head: EstimateRow) -> Block:
    everyone, yes, waiting = group_size(result, head.group), head.responders or 0, _waiting(result, head)
    out = everyone - head.n - waiting
    caption = f"{'The one case' if everyone == 1 else f'All {everyone:,} cases'} at {head.visit}"
    if everyone > MOST_PEOPLE:
        later = f", {waiting:,} not yet at this visit" if waiting else ""
        return Paragraph(f"{caption}: {yes:,} yes, {head.n - yes:,} no, {out:,} left out of the headline{later}.")
    crowds = (
        Crowd("yes", yes, "counted in the headline: yes"),
        Crowd("no", head.n - yes, "counted in the headline: no"),
        Crowd("left out", out, f"left out of the headline: {_why_out(result, head)}"),
        Crowd("not yet reached", waiting, "not yet reached this visit"),
    )
    return People(caption, tuple(crowd for crowd in crowds if crowd.number))


def _why_out(result: StudyResult, head: EstimateRow) -> str:
    if _by_event(result, head):
        together = " given with the treatment" if given_together(result) else ""
        return f"{event_words(result)}{together}, or no answer known at {head.visit}"
    return f"no answer known at {head.visit}"


def _cards(result: StudyResult, head: EstimateRow) -> Cards:
    yes = head.responders or 0
    says = f"The headline{_strategy_named(head)}: only those {_selected(result, head)}."
    cards = [Card(percent(yes, head.n), over(yes, head.n), says, headline=True, wrong=_wrong(result, head))]
    failed = _row_like(result, head, Strategy.COMPOSITE_BY_END, Missing.NON_RESPONDER) or _row_like(
        result, head, Strategy.TREATMENT_POLICY, Missing.NON_RESPONDER
    )
    if failed is not None and failed.responders is not None and failed.estimate is not None:
        numbers = percent(failed.responders, failed.n), over(failed.responders, failed.n)
        cards.append(Card(*numbers, _failed_words(result, failed)))
    ranged = _row_like(result, head, Strategy.TREATMENT_POLICY, Missing.BOUNDS)
    if ranged is not None and is_range(ranged):
        everyone = group_size(result, head.group)
        says = (
            f"Everyone treated, {'one case' if everyone == 1 else f'all {everyone:,}'}, the unknown left unknown: all "
            "that can be said without an assumption."
        )
        cards.append(Card(range_words(ranged), range_counts(ranged), says))
    return Cards(tuple(cards))


def _strategy_named(head: EstimateRow) -> str:
    """The headline is the principal stratum's unless it says otherwise."""
    return "" if head.strategy == Strategy.PRINCIPAL_STRATUM.value else f" ({head.strategy})"


def _failed_words(result: StudyResult, failed: EstimateRow) -> str:
    """Who counts as no on the second card, and of whom, where not all have reached the visit."""
    event, everyone = event_words(result), group_size(result, failed.group)
    if failed.strategy != Strategy.COMPOSITE_BY_END.value or not event:
        counted_no = "an unknown answer"
    else:
        counted_no = f"{event}{'' if given_together(result) else ' at any time'}, or an unknown answer,"
    who = "The same people"
    if failed.n < everyone:
        had_event = " or had an event" if failed.n > everyone - _waiting(result, failed) else ""
        who += f", of the {'one' if failed.n == 1 else f'{failed.n:,}'} who had reached it{had_event}"
    return f"{who}, with {counted_no} counted as no."


def _row_like(result: StudyResult, head: EstimateRow, strategy: Strategy, missing: Missing) -> EstimateRow | None:
    row = pick(
        of_estimand(result, head.estimand),
        group=head.group,
        visit=head.visit,
        strategy=strategy.value,
        missing=missing.value,
    )
    return row if row is not None and row.unit == PROPORTION else None


def _in_words(result: StudyResult, head: EstimateRow) -> str:
    yes, everyone, waiting = head.responders or 0, group_size(result, head.group), _waiting(result, head)
    of = "the one case" if head.n == 1 else f"{count(yes)} of the {count(head.n)}"
    text = f"The {percent(yes, head.n)}{_strategy_named(head)} is {of} {_selected(result, head)}; "
    text += f"of all {everyone:,} it leaves out {everyone - head.n:,}" if head.n < everyone else "it leaves out nobody"
    text += f", {waiting:,} of whom had not yet reached this visit." if waiting else "."
    if _selected_later(result, head):
        text += " They were selected by what happened after treatment: those who did badly may be the ones missing."
    elif _by_event(result, head):
        text += " Who they are was settled by what was given, on day 0, not by what came later."
    ranged = _row_like(result, head, Strategy.TREATMENT_POLICY, Missing.BOUNDS)
    if ranged is not None and is_range(ranged):
        of_all = f"Of all {everyone:,}, with" if everyone > 1 else "With"
        text += f" {of_all} nothing assumed, the answer is {in_a_line(ranged)}."
    return text


def _other_visits(result: StudyResult, head: EstimateRow, rows: tuple[EstimateRow, ...]) -> list[Block]:
    blocks: list[Block] = []
    for visit in visits_of(rows):
        row = headline(result, head.group, visit)
        if row is None or visit == head.visit:
            continue
        ranged = _row_like(result, row, Strategy.TREATMENT_POLICY, Missing.BOUNDS)
        wide = f"; of all {group_size(result, row.group):,}, {in_a_line(ranged)}" if ranged is not None else ""
        blocks.append(Paragraph(f"At {visit} the headline{_strategy_named(row)} is {in_a_line(row)}{wide}."))
    return blocks
