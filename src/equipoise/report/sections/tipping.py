"""The tipping grids: what one would have to believe, a map of every reading of the unseen, the line where it flips."""

from collections.abc import Collection, Iterator, Sequence

from equipoise.domain.result import TippingPoint
from equipoise.domain.tipping_answer import TippingCell, TippingFlip, TippingMap
from equipoise.report.figures.tipping import Along, tipping_line, tipping_map
from equipoise.report.parts import Block, Figure, Heading, Mark, Panel, Paragraph, Table, drawn_marks
from equipoise.report.rows import EVERYONE
from equipoise.report.sections.tipping_words import cell_words, conclusion, deviation, of_group, what_tips
from equipoise.report.wording import count, interval, none_of, over, percent, share

MOST_STRIPS = 6
MOST_TABLE_ROWS = 15
HOLDS, FAILS = Mark("■", "the conclusion holds"), Mark("✚", "it does not", alert=True)
FLIPS, EXPECTED = Mark("━", "where it flips"), Mark("◆", "the unseen as expected")
FULL, HOLLOW = Mark("●", "the conclusion holds"), Mark("○", "it does not")
BEYOND, PASSED = Mark("┄", "what the limit must lie beyond", alert=True), Mark("┃", "where it flips")


NOT_BY_CHANCE = (
    "The protocol does not say that chance formed these groups: whatever else differed between them is in the "
    "difference."
)


def grid_blocks(maps: Sequence[TippingMap], randomised: Collection[frozenset[str]] = ()) -> Iterator[Block]:
    """Each grid: its conclusion, what would turn it, the figure, the flip line and three readings as tables.

    ``randomised`` : the pairs of groups that the protocol says chance formed
    """
    for answer in maps:
        yield Heading(f"{answer.name}, {answer.visit}")
        yield Paragraph(" ".join([f"{answer.endpoint}.", conclusion(answer)]))
        if answer.reference_arm and frozenset((answer.arm.group, answer.reference_arm.group)) not in randomised:
            yield Paragraph(NOT_BY_CHANCE, "note")
        yield Paragraph(" ".join(what_tips(answer)), "lead")
        if not answer.arm.unseen and not (answer.reference_arm and answer.reference_arm.unseen):
            continue
        if answer.reference_arm is not None or answer.kind == "points":
            yield _figure(answer)
        if answer.reference_arm is not None:
            yield _flip_table(answer)
        yield _readings_table(answer)


def _figure(answer: TippingMap) -> Figure:
    alt = " ".join(what_tips(answer))
    if len(answer.reference_axis) > 1:
        says = [_says(cell, answer) for cell in _cells(answer)]
        reading = "Each cell is one reading of the unseen of both groups."
        if answer.thinned:
            reading += " An even selection of the counts is drawn; the flip line was found over all of them."
        panel = Panel("", tipping_map(answer, says))
    else:
        reading = "Each point is the estimate, with its limits, under one reading of the unseen."
        panel = Panel("", _line_of(answer))
    return Figure(
        f"What the unseen would have to be: {answer.name}", alt, reading, (panel,), _cell_table(answer), _legend(answer)
    )


def _legend(answer: TippingMap) -> tuple[Mark, ...]:
    """The signs that are drawn."""
    flips = any(flip.of_group is not None for flip in answer.flips) or len(set(answer.holds)) > 1
    if len(answer.reference_axis) > 1:
        expected = (EXPECTED, answer.expected is not None)
        return drawn_marks((HOLDS, any(answer.holds)), (FAILS, not all(answer.holds)), (FLIPS, flips), expected)
    return drawn_marks((FULL, any(answer.holds)), (HOLLOW, not all(answer.holds)), (BEYOND, True), (PASSED, flips))


