"""What the report says of borrowing, of arms apart, and of the control rate one would have to assume."""

import re
from dataclasses import replace

import pytest

from equipoise.domain.control_rate_answer import ControlRateToAssume
from equipoise.report.document import compose
from equipoise.report.html import packaged, render_html
from equipoise.report.parts import Figure, Items, Paragraph, Slider, Table
from report_borrowed import APART, BORROWED, RATES
from report_results import borrowed, marrow, pooled_comparison


def section(result, key):
    return next(each for each in compose(result).sections if each.key == key)


def said(result, key):
    blocks = section(result, key).blocks
    texts = [block.text for block in blocks if isinstance(block, Paragraph)]
    texts += [item for block in blocks if isinstance(block, Items) for item in block.items]
    tables = [block for block in blocks if isinstance(block, Table)]
    tables += [block.table for block in blocks if isinstance(block, Figure | Slider)]
    texts += [cell.text for table in tables for group in table.groups for row in group.rows for cell in row]
    return " | ".join(texts + [block.reading for block in blocks if isinstance(block, Figure)])


def test_a_study_that_asks_for_none_of_it_has_none_of_it():
    keys = {each.key for each in compose(marrow()).sections}
    assert not keys & {"borrowing", "control-rate"}


def test_the_control_rate_is_told_once_for_readings_that_agree():
    text = said(replace(marrow(), control_rates=RATES), "control-rate")
    assert text.startswith("No like control was published, so a reader has to bring one.")
    assert (
        "12 months, composite by visit and treatment policy, 8/24 to 21/24 better: surely better at no control rate "
        "(at 2 % to 38 % were every unknown answer a yes); surely not better by the margin from 86 % on (from 45 % on "
        "were every unknown answer a no)." in text
    )
    assert "4 months, treatment policy, 22/24 better: surely better at 1 % to 45 %; surely not better by the" in text
    assert "below 1 %" in text  # Jeffreys alone: 0.24 % is not nought
    assert "Cases that have not reached the visit are left out." in text
    assert "Where no full stroke lies the cases settle nothing" in text  # a line may have one full stroke, or two


def test_with_like_arms_the_lead_does_not_send_the_reader_for_one():
    lead = section(borrowed(), "control-rate").blocks[0].text
    assert lead.startswith("These are the control rates")


def test_what_tells_rows_apart_is_named():
    other: ControlRateToAssume = replace(RATES[0], group="therapy", margin=0.2, estimand="half the pain gone")
    text = said(replace(marrow(), control_rates=(*RATES, other)), "control-rate")
    assert "therapy, half the pain gone, 12 months, margin 20 points" in text
    assert "better by 10 or 20 percentage points" in text


def test_what_the_published_are_worth_and_what_follows():
    text = said(borrowed(), "borrowing")
    assert "3 arms with 81 people put the control rate of the cases at 31 % on average, 9 to 88 % (95 %)" in text
    assert "worth 29 controls of our own (effective sample size, ELIR); 41 before the part that borrows nothing" in text
    assert "depends on the unknown responses" in text
    assert "Usual care: 5/20 to 9/20 responded" in text
    assert "probability 0.03 to 0.40, which may be a conflict" in text
    assert "Only like arms are borrowed." in text
    assert "New since a benchmark's as_of, and not used until as_of is moved: SHAM_2026, saline (2026)" in text


@pytest.mark.parametrize(
    "words",
    [
        "To believe it better: 95 % likely that the odds ratio lies between 1 and 7.50, or nearer to 1 on that side.",
        "To believe it worse: 95 % likely that the odds ratio lies between 0.11 and 1, or nearer to 1 on that side.",
        "To believe it better: almost any belief that it is better is enough.",
        "To disbelieve it: 95 % likely that the odds ratio lies between 1/4.26 and 4.26, or nearer to 1; the result "
        "alone does not answer such a sceptic.",
        "lies between 1/1.30 and 1.30, or nearer to 1; the result alone answers such a sceptic.",
        "To disbelieve it: almost any scepticism is enough.",
    ],
)
def test_what_it_takes_to_believe_and_to_disbelieve(words):
    assert words in said(borrowed(), "borrowing")


def test_the_slider_starts_at_what_the_protocol_declares():
    sliders = [block for block in section(borrowed(), "borrowing").blocks if isinstance(block, Slider)]
    weights, scepticism = sliders
    assert weights.table.groups[0].rows[weights.start][0].text == "80 %"
    assert [row[0].text for row in scepticism.table.groups[0].rows] == ["1/2 to 2", "anything"]
    assert scepticism.start == 0
    page = render_html(borrowed())
    assert page.count('<div class="slider" data-label="How') == 2
    assert page.count("<input") == 0  # the script makes it, so that without one there is nothing that does not work


def test_the_sliders_script_is_small_and_never_evaluates():
    script = packaged("slider.js")
    assert script.count("\n") < 40
    assert not re.search(r"eval|Function\(|innerHTML|fetch|XMLHttp|import", script)


def test_arms_apart_leave_one_out_and_funnel():
    text = said(borrowed(), "comparison")
    assert "standard deviation of the log-odds 0.10 (95 % CI 0.00 to 1.20 by the Q-profile; REML)" in text
    assert "14 % of the variation is between arms" in text
    assert "not pooled: nobody responded in any arm" in text
    assert "Egger's line (dashed): P 0.040" in text
    few = replace(APART, line=replace(APART.line, p=None))
    text = said(replace(borrowed(), comparisons=(replace(pooled_comparison(), apart=few),)), "comparison")
    assert "below ten arms it is not tested" in text
    none = replace(APART, line=None)
    text = said(replace(borrowed(), comparisons=(replace(pooled_comparison(), apart=none),)), "comparison")
    assert "Egger" not in text


def test_a_check_without_an_answer_is_said():
    rate = replace(
        pooled_comparison().pooled,
        method="Paule-Mandel",
        check_method="binomial-normal maximum likelihood",
        check_estimate=None,
        check_lower=None,
        check_upper=None,
        check_tau=None,
    )
    text = said(replace(marrow(), comparisons=(replace(pooled_comparison(), pooled=rate),)), "comparison")
    assert "Pooled by Paule-Mandel on the logit, as the protocol asks." in text
    assert "The check, binomial-normal maximum likelihood, has no answer for these arms." in text


def test_several_groups_are_named():
    other = replace(BORROWED.answers[0], group="therapy")
    both = replace(BORROWED, answers=(BORROWED.answers[0], other))
    assert "therapy, treatment policy" in said(replace(borrowed(), borrowings=(both,)), "borrowing")
