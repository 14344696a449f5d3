"""The tipping grid of a real randomised trial, with its real missing people, and one of its mean scores."""

from pathlib import Path

import pytest

from equipoise import read_casebook, read_protocol, run_study
from equipoise.domain.imputation import ImputationDeclared
from equipoise.domain.tipping import TippingGridDeclared
from equipoise.report.sections.tipping_words import what_tips
from reference.saved import rows

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "boulder" / "boulder_2022.csv"
PAIR = {"group": "therapy", "reference": "usual care"}
RESPONDERS = PAIR | {"estimand": "pain free or nearly so"}
MEANS = PAIR | {
    "estimand": "mean pain",
    "imputation": "at random",
    "deltas": {"from": -3, "to": 3, "steps": 12},
    "reference_deltas": {"from": -3, "to": 3, "steps": 12},
}
AT_RANDOM = {
    "name": "at random",
    "estimands": ["mean pain"],
    "strategies": ["as declared"],
    "after_last_seen": "missing at random",
    "reference": "usual care",
    "method": "approximate bayesian",
    "imputations": 100,
    "covariates": [],
    "covariance": "unstructured",
    "covariance_by_group": False,
}


@pytest.fixture(scope="module")
def maps():
    assert DATA.is_file(), (
        "the Boulder trial's data are not part of this project: put boulder_2022.csv into ../shared/data/boulder beside "
        "the checkout (torwager/ComputationalFoundations, Ashar_2022_PRT_backpain.zip, CC0)"
    )
    protocol = read_protocol(ROOT / "examples" / "boulder-2022")
    grids = (RESPONDERS | {"name": "high", "margin": 0.45}, MEANS | {"name": "mean", "margin": 1.2})
    asked = (*protocol.tipping_grid, *(TippingGridDeclared.model_validate(each) for each in grids))
    imputation = (*protocol.imputation, ImputationDeclared.model_validate(AT_RANDOM))
    protocol = protocol.model_copy(update={"tipping_grid": asked, "imputation": imputation})
    found = run_study(protocol, read_casebook(protocol)).sensitivity.tipping_maps
    return {each.name: each for each in found}


def test_the_arms_are_those_of_the_paper_with_who_was_not_seen(maps):
    # Ashar et al. (2022): 33/50 and 5/50, the missing counted as not better; 6 and 3 have no score at one month.
    found = maps["therapy beside usual care"]
    assert (found.arm.responders, found.arm.n, found.arm.unseen) == (33, 50, 6)
    assert (found.reference_arm.responders, found.reference_arm.n, found.reference_arm.unseen) == (5, 50, 3)


def test_every_cell_agrees_with_r(maps):
    # Numbers: tests/reference/tipping.R and its saved output, R 4.2.2.
    saved = {(float(row["treated"]), float(row["control"])): float(row["lower"]) for row in rows("tipping")}
    found = maps["high"]
    assert len(saved) == 28 == len(found.holds)
    for a, of_group in enumerate(found.group_axis):
        for b, of_reference in enumerate(found.reference_axis):
            cell = found.at(a, b)
            assert cell.lower == pytest.approx(saved[of_group, of_reference], abs=1e-7)
            assert cell.holds == (saved[of_group, of_reference] > 0.45)


def test_no_answer_of_the_missing_overturns_the_trial(maps):
    found = maps["therapy beside usual care"]
    assert all(found.holds)
    assert "even if none of the 6 unseen of therapy and all 3 unseen of usual care had responded" in " ".join(
        what_tips(found)
    )


def test_a_margin_that_can_tip_says_where(maps):
    words = " ".join(what_tips(maps["high"]))
    assert "only if at least 4 of the 6 unseen of therapy (67 %, beside 75 % of those seen) responded" in words
    assert "no more than 2 of the 3 unseen of usual care (67 %, beside 11 % of those seen) did" in words


def test_the_mean_as_expected_is_near_the_paper_s_and_worse_unseen_bring_it_back(maps):
    # Ashar et al. (2022), observed visits: 1.18 and 3.13; with nothing to predict from, missing at random adds noise only.
    found = maps["mean"]
    assert found.expected.estimate == pytest.approx(1.18 - 3.13, abs=0.1)
    # by hand: 6 of 50 unseen, so three points worse move the mean of therapy by 0.36; 3 of 50 of usual care by 0.18
    assert found.worst.estimate - found.expected.estimate == pytest.approx(0.36 + 0.18)
    assert found.expected.holds
    assert not found.worst.holds
    assert found.monotone