def _line_of(answer: TippingMap) -> dict[str, object]:
    """The readings of one arm; a difference of rates in percentage points."""
    counts = answer.kind == "counts"
    scale = 100.0 if counts else 1.0
    rows = [
        Along(
            at=cell.of_group,
            estimate=scale * cell.estimate,
            lower=None if cell.lower is None else scale * cell.lower,
            upper=None if cell.upper is None else scale * cell.upper,
            holds=cell.holds,
            says=_says(cell, answer),
        )
        for cell in _cells(answer)
    ]
    sign = -1.0 if answer.reference_arm is not None and answer.better == "lower" else 1.0
    flip = answer.flips[0].of_group
    return tipping_line(
        rows,
        sign * scale * answer.beyond,
        titles=(
            "unseen that responded" if counts else "unseen, points worse than expected",
            "percentage points" if counts else "points",
        ),
        counts=counts,
        flip=flip if flip is None or not counts else flip - 0.5,
    )


def _cells(answer: TippingMap) -> list[TippingCell]:
    across = range(max(len(answer.reference_axis), 1))
    return [answer.at(row, column) for row in range(len(answer.group_axis)) for column in across]


def _says(cell: TippingCell, answer: TippingMap) -> str:
    verb = "holds" if cell.holds else "does not hold"
    return f"{_reading(cell, answer)}: {cell_words(cell, answer)}, {verb}"


def _reading(cell: TippingCell, answer: TippingMap) -> str:
    group = "the unseen" if answer.arm.group == EVERYONE else answer.arm.group
    parts = [f"{group} {_assumed(cell.of_group, answer.arm.unseen, answer)}"]
    if answer.reference_arm is not None and cell.of_reference is not None:
        group, unseen = answer.reference_arm.group, answer.reference_arm.unseen
        parts.append(f"{group} {_assumed(cell.of_reference, unseen, answer)}")
    return ", ".join(parts)


def _assumed(value: float, unseen: int, answer: TippingMap) -> str:
    if not unseen:
        return "all seen"
    return f"{count(int(value))} of {count(unseen)}" if answer.kind == "counts" else deviation(value)


def _flip_table(answer: TippingMap) -> Table:
    """The flip for each reading of the reference; readings that agree are told once."""
    caption = f"Where the conclusion flips: {answer.name}"
    wanted = f"unseen{of_group(answer.arm)}"
    assert answer.reference_arm is not None
    runs: list[list[TippingFlip]] = []
    for flip in answer.flips:
        if runs and (runs[-1][0].conclusion, runs[-1][0].of_group) == (flip.conclusion, flip.of_group):
            runs[-1].append(flip)
        else:
            runs.append([flip])
    rows = [(_span(run, answer), _needs(run[0], answer)) for run in runs]
    headings = [f"unseen of {answer.reference_arm.group}", wanted]
    return Table.of(caption, headings, rows, text=(0, 1), folded=len(rows) > MOST_TABLE_ROWS, page_only=True)


def _span(run: Sequence[TippingFlip], answer: TippingMap) -> str:
    assert answer.reference_arm is not None
    unseen, ends = answer.reference_arm.unseen, [run[0].of_reference or 0.0, run[-1].of_reference or 0.0]
    if not unseen:
        return "all seen"
    if answer.kind == "points":
        return " to ".join(dict.fromkeys(deviation(each) for each in ends))
    counts = " to ".join(dict.fromkeys(count(int(each)) for each in ends))
    return f"{counts} of {count(unseen)} responded"


def _needs(flip: TippingFlip, answer: TippingMap) -> str:
    unseen = answer.arm.unseen
    if answer.kind == "points":
        words = {"holds throughout": "holds for all tried", "never holds": "holds for none tried"}
        if flip.of_group is None:
            return words.get(flip.conclusion, "holds in part")
        return f"holds until {deviation(flip.of_group)}"
    if flip.of_group is None:
        return "holds whatever they said" if flip.conclusion == "holds throughout" else "holds for no answer of theirs"
    return f"at least {count(int(flip.of_group))} of {count(unseen)} ({percent(int(flip.of_group), unseen)})"


