"""Whatever the charts say, the page reads as prose, names every drawing, and says what ``results.json`` says."""

import io
import json
import re
from html.parser import HTMLParser

from hypothesis import assume, given, settings
from rich.console import Console

from equipoise import render_html, run_study
from equipoise.domain.estimand import Missing
from equipoise.domain.protocol import TippingThreshold
from equipoise.errors import MethodError
from equipoise.report.results import results_json
from equipoise.report.terminal import print_summary
from laws import examples
from studies import studies

NO_NUMBER = r"\b(nan|NaN|None(?! declared)|null|inf|Infinity|True|False)\b"
BARE_MINUS = r"(?<![\w–])-\d"
NEGATIVE_NOUGHT = r"−0(\.0+)?(?![\d.])"
ONE_OF_MANY = (
    r"(?<![\d.,])1 (cases|answers|scores|values|visits|responses|cells|charts|points|days|months|assessments)\b"
)
ALL_OF_ONE = r"\b([Aa]ll|the) 1\b"
OF_NOBODY = r"\b(all|none of|of the) 0\b|\b\d+/0\b"
PUNCTUATION = r"  |(?<!\.)\.\.(?!\.)|;\.|,\.|:\.| [.,;:](?!\w)|\( |\(\)"
SPOILT = re.compile("|".join([NO_NUMBER, BARE_MINUS, NEGATIVE_NOUGHT, ONE_OF_MANY, ALL_OF_ONE, OF_NOBODY, PUNCTUATION]))
NUMBER = r"−?[\d,]+(?:\.\d+)?"


class Page(HTMLParser):
    """What a reader gets of a page: its texts, what is said of its drawings, and its tables."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.texts, self.said, self.unnamed, self.tables = [], [], [], []
        self.inside, self.row, self.caption = [], None, None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        own = dict(attributes)
        self.inside.append(tag)
        self.said += [own[name] for name in ("aria-label", "data-says") if own.get(name)]
        if own.get("class") == "panels" and not (own.get("role") == "img" and own.get("aria-label")):
            self.unnamed.append(own)
        if tag == "caption":
            self.tables.append(("", []))
        elif tag == "tr" and self.tables:
            self.tables[-1][1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][1][-1].append("")

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data):
        if "style" in self.inside or "script" in self.inside:
            return
        text = data.replace("\u00a0", " ")
        if text.strip():
            self.texts.append(text.strip("\n"))
        if "caption" in self.inside:
            caption, rows = self.tables[-1]
            self.tables[-1] = (caption + text, rows)
        elif "td" in self.inside or "th" in self.inside:
            self.tables[-1][1][-1][-1] += text


def answered(drawn):
    """A drawn study's answer, its tipping points asked for too."""
    protocol, casebook = drawn
    asks = protocol.sensitivity.model_copy(
        update={
            "missing": (*protocol.sensitivity.missing, Missing.TIPPING_POINT),
            "tipping_threshold": TippingThreshold(rate=0.3),
        }
    )
    try:
        return run_study(protocol.model_copy(update={"sensitivity": asks}), casebook)
    except MethodError:  # nobody is left in the cohort
        assume(False)


@settings(max_examples=examples(of_sixty=25))
@given(studies())
def test_a_reader_meets_no_spoilt_words(drawn):
    result = answered(drawn)
    console = Console(width=80, file=io.StringIO(), no_color=True, force_terminal=False)
    print_summary(result, console)
    lines = console.file.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    page = Page(render_html(result))
    assert page.unnamed == []
    for text in (*page.texts, *page.said, *(re.sub(" {2,}", " ", line) for line in lines)):
        found = SPOILT.search(text)
        assert found is None, f"'{found.group()}' in '{text}'"


@settings(max_examples=examples(of_sixty=25))
@given(studies())
def test_every_number_of_the_panels_is_in_the_results(drawn):
    result = answered(drawn)
    page, data = Page(render_html(result)), json.loads(results_json(result))
    names = {estimand.name for estimand in result.protocol.estimand}
    rows = [row for row in data["estimates"] if row["estimand"] in names]  # the others draw "Scores as observed"
    cells = dict(panel_cells(page, rows))
    assert len(cells) == len(rows)
    for row in rows:
        agrees(cells[tuple(row[name] for name in ("estimand", "group", "visit", "strategy", "missing"))], row)


