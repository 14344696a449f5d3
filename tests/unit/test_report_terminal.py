"""The terminal tells the same story in 80 columns, without colour, and reads no text as markup."""

import io

import pytest
from rich.console import Console

from equipoise.report.terminal import print_summary
from report_results import EVERY_SHAPE, hostile, marrow, pooled


def printed(result, width=80):
    console = Console(width=width, file=io.StringIO(), no_color=True, force_terminal=False)
    print_summary(result, console)
    return console.file.getvalue()


@pytest.mark.parametrize("shape", EVERY_SHAPE)
def test_no_line_is_longer_than_80_columns_and_no_escape_is_sent(shape):
    lines = printed(EVERY_SHAPE[shape]()).splitlines()
    assert max(map(len, lines)) <= 80
    assert not any("\x1b" in line for line in lines)
    assert not any(word in {"None", "nan", "NaN"} for line in lines for word in line.split())


def test_the_story_of_the_seed_case():
    shown = printed(marrow())
    for words in (
        "Unknown. No published control",
        "Why “83 %” is the wrong number",
        "●●●●●●●●●● 10 counted in the headline: yes",
        "24 had the index procedure (marrow injection)",
        "10–22/24 (22–99)",
        "No comparable published arm.",
        "An adverse event was recorded in none of 24",
        "· Read the bounds: No assumption is named. Refused: relief",
    ):
        assert words in " ".join(shown.split()), words


def test_matching_arms_are_a_short_table():
    assert "SHAM_2010 (2019), saline 5/20 = 25 % (95 % CI 9 to 49)" in " ".join(printed(pooled()).split())


def test_a_table_keeps_its_answers_whole():
    lines = printed(marrow()).splitlines()
    assert any("42 % to 92 %" in line and "33 % to 88 %" in line for line in lines)


def test_no_number_is_parted_from_its_percent_sign_and_lines_hang_under_their_beginning():
    for width in (40, 60, 80):
        lines = printed(marrow(), width=width).splitlines()
        prose = [line for line in lines if not line.startswith(" ")]
        assert not any(line.startswith("%") for line in prose)
    item = next(place for place, line in enumerate(lines) if line.startswith("  · Read the bounds: No"))
    assert lines[item + 1].startswith("    ")
    assert lines[item + 1][4] != " "
    box = next(place for place, line in enumerate(lines) if line.startswith("  24  in the analysis"))
    assert lines[box + 1] == "" or lines[box + 1].startswith("      ") or not lines[box + 1].strip()


def test_markup_in_a_text_stays_a_text():
    assert "[red]boo[/red]" in printed(hostile())
    assert "[red]boo[/red]" in printed(hostile(), width=200)