def _readings_table(answer: TippingMap) -> Table:
    named = [("worst for the conclusion", answer.worst), ("best for it", answer.best)]
    if answer.expected is not None:
        expected = "as often as those seen" if answer.kind == "counts" else "as the imputation expects"
        named.insert(1, (expected, answer.expected))
    told: dict[tuple[float, float | None], tuple[str, TippingCell]] = {}
    for name, cell in named:
        told.setdefault((cell.of_group, cell.of_reference), (name, cell))
    rows = [
        (name, _reading(cell, answer), cell_words(cell, answer), "holds" if cell.holds else "does not hold")
        for name, cell in told.values()
    ]
    what = "difference" if answer.reference_arm is not None else "rate" if answer.kind == "counts" else "mean"
    headings = ["the unseen", "reading", what, "the conclusion"]
    return Table.of("Readings of the unseen", headings, rows, text=(0, 1, 3), page_only=True)


def _cell_table(answer: TippingMap) -> Table:
    """The cells, or an even selection of them, with their limits."""
    rows = _some(len(answer.group_axis))
    columns = _some(max(len(answer.reference_axis), 1))
    cells = [answer.at(row, column) for row in rows for column in columns]
    body = [
        (_reading(cell, answer), cell_words(cell, answer), "holds" if cell.holds else "does not hold") for cell in cells
    ]
    some = len(cells) < len(answer.holds)
    caption = f"Cells, an even selection: {count(len(cells))} of {count(len(answer.holds))}" if some else "Every cell"
    return Table.of(caption, ["reading of the unseen", "estimate", "the conclusion"], body, text=(0, 2))


def _some(size: int) -> list[int]:
    """At most so many places of an axis, both ends kept."""
    if size <= MOST_TABLE_ROWS:
        return list(range(size))
    return sorted({round(k * (size - 1) / (MOST_TABLE_ROWS - 1)) for k in range(MOST_TABLE_ROWS)})


def strips(points: Sequence[tuple[TippingPoint, str]], level: float) -> Figure | None:
    """The tables of every count as drawings, for the tipping points that have a threshold; each with its name."""
    drawn = [(point, name) for point, name in points if point.threshold is not None and point.unknown and point.rows]
    if not drawn:
        return None
    shown = drawn[:MOST_STRIPS]
    reading = "Each point is the rate of all, with its limits, if so many of the unknown were yes."
    if len(shown) < len(drawn):
        reading += f" The first {len(shown)} of {len(drawn)} are drawn; the tables have all."
    rows = [(name, *_tip(point)) for point, name in drawn]
    table = Table.of("Where the lower limit passes it", ["visit and strategy", "to exceed", "yes needed"], rows)
    alt = " ".join(f"{name}: to exceed {_tip(point)[0]}, {_tip_said(point)}." for point, name in drawn)
    panels = tuple(Panel(name, _strip(point, level)) for point, name in shown)
    legend = drawn_marks(
        (FULL, any(point.k is not None for point, _ in shown)),
        (HOLLOW, any(point.k != 0 for point, _ in shown)),
        (BEYOND, True),
        (PASSED, any(point.k for point, _ in shown)),
    )
    return Figure("If so many of the unknown were yes", alt, reading, panels, table, legend)


def _tip(point: TippingPoint) -> tuple[str, str]:
    everyone = "the one" if point.unknown == 1 else f"all {count(point.unknown)}"
    needed = f"not even {everyone}" if point.k is None else none_of(point.k, point.unknown)
    return share(point.threshold or 0.0, 1), needed


def _tip_said(point: TippingPoint) -> str:
    needed = _tip(point)[1]
    return f"{needed} unknown would do" if point.k is None else f"{needed} unknown would have to be yes"


def _strip(point: TippingPoint, level: float) -> dict[str, object]:
    assert point.threshold is not None
    rows = [
        Along(
            float(row.k),
            100 * row.estimate,
            100 * row.lower,
            100 * row.upper,
            point.k is not None and row.k >= point.k,
            f"{count(row.k)} of {count(point.unknown)}: {over(row.responders, row.n)} = "
            f"{percent(row.responders, row.n)} ({interval(level, row.lower, row.upper, row.n)})",
        )
        for row in point.rows
    ]
    flip = None if not point.k else point.k - 0.5
    titles = ("unknown that are yes", None)
    return tipping_line(rows, 100 * point.threshold, titles=titles, counts=True, percent=True, flip=flip)
