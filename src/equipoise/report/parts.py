"""The parts a report is made of, as data: what the page and the terminal both render."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Bar:
    """A small drawing in a table cell, numbers 0 to 1: a point with its interval, or a range with its limits."""

    lower: float | None
    upper: float | None
    point: float | None = None
    range_lower: float | None = None
    range_upper: float | None = None


@dataclass(frozen=True)
class Cell:
    """A text, its small print, and what a mark in a figure says when it shows the same number.

    ``brief`` is the small print where there is no room for it, as on a terminal.
    """

    text: str
    detail: str = ""
    brief: str = ""
    says: str = ""
    bar: Bar | None = None


@dataclass(frozen=True)
class Column:
    """A column's heading; numbers are set flush right."""

    heading: str
    numeric: bool = False


@dataclass(frozen=True)
class RowGroup:
    """Rows under one heading; the first cell of a row is its heading."""

    rows: tuple[tuple[Cell, ...], ...]
    heading: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Table:
    """A table of text. A ``folded`` one is long: the page keeps it behind a line to open, print shows it whole.

    ``page_only`` keeps the terminal's story short.
    """

    caption: str
    columns: tuple[Column, ...]
    groups: tuple[RowGroup, ...]
    folded: bool = False
    page_only: bool = False

    @staticmethod
    def of(
        caption: str,
        headings: Sequence[str],
        rows: Iterable[Sequence[str]],
        *,
        text: Collection[int] = (0,),
        folded: bool = False,
        page_only: bool = False,
    ) -> "Table":
        """A plain table: every column flush right but those whose places ``text`` names."""
        columns = tuple(Column(heading, numeric=place not in text) for place, heading in enumerate(headings))
        cells = tuple(tuple(Cell(text) for text in row) for row in rows)
        return Table(caption, columns, (RowGroup(cells),), folded, page_only)


@dataclass(frozen=True)
class Slider:
    """A question only the reader can answer, and a table with a row for every answer.

    The page's script lets the reader move through the rows, from ``start`` on; without it, and on paper, it is a table.
    """

    label: str
    table: Table
    start: int = 0


@dataclass(frozen=True)
class Panel:
    """One drawing of a figure: its small heading and its Vega-Lite dictionary."""

    heading: str
    spec: Mapping[str, Any]


@dataclass(frozen=True)
class Mark:
    """An entry of a figure's legend: a sign a reader sees, and what it means."""

    sign: str
    meaning: str
    alert: bool = False


def drawn_marks(*marks: tuple[Mark, bool]) -> tuple[Mark, ...]:
    """The entries of a legend whose sign is in the drawing."""
    return tuple(mark for mark, is_drawn in marks if is_drawn)


@dataclass(frozen=True)
class Figure:
    """A figure, what it says in a sentence (``alt``), how to read it, and the table behind it."""

    title: str
    alt: str
    reading: str
    panels: tuple[Panel, ...]
    table: Table
    legend: tuple[Mark, ...] = ()
    wide: bool = False


@dataclass(frozen=True)
class Paragraph:
    """A paragraph. ``tone`` sets its weight, never its meaning."""

    text: str
    tone: Literal["plain", "lead", "note", "warning"] = "plain"


@dataclass(frozen=True)
class Heading:
    """A heading inside a section."""

    text: str


@dataclass(frozen=True)
class Items:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Terms:
    """Terms and what is said of each."""

    terms: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Step:
    """A box of the flow of the cases; ``aside`` says who left there, and why."""

    number: str
    text: str
    aside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Flow:
    """The flow of the cases, an ordered list of boxes that ends in one box or in several side by side."""

    caption: str
    steps: tuple[Step, ...]
    ends: tuple[Step, ...]


@dataclass(frozen=True)
class Crowd:
    """So many people drawn alike."""

    kind: Literal["yes", "no", "left out", "not yet reached"]
    number: int
    label: str


@dataclass(frozen=True)
class People:
    """Everybody, one sign each: whom a number counts and whom it leaves out."""

    caption: str
    crowds: tuple[Crowd, ...]


@dataclass(frozen=True)
class Card:
    """A number set large, with who it counts."""

    number: str
    counts: str
    says: str
    headline: bool = False
    wrong: bool = False


@dataclass(frozen=True)
class Cards:
    """Numbers side by side, of the same people."""

    cards: tuple[Card, ...]


@dataclass(frozen=True)
class VerdictBlock:
    """The answer in one word, one sentence, and its reasons."""

    word: str
    sentence: str
    reasons: tuple[str, ...]


Block = Paragraph | Heading | Items | Terms | Flow | People | Cards | Table | Slider | Figure | VerdictBlock


@dataclass(frozen=True)
class Section:
    """A section; ``terminal`` says whether the short story on the terminal tells it too."""

    key: str
    heading: str
    blocks: tuple[Block, ...]
    terminal: bool = False


@dataclass(frozen=True)
class Document:
    """The report: title, stamp, sections in order."""

    title: str
    stamp: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...] = field(default=())
    version: str = ""
