"""The control rate a reader would have to assume before the verdict would turn."""

from collections.abc import Sequence
from dataclasses import replace

from equipoise.domain.control_rate_answer import ControlRateToAssume
from equipoise.domain.result import StudyResult
from equipoise.report.figures.control_rate import RateLine, rate_lines
from equipoise.report.parts import Block, Figure, Items, Mark, Panel, Paragraph, Section, Table
from equipoise.report.wording import number, over, share

MOST_DRAWN = 12
MOST_SAID = 6
NONE = "no control rate would do"


def control_rates(result: StudyResult) -> Section | None:
    """One line a visit and reading, those with the same numbers together."""
    rows = _together(result.control_rates)
    if not rows:
        return None
    primary = result.protocol.primary.name
    said = [_sentence(row, rows) for row in rows if row.estimand == primary][:MOST_SAID]
    blocks: list[Block] = [
        Paragraph(_lead(result), "lead"),
        Items(tuple(said)),
        _figure(rows),
        _table(rows),
        Paragraph(
            "As if the control rate were known without doubt; one that has to be estimated asks more of the cases. The "
            "sceptical prior does not believe a large effect over a very low control rate, hence the lower ends. Cases "
            "that have not reached the visit are left out.",
            "note",
        ),
    ]
    heading = "Which control rate would one have to assume?"
    return Section("control-rate", heading, tuple(blocks), terminal=True)


def _together(rows: Sequence[ControlRateToAssume]) -> list[ControlRateToAssume]:
    """Readings whose numbers are the same, as one row that names them all."""
    merged: dict[ControlRateToAssume, list[str]] = {}
    for row in rows:
        merged.setdefault(replace(row, strategy=""), []).append(row.strategy)
    return [replace(row, strategy=" and ".join(strategies)) for row, strategies in merged.items()]


def _lead(result: StudyResult) -> str:
    rows = result.control_rates
    by = " or ".join(sorted({_margin(row) for row in rows}))
    sure = share(rows[0].sure, 1000)
    alone = not any(each.matched for each in result.comparisons)
    without = "No like control was published, so a reader has to bring one. " if alone else ""
    return (
        f"{without}These are the control rates at which the cases would be sure ({sure} or more, under both priors) to "
        f"be better by {by} percentage points, or sure not to be."
    )


def _margin(row: ControlRateToAssume) -> str:
    return number(100 * row.margin).removesuffix(".0")


def _who(row: ControlRateToAssume, rows: Sequence[ControlRateToAssume]) -> str:
    """The visit and the reading, with what tells the row from the others."""
    parts = [row.visit]
    for name in ("estimand", "group"):
        if len({getattr(each, name) for each in rows}) > 1:
            parts.insert(0, getattr(row, name))
    if len({each.margin for each in rows}) > 1:
        parts.append(f"margin {_margin(row)} points")
    return ", ".join(parts)


def _counts(row: ControlRateToAssume) -> str:
    low, high = over(row.responders_low, row.n), over(row.responders_high, row.n)
    return low if low == high else f"{low} to {high}"


def _stretch(low: float | None, high: float | None, n: int) -> str:
    if low is None or high is None:
        return NONE
    first, last = share(low, n), share(high, n)
    if last == "0 %":
        return "below 1 %"
    return f"up to {last}" if first == "0 %" else first if first == last else f"{first} to {last}"


def _sentence(row: ControlRateToAssume, rows: Sequence[ControlRateToAssume]) -> str:
    """What a reader would have to assume, at one visit."""
    n, vague = row.n, row.responders_low != row.responders_high
    better = _at(row.better_from, row.better_to, n)
    not_better = f"from {share(row.not_better_from, n)} on"
    if vague:
        better += f" ({_at(row.better_if_yes_from, row.better_if_yes_to, n)} were every unknown answer a yes)"
        not_better += f" (from {share(row.not_better_if_no_from, n)} on were every unknown answer a no)"
    who = f"{_who(row, rows)}, {row.strategy}, {_counts(row)} better"
    return f"{who}: surely better {better}; surely not better by the margin {not_better}."


def _at(low: float | None, high: float | None, n: int) -> str:
    stretch = _stretch(low, high, n)
    return "at no control rate" if stretch == NONE else f"at {stretch}" if stretch[0].isdigit() else stretch


def _table(rows: Sequence[ControlRateToAssume]) -> Table:
    told = [
        (
            _who(row, rows),
            row.strategy,
            _counts(row),
            _stretch(row.better_from, row.better_to, row.n),
            _stretch(row.better_if_yes_from, row.better_if_yes_to, row.n),
            _stretch(0.0, row.jeffreys_better_to, row.n),
            f"from {share(row.not_better_from, row.n)}",
            f"from {share(row.not_better_if_no_from, row.n)}",
        )
        for row in rows
    ]
    headings = [
        "visit",
        "reading",
        "better of all",
        "surely better",
        "were the unknown all yes",
        "surely better, Jeffreys prior alone",
        "surely not better",
        "were the unknown all no",
    ]
    caption = "Control rates at which the verdict would turn"
    return Table.of(caption, headings, told, text=(0, 1), folded=len(rows) > MOST_DRAWN, page_only=True)


def _figure(rows: Sequence[ControlRateToAssume]) -> Figure:
    drawn = [
        RateLine(
            label=f"{_who(row, rows)}, {row.strategy}",
            words=_sentence(row, rows),
            better=_ends(row.better_from, row.better_to),
            better_if_yes=_ends(row.better_if_yes_from, row.better_if_yes_to),
            not_better=(row.not_better_from, 1.0),
            not_better_if_no=(row.not_better_if_no_from, 1.0),
        )
        for row in rows[:MOST_DRAWN]
    ]
    reading = (
        "Where no full stroke lies the cases settle nothing while the unknown stays unknown, even were that control "
        "rate known to be true."
    )
    if len(rows) > MOST_DRAWN:
        reading += f" The first {MOST_DRAWN} of {len(rows)} are drawn; the table has all."
    legend = (
        Mark("▬", "surely better, whatever the unknown"),
        Mark("╌", "surely better, were every unknown answer a yes"),
        Mark("▬", "surely not better by the margin, whatever the unknown", alert=True),
        Mark("╌", "surely not better, were every unknown answer a no", alert=True),
    )
    told = [(line.label, line.words) for line in drawn]
    table = Table.of("The stretches drawn", ["line", "what it says"], told, text=(0, 1))
    title = "The verdict, by the control rate one assumes"
    return Figure(
        title, " ".join(line.words for line in drawn), reading, (Panel("", rate_lines(drawn)),), table, legend
    )


def _ends(low: float | None, high: float | None) -> tuple[float, float] | None:
    return None if low is None or high is None else (low, high)
