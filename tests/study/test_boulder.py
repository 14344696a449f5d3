"""A real randomised trial, read from beside the checkout: both of its published rows, under the rule each used."""

from pathlib import Path

import pytest

from equipoise import read_casebook, read_protocol, run_study

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "boulder" / "boulder_2022.csv"


@pytest.fixture(scope="module")
def result():
    assert DATA.is_file(), (
        "the Boulder trial's data are not part of this project: put boulder_2022.csv into ../shared/data/boulder beside "
        "the checkout (torwager/ComputationalFoundations, Ashar_2022_PRT_backpain.zip, CC0)"
    )
    protocol = read_protocol(ROOT / "examples" / "boulder-2022")
    return run_study(protocol, read_casebook(protocol))


def row(result, group, endpoint, missing):
    (found,) = (
        each
        for each in result.estimates
        if each.group == group and endpoint in each.endpoint and each.missing == missing and each.visit == "1 month"
    )
    return found


# Ashar et al. (2022), JAMA Psychiatry 79:13-23: pain 0 or 1 after treatment, and mean (SD) pain after treatment.
@pytest.mark.parametrize(
    ("group", "responders", "n"), [("therapy", 33, 50), ("placebo injection", 10, 51), ("usual care", 5, 50)]
)
def test_missing_counted_as_not_better(result, group, responders, n):
    found = row(result, group, "Pain, numeric rating scale 0 to 10: at most 1", "non-responder")
    assert (found.responders, found.n) == (responders, n)


@pytest.mark.parametrize(
    ("group", "n", "mean", "sd"),
    [("therapy", 44, 1.18, 1.24), ("placebo injection", 44, 2.84, 1.64), ("usual care", 47, 3.13, 1.45)],
)
def test_observed_visits_only(result, group, n, mean, sd):
    found = row(result, group, "Pain, numeric rating scale 0 to 10: mean", "observed")
    assert (found.n, round(found.estimate, 2), round(found.sd, 2)) == (n, mean, sd)


def test_one_person_was_never_randomised(result):
    last = result.attrition[-1]
    assert (last.entering, last.excluded, last.remaining) == (152, 1, 151)


def test_the_comparator_is_named_for_what_it_is(result):
    cautions = " ".join(result.protocol.conduct.cautions)
    assert "open-label" in cautions
    assert "not a blinded sham" in cautions


def test_every_mean_leads_back_to_its_scores(result):
    for each in (row for row in result.estimates if row.unit == "points" and row.estimand != "scores as observed"):
        scores = result.case_outcomes.scores[f"{each.estimand} | {each.visit} | {each.strategy}"]
        mine = (result.case_outcomes.group == each.group) & (scores.bits == 1)
        if each.missing == "observed":
            assert scores.low[mine].mean() == pytest.approx(each.estimate)
