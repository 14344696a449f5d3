"""Safety: cases with an event and events are two columns, and nothing known is not the same as none."""

from fractions import Fraction

from equipoise.domain.result import SafetyRow, StudyResult
from equipoise.report.parts import Block, Paragraph, Section, Table
from equipoise.report.wording import DASH, count, counted, half_up, level_words, limit, none_of, number, percent

ANY = "any adverse event"


def safety(result: StudyResult) -> Section:
    """Harms by term and group."""
    if not result.safety.recorded:
        text = (
            "The case book has no table of adverse events: nothing is known about harms. "
            "That is not the same as no harm."
        )
        return Section("safety", "Safety", (Paragraph(text, "warning"),), terminal=True)
    rows = result.safety.rows
    if not rows:
        return Section("safety", "Safety", (Paragraph("There is no case to look for harms in."),), terminal=True)
    several = len({row.group for row in rows}) > 1
    blocks: list[Block] = [
        Paragraph(_in_words(row, result.study.level, several=several)) for row in rows if row.term == ANY
    ]
    blocks.append(_asked(result))
    blocks.append(_table(rows, result.study.level, several=several))
    return Section("safety", "Safety", tuple(blocks), terminal=True)


def _asked(result: StudyResult) -> Paragraph:
    harms = result.protocol.conduct.harms
    if harms == "solicited":
        return Paragraph("Harms were asked for, not only volunteered.")
    if harms == "volunteered":
        return Paragraph("Harms were volunteered, not asked for: their number is a lower bound.", "warning")
    return Paragraph("Whether harms were asked for or only volunteered is not stated.", "warning")


def _in_words(row: SafetyRow, level: float, *, several: bool) -> str:
    prefix = f"{row.group}: " if several else ""
    if row.n == 0:
        return f"{prefix}no case."
    if row.events_high == 0:
        text = f"{prefix}An adverse event was recorded in {none_of(0, row.n)}"
        if row.upper is not None:
            one_sided = f"one-sided {level_words(level)} limit"
            text += (
                f"; among {counted(row.n, 'case')} that still allows up to {limit(row.upper, row.n)} % ({one_sided})"
            )
        return f"{text}."
    low, high = row.cases_with_event, row.cases_high
    word = "CI" if low == high else "limits"
    limits = f"; {level_words(level)} {word} {_limits(row).removesuffix(' %')}" if row.lower is not None else ""
    if low == high:
        return f"{prefix}An adverse event was recorded in {none_of(low, row.n)} ({percent(low, row.n)}{limits})."
    shares = f"{percent(low, row.n)} to {percent(high, row.n)}{limits}"
    return f"{prefix}An adverse event was recorded in {count(low)} to {count(high)} of {count(row.n)} ({shares})."


def _table(rows: tuple[SafetyRow, ...], level: float, *, several: bool) -> Table:
    body = [
        (
            f"{row.group}: {row.term}" if several else row.term,
            _span(row.cases_with_event, row.cases_high, row.n),
            _limits(row),
            f"{count(row.events)}"
            if row.events == row.events_high
            else f"{count(row.events)} to {count(row.events_high)}",
            _years(row),
            _per_case(row),
            _rate(row),
        )
        for row in rows
    ]
    headings = [
        "event",
        "cases with it",
        f"{level_words(level)} limits",
        "events",
        "person-years",
        "events per case",
        f"per person-year ({level_words(level)} limits)",
    ]
    return Table.of("Adverse events", headings, body, page_only=True)


def _span(low: int, high: int, of: int) -> str:
    if of == 0:
        return f"{DASH} (no case)"
    if low == high:
        return f"{count(low)}/{count(of)} = {percent(low, of)}"
    return f"{count(low)}/{count(of)} to {count(high)}/{count(of)} = {percent(low, of)} to {percent(high, of)}"


def _limits(row: SafetyRow) -> str:
    if row.upper is None:
        return f"{DASH} (no case)"
    if row.lower is None:
        return f"at most {limit(row.upper, row.n)} % (one-sided)"
    return f"{limit(row.lower, row.n)} to {limit(row.upper, row.n)} %"


def _years(row: SafetyRow) -> str:
    if row.person_years_low is None:
        return f"{DASH} (follow-up not stated)"
    if row.person_years_high is None:
        return f"{number(row.person_years_low)} at least"
    low, high = number(row.person_years_low), number(row.person_years_high)
    return low if low == high else f"{low} to {high}"


def _per_case(row: SafetyRow) -> str:
    if row.n == 0:
        return f"{DASH} (no case)"
    low, high = (half_up(Fraction(events, row.n), 2) for events in (row.events, row.events_high))
    return low if low == high else f"{low} to {high}"


def _rate(row: SafetyRow) -> str:
    if row.rate_lower is None and row.rate_upper is None:
        return f"{DASH} (no person-time)"
    limits = (
        f"at most {number(row.rate_upper, 3)}"
        if row.rate_lower is None
        else f"at least {number(row.rate_lower, 3)}"
        if row.rate_upper is None
        else f"{number(row.rate_lower, 3)} to {number(row.rate_upper, 3)}"
    )
    rate = _rate_words(row)
    return f"{rate} ({limits})" if rate else limits


def _rate_words(row: SafetyRow) -> str:
    """The rate, or its range over the person-years; empty where it has none."""
    if row.rate_per_person_year is not None:
        return number(row.rate_per_person_year, 3)
    if row.rate_high is None:
        return ""
    if row.rate_low is None:
        return f"at most {number(row.rate_high, 3)}" if row.rate_high else number(0.0, 3)
    low, high = number(row.rate_low, 2), number(row.rate_high, 2)
    if low == high:
        low, high = number(row.rate_low, 3), number(row.rate_high, 3)
    return low if low == high else f"{low} to {high}"
