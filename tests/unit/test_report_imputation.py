"""The report's section on what was not seen."""

import json

import jsonschema
import pytest

from equipoise.domain.estimand import Strategy
from equipoise.estimate.catalogue import methods_used
from equipoise.report.document import compose
from equipoise.report.html import render_html
from equipoise.report.parts import Figure, Items, Paragraph, Table
from equipoise.report.results import results_json, results_schema
from imputed_studies import FIRST, RELIEF, SECOND, VALUE, Cases, declared, of_responses, review


def section(result):
    return next((each for each in compose(result).sections if each.key == "imputation"), None)


def of(result, kind):
    return [each for each in section(result).blocks if isinstance(each, kind)]


@pytest.fixture(scope="module")
def relief():
    cases = Cases("relief")
    for value in (1, 1, 0, 1):
        cases.add({"first": value})
    cases.add({"first": 1}, event=(5, 5))
    back = of_responses(name="gone back", after_event="return to baseline")
    return review(cases, RELIEF, of_responses(name="like the others"), back)


@pytest.fixture(scope="module")
def groups():
    cases = Cases("pain")
    for place in range(7):
        cases.add({"first": 3 + place % 3, "second": 2 + place % 4}, group="treated")
        cases.add({"first": 6 + place % 2, "second": 6 + place % 3}, group="usual")
    cases.add({"first": 4, "second": None}, group="treated")
    words = {"method": "approximate bayesian", "imputations": 10, "reference": "usual", "strategies": ("as declared",)}
    jump = declared(name="jump", after_event="jump to reference", after_last_seen="jump to reference", **words)
    return review(cases, VALUE, jump, declared(name="plain", **words), visits=(FIRST, SECOND))


def test_no_section_where_none_is_declared():
    cases = Cases("relief")
    cases.add({"first": 1})
    assert section(review(cases, RELIEF)) is None


def test_each_assumption_says_what_it_believes(relief):
    [items] = of(relief, Items)
    assert items.items[0].startswith("Like the others: those unseen are taken to answer as those of the same group do")
    assert "with nothing to predict from, the assumption repeats what was seen" in items.items[0]
    assert "those unseen after an event are taken to be back where they began" in items.items[1]


def test_the_assumptions_stand_beside_the_bounds(relief):
    [figure] = of(relief, Figure)
    assert [column.heading for column in figure.table.columns] == [
        "visit", "like the others", "gone back", "no assumption",
    ]  # fmt: skip
    [row] = figure.table.groups[0].rows
    assert [cell.text for cell in row][2:] == ["60 %", "60 % to 80 %"]
    assert row[2].detail.startswith("3/5, 1 filled in, 95 % CI")
    assert row[1].detail.startswith("of 5, 1 filled in, 95 % CI")
    assert "first, gone back: 60 % (3/5, 1 filled in" in figure.alt.replace("all, ", "")


def test_the_hypothetical_panel_gains_the_named_assumptions(relief):
    panel = next(each for each in compose(relief).sections if each.key == "panel")
    [table] = [each for each in panel.blocks if isinstance(each, Table)]
    [hypothetical] = [each for each in table.groups if each.heading == "hypothetical"]
    assert [row[0].text for row in hypothetical.rows] == [
        "bounds", "missing at random", "return to baseline after the event, missing at random otherwise",
    ]  # fmt: skip


def test_the_strip_and_the_verdict_leave_the_filled_in_alone(relief):
    strip = next(each for each in compose(relief).sections if each.key == "strip")
    [figure] = [each for each in strip.blocks if isinstance(each, Figure)]
    assert not any("missing at random" in cell.text for row in figure.table.groups[0].rows for cell in row)
    assert not any("baseline" in reason for reason in relief.verdict.reasons)


def test_differences_show_the_jackknife_beside_what_borrows(groups):
    told = [each.text for each in of(groups, Paragraph)]
    assert any("Rubin's rules count what was borrowed" in text for text in told)
    [table] = [each for each in of(groups, Table) if each.caption.startswith("Differences")]
    assert [group.heading for group in table.groups] == ["asked: jump", "asked: plain"]
    jump, plain = (group.rows[-1] for group in table.groups)
    assert jump[0].text == "second: treated less usual"
    assert jump[-1].text.endswith(")")
    assert plain[-1].text == "—"


def test_means_are_told_with_how_many_were_filled_in(groups):
    [figure] = of(groups, Figure)
    cells = {row[0].text: row for row in figure.table.groups[0].rows}
    assert "n = 8, 1 filled in" in cells["treated, second"][2].detail
    assert "filled in" not in cells["usual, second"][1].detail  # as seen


def test_an_imputation_that_was_refused_is_told():
    cases = Cases("pain")
    cases.add({"first": 4})
    cases.add({"first": None})
    result = review(cases, VALUE, declared())
    assert of(result, Paragraph)[0].text.startswith("Every imputation that was asked for was refused")
    refused = next(each for each in compose(result).sections if each.key == "refused")
    assert "imputation 'assumed'" in str(refused)


def test_the_methods_are_cited_where_they_were_used(relief, groups):
    assert {"Responses filled in", "Limits of a rate filled in"} <= {each.name for each in methods_used(relief)}
    names = {each.name for each in methods_used(groups)}
    assert "Scores filled in" in names
    assert "Responses filled in" not in names


def test_the_answer_is_strict_json_of_the_published_schema(relief, groups):
    for result in (relief, groups):
        answer = json.loads(results_json(result))
        jsonschema.validate(answer, results_schema())
        assert answer["imputations"]
        assert "NaN" not in render_html(result)


def test_a_difference_says_which_way_is_better_and_what_it_is_not(groups):
    [table] = [each for each in of(groups, Table) if each.caption.startswith("Differences")]
    assert all("Lower is better" in group.detail for group in table.groups)
    told = " ".join(each.text for each in of(groups, Paragraph))
    assert "Where chance did not decide who was in which" in told
    assert "The jackknife's limits are normal" in told
    assert "selected after treatment" not in told


def test_a_difference_between_strata_is_told_to_be_one():
    cases = Cases("relief")
    for place in range(6):
        seen = {"first": place % 2, "second": None if place == 1 else place % 2}
        cases.add(seen, group="treated")
        cases.add(seen, group="usual", event=(40, 40) if place == 2 else None)
    jump = "jump to reference"
    declares = of_responses(strategies=("as declared",), after_event=jump, after_last_seen=jump, reference="usual")
    result = review(cases, RELIEF, declares, visits=(FIRST, SECOND), own=Strategy.PRINCIPAL_STRATUM)
    told = " ".join(each.text for each in of(result, Paragraph))
    assert "no control counterpart identified: their difference compares people selected" in told
    assert "Of yes-or-no answers there is no jackknife" in told
    assert "The jackknife's limits are normal" not in told


def test_limits_wider_than_those_of_no_assumption_are_told(relief):
    """None of 5 and one unseen: .895 at most at random (r = 1.2, 1.8 degrees of freedom), .641 assuming nothing."""
    cases = Cases("relief")
    for value in (0, 0, 0, 0, 0, None):
        cases.add({"first": value})
    result = review(cases, RELIEF, of_responses(strategies=("treatment policy",), imputations=200))
    beyond = [each.text for each in of(result, Paragraph) if "reach beyond the outer limits" in each.text]
    assert len(beyond) == 1
    assert beyond[0].endswith("So at first (assumed).")
    assert not any("reach beyond" in each.text for each in of(relief, Paragraph) if "(gone back)" in each.text)
