"""What an ``[[imputation]]`` section may say, and what of it does not fit the rest of the study file."""

import shutil
from pathlib import Path

import pytest
from pydantic import ValidationError

from equipoise.domain.estimand import Assumption, Endpoint, Strategy, ValueRule
from equipoise.domain.imputation import ImputationDeclared
from equipoise.domain.imputation_check import imputation_problems
from equipoise.errors import ProtocolError
from equipoise.read.protocol import read_protocol
from imputed_studies import CHANGE, RELIEF, VALUE, declared, of_responses

EXAMPLE = Path(__file__).parents[2] / "examples" / "disc-series-synthetic" / "study.toml"
RULE = Endpoint(instrument="pain", value=ValueRule(at_most=2))
EXACT = Endpoint(instrument="pain", value=ValueRule(equals=0))
BARE = Endpoint(instrument="pain", score="value")
NO_EVENT = {"after_event": None, "strategies": ("as declared",)}


def problems(section, *endpoints, events=("other",)):
    questions = {f"q{place}": (("first",), endpoint) for place, endpoint in enumerate(endpoints)}
    return [
        f"{each.where}: {each.problem}"
        for each in imputation_problems([section], questions, events, ("age",), ("relief",))
    ]


@pytest.mark.parametrize(
    ("section", "endpoints", "says"),
    [
        (declared(estimands=("q7",)), [VALUE], "'q7' is no declared estimand"),
        (declared(covariates=("aeg",)), [VALUE], "'aeg' is no declared covariate"),
        (declared(covariates=("baseline",)), [BARE], "has no baseline_look_back_days"),
        (declared(after_event="return to baseline"), [BARE], "a value cannot return to a baseline"),
        (declared(after_event=None), [VALUE], "'after_event' is missing"),
        (declared(covariance=None), [VALUE], "'covariance' is missing, and scores are filled in"),
        (declared(covariance_by_group=None), [CHANGE], "'covariance_by_group' is missing"),
        (of_responses(covariance="unstructured"), [RELIEF], "speaks of scores, and every estimand is filled in as yes or no"),
        (of_responses(method="bootstrap"), [RELIEF], "'q0' is yes or no, and one filled-in mean is neither"),
        (of_responses(), [RULE], "'responders_from' is missing"),
        (of_responses(responders_from="scores"), [RELIEF], "no estimand is a responder rule on a score"),
        (declared(method="conditional mean with jackknife", responders_from="scores"), [RULE], "is yes or no, and one"),
        (of_responses(responders_from="scores"), [EXACT], "is never exactly 0"),
        (declared(delta=({"visit": "later", "by": 1},)), [VALUE], "'later' is no visit of an estimand"),
        (of_responses(delta=({"visit": "first", "by": -1},)), [RELIEF], "multiplied by zero or less"),
        (declared(delta=({"visit": "first", "by": 1},)), [VALUE, RELIEF], "are not the same"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told(section, endpoints, says):
    assert any(says in each for each in problems(section, *endpoints))


def test_without_events_nothing_follows_one():
    assert problems(declared(**NO_EVENT), VALUE, events=()) == []
    found = problems(declared(), VALUE, events=())
    assert any("after_event: no intercurrent event is declared" in each for each in found)
    assert any("strategies: no intercurrent event is declared" in each for each in found)


@pytest.mark.parametrize(
    "section",
    [
        declared(),
        declared(covariates=("baseline", "age"), method="bootstrap", imputations=100),
        of_responses(estimands=("q1",)),
    ],
)
def test_what_fits_is_not_told(section):
    assert problems(section, VALUE, *([RELIEF] if section.estimands else [])) == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"after_event": "jump to reference"}, "a reference group is assumed and none is named"),
        ({"imputations": 10}, "the jackknife leaves out each case once"),
        ({"method": "bootstrap"}, "has no imputations"),
        ({"fall_back": ("unstructured",)}, "'unstructured' is named twice"),
        ({"strategies": ("hypothetical", "hypothetical")}, "'hypothetical' is named twice"),
        ({"delta": ({"visit": "first", "by": 1}, {"visit": "first", "by": 2})}, "two entries for one group and visit"),
        ({"after_last_seen": "missing"}, "missing at random"),
        ({"strategies": ()}, "at least 1"),
        ({"method": "bootstrap", "imputations": 1}, "greater than or equal to 2"),
    ],
)  # fmt: skip
def test_a_section_that_contradicts_itself_does_not_exist(words, says):
    with pytest.raises(ValidationError, match=says):
        declared(**words)


def test_the_words_of_a_row():
    assert declared().assumption == "missing at random"
    back = declared(after_event="return to baseline")
    assert back.assumption == "return to baseline after the event, missing at random otherwise"
    shifted = declared(delta=({"visit": "first", "by": 1},))
    assert shifted.assumption == "missing at random, shifted"
    assert (
        ImputationDeclared.model_validate(declared(**NO_EVENT).model_dump()).assumption == Assumption.MISSING_AT_RANDOM
    )


def test_which_questions_a_section_covers():
    section, hypothetical = declared(estimands=("asked",)), frozenset({Strategy.HYPOTHETICAL})
    assert section.covers("asked", hypothetical, own=False)
    assert not section.covers("another", hypothetical, own=False)
    assert not section.covers("asked", frozenset({Strategy.TREATMENT_POLICY}), own=True)
    assert declared(strategies=("as declared",)).covers("asked", frozenset({Strategy.TREATMENT_POLICY}), own=True)


def test_a_study_file_tells_every_problem_of_its_sections_at_once(tmp_path):
    text = EXAMPLE.read_text(encoding="utf-8").replace("published_arms.csv", str(EXAMPLE.parent / "published_arms.csv"))
    section = '[[imputation]]\nname = "missing at random"'
    text = text.replace(section, f"{section}\nestimands = ['chnge in pain']", 1)
    text = text.replace('after_last_seen = "return to baseline"', 'after_last_seen = "return to base line"')
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ProtocolError) as found:
        read_protocol(tmp_path)
    told = str(found.value)
    assert "study.toml: imputation 'missing at random'.estimands" in told
    assert "did you mean 'change in pain'?" in told
    assert "did you mean 'return to baseline'?" in told


def test_the_word_baseline_is_among_those_that_may_have_been_meant():
    questions = {"q": (("first",), VALUE)}
    sections = [declared(covariates=("baselin",))]
    (found,) = imputation_problems(sections, questions, ("other",), ("baseline pain",), ())
    assert found.remedy == "did you mean 'baseline'?"


def test_a_misspelt_strategy_is_told_by_its_place_in_the_list(tmp_path):
    text = EXAMPLE.read_text().replace('strategies = ["treatment policy"]', 'strategies = ["treatment polcy"]', 1)
    (tmp_path / "study.toml").write_text(text)
    shutil.copy(EXAMPLE.parent / "published_arms.csv", tmp_path)
    with pytest.raises(ProtocolError) as error:
        read_protocol(tmp_path)
    found = next(each for each in error.value.problems if "polcy" in each.problem)
    assert found.where == "study.toml: imputation 'missing at random'.strategies 1"
    assert found.problem == "the text 'treatment polcy' is not one of the words it may be"
