"""Cumulative incidence of events in two groups, in sentences and as a table."""

from equipoise.domain.difference_answer import Difference, EventDifference
from equipoise.report.contrasts import event_words, p_words
from equipoise.report.parts import Table
from equipoise.report.wording import DASH, WALD_DAYS, count, level_words, number, over, sentence, share


def event_said(each: Difference, row: EventDifference) -> str:
    """One event by its horizon: both groups, the difference, Gray's test."""
    own, other = _incidences(row)
    by = f"by day {count(row.horizon_day)}"
    gray = f"; Gray's test P {p_words(row.gray_p_value)}" if row.gray_p_value is not None else ""
    label = f" ({each.label})" if each.label else ""
    return sentence(f"{row.event} {by}: {each.group} {own}, {each.reference} {other}: {event_words(row)}{gray}{label}")


def _incidences(row: EventDifference) -> tuple[str, str]:
    if row.kind == "bounds":
        assert row.certain is not None
        assert row.possible is not None
        assert row.reference_certain is not None
        assert row.reference_possible is not None
        return (
            f"{over(row.certain, row.n)} to {over(row.possible, row.n)}",
            f"{over(row.reference_certain, row.reference_n)} to {over(row.reference_possible, row.reference_n)}",
        )
    if row.incidence is None or row.reference_incidence is None:
        return DASH, DASH
    return (
        f"{share(row.incidence, row.n)} of {count(row.n)}",
        f"{share(row.reference_incidence, row.reference_n)} of {count(row.reference_n)}",
    )


def events_table(each: Difference) -> Table:
    """Every event of a difference, a row each."""
    rows = [
        (
            row.event,
            f"day {count(row.horizon_day)}",
            *_incidences(row),
            event_words(row),
            _lost(row),
            p_words(row.gray_p_value),
        )
        for row in each.events
    ]
    headings = [
        "event",
        "by",
        each.group,
        each.reference,
        "difference",
        "mean days lost by then (limits approximate)",
        "P (Gray)",
    ]
    caption = "Cumulative incidence of events, the others competing" + (f" ({each.label})" if each.label else "")
    if any(row.days_lost_lower is not None for row in each.events):
        caption += f". {WALD_DAYS}"
    return Table.of(caption, headings, rows, page_only=True)


def _lost(row: EventDifference) -> str:
    if row.days_lost is None or row.reference_days_lost is None or row.days_lost_difference is None:
        return DASH
    limits = "no limits"
    if row.days_lost_lower is not None:
        limits = f"{level_words(row.level)} limits {number(row.days_lost_lower)} to {number(row.days_lost_upper)}"
    return (
        f"{number(row.days_lost)} and {number(row.reference_days_lost)}: {number(row.days_lost_difference)} ({limits})"
    )
