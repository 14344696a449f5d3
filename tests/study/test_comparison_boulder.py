"""Two arms of a randomised trial, adjusted: the answer chance already gave must be within reach, said or unsaid."""

from pathlib import Path

import pytest

from equipoise import read_casebook, read_protocol, run_study
from equipoise.domain.contrast_answer import ContrastRow
from equipoise.domain.result import StudyResult

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "boulder" / "boulder_2022.csv"
METHODS = ("overlap weighting", "ATT weighting", "entropy balancing", "AIPW")


@pytest.fixture(scope="module")
def result() -> StudyResult:
    assert DATA.is_file(), (
        "the Boulder trial's data are not part of this project: put boulder_2022.csv into ../shared/data/boulder beside "
        "the checkout (torwager/ComputationalFoundations, Ashar_2022_PRT_backpain.zip, CC0)"
    )
    protocol = read_protocol(ROOT / "examples" / "boulder-2022")
    plain = protocol.model_copy(update={"imputation": (), "tipping_grid": ()})  # slow, and not what is asked here
    return run_study(plain, read_casebook(plain))


@pytest.fixture(scope="module")
def unsaid(result: StudyResult) -> StudyResult:
    """The same study, as if nobody had randomised."""
    (section,) = result.protocol.comparison
    told = section.model_copy(update={"allocation": "not randomised"})
    plain = result.protocol.model_copy(update={"comparison": (told,)})
    return run_study(plain, read_casebook(plain))


def row(result: StudyResult, method: str, measure: str, missing: str) -> ContrastRow:
    (found,) = (
        each
        for each in result.contrasts[0].rows
        if (each.method, each.measure, each.missing) == (method, measure, missing)
    )
    return found


@pytest.mark.parametrize("method", METHODS)
def test_weighting_agrees_with_the_randomised_answer_within_its_interval(result, method):
    # Ashar et al. (2022), JAMA Psychiatry 79:13-23: 10 of 51 and 5 of 50 pain free or nearly so; mean pain 2.84 and 3.13.
    risks = row(result, method, "risk difference", "non-responder")
    assert risks.lower < 10 / 51 - 5 / 50 < risks.upper
    assert (risks.described, risks.comparator_described) == pytest.approx((10 / 51, 5 / 50))
    means = row(result, method, "mean difference", "observed")
    assert means.lower < 2.84 - 3.13 < means.upper


def test_chance_had_made_the_arms_alike_and_the_gate_says_so(result):
    (contrast,) = result.contrasts
    for found in contrast.diagnostics:
        assert found.passes
        assert found.random_share_before > 0.5
        assert (found.treated, found.comparator) == (51, 50)
    assert contrast.in_both == 0


def test_chance_is_told_and_changes_no_number(result, unsaid):
    assert (result.contrasts[0].allocation, unsaid.contrasts[0].allocation) == ("randomised", "not randomised")
    assert unsaid.contrasts[0].rows == result.contrasts[0].rows  # the gate is met without the word too
    assert all(found.passes for found in unsaid.contrasts[0].diagnostics)
    assert not any("by chance" in note for note in result.contrasts[0].notes)


def test_the_unknown_are_bounded(result):
    bounds = row(result, "overlap weighting", "risk difference", "bounds")
    observed = row(result, "overlap weighting", "risk difference", "observed")
    assert bounds.outer_lower < bounds.lower < observed.estimate < bounds.upper < bounds.outer_upper
