"""The report as data: it says everything it was given, in order, and nothing that is not a number or a word."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from equipoise.domain.cohort import AttritionRow
from equipoise.domain.instrument import Threshold
from equipoise.domain.protocol import AppraisalItem, TippingThreshold
from equipoise.domain.result import IncidencePoint, Refusal, TippingPoint, VisitFlow
from equipoise.estimate.catalogue import methods_used
from equipoise.report import parts
from equipoise.report.checklist import appraisal, gaps, told
from equipoise.report.contrasts import contrast_words
from equipoise.report.document import compose
from equipoise.report.row_words import answer, in_a_line
from equipoise.report.sections.course import runs
from equipoise.report.sections.panel import strip_section
from equipoise.report.sections.refused import gathered
from report_compared import RATIO
from report_results import (
    EVERY_SHAPE,
    PRIMARY,
    arm,
    compared,
    comparison,
    marrow,
    nearly_nothing,
    one_case,
    pooled,
    safety_row,
    several_groups,
    together,
)

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
    "scores-over-time",
    "tipping",
    "differences",
    "subgroups",
    "associations",
    "comparison",
    "control-rate",
    "borrowing",
    "adjusted-benchmarks",
    "hidden-causes",
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
    assert "10/24 to 22/24, 42 % to 92 % (95 % limits 22 to 99)" in headline
    (people,) = [b for s in document.sections for b in s.blocks if isinstance(b, parts.People)]
    assert [crowd.number for crowd in people.crowds] == [10, 2, 12]
    (cards,) = [b for s in document.sections for b in s.blocks if isinstance(b, parts.Cards)]
    assert [card.number for card in cards.cards] == ["83 %", "42 %", "42 % to 92 %"]


def test_what_was_given_together_is_no_selection_by_what_came_later():
    document = compose(together())
    headline = said(document, "headline")
    assert "What “83 %” leaves out" in headline
    assert "10 of the 12 who were given no other procedure and whose answer is known at 4 months" in headline
    assert "not by what came later" in headline
    everything = "\n".join(texts(document))
    for false in (
        "wrong number",
        "selected by what happened",
        "selected after treatment",
        "who did badly",
        "had no other",
    ):
        assert false not in everything
    assert "defined by what was given" in said(document, "panel")
    assert "given with the treatment, on day 0" in said(document, "methods")


def test_one_event_after_day_zero_is_selection_again():
    base = together()
    later = replace(base.incidence[0], event="death", all_on_day_zero=False)
    assert "wrong number" in said(compose(replace(base, incidence=(*base.incidence, later))), "headline")
    unseen = replace(later, with_event=0, vague=0)
    assert "wrong number" not in said(compose(replace(base, incidence=(*base.incidence, unseen))), "headline")


def not_reached(at_4_months, at_12_months):
    base = marrow()
    flow = (
        VisitFlow(PRIMARY, "all", "4 months", 4.0, 24, 12, 0, at_4_months, 0, 12),
        VisitFlow(PRIMARY, "all", "12 months", 12.0, 24, 11, 0, at_12_months, 0, 12),
    )
    return compose(replace(base, flow=flow))


def test_the_headline_is_at_the_earliest_visit_that_half_have_reached():
    assert "“83 %”" in said(not_reached(12, 1), "headline")  # 12 of 24 have not: half have
    few = replace(marrow(), groups=(replace(marrow().groups[0], n=40),))
    early = replace(few.flow[0], n=40, not_reached=25)
    assert "“73 %”" in said(compose(replace(few, flow=(early, few.flow[1]))), "headline")


def test_those_who_have_not_reached_the_visit_are_a_crowd_of_their_own():
    document = not_reached(11, 1)
    (people,) = [b for s in document.sections for b in s.blocks if isinstance(b, parts.People)]
    assert [(crowd.kind, crowd.number) for crowd in people.crowds] == [
        ("yes", 10),
        ("no", 2),
        ("left out", 1),
        ("not yet reached", 11),
    ]
    headline = said(document, "headline")
    assert "What “83 %” leaves out" in headline  # 1 of the 13 who have reached it: less than a tenth
    assert "leaves out 12, 11 of whom had not yet reached this visit" in headline


def test_the_second_card_says_of_whom_where_not_all_have_reached_the_visit():
    base = marrow()
    late = replace(base, estimates=tuple(row for row in base.estimates if row.visit == "12 months"))
    (cards,) = [b for s in compose(late).sections for b in s.blocks if isinstance(b, parts.Cards)]
    assert cards.cards[1].counts == "8/23"
    assert "of the 23 who had reached it, with" in cards.cards[1].says
    (cards,) = [b for s in compose(base).sections for b in s.blocks if isinstance(b, parts.Cards)]
    assert "had reached it" not in cards.cards[1].says


def test_several_groups_have_a_line_each_and_none_is_the_headline():
    document = compose(several_groups())
    headline = said(document, "headline")
    assert "What each group's headline leaves out" in headline
    assert "In therapy: The 75 % (treatment policy) is 33 of the 44" in headline
    assert "In usual care: The 11 % (treatment policy) is 5 of the 44" in headline
    assert "selected by what happened after treatment" not in headline
    assert not [b for s in document.sections for b in s.blocks if isinstance(b, parts.Cards | parts.People)]


def test_a_headline_that_leaves_nobody_out_is_not_accused():
    assert "headline" not in [section.key for section in compose(one_case()).sections]


def test_answers_that_are_only_unknown_are_left_out_not_wrong():
    base = marrow()
    known = tuple(row for row in base.estimates if row.strategy != "principal stratum")
    headline = said(compose(replace(base, estimates=known)), "headline")
    assert "What “83 %” leaves out" in headline
    assert "The headline (treatment policy): only those whose answer is known at 4 months." in headline
    assert "selected by what happened after treatment" not in headline


def test_the_stamp_says_when_the_protocol_was_written():
    stamp = dict(compose(marrow()).stamp)
    assert stamp["Protocol written"] == "after outcomes were seen"
    assert stamp["Data cut"] == "2013-04-11, digest cdcdcdcdcdcd"


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


def test_who_left_because_the_chart_does_not_say_and_who_was_without():
    rows = (
        AttritionRow("not: surgery before", 24, 5, 1, False, 19),
        AttritionRow("pain", 19, 2, 2, False, 17),
        AttritionRow("age", 17, 0, 1, True, 17),
    )
    flow = said(compose(replace(marrow(), attrition=rows)), "flow").splitlines()
    assert "without surgery before" in flow
    assert "5 left here, 1 of them because the chart does not say" in flow
    assert "2 left here, because their charts do not say" in flow
    assert "1 chart does not say: kept" in flow


def test_all_is_said_of_follow_up_only_where_all_were_followed_so_long():
    def followed(first, third):
        base = marrow()
        size = replace(
            base.groups[0],
            follow_up_at_least_median_days=365.0,
            follow_up_at_least_first_quartile_days=first,
            follow_up_at_least_third_quartile_days=third,
        )
        return replace(base, groups=(size,))

    assert "all followed at least 12 months" in said(compose(followed(365.0, 365.0)), "flow").splitlines()
    shorter = followed(365.0, 365.0)
    lines = (replace(shorter.timelines.drawn[0], follow_up_low=20), *shorter.timelines.drawn[1:])
    shorter = replace(shorter, timelines=replace(shorter.timelines, drawn=lines))
    assert "followed at least 12 months (median and both quartiles)" in said(compose(shorter), "flow").splitlines()
    assert "(median; quartiles 12 months and 24 months)" in said(compose(followed(365.0, 730.0)), "flow")


def test_the_question_shows_the_instrument_and_leaves_out_events_nobody_declared():
    base = marrow()
    cutoff = Threshold(
        kind="MCID", value="30", unit="% of baseline", absolute_or_percent="percent", url="https://example.org/mcid"
    )
    relief = base.protocol.instruments["relief"].model_copy(
        update={"thresholds": (cutoff,), "citation": "Somebody 1999"}
    )
    changes = {"instruments": {**base.protocol.instruments, "relief": relief}, "intercurrent_event": ()}
    asked = said(compose(replace(base, protocol=base.protocol.model_copy(update=changes))), "question")
    assert "Published thresholds are shown, never applied" in asked
    assert "30 % of baseline (https://example.org/mcid)" in asked
    assert "Somebody 1999" in asked
    assert "How they enter" not in asked
    assert "How they enter" in said(compose(base), "question")


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


def test_limits_of_mean_days_lost_are_called_approximate():
    text = said(compose(compared()), "differences")
    assert "mean days lost by then (limits approximate)" in text
    assert "The limits of mean days are approximate, and too narrow in small groups" in text


def test_a_ratio_whose_interval_was_refused_keeps_its_number():
    refused = replace(RATIO, lower=None, upper=None, method="no interval: refused")
    assert contrast_words(refused) == "3.37 (no interval: refused)"


def test_lanes_are_rows_of_the_case_file():
    (figure,) = [
        b for s in compose(marrow()).sections if s.key == "swimlane" for b in s.blocks if isinstance(b, parts.Figure)
    ]
    lanes = [[cell.text for cell in row] for group in figure.table.groups for row in group.rows]
    assert [lane[0] for lane in lanes] == ["1 to 12", "13 to 24"]  # lanes that are alike are told once
    assert [lane[3] == "none recorded" for lane in lanes] == [True, False]
    assert runs([1, 3, 4, 5, 9]) == "1, 3 to 5, 9"
    assert "A sample of 3 of 151 cases" in said(compose(several_groups()), "swimlane")


def test_an_event_nobody_had_is_said_and_not_drawn():
    incidence = said(compose(one_case()), "incidence")
    assert "Other procedure: recorded in none of 1." in incidence.splitlines()


def test_the_incidence_table_keeps_the_days_on_which_something_changes():
    base = together()
    days = (0, 30, 122, 200, 213, 300, 365, 913)  # the visits are on 122 and 365; something happens on 213
    points = tuple(IncidencePoint(day, 24, 0, 0.5 if day < 213 else 0.6, 0.1, 0.3, 0.7) for day in days)
    curves = (replace(base.incidence[0], points=points),)
    (figure,) = [
        b
        for s in compose(replace(base, incidence=curves)).sections
        if s.key == "incidence"
        for b in s.blocks
        if isinstance(b, parts.Figure)
    ]
    assert [row[1].text for group in figure.table.groups for row in group.rows] == ["0", "122", "213", "365", "913"]


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
        if table.caption.startswith("If so many")
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


def test_matching_arms_stand_in_a_table_the_terminal_has_too():
    (arms,) = [table for table in tables(compose(pooled())) if table.caption == "Matching arms"]
    assert not arms.page_only
    assert arms.groups[0].rows[0][1].text == "5/20 = 25 % (95 % CI 9 to 49)"


def test_what_no_result_could_have_reached_is_said():
    shown = said(compose(pooled()), "comparison")
    assert (
        "With these arms no result of 24 patients could have reached 97.5 % under the sceptical prior (at most 91.2 %)"
        in shown
    )
    assert "under the Jeffreys prior" not in shown


def test_arms_are_labelled_by_their_rule_and_month():
    undated = arm("UNDATED_2009").model_copy(
        update={"month": None, "definition_key": "a_very_" + 12 * "long_" + "rule"}
    )
    first = arm("EARLY_2009").model_copy(update={"month": 1.0})
    near = tuple(replace(marrow().comparisons[0].near[0], arm=each) for each in (undated, first))
    shown = said(compose(replace(marrow(), comparisons=(comparison(near=near),))), "comparison")
    assert "EARLY_2009 (2019), saline, pain improved 50 percent, 1 month: " in shown
    assert "long…, month not stated: " in shown
    assert "— months" not in shown
    assert "1 months" not in shown.replace("11 months", "")


def test_a_rate_is_printed_with_its_range():
    def rate(row):
        table = next(
            t
            for t in tables(compose(replace(marrow(), safety=replace(marrow().safety, rows=(row,)))))
            if t.caption == "Adverse events"
        )
        return [cell.text for cell in table.groups[0].rows[0]][-2:]

    row = replace(safety_row(cases=3, events=4), rate_lower=0.056, rate_upper=0.335, rate_low=0.154, rate_high=0.154)
    assert rate(replace(row, rate_per_person_year=0.154)) == ["0.17", "0.154 (0.056 to 0.335)"]
    assert rate(replace(row, rate_low=0.152, rate_high=0.161)) == ["0.17", "0.15 to 0.16 (0.056 to 0.335)"]
    assert rate(replace(row, rate_low=0.152, rate_high=0.154))[1] == "0.152 to 0.154 (0.056 to 0.335)"
    assert rate(replace(row, rate_low=None, rate_lower=None))[1] == "at most 0.154 (at most 0.335)"
    assert rate(replace(row, events_high=6))[0] == "0.17 to 0.25"


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
    assert f"Read the bounds\nNo assumption is named. Refused: {PRIMARY}, 4 months, hypothetical." in said(
        compose(marrow()), "refused"
    )


def test_one_reason_is_refused_once_with_all_its_places():
    base = marrow()
    same = tuple(Refusal(f"{PRIMARY} | {k} months | hypothetical | all", "why", "else") for k in (4, 12, 24))
    odd = Refusal(f"{PRIMARY} | 4 months | principal stratum | all", "why not", "else")
    refused = said(
        compose(replace(base, sensitivity=replace(base.sensitivity, refused=(*same, odd)))), "refused"
    ).splitlines()
    assert refused[-2] == "Else"
    assert refused[-1] == (
        f"Why. Refused: {PRIMARY}, 4 months, 12 months and 24 months, hypothetical. "
        f"Why not. Refused: {PRIMARY}, 4 months, principal stratum."
    )


def test_a_reason_that_differs_only_by_its_rate_is_refused_once_too():
    base = marrow()
    rates = {"4 months": "10/12 = 83 %", "12 months": "8/11 = 73 %"}
    same = tuple(
        Refusal(f"{PRIMARY} | {k} | hypothetical | all", f"it repeats: {rate}", "x") for k, rate in rates.items()
    )
    refused = said(compose(replace(base, sensitivity=replace(base.sensitivity, refused=same))), "refused")
    assert "It repeats (its rate in brackets). " in refused
    assert f"Refused: {PRIMARY}, hypothetical: 4 months (10/12 = 83 %), 12 months (8/11 = 73 %)." in refused


def test_readings_are_gathered_only_where_every_combination_stands():
    full = [((name, visit), "") for name in ("a", "b") for visit in ("4 months", "12 months")]
    assert gathered(full) == "a and b, 4 months and 12 months"
    assert gathered(full[:3]) == "a: 4 months and 12 months; b: 4 months"
    assert gathered([(("a", "now", "x"), ""), (("b", "x"), "")]) == "a, now, x; b, x"
    assert (
        gathered([(("a", "now"), "1 of 9 cases"), (("a", "then"), "1 of 9 cases")]) == "a, now and then (1 of 9 cases)"
    )


def test_a_means_panel_names_students_t():
    base = several_groups()
    assert "Student's t" in said(compose(base), "other-panels")
    scores = tuple(replace(row, estimand=PRIMARY) for row in base.estimates if row.unit != "proportion")
    panel = said(compose(replace(base, estimates=scores)), "panel")
    assert "Student's t" in panel
    assert "Clopper" not in panel


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


def test_a_rate_of_the_benchmark_that_is_missing_is_not_called_undeclared():
    base = marrow()
    asks = base.protocol.sensitivity.model_copy(update={"tipping_threshold": TippingThreshold(benchmark="sham")})
    asking = replace(base, protocol=base.protocol.model_copy(update={"sensitivity": asks}))
    bare = replace(base.sensitivity.tipping_points[0], threshold=None, threshold_source=None, k=None)
    tipped = replace(bare, visit="12 months", threshold=0.3, threshold_source="benchmark 'sham'", k=2)
    for points in ((bare,), (bare, tipped)):
        shown = said(compose(replace(asking, sensitivity=replace(base.sensitivity, tipping_points=points))), "tipping")
        assert "no published rate" in shown
        assert "no rate declared" not in shown
        assert "names no rate" not in shown


def test_a_legend_lists_only_what_is_drawn():
    base = marrow()
    (strip,) = [block for block in strip_section(base).blocks if isinstance(block, parts.Figure)]
    signs = {mark.sign for mark in strip.legend}
    assert {"◆", "●", "▬"} <= signs
    bounds = replace(base, estimates=tuple(row for row in base.estimates if row.missing == "bounds"))
    (strip,) = [block for block in strip_section(bounds).blocks if isinstance(block, parts.Figure)]
    assert [mark.sign for mark in strip.legend] == ["▬", "―"]
    assert "diamond" not in strip.reading


def test_differences_say_what_points_are_name_their_test_and_explain_every_sign():
    section = next(each for each in compose(compared()).sections if each.key == "differences")
    notes = [block.text for block in section.blocks if isinstance(block, parts.Paragraph) and block.tone == "note"]
    assert any("Points between two rates are percentage points." in note for note in notes)
    figures = [block for block in section.blocks if isinstance(block, parts.Figure)]
    means = [figure for figure in figures if figure.title.startswith("Mean scores")]
    for figure in means:
        has_range = any("range" in row[3].text for group in figure.table.groups for row in group.rows)
        assert ("▬" in [mark.sign for mark in figure.legend]) == has_range
    assert any("▬" in [mark.sign for mark in figure.legend] for figure in means)
    headings = {column.heading for figure in figures for column in figure.table.columns}
    assert "P (Barnard)" in headings
