"""The same document on the terminal: the sections that tell the short story, legible at 80 columns, without colour.

Texts are printed as they are, never read as markup.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from equipoise.domain.result import StudyResult
from equipoise.report.document import compose
from equipoise.report.parts import (
    Block,
    Cards,
    Cell,
    Figure,
    Flow,
    Heading,
    Items,
    Paragraph,
    People,
    RowGroup,
    Section,
    Slider,
    Table,
    Terms,
    VerdictBlock,
)

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType

BULLET = "  · "
SIGNS = {"yes": "●", "no": "○", "left out": "◌", "not yet reached": "·"}
WIDTH, GAP, MOST_WIDE = 80, 2, 20
MOST_SIGNS, MOST_SIGNS_ABREAST = 60, 24
KEPT = "\ue000"
"""Stands for the space before a percent sign while lines are broken; a private character, which no line ends at."""


@dataclass(frozen=True)
class Prose:
    """A text in lines of the width there is, those after the first under its beginning, no number without its "%"."""

    text: Text
    first: Text

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> Iterator["RenderableType"]:
        """The lines, each as it is."""
        whole = self.text.copy()
        whole.plain = whole.plain.replace(" %", f"{KEPT}%")
        lines = whole.wrap(console, max(options.max_width - self.first.cell_len, 1))
        for place, line in enumerate(lines):
            line.plain = line.plain.replace(KEPT, " ")
            line.rstrip()
            yield Text.assemble(Text(" " * self.first.cell_len) if place else self.first, line)


def _prose(*pieces: str | tuple[str, str], first: Text | str = "", style: str = "") -> Prose:
    return Prose(Text.assemble(*pieces, style=style), first if isinstance(first, Text) else Text(first))


def print_summary(result: StudyResult, console: "Console") -> None:
    """Print the verdict, the headline beside what it leaves out, attrition, panel, comparison, safety and refusals."""
    document = compose(result)
    console.print(_prose(document.title, style="bold"))
    for term, text in document.stamp:
        console.print(_prose(text, first=f"{term}: ", style="dim"))
    for section in document.sections:
        if section.terminal:
            for each in _section(section):
                console.print(each)
    console.print()


def _section(section: Section) -> Iterator["RenderableType"]:
    yield Text(f"\n{section.heading}", style="bold underline")
    for block in section.blocks:
        yield from _block(block)


def _block(block: Block) -> Iterator["RenderableType"]:
    for kind, shown in SHOWN.items():
        if isinstance(block, kind):
            yield from shown(block)


def _paragraph(block: Paragraph) -> Iterator["RenderableType"]:
    yield _prose(block.text, style="bold" if block.tone in ("lead", "warning") else "")


def _heading(block: Heading) -> Iterator["RenderableType"]:
    yield Text()
    yield _prose(block.text, style="bold")


def _verdict(block: VerdictBlock) -> Iterator["RenderableType"]:
    """The word and its sentence; the reasons repeat what the sections below say, and stand on the page."""
    yield _prose((block.word, "bold"), f". {block.sentence}")


def _items(block: Items) -> Iterator["RenderableType"]:
    for item in block.items:
        yield _prose(item, first=BULLET)


def _terms(block: Terms) -> Iterator["RenderableType"]:
    for term, text in block.terms:
        yield _prose((f"{term}: ", "bold"), text, first=BULLET)


def _flow(block: Flow) -> Iterator["RenderableType"]:
    steps = (*block.steps, *block.ends)
    width = max(len(step.number) for step in steps)
    for step in steps:
        aside = f"  ({'; '.join(step.aside)})" if step.aside else ""
        number = Text.assemble("  ", (step.number.rjust(width), "bold"), "  ")
        yield _prose(step.text, (aside, "dim"), first=number)


def _people(block: People) -> Iterator["RenderableType"]:
    yield Text(block.caption, style="dim")
    for crowd in block.crowds:
        signs = SIGNS[crowd.kind] * crowd.number if crowd.number <= MOST_SIGNS else f"{SIGNS[crowd.kind]} …"
        if len(signs) > MOST_SIGNS_ABREAST:
            yield Text(f"  {signs}")
            yield _prose(f"{crowd.number:,} {crowd.label}", first="    ")
        else:
            yield _prose(f"{crowd.number:,} {crowd.label}", first=f"  {signs}  ")


def _cards(block: Cards) -> Iterator["RenderableType"]:
    grid = RichTable.grid(padding=(0, 2))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column()
    for card in block.cards:
        grid.add_row(Text(card.number, style="bold"), Text(card.counts), Text(card.says))
    yield Padding(grid, (1, 0))


def _table(block: Table) -> Iterator["RenderableType"]:
    """Wide tables are set in parts that each fit, so that no column is squeezed to nothing."""
    if block.page_only or block.folded:
        return
    for places in _parts(block):
        yield Text()
        yield _prose(block.caption, style="bold")
        yield _part(block, places)


def _parts(block: Table) -> list[tuple[int, ...]]:
    """Columns in runs no wider than a terminal, the first column before each run."""
    widths = [_longest_word(block, place) + GAP for place in range(len(block.columns))]
    runs: list[tuple[int, ...]] = []
    run: tuple[int, ...] = ()
    for place in range(1, len(block.columns)):
        if run and min(widths[0], MOST_WIDE) + sum(widths[each] for each in (*run, place)) > WIDTH:
            runs.append(run)
            run = ()
        run = (*run, place)
    return [(0, *each) for each in (*runs, run)]


def _longest_word(block: Table, place: int) -> int:
    """The narrowest a column can be set without breaking a word or an answer's small print."""
    cells = [row[place] for group in block.groups for row in group.rows]
    words = [word for text in (block.columns[place].heading, *(cell.text for cell in cells)) for word in text.split()]
    briefs = [line for cell in cells for line in cell.brief.splitlines()]
    return max((len(text) for text in (*words, *briefs)), default=0)


def _part(block: Table, places: tuple[int, ...]) -> RichTable:
    table = RichTable(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for place in places:
        column = block.columns[place]
        table.add_column(Text(column.heading), justify="right" if column.numeric else "left", overflow="fold")
    for group in block.groups:
        for row in _rows(group, places):
            table.add_row(*row)
    return table


def _rows(group: RowGroup, places: tuple[int, ...]) -> Iterator[tuple["Text | Padding", ...]]:
    if group.heading:
        yield (Text(group.heading, style="bold"),)
    for row in group.rows:
        yield tuple(_cell(row[place], first=place == 0, indent=bool(group.heading)) for place in places)


def _cell(cell: Cell, *, first: bool, indent: bool) -> "Text | Padding":
    if first:
        return Padding(Text(cell.text), (0, 0, 0, 2)) if indent else Text(cell.text)
    small = cell.brief or cell.detail
    return Text.assemble(cell.text, (f"\n{small}", "dim")) if small else Text(cell.text)


def _nothing(block: Figure | Slider) -> Iterator["RenderableType"]:
    return iter(())


SHOWN: dict[type, Callable[..., Iterator["RenderableType"]]] = {
    Paragraph: _paragraph,
    Heading: _heading,
    VerdictBlock: _verdict,
    Items: _items,
    Terms: _terms,
    Flow: _flow,
    People: _people,
    Cards: _cards,
    Table: _table,
    Figure: _nothing,
    Slider: _nothing,
}
"""How each kind of block is said; figures and sliders are for the page, and their numbers stand in the tables."""
