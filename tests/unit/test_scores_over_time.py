"""Models of scores over time from the study file to the report: worked by hand, by law, and refused in words."""

import json
import re
from dataclasses import fields
from typing import get_args

import numpy as np
import pytest
from scipy.special import stdtrit

from equipoise import run_study
from equipoise.domain.covariate import CovariateDeclared
from equipoise.domain.estimand import Endpoint, Estimand, Strategy, ValueRule
from equipoise.domain.protocol import IntercurrentEvent, Visit
from equipoise.domain.scores_over_time import (
    CovarianceWord,
    DegreesWord,
    ScoresOverTimeDeclared,
    scores_over_time_problems,
)
from equipoise.errors import ProtocolError
from equipoise.report.document import compose
from equipoise.report.html import render_html
from equipoise.report.results import results_json
from equipoise.stats.mmrm_covariance import STRUCTURES
from equipoise.stats.mmrm_inference import METHODS
from study_parts import INDEX, Rows, asked, book, case, done, study

DAYS = {"3 months": 91, "6 months": 183, "12 months": 365}
VISITS = [Visit(name=name, month=day // 30, day=day, window=(day - 20, day + 20)) for name, day in DAYS.items()]
PAIN = Endpoint(instrument="pain", score="value", baseline_look_back_days=30)


def estimand(*, visits=tuple(DAYS), endpoint=PAIN, strategies=None) -> Estimand:
    return Estimand(name="pain", primary=True, visits=visits, endpoint=endpoint, strategies=strategies or {})


def declared(formula="visit", **more) -> ScoresOverTimeDeclared:
    words = {
        "name": "mixed",
        "estimand": "pain",
        "formula": formula,
        "covariance": "unstructured",
        "covariance_by_group": False,
        "degrees_of_freedom": "kenward-roger-linear",
        "fall_back": (),
    }
    if "reference" in more:
        words |= {"allocation": "randomised"}
    return ScoresOverTimeDeclared(**words | more)


def written(scores, *, groups=None, baseline=None, columns=None) -> Rows:
    """``scores`` : case -> the scores at the visits in order, None where there is none."""
    rows = Rows()
    for who, values in scores.items():
        rows.cases.append(case(who, group=(groups or {}).get(who), **(columns or {}).get(who, {})))
        rows.procedures.append(done(who, INDEX, (0, 0)))
        if baseline is not None and baseline.get(who) is not None:
            rows.assessments.append(asked(who, "pain", baseline[who], (0, 0)))
        for day, value in zip(DAYS.values(), values, strict=False):
            if value is not None:
                rows.assessments.append(asked(who, "pain", value, (day, day)))
    return rows


def answered(rows, *models, asks=None, covariates=(), events=()):
    protocol = study(visits=VISITS, estimands=[asks or estimand()], events=events)
    protocol = protocol.model_copy(update={"scores_over_time": models, "covariate": tuple(covariates)})
    return run_study(protocol, book(rows))


def drawn(n=24, groups=1, missing=0.15, seed=7):
    """Scores with a case's own level, some of them missing, and groups that differ."""
    rng = np.random.default_rng(seed)
    names = [f"c{place:02d}" for place in range(n)]
    of = {name: f"arm {place % groups + 1}" for place, name in enumerate(names)} if groups > 1 else None
    before = {name: float(round(rng.uniform(4, 9), 1)) for name in names}
    scores = {}
    for place, name in enumerate(names):
        level = 0.6 * before[name] - (place % groups) + rng.normal(0, 1)
        values = [float(np.clip(round(level - 0.2 * at + rng.normal(0, 0.8), 1), 0, 10)) for at in range(3)]
        scores[name] = [None if rng.random() < missing else value for value in values]
    return scores, of, before


def test_two_complete_visits_are_the_paired_t_test():
    """By hand: differences -2, -1, -3, 0, -1: mean -1.4, SD 1.140175, SE .509902, t on 4 degrees of freedom."""
    before_after = {"a": (6, 4), "b": (5, 4), "c": (7, 4), "d": (3, 3), "e": (6, 5)}
    asks = estimand(visits=("3 months", "6 months"))
    for degrees in ("satterthwaite", "kenward-roger-linear", "kenward-roger-first-order", "empirical bias-reduced"):
        result = answered(written(before_after), declared(degrees_of_freedom=degrees), asks=asks)
        (found,) = result.scores_over_time
        (moved,) = found.contrasts
        assert (moved.kind, moved.visit, moved.against) == ("between visits", "6 months", "3 months")
        assert moved.estimate == pytest.approx(-1.4, abs=1e-10)
        assert moved.standard_error == pytest.approx(1.140175425 / 5**0.5, rel=1e-8)
        assert moved.degrees_of_freedom == pytest.approx(4, rel=1e-6)
        half = stdtrit(4, 0.975) * 0.5099019514
        assert (moved.lower, moved.upper) == pytest.approx((-1.4 - half, -1.4 + half), rel=1e-7)
        assert [each.observed for each in found.means] == [5.4, 4.0]


def test_complete_groups_and_visits_are_their_own_means():
    scores, groups, _ = drawn(groups=3, missing=0)
    (found,) = answered(written(scores, groups=groups), declared("group * visit", reference="arm 1")).scores_over_time
    for mean in found.means:
        assert mean.estimate == pytest.approx(mean.observed)
        assert mean.change is None
    between = {(each.group, each.visit): each.estimate for each in found.contrasts if each.kind == "between groups"}
    by = {(each.group, each.visit): each.observed for each in found.means}
    assert between == pytest.approx(
        {(group, visit): by[group, visit] - by["arm 1", visit] for group in ("arm 2", "arm 3") for visit in DAYS}
    )


def test_a_change_with_its_baseline_and_a_value_with_its_baseline_are_one_model():
    scores, _, before = drawn()
    change = PAIN.model_copy(update={"score": "change"})
    rows = written(scores, baseline=before)
    values = answered(rows, declared("visit * baseline")).scores_over_time[0]
    changes = answered(rows, declared("visit * baseline"), asks=estimand(endpoint=change)).scores_over_time[0]
    for of_value, of_change in zip(values.means, changes.means, strict=True):
        assert of_value.change == pytest.approx(of_change.estimate, abs=1e-8)
        assert of_value.change_lower == pytest.approx(of_change.lower, abs=1e-6)
        assert of_change.change == of_change.estimate
        assert of_value.standard_error == pytest.approx(of_change.standard_error, rel=1e-6)
    assert values.baseline_mean == pytest.approx(np.mean([before[who] for who in scores if any(scores[who])]))


@pytest.mark.parametrize("covariance", get_args(CovarianceWord))
@pytest.mark.parametrize("by_group", [False, True])
def test_with_everybody_seen_every_covariance_gives_the_plain_means(covariance, by_group):
    scores, groups, _ = drawn(groups=2, missing=0.0)
    model = declared("group * visit", covariance=covariance, covariance_by_group=by_group)
    found = answered(written(scores, groups=groups), model).scores_over_time[0]
    assert (found.covariance, found.tried) == (covariance, ())
    for each in found.means:
        place = list(DAYS).index(each.visit)
        assert each.estimate == pytest.approx(
            np.mean([values[place] for who, values in scores.items() if groups[who] == each.group]), abs=1e-6
        )


def test_weights_that_are_all_alike_change_nothing():
    scores, _, _ = drawn()
    weight = CovariateDeclared(name="weight", column="cases.age_years")
    rows = written(scores, columns={who: {"age_years": 4.0} for who in scores})
    plain = answered(rows, declared()).scores_over_time[0]
    weighted = answered(rows, declared(weights="weight"), covariates=[weight]).scores_over_time[0]
    assert [each.estimate for each in weighted.means] == pytest.approx([each.estimate for each in plain.means])
    assert [each.standard_error for each in weighted.means] == pytest.approx(
        [each.standard_error for each in plain.means]
    )
    assert weighted.covariances[0].covariance[0][0] == pytest.approx(
        4 * plain.covariances[0].covariance[0][0], rel=1e-5
    )


def test_the_order_of_cases_does_not_matter():
    scores, groups, before = drawn(groups=2)
    turned = dict(reversed(scores.items()))
    model = declared("group * visit + baseline", reference="arm 2", covariance="heterogeneous Toeplitz")
    one = answered(written(scores, groups=groups, baseline=before), model)
    other = answered(written(turned, groups=groups, baseline=before), model)
    assert one.scores_over_time == other.scores_over_time


def test_who_is_left_out_is_counted_and_named():
    scores, _, before = drawn(missing=0)
    before |= {"c00": None, "c01": None, "c02": None}
    scores["c03"] = [None, None, None]
    (found,) = answered(written(scores, baseline=before), declared("visit + baseline")).scores_over_time
    assert {each.why: each.cases for each in found.left_out} == {
        "no certain baseline": 3,
        "no score that is certain at any visit": 1,
    }
    assert (found.asked_about, found.cases, found.observations) == (24, 20, 60)
    for each in found.seen:
        assert each.in_model + each.left_out + each.missing + each.vague + each.not_counted == each.cases == 24
        assert (each.in_model, each.left_out, each.missing) == (20, 3, 1)
    text = json.dumps([vars(block) for section in compose(answered(written(scores, baseline=before), declared("visit + baseline"))).sections for block in section.blocks], default=str)  # fmt: skip
    assert "20 of 24 cases asked about are in the model" in text
    assert "3 with no certain baseline" in text


def test_a_vague_score_is_left_out_and_told():
    scores, _, _ = drawn(missing=0)
    rows = written(scores)
    other = IntercurrentEvent(name="other", procedures="any other")
    rows.procedures.append(done("c00", "fusion", (100, 300)))
    asks = estimand(strategies={"other": Strategy.HYPOTHETICAL})
    result = answered(rows, declared(), asks=asks, events=[other])
    (found,) = result.scores_over_time
    assert [each.vague for each in found.seen] == [0, 1, 0]  # before or after 6 months: not known; by 12 months: after
    assert [each.missing for each in found.seen] == [0, 0, 1]
    assert any("1 score is left out because the chart is vague" in each for each in found.cautions)
    assert any("hypothetical strategy are taken as missing at random" in each for each in found.cautions)
    modelled = [row for row in result.estimates if row.missing == "missing at random"]
    assert [(row.n, row.unknown, row.strategy) for row in modelled] == [
        (24, 0, "hypothetical"),
        (23, 1, "hypothetical"),
        (23, 1, "hypothetical"),
    ]


def test_a_case_that_has_not_reached_a_visit_has_simply_no_score_there():
    scores, _, _ = drawn(missing=0)
    rows = written({who: values[:2] if who < "c05" else values for who, values in scores.items()})
    late = [asked(f"c{place:02d}", "pain", None, visit="12 months", status="not_reached") for place in range(5)]
    rows.assessments += late
    result = answered(rows, declared())
    assert [each.not_counted for each in result.scores_over_time[0].seen] == [0, 0, 5]
    assert [row.unknown for row in result.estimates if row.missing == "missing at random"] == [0, 0, 0]


def test_one_visit_is_a_linear_model():
    """By hand: without a covariate the mean, its t interval and n - 1 degrees of freedom."""
    asks = estimand(visits=("3 months",))
    (found,) = answered(written({"a": (2,), "b": (4,), "c": (9,)}), declared("1"), asks=asks).scores_over_time
    (mean,) = found.means
    assert (found.estimator, found.covariance, found.covariances) == ("least squares", None, ())
    assert (mean.estimate, mean.degrees_of_freedom) == (pytest.approx(5), 2)
    assert mean.standard_error == pytest.approx((13 / 3) ** 0.5)


def test_a_fall_back_that_answers_is_told():
    """Every visit seen, but never the first with the last: unstructured cannot be told, AR(1) can."""
    scores, _, _ = drawn(missing=0)
    rows = written({who: [None, *v[1:]] if k % 2 else [*v[:2], None] for k, (who, v) in enumerate(scores.items())})
    result = answered(rows, declared(fall_back=("AR(1)",)))
    (found,) = result.scores_over_time
    assert (found.covariance_asked, found.covariance) == ("unstructured", "AR(1)")
    assert "unstructured: visits whose covariance is asked for were never seen in one case" in found.tried
    assert any(
        each.startswith("The unstructured covariance the protocol asked for gave no answer") for each in found.cautions
    )
    assert any(
        "takes the visits as equally spaced; they are planned on days 91, 183, 365" in each for each in found.cautions
    )
    refused = answered(rows, declared()).sensitivity.refused
    assert [each.where for each in refused] == ["scores over time 'mixed'"]
    assert "simpler covariance" in refused[0].instead


def full(n=12):
    return drawn(n=n, missing=0)[0]


REFUSED = {
    "an all-missing visit": (lambda: written({who: [*v[:2], None] for who, v in full().items()}), {}, "nobody has a score at 12 months"),
    "nobody": (lambda: written({"a": [None] * 3, "b": [None] * 3}), {}, "nobody has a score that the model could use"),
    "one patient": (lambda: written({"a": (4, 3, 2)}), {}, "the formula makes 3 columns, and there are 3 scores"),
    "one patient with a spread": (lambda: written({"a": (4, 3, 2)}), {"covariance": "compound symmetry"}, "3 columns"),
    "constant scores": (lambda: written(dict.fromkeys(full(), (5, 5, 5))), {}, "do not vary around their fitted means"),
    "a visit that does not vary": (lambda: written({who: (*v[:2], 5) for who, v in full().items()}), {}, "the scores at 12 months do not vary"),
    "more parameters than scores": (lambda: written(dict(list(full().items())[:2])), {}, "9 parameters and 6 observations"),
    "a covariate that repeats another": (
        lambda: written(full(), baseline=dict.fromkeys(full(), 6.0)), {"formula": "visit + baseline"},
        "cannot tell 'baseline' from the other terms",
    ),
    "no baseline at all": (lambda: written(full()), {"formula": "visit + baseline"}, "nobody has a score that the model could use"),
    "a sandwich of one visit": (lambda: written(full()), {"degrees_of_freedom": "empirical", "visits": ("3 months",)}, "one visit"),
    "an empty arm": (
        lambda: written(full() | {"z": [None] * 3}, groups=dict.fromkeys(full(), "arm 1") | {"z": "arm 2"}),
        {"formula": "group * visit"}, "nobody in the group 'arm 2' has a score",
    ),
    "an empty cell": (
        lambda: written({who: [*v[:2], None] if who < "c06" else v for who, v in full().items()}, groups={who: "arm 1" if who < "c06" else "arm 2" for who in full()}),
        {"formula": "visit * group"}, "cannot tell",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_does_not_fit_is_refused_in_words_and_the_review_goes_on(what):
    make, more, why = REFUSED[what]
    more = dict(more)
    asks = estimand(visits=more.pop("visits", tuple(DAYS)))
    formula = more.pop("formula", "visit" if len(asks.visits) > 1 else "1")
    result = answered(make(), declared(formula, **more), asks=asks)
    assert result.scores_over_time == ()
    (refused,) = result.sensitivity.refused
    assert refused.where == "scores over time 'mixed'"
    assert why in refused.why
    assert refused.instead
    assert not any("counted from 0" in each for each in (refused.why, refused.instead))
    assert "gave no answer" in render_html(result)
    assert result.estimates  # the rest of the review is there


def test_groups_the_protocol_does_not_speak_of_are_an_error_of_the_study_file():
    scores, groups, _ = drawn(groups=2)
    with pytest.raises(ProtocolError) as caught:
        answered(written(scores, groups=groups), declared("visit"), declared("group * visit", reference="arm 3"))
    problems = [(each.where, each.problem) for each in caught.value.problems]
    assert problems == [
        (
            "study.toml: scores over time 'mixed'.formula",
            "the case book has 2 groups, and the formula does not tell them apart",
        ),
        ("study.toml: scores over time 'mixed'.reference", "no case of the cohort is in the group 'arm 3'"),
    ]
    result = answered(written(scores, groups=groups), declared("visit", groups_together=True))
    assert result.scores_over_time[0].groups == ("all",)
    assert not any(row.missing == "missing at random" for row in result.estimates)  # no group of the estimates is "all"


RESPONDER = Estimand(name="relief", visits=tuple(DAYS), endpoint=Endpoint(instrument="relief", value=ValueRule(equals=1)), strategies={})  # fmt: skip
NO_BASELINE = Endpoint(instrument="pain", score="value")


@pytest.mark.parametrize(
    ("more", "where", "remedy"),
    [
        ({"estimand": "pian"}, "estimand", "did you mean 'pain'?"),
        ({"estimand": "relief"}, "estimand", "name a score estimand: pain"),
        ({"formula": "visit + aeg"}, "formula", "did you mean 'age'?"),
        ({"formula": "visit + dose"}, "formula", "declare it as [[covariate]]; a formula may also name visit, group and baseline"),
        ({"formula": "group"}, "formula", "add visit, or ask for one visit in the estimand"),
        ({"formula": "visit + baseline"}, "formula", "give the endpoint baseline_look_back_days, or leave baseline out"),
        ({"formula": "visit +"}, "formula", 'name what the mean depends on, such as "visit"'),
        ({"reference": "usual care"}, "reference", "add group to the formula, or leave reference out"),
        ({"formula": "visit * group", "groups_together": True}, "groups_together", "leave one of the two out"),
        (
            {"groups_together": True, "covariance_by_group": True}, "covariance_by_group",
            "write covariance_by_group = false, or tell the groups apart in the formula",
        ),
        ({"weights": "agee"}, "weights", "did you mean 'age'?"),
    ],
)  # fmt: skip
def test_a_model_the_study_file_contradicts_is_told_with_its_remedy(more, where, remedy):
    questions = [estimand(endpoint=NO_BASELINE), RESPONDER]
    found = list(scores_over_time_problems([declared(**more)], questions, ["pain", "relief"], ["age"]))
    assert [(each.where, each.remedy) for each in found] == [(f"scores over time 'mixed'.{where}", remedy)]


def test_whether_chance_made_the_groups_must_be_said():
    with pytest.raises(ValueError, match="not whether chance decided"):
        declared("group * visit", reference="arm 1", allocation=None)
    with pytest.raises(ValueError, match="allocation has no meaning without a reference"):
        declared("group * visit", allocation="randomised")
    scores, groups, _ = drawn(groups=2)
    unadjusted = declared("group * visit", reference="arm 1", allocation="not randomised")
    (found,) = answered(written(scores, groups=groups), unadjusted).scores_over_time
    assert found.cautions[0].startswith("Chance did not decide who was in which group")


def test_a_covariance_is_named_once():
    with pytest.raises(ValueError, match="a covariance is named twice"):
        declared(fall_back=("AR(1)", "unstructured"))


def test_the_words_are_the_kernels():
    assert get_args(CovarianceWord) == STRUCTURES
    assert get_args(DegreesWord) == METHODS


def test_the_page_and_the_data_say_the_same():
    scores, groups, before = drawn(groups=2)
    rows = written(scores, groups=groups, baseline=before)
    models = (
        declared("group * visit + baseline", reference="arm 1"),
        declared("visit", name="together", groups_together=True),
    )
    result = answered(rows, *models)
    page, data = render_html(result), json.loads(results_json(result))
    first = data["scores_over_time"][0]
    assert set(first) == {field.name for field in fields(result.scores_over_time[0])}
    assert len(first["means"]) == 6
    assert "Each group less arm 1, at 12 months: arm 2" in page
    assert "Least-squares means" in page
    assert page.count("Fitted covariance between visits") >= 2
    assert "MMRM, unstructured, Kenward-Roger (linear)" in page


def cautions_of(strategy, **more):
    other = IntercurrentEvent(name="other", procedures=("fusion",))
    scores, groups, _ = drawn(groups=2)
    rows = written(scores, groups=groups)
    rows.procedures.append(done("c03", "fusion", (10, 10)))
    endpoint = Endpoint(instrument="pain", score="value", failure_value=10)
    asks = estimand(endpoint=endpoint, strategies={"other": strategy})
    model = declared("group * visit", reference="arm 1", covariance="compound symmetry", **more)
    result = answered(rows, model, asks=asks, events=[other])
    return " ".join(result.scores_over_time[0].cautions), result


@pytest.mark.parametrize(
    ("strategy", "says"),
    [
        (Strategy.PRINCIPAL_STRATUM, "selected after treatment, no control counterpart identified"),
        (Strategy.COMPOSITE_BY_VISIT, "brings the score 10 the protocol gives to those who failed"),
        (Strategy.COMPOSITE_BY_END, "descriptive only"),
        (Strategy.WHILE_ON_TREATMENT, "one score may be in the model more than once"),
        (Strategy.TREATMENT_POLICY, ""),
    ],
)
def test_what_the_question_does_to_the_scores_is_told(strategy, says):
    told, result = cautions_of(strategy)
    assert says in told if says else told == ""
    page = render_html(result)
    assert f". Strategy: {strategy}." in page
    assert "Lower is better: a change or a difference below 0 is for the better" in page


@pytest.mark.parametrize(
    ("degrees", "short"), [("kenward-roger", True), ("empirical", True), ("kenward-roger-linear", False)]
)
def test_limits_known_to_be_short_of_few_cases_say_so(degrees, short):
    told, _ = cautions_of(Strategy.TREATMENT_POLICY, degrees_of_freedom=degrees)
    assert ("too short where cases are few (here 12 in the smallest group)" in told) is short


def test_a_mean_nobody_was_seen_at_says_so():
    scores, groups, _ = drawn(groups=2)
    scores = {who: [*values[:2], None] if groups[who] == "arm 1" else values for who, values in scores.items()}
    result = answered(written(scores, groups=groups), declared("group + visit", covariance="compound symmetry"))
    assert "Nobody was seen at arm 1, 12 months:" in result.scores_over_time[0].cautions[0]
    [row] = [
        row
        for row in result.estimates
        if (row.group, row.visit, row.missing) == ("arm 1", "12 months", "missing at random")
    ]
    assert row.n == 0
    assert row.method.endswith(": nobody was seen there")


def test_a_small_change_between_visits_is_told_in_points_and_never_as_nought():
    rows = written({f"c{k:02}": [5.0 + k % 3, 5.0 + k % 2, 5.04 + k % 3 + (k // 3 % 2 * 2 - 1)] for k in range(12)})
    result = answered(rows, declared())
    section = next(each for each in compose(result).sections if each.key == "scores-over-time")
    lead = section.blocks[0].text
    # by hand: the third score is the first and 0.04 more, give or take 1; 0.04 -+ 2.201 x 1.0445 / sqrt(12), as paired
    assert "it moved by 0.04 points (95 % CI −0.62 to 0.70)" in lead
    assert re.search(r"by the model: \d\.\d points \(95 % CI", lead)
