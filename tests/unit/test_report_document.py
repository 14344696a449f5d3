"""The report as data: it says everything it was given, in order, and nothing that is not a number or a word."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from equipoise.domain.protocol import AppraisalItem
from equipoise.domain.result import TippingPoint
from equipoise.report import parts
from equipoise.report.checklist import appraisal, gaps, told
from equipoise.report.document import compose
from equipoise.report.methods import methods_used
from equipoise.report.wording import answer, in_a_line
from report_results import EVERY_SHAPE, comparison, marrow, nearly_nothing, one_case, pooled, several_groups

ORDER = [
    "verdict",
    "question",
    "headline",
    "flow",
    "panel",
    "other-panels",
    "strip",
    "swimlane",
    "incidence",
    "scores",
    "tipping",
    "comparison",
    "safety",
    "refused",
    "told",
    "methods",
    "provenance",
]


def texts(value: object) -> Iterator[str]:
    """Every text of a document that a reader meets; the drawings' dictionaries aside."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from texts(each)
    elif hasattr(value, "__dataclass_fields__") and not isinstance(value, parts.Panel):
        for name in value.__dataclass_fields__:
            yield from texts(getattr(value, name))


def said(document: parts.Document, key: str) -> str:
    (section,) = [each for each in document.sections if each.key == key]
    return "\n".join(texts(section))


def tables(document: parts.Document) -> Iterator[parts.Table]:
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, parts.Table):
                yield block
            if isinstance(block, parts.Figure):
                yield block.table


@pytest.mark.parametrize("shape", EVERY_SHAPE)
def test_sections_come_in_the_order_a_reader_needs(shape):
    keys = [section.key for section in compose(EVERY_SHAPE[shape]()).sections]
    assert keys == [key for key in ORDER if key in keys]
    assert {"verdict", "question", "flow", "panel", "comparison", "safety", "refused", "told", "methods"} <= set(keys)


@pytest.mark.parametrize("shape", ["marrow", "several groups", "one case"])
def test_every_estimate_row_stands_in_a_table(shape):
    result = EVERY_SHAPE[shape]()
    cells = {
        (cell.text, cell.detail)
        for table in tables(compose(result))
        for g in table.groups
        for row in g.rows
        for cell in row
    }
    assert [row for row in result.estimates if answer(row) not in cells] == []


@pytest.mark.parametrize("shape", EVERY_SHAPE)
def test_tables_are_rectangular_and_captioned(shape):
    for table in tables(compose(EVERY_SHAPE[shape]())):
        assert table.caption
        assert all(len(row) == len(table.columns) for group in table.groups for row in group.rows)


@pytest.mark.parametrize("shape", EVERY_SHAPE)
def test_figures_say_in_words_what_they_draw(shape):
    figures = [b for s in compose(EVERY_SHAPE[shape]()).sections for b in s.blocks if isinstance(b, parts.Figure)]
    assert all(figure.alt and figure.title and figure.reading and figure.panels for figure in figures)
    assert all(row for figure in figures for group in figure.table.groups for row in group.rows)


def test_why_83_percent_is_the_wrong_number():
    document = compose(marrow())
    headline = said(document, "headline")
    assert "Why “83 %” is the wrong number" in headline
    assert "The 83 % is 10 of the 12 who had no other procedure and whose answer is known at 4 months" in headline
    assert "of all 24 it leaves out 12" in headline
    assert "10/24 to 22/24, 42 % to 92 % (22 to 99)" in headline
    (people,) = [b for s in document.sections for b in s.blocks if isinstance(b, parts.People)]
    assert [crowd.number for crowd in people.crowds] == [10, 2, 12]
    (cards,) = [b for s in document.sections for b in s.blocks if isinstance(b, parts.Cards)]
    assert [card.number for card in cards.cards] == ["83 %", "42 %", "42 % to 92 %"]


def test_a_headline_that_leaves_nobody_out_is_not_accused():
    assert "headline" not in [section.key for section in compose(one_case()).sections]


def test_answers_that_are_only_unknown_are_left_out_not_wrong():
    headline = said(compose(several_groups()), "headline")
    assert "What “75 %” leaves out" in headline
    assert "selected by what happened after treatment" not in headline


def test_the_stamp_says_when_the_protocol_was_written():
    stamp = dict(compose(marrow()).stamp)
    assert stamp["Protocol written"] == "after outcomes were seen"
    assert stamp["Data cut"] == "2013-04-11 · cdcdcdcdcdcd"


def test_the_panel_and_the_strip_are_linked_by_what_they_say():
    document = compose(marrow())
    cells = {cell.says for table in tables(document) for g in table.groups for row in g.rows for cell in row} - {""}
    (strip,) = [b for s in document.sections if s.key == "strip" for b in s.blocks if isinstance(b, parts.Figure)]
    marks = {
        row["says"]
        for p in strip.panels
        for layer in p.spec["layer"]
        for row in layer["data"]["values"]
        if "says" in row
    }
    assert marks == cells


def test_flow_says_who_left_and_what_the_charts_do_not_say():
    flow = said(compose(marrow()), "flow")
    assert "1 left here" in flow
    assert "24 charts do not say: kept" in flow
    assert "end of follow-up known for none of 24" in flow


def test_no_identifier_is_composed_anywhere():
    for make in EVERY_SHAPE.values():
        result = make()
        everything = "\n".join(texts(compose(result))) + str(
            [
                p.spec
                for s in compose(result).sections
                for b in s.blocks
                if isinstance(b, parts.Figure)
                for p in b.panels
            ]
        )
        assert [name for name in result.case_outcomes.case_ids if str(name) in everything] == []