def panel_cells(page, rows):
    """Every cell of the panels: its place (estimand, group, visit, strategy, missing) and its text."""
    for estimand, endpoint in dict.fromkeys((row["estimand"], row["endpoint"]) for row in rows):
        mine = [row for row in rows if row["estimand"] == estimand]
        groups, visits = ({row[name] for row in mine} for name in ("group", "visit"))
        strategies = {row["strategy"] for row in mine}
        for caption, (head, *body) in page.tables:
            title = f"{estimand}: {endpoint}"
            if caption != title and not caption.startswith(f"{title}, "):
                continue
            strategy = ""
            for cells in body:
                if len(cells) == 1:
                    strategy = next(
                        each for each in sorted(strategies, key=len, reverse=True) if cells[0].startswith(each)
                    )
                    continue
                missing = re.match(r"bounds|observed|non-responder", cells[0]).group()
                for heading, cell in zip(head[1:], cells[1:], strict=True):
                    group, visit = column(heading, caption[len(title) :], groups, visits)
                    yield (estimand, group, visit, strategy, missing), cell


def column(heading, rest, groups, visits):
    """The group and the visit a column is of: in its heading, or, where all columns share it, in the caption."""
    for group in groups:
        for visit in visits:
            if heading == f"{group}, {visit}" or (heading == group and len(visits) == 1):
                return group, visit
            if heading == visit and (len(groups) == 1 or rest == f", {group}"):
                return group, visit
    raise AssertionError(heading)


def numbers(text):
    return [float(found.replace("−", "-").replace(",", "")) for found in re.findall(NUMBER, text)]


def agrees(cell, row):
    """A cell's number, range, count and limits are those of the row, to the digits that are printed."""
    times, to = (100, 0.5) if row["unit"] == "proportion" else (1, 0.05)
    head = numbers(re.match(rf"{NUMBER}( %)?( to {NUMBER})?|", cell).group())
    ends = [row["estimate"]] if row["estimate"] is not None else [row["lower"], row["upper"]]
    if None in ends:
        assert cell.startswith("—")
        return
    if len(head) == 1:
        head *= len(ends)
    close(head, ends, times, to)
    limits = re.search(rf"(CI|limits) ({NUMBER} to {NUMBER})", cell)
    told = [row["lower"], row["upper"]] if row["estimate"] is not None else [row["outer_lower"], row["outer_upper"]]
    assert (limits is None) == (None in told)
    if limits is not None:
        close(numbers(limits.group(2)), told, times, to)
    count = re.search(r"(\d+)/(\d+)", cell)
    if count is not None:
        assert [int(each) for each in count.groups()] == [row["responders"], row["n"]]
    elif row["sd"] is not None:
        assert f"n = {row['n']}" in cell
        close(numbers(re.search(rf"SD {NUMBER}", cell).group()), [row["sd"]], 1, 0.05)


def close(printed, held, times, to):
    assert len(printed) == len(held)
    for shown, value in zip(printed, held, strict=True):
        assert abs(shown - times * value) <= to + 1e-9


@settings(max_examples=examples(of_sixty=15))
@given(studies())
def test_the_flow_the_tipping_points_and_the_harms_are_those_of_the_results(drawn):
    result = answered(drawn)
    page, data = Page(render_html(result)), json.loads(results_json(result))
    tables = {caption: body for caption, (_, *body) in page.tables}
    flow = next((body for caption, body in tables.items() if caption.startswith("What became of the answer")), [])
    primary = [row for row in data["flow"] if row["estimand"] == result.protocol.primary.name]
    held = [[row[name] for name in ("n", "known", "unknown", "not_reached", "uncertain")] for row in primary]
    assert [[int(cell) for cell in line[1:6]] for line in flow] == held
    tipped = [line for line in tables.get("The unknown", []) if len(line) > 1]
    points = data["sensitivity"]["tipping_points"]
    assert [int(line[2]) for line in tipped] == [point["unknown"] for point in points]
    for line, point in zip(tipped, points, strict=True):
        assert ("at least" in line[3]) == bool(point["k"])
        assert not point["k"] or numbers(line[3])[0] == point["k"]
    harms = tables.get("Adverse events", [])
    held = [(row["cases_with_event"], row["n"]) for row in data["safety"]["rows"]]
    assert [tuple(map(int, re.match(r"(\d+)/(\d+)", line[1]).groups())) for line in harms if "/" in line[1]] == held
