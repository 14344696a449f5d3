"""What the report says of borrowing, of arms apart, and of the control rate one would have to assume."""

import re
from dataclasses import replace

import pytest

from equipoise.domain.control_rate_answer import ControlRateToAssume
from equipoise.report.document import compose
from equipoise.report.html import packaged, render_html
from equipoise.report.parts import Figure, Items, Paragraph, Slider, Table
from report_borrowed import APART, BORROWED, MEANS, RATES
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


OF_MEANS = replace(marrow(), borrowings=(MEANS,))


@pytest.mark.parametrize(
    "words",
    [
        "By the normalised power prior, 2 arms with 81 people put the control mean of the cases at 41.2 points of ODI on average, "
        "29.5 to 53.0 (95 %). That is worth 44 controls of our own whose scores have a standard deviation of 18.0",
        "beforehand Beta(1, 1), expected 0.50; 0.55 once usual care is seen, 40.0 (SD 17.5, n = 20).",
        "does not follow it closely (0.031 nats from it; below 0.01 no figure shows a difference)",
        "Left out: SHAM_2013, saline, which prints no standard deviation of its mean.",
        "all, 12 months, while on treatment, as observed: no probability, since one patient has no standard deviation; "
        "wait for a second patient with a value.",
        "22.0 to 51.5 (n = 24)",
        "depends on the unknown scores",
        "Usual care: a mean of 40.0 (SD 17.5, n = 20). Had they been the people the published arms speak of, so extreme "
        "a mean had probability 0.02, which is a conflict.",
        "treatment policy, whatever the unknown are, mean 22.0 | 19.0 (11.0 to 27.0) | To disbelieve it: 95 % likely that "
        "the difference in favour of the treatment lies between \N{MINUS SIGN}6.6 and 6.6, or nearer to 0; the result "
        "alone answers such a sceptic.",
        "To believe it worse: 95 % likely that the difference in favour of the treatment lies between "
        "\N{MINUS SIGN}60.2 and 0, or nearer to 0 on that side.",
        "To believe it better: almost any belief that it is better is enough.",  # 400 points, of a scale of 100
        "\N{MINUS SIGN}1.8 to 1.8",
        "The difference of a mean of fewer than four patients is not near normal",
    ],
)
def test_means_are_told_in_points_of_the_instrument(words):
    assert words in said(OF_MEANS, "borrowing")


def test_captions_of_means_speak_of_points_and_never_of_a_rate_or_an_odds_ratio():
    blocks = section(OF_MEANS, "borrowing").blocks
    tables = [block for block in blocks if isinstance(block, Table)]
    tables += [block.table for block in blocks if isinstance(block, Figure | Slider)]
    captions = " | ".join(table.caption for table in tables)
    assert "beats the control by more than 5.5 points of ODI; 90 % would decide" in captions
    assert "by the differences, in points of ODI, held 95 % likely beforehand" in captions
    page = render_html(OF_MEANS)
    told = page[page.index('id="borrowing"') :].partition("</section>")[0]
    assert not re.search(r"odds|\brate\b|responded|percentage point", told)
    assert "control mean, points of ODI" in told


def test_the_slider_in_steps_of_five_folds_its_table_and_the_script_still_walks_it():
    weights, scepticism = (each for each in section(OF_MEANS, "borrowing").blocks if isinstance(each, Slider))
    assert (len(weights.table.groups[0].rows), weights.table.folded) == (21, True)
    assert (len(scepticism.table.groups[0].rows), scepticism.table.folded) == (2, False)
    assert len(scepticism.table.columns) == 2  # the reading of three patients has none
    page = render_html(OF_MEANS)
    box = page[page.index('<div class="slider"') :].partition("</div>")[0]
    assert box.index("<details") < box.index("<tbody>")
    assert 'querySelectorAll("tbody tr")' in packaged("slider.js")