def test_lanes_are_rows_of_the_case_file():
    (figure,) = [
        b for s in compose(marrow()).sections if s.key == "swimlane" for b in s.blocks if isinstance(b, parts.Figure)
    ]
    numbers = [row[0].text for group in figure.table.groups for row in group.rows]
    assert numbers == [str(k) for k in range(1, 25)]
    assert "A sample of 3 of 151 cases" in said(compose(several_groups()), "swimlane")


def test_an_event_nobody_had_is_said_and_not_drawn():
    incidence = said(compose(one_case()), "incidence")
    assert "Other procedure: recorded in none of 1." in incidence.splitlines()


def test_tipping_points_name_their_threshold_or_claim_none():
    assert "no tipping point is claimed" in said(compose(marrow()), "tipping")
    base = marrow()
    tipped = replace(base.sensitivity.tipping_points[0], threshold=0.3, threshold_source="a fixed rate", k=2)
    never = replace(tipped, visit="12 months", k=None)
    shown = said(
        compose(replace(base, sensitivity=replace(base.sensitivity, tipping_points=(tipped, never)))), "tipping"
    )
    assert "to exceed 30 % (a fixed rate)" in shown
    assert "at least 2 of 2" in shown
    tables_of_every_k = [
        table
        for table in tables(compose(replace(base, sensitivity=replace(base.sensitivity, tipping_points=(tipped,)))))
        if table.folded
    ]
    assert [row[-1].text for row in tables_of_every_k[0].groups[0].rows] == ["no", "no", "yes"]
    assert "not even all of them" in shown
    assert isinstance(tipped, TippingPoint)


def test_a_benchmark_without_a_match_names_the_near_arms():
    shown = said(compose(marrow()), "comparison")
    assert "No comparable published arm." in shown
    assert "under “felt better unscaled”" in shown
    assert "41.0 %, no denominator given" in shown
    assert "Found later: shown, and never used" in shown
    assert "held out by the protocol" in shown


def test_pooled_arms_show_rate_prediction_check_and_probability():
    shown = said(compose(pooled()), "comparison")
    assert "3 arms pooled: 27 % (95 % CI 18 to 38; Hartung-Knapp; tau 0.10)" in shown
    assert "The next such arm: 12 to 50 %" in shown
    assert "Check by REML on the logit: 28 %" in shown
    assert "by more than 10 percentage points" in shown
    assert "0.41 to above 0.99" in shown


def test_two_arms_have_no_prediction():
    two = comparison(
        pooled=replace(pooled().comparisons[0].pooled, arms=2, prediction_lower=None, prediction_upper=None)
    )
    assert "Two arms give no prediction interval" in said(compose(replace(marrow(), comparisons=(two,))), "comparison")


def test_none_seen_is_a_limit_and_no_table_is_not_none():
    # 1 - 0.05 ** (1 / 24) = 0.1173: the exact one-sided upper limit of 0 of 24 (the rule of three says 3/24 = 0.125)
    assert "up to 12 % (one-sided 95 % limit)" in said(compose(marrow()), "safety")
    assert "not the same as no harm" in said(compose(nearly_nothing()), "safety")


def test_what_a_reader_must_be_told_names_every_gap():
    shown = said(compose(marrow()), "told")
    for item in ("Consecutive cases", "Rescue analgesics", "Harms solicited", "Self-report", "Regression to the mean"):
        assert item in shown
    assert "A small amount of steroid. Its effect cannot be told from the treatment's." in shown
    assert "Only totals are public." in shown
    assert "unclear: 22 or 24" in shown
    assert shown.count("not stated") >= 9  # two of the items and nine of the ten of the appraisal


def test_an_appraisal_without_a_tool_stands_open():
    conduct = marrow().protocol.conduct.model_copy(update={"appraisal_tool": None, "appraisal": ()})
    items = appraisal(conduct)
    assert len(items) == 10
    assert len(gaps(items)) == 10


def test_a_good_answer_is_no_gap():
    answered = tuple(AppraisalItem(item=name, answer="yes") for name in ("demographics", "site"))
    conduct = marrow().protocol.conduct.model_copy(update={"appraisal": answered})
    assert len(gaps(appraisal(conduct))) == 8
    consecutive = [item for item in told(marrow()) if item.item == "Consecutive cases"]
    assert [(item.answer, item.mark) for item in consecutive] == [("not stated", "gap")]


def test_only_methods_that_were_used_are_cited():
    names = {method.name for method in methods_used(marrow())}
    assert {"Clopper–Pearson intervals", "No-assumption bounds", "Bounds of the incidence"} <= names
    assert not {"Pooling", "Cumulative incidence", "Means"} & names
    assert "Pooling" in {method.name for method in methods_used(pooled())}


def test_refusals_say_what_can_be_done_instead():
    assert "No assumption is named. Instead: read the bounds." in said(compose(marrow()), "refused")


@pytest.mark.parametrize("shape", EVERY_SHAPE)
def test_no_nan_and_no_none_is_ever_composed(shape):
    for text in texts(compose(EVERY_SHAPE[shape]())):
        words = text.replace("(", " ").replace(")", " ").split()
        assert not {"nan", "NaN", "None", "inf"} & set(words), text


def test_control_characters_never_reach_a_reader():
    document = compose(marrow("Own\x1b[31m marrow\x00"))
    assert document.title == "Own\ufffd[31m marrow\ufffd"


def test_the_headline_in_one_line_is_the_rows_own():
    head = next(row for row in marrow().estimates if row.strategy == "principal stratum" and row.visit == "12 months")
    assert f"the headline is {in_a_line(head)}" in said(compose(marrow()), "headline")
