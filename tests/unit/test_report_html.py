"""The page: one file, nothing from outside, well formed, escaped, the same bytes again."""

import hashlib
import re
from base64 import b64encode
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from equipoise.report.html import bound, packaged, render_html
from report_results import EVERY_SHAPE, hostile, marrow, together

VOID = {"meta", "br", "link", "img", "input"}
RENDERED = {}


def page(shape: str) -> str:
    if shape not in RENDERED:
        RENDERED[shape] = render_html(EVERY_SHAPE[shape]())
    return RENDERED[shape]


class Reader(HTMLParser):
    """Collects what a page is made of, and whether its elements close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open, self.wrong, self.tags, self.texts = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("style", "script"):
            self.texts.append(data)


@pytest.mark.parametrize("shape", EVERY_SHAPE)
def test_elements_close_in_order(shape):
    reader = Reader(page(shape))
    assert reader.wrong == []
    assert reader.open == []


@pytest.mark.parametrize("shape", EVERY_SHAPE)
def test_nothing_comes_from_outside(shape):
    loading = {"href", "src", "srcset", "action", "data", "poster", "xlink:href", "style", "onclick", "onload"}
    for _, attributes in Reader(page(shape)).tags:
        assert all(attributes[name].startswith("#") for name in loading & set(attributes))
    assert not re.search(r"@import|url\(|<(link|img|iframe|object|embed|base|form)\b", page(shape))


@pytest.mark.parametrize("shape", EVERY_SHAPE)
def test_no_nan_and_no_none_is_ever_printed(shape):
    reader = Reader(page(shape))
    shown = " ".join([*reader.texts, *(value for _, each in reader.tags for value in each.values() if value)])
    assert not re.search(r"\b(nan|NaN|None|null|inf)\b", shown)


@pytest.mark.parametrize("shape", EVERY_SHAPE)
def test_identifiers_are_unique_and_references_resolve(shape):
    tags = Reader(page(shape)).tags
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in tags:
        assert attributes.get("aria-labelledby", ids[0]) in ids
        assert attributes.get("href", f"#{ids[0]}")[1:] in ids


@pytest.mark.parametrize("shape", EVERY_SHAPE)
def test_headings_descend_one_step_at_a_time(shape):
    levels = [int(tag[1]) for tag, _ in Reader(page(shape)).tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("shape", EVERY_SHAPE)
def test_tables_have_captions_and_scopes_and_figures_names(shape):
    tags = Reader(page(shape)).tags
    names = [tag for tag, _ in tags]
    assert names.count("table") == names.count("caption")
    assert all(attributes.get("scope") in ("col", "row", "rowgroup") for tag, attributes in tags if tag == "th")
    assert all("aria-labelledby" in attributes for tag, attributes in tags if tag == "figure")
    drawn = [attributes for _, attributes in tags if attributes.get("class") == "panels"]
    assert all(attributes["role"] == "img" and attributes["aria-label"] for attributes in drawn)


@pytest.mark.parametrize("shape", EVERY_SHAPE)
def test_a_table_that_a_phone_sets_as_a_grid_stays_a_table_to_who_listens(shape):
    """``display: grid`` takes a table's own roles away in some browsers (WAI-ARIA 1.2, 5.3), so they are written."""
    roles = {"thead": "rowgroup", "tbody": "rowgroup", "tr": "row", "td": "cell"}
    inside = False
    for tag, attributes in Reader(page(shape)).tags:
        if tag == "table":
            inside = "panel-table" in attributes["class"]
            assert (attributes.get("role") == "table") == inside
        elif tag == "th":
            assert (attributes.get("role") in ("columnheader", "rowheader")) == inside
        elif tag in roles:
            assert attributes.get("role") == (roles[tag] if inside else None)


def test_both_limits_stand_in_one_line():
    assert bound("10/24, 95 % CI 22 to 63") == "10/24, 95\u00a0%\u00a0CI 22\u00a0to\u00a063"
    assert bound("limits −0.5 to 1,000.2; 3 to 4") == "limits −0.5\u00a0to\u00a01,000.2; 3 to 4"


def test_the_policy_allows_our_style_and_script_and_nothing_else():
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page("marrow"))
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    for tag, kind in (("style", "style-src"), ("script", "script-src")):
        (inside,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page("marrow"), re.DOTALL)
        digest = b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}'" in policy


def test_the_script_is_small_and_never_evaluates():
    script = packaged("tooltip.js")
    assert script.count("\n") < 60
    assert not re.search(r"eval|Function\(|innerHTML|fetch|XMLHttp|import", script)


def test_the_same_answer_gives_the_same_bytes():
    assert render_html(marrow()) == page("marrow")


def test_markup_in_a_text_stays_a_text():
    text = hostile().study.title
    reader = Reader(page("hostile"))
    assert text in reader.texts
    assert [tag for tag, _ in reader.tags].count("script") == 1
    assert "<script>alert" not in page("hostile")
    assert "49" not in "".join(reader.texts).split(text)[0]  # {{ 7 * 7 }} is a text, not a template


def test_no_identifier_in_the_page():
    assert "case-0" not in page("marrow")


def test_the_language_is_declared_and_the_answer_can_be_skipped_to():
    tags = Reader(page("marrow")).tags
    assert ("html", {"lang": "en-GB"}) in tags
    assert ("a", {"class": "skip", "href": "#answer"}) in tags


def test_colours_of_text_have_enough_contrast():
    # WCAG 2.2, 1.4.3 (AA): at least 4.5 to 1, by the relative luminance it defines.
    style = packaged("style.css")
    colours = dict(re.findall(r"--(ink|quiet|main|alert|soft): (#[0-9a-f]{6})", style))
    for name in ("ink", "quiet", "main", "alert"):
        for paper in ("#ffffff", colours["soft"]):
            light, dark = sorted((luminance(colours[name]), luminance(paper)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, name


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_only_a_headline_that_is_called_wrong_is_struck_through():
    assert '<li class="headline wrong">' in render_html(marrow())
    drawn = render_html(together())
    assert '<li class="headline">' in drawn
    assert 'class="headline wrong"' not in drawn


@pytest.mark.parametrize("shape", EVERY_SHAPE)
def test_a_percent_sign_stays_with_its_number_in_the_cells_of_a_table(shape):
    cells = (re.sub(r"<[^>]*>", "", each) for each in re.findall(r"(?s)<td[ >].*?</td>", page(shape)))
    assert not [each for each in cells if re.search(r"\d %", each)]
