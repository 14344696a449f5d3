"""Cross-checks of a protocol, part against part: each refusal once, with a remedy that names the way out."""

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.domain.appraisal import JBI_CASE_SERIES, ROB_2, ROBINS_I, appraisal_gaps
from equipoise.domain.cases_declared import Columns
from equipoise.domain.completeness import completeness_problems
from equipoise.domain.estimand import Endpoint
from equipoise.domain.parts import Parts, Question
from equipoise.domain.predicate import Criterion
from equipoise.domain.protocol import Benchmark, Conduct, IntercurrentEvent, Sensitivity, Visit
from equipoise.errors import Problem
from equipoise.read.evidence import read_definitions, read_instruments, read_published

INSTRUMENTS = read_instruments()
DEFINED = tuple(read_definitions())
YES: Mapping[str, Any] = {"instrument": "relief", "value": {"equals": 1}}


def check(**parts: Any) -> list[Problem]:
    declared = parts.pop("declared", {})
    return completeness_problems(Parts(declared=declared, **parts), INSTRUMENTS, read_published(), DEFINED)


def question(endpoint: Mapping[str, Any] = YES, **given: Any) -> Question:
    defaults = {"where": "estimand 'q'", "primary": True, "visits": (), "strategies": {}}
    return Question(**{**defaults, **given}, endpoint=Endpoint.model_validate(endpoint))


def visit(name: str, day: int, window: tuple[int, int]) -> Visit:
    return Visit(name=name, month=day / 30.4, day=day, window=window)


def only(problems: list[Problem]) -> Problem:
    assert len(problems) == 1, problems
    return problems[0]


def test_a_complete_protocol_has_no_problem():
    assert check(visits=(visit("a", 30, (1, 60)), visit("b", 91, (61, 120))), questions=(question(),)) == []


class TestVisits:
    def test_two_windows_that_share_one_day_overlap(self):
        problem = only(check(visits=(visit("a", 30, (1, 61)), visit("b", 91, (61, 120)))))
        assert problem.where == "visit 'b'.window"
        assert problem.problem == "overlaps visit 'a', which runs to day 61"
        assert problem.remedy == "start it on day 62 or later, or end the other before day 61"

    def test_the_order_in_the_file_does_not_matter(self):
        assert only(check(visits=(visit("b", 91, (50, 120)), visit("a", 30, (1, 60))))).where == "visit 'b'.window"

    def test_a_wide_window_overlaps_all_it_holds(self):
        problems = check(visits=(visit("wide", 50, (1, 100)), visit("b", 15, (10, 20)), visit("c", 35, (30, 40))))
        assert [each.where for each in problems] == ["visit 'b'.window", "visit 'c'.window"]
        assert all(each.problem.startswith("overlaps visit 'wide'") for each in problems)

    def test_a_window_may_not_hold_the_baseline_day(self):
        assert only(check(visits=(visit("a", 30, (0, 60)),))).problem == "starts on day 0"

    def test_a_window_of_no_width_is_refused(self):
        assert only(check(visits=(visit("a", 30, (30, 30)),))).problem == "is zero days wide (day 30 to day 30)"

    def test_a_window_written_backwards(self):
        assert only(check(visits=(visit("a", 30, (60, 1)),))).problem == "ends on day 1, before it starts on day 60"

    def test_the_nominal_day_lies_in_the_window(self):
        assert only(check(visits=(visit("a", 61, (1, 60)),))).problem == "days 1 to 60 do not hold the nominal day 61"

    @given(st.lists(st.integers(1, 2000), min_size=2, max_size=12, unique=True))
    def test_neighbours_that_only_touch_are_accepted(self, edges):
        days = sorted(edges)
        windows = [(first, last - 1) for first, last in pairwise(days) if last - 1 > first]
        visits = tuple(visit(f"v{first}", first, (first, last)) for first, last in windows)
        assert check(visits=visits) == []


EVENTS = {"intercurrent_event": ["other procedure", "death"]}


class TestEstimands:
    def test_none_is_primary(self):
        assert only(check(questions=(question(primary=False),))).problem == "none is primary"

    def test_two_are_primary(self):
        two = (question(), question(where="estimand 'r'"))
        assert only(check(questions=two)).problem == "2 are primary: estimand 'q', estimand 'r'"

    def test_an_event_without_a_strategy(self):
        asked = question(strategies={"death": "composite by visit"})
        problem = only(check(questions=(asked,), declared=EVENTS))
        assert problem.where == "estimand 'q'.strategies"
        assert problem.problem == "no strategy for 'other procedure'"
        assert problem.remedy.startswith("give it one of: treatment policy, composite by visit")

    def test_a_strategy_for_an_undeclared_event_suggests_the_declared_one(self):
        strategies = {"death": "hypothetical", "other procedure": "hypothetical", "deaht": "hypothetical"}
        problem = only(check(questions=(question(strategies=strategies),), declared=EVENTS))
        assert (problem.problem, problem.remedy) == (
            "'deaht' is no declared intercurrent event",
            "did you mean 'death'?",
        )

    def test_an_unknown_visit_and_one_named_twice(self):
        asked = question(visits=("1 month", "12 month", "1 month"))
        problems = check(questions=(asked,), declared={"visit": ["1 month", "12 months"]})
        assert [each.problem for each in problems] == ["'1 month' is named 2 times", "'12 month' is no declared visit"]
        assert problems[1].remedy == "did you mean '12 months'?"


REFUSED = {
    "misspelt instrument": ({"instrument": "pain_nsr", "value": {"at_most": 1}}, "'pain_nsr' is no known instrument"),
    "value below range": (
        {"instrument": "pgic", "value": {"at_least": 0}},
        "0 lies outside 'pgic', which runs from 1 to 7",
    ),
    "value above range": (
        {"instrument": "odi", "value": {"below": 101}},
        "101 lies outside 'odi', which runs from 0 to 100",
    ),
    "yes above one": ({"instrument": "relief", "value": {"equals": 2}}, "'relief' is answered yes (1) or no (0)"),
    "yes by order": ({"instrument": "relief", "value": {"at_least": 1}}, "'relief' is answered yes (1) or no (0)"),
    "percent of a yes": (
        {"instrument": "relief", "percent_change": {"at_least": 50}, "baseline_look_back_days": 1},
        "'relief' is answered yes or no, and neither changes by points nor has a mean",
    ),
    "mean of a yes": (
        {"instrument": "relief", "score": "value"},
        "'relief' is answered yes or no, and neither changes by points nor has a mean",
    ),
    "percent of a T-score": (
        {"instrument": "promis_pain_interference", "percent_change": {"at_least": 30}, "baseline_look_back_days": 1},
        "a percent of baseline means nothing for 'promis_pain_interference', whose zero is not 'none'",
    ),
    "percent of a scale from 1": (
        {"instrument": "pgic", "percent_change": {"at_least": 30}, "baseline_look_back_days": 1},
        "a percent of baseline means nothing for 'pgic', whose zero is not 'none'",
    ),
    "more than all of it": (
        {"instrument": "pain_nrs", "percent_change": {"at_least": 150}, "baseline_look_back_days": 1},
        "no score improves by 150 percent: lower is better and 0 is the end",
    ),
    "more points than there are": (
        {"instrument": "roland_morris", "change": {"at_least": 25}, "baseline_look_back_days": 1},
        "asks for 25 points, and 'roland_morris' has 24",
    ),
    "misspelt definition": (
        {"instrument": "relief", "value": {"equals": 1}, "definition": "felt_beter_unscaled"},
        "'felt_beter_unscaled' is no known definition",
    ),
    "own definition nobody has": (
        {"instrument": "relief", "value": {"equals": 1}, "definition": "own_much_better"},
        "no published arm counts by 'own_much_better'",
    ),
    "definition of another rule": (
        {
            "instrument": "pain_nrs",
            "percent_change": {"at_least": 30},
            "baseline_look_back_days": 1,
            "definition": "pain_improved_50_percent",
        },
        "'pain_improved_50_percent' contradicts the endpoint, whose own rule is 'pain_improved_30_percent'",
    ),
}


@pytest.mark.parametrize(("endpoint", "problem"), REFUSED.values(), ids=REFUSED)
def test_an_endpoint_its_instrument_cannot_answer_is_refused(endpoint, problem):
    assert only(check(questions=(question(endpoint),))).problem == problem


def test_a_yes_may_be_declared_to_follow_a_published_rule():
    """A chart that records "half the pain gone: yes" counts by the 50 % rule; the protocol says so, and answers for it."""
    assert check(questions=(question({**YES, "definition": "pain_improved_50_percent"}),)) == []


@pytest.mark.parametrize("strategy", ["composite by visit", "composite by end of follow-up"])
def test_a_composite_for_a_score_needs_the_score_of_a_failure(strategy):
    score = {"instrument": "pain_nrs", "score": "value"}
    declared = {"intercurrent_event": ["fusion"]}
    problem = only(check(questions=(question(score, strategies={"fusion": strategy}),), declared=declared))
    assert problem.problem == "'fusion' is composite, and a score has no value for a failure"
    with_value = question({**score, "failure_value": 10}, strategies={"fusion": strategy})
    assert check(questions=(with_value,), declared=declared) == []
    policy = question(score, strategies={"fusion": "treatment policy"})
    assert check(questions=(policy,), declared=declared) == []


def test_a_failure_value_outside_the_scale():
    score = {"instrument": "pain_nrs", "score": "value", "failure_value": 11}
    assert only(check(questions=(question(score),))).where == "estimand 'q'.endpoint.failure_value"


@given(st.sampled_from(sorted(INSTRUMENTS)), st.decimals(-50, 150, places=1))
def test_a_value_rule_is_accepted_exactly_within_the_range(name, number):
    instrument = INSTRUMENTS[name]
    if instrument.yes_no:
        return
    problems = check(questions=(question({"instrument": name, "value": {"at_most": number}}),))
    assert (problems == []) == (instrument.low <= number <= instrument.high)


def test_an_instrument_that_was_declared_but_could_not_be_read_is_not_called_unknown():
    endpoint = {"instrument": "my_scale", "value": {"at_most": 1}}
    assert check(questions=(question(endpoint),), declared={"instrument": ["my_scale"]}) == []


class TestCriteria:
    @staticmethod
    def problem_of(**criterion: Any) -> Problem:
        declared = Criterion.model_validate({**criterion, "unknown": "exclude"})
        return only(check(criteria=(("population.require 1", declared),)))

    def test_a_baseline_names_a_known_instrument(self):
        problem = self.problem_of(column="baseline.pain_nrss", at_least=4, look_back_days=30)
        assert problem.remedy.startswith("did you mean 'pain_nrs'?")

    def test_a_baseline_says_how_far_back(self):
        assert self.problem_of(column="baseline.pain_nrs", at_least=4).problem == "a baseline has no look_back_days"

    def test_a_baseline_is_compared_within_the_range(self):
        problem = self.problem_of(column="baseline.pain_nrs", at_least=40, look_back_days=30)
        assert problem.problem == "40 lies outside 'pain_nrs', which runs from 0 to 10"

    def test_a_column_of_cases_has_no_look_back(self):
        problem = self.problem_of(column="cases.pain_years", at_least=1, look_back_days=30)
        assert problem.remedy == "leave it out"


def test_names_given_twice():
    problem = only(check(declared={"visit": ["a", "b", "a"]}))
    assert (problem.where, problem.problem) == ("visit 'a'", "2 of them have this name")


def test_a_blank_name():
    assert only(check(declared={"visit": [" "]})).problem == "its name is blank"


def test_a_procedure_belongs_to_one_event():
    events = (
        IntercurrentEvent(name="surgery", procedures=("fusion", "disc_replacement")),
        IntercurrentEvent(name="fusion", procedures=("fusion",)),
    )
    assert only(check(events=events)).problem == "'fusion' already belongs to 'surgery'"


def test_any_other_may_be_claimed_once():
    events = tuple(IntercurrentEvent(name=name, procedures="any other") for name in ("one", "two"))
    assert only(check(events=events)).problem == "'any other' already belongs to 'one'"


def test_mapped_columns_name_known_instruments_and_one_clock():
    columns = Columns(case_id="id", instruments={"odii": "odi"})
    assert [each.problem for each in check(columns=columns)] == [
        "'odii' is no known instrument",
        "neither day nor date is given",
    ]


class TestBenchmarks:
    @staticmethod
    def benchmark(**given: Any) -> Benchmark:
        base = {"name": "sham", "match": {"role": "sham", "months": [12]}, "as_of": 2013, "margin": 0.1}
        return Benchmark.model_validate({**base, **given})

    def test_an_unknown_estimand(self):
        problem = only(check(benchmarks=(self.benchmark(estimand="relef"),), declared={"estimand": ["relief"]}))
        assert problem.remedy == "did you mean 'relief'?"

    @pytest.mark.parametrize("section", ["exclude", "show_later"])
    def test_a_study_that_is_not_in_the_evidence(self, section):
        problem = only(check(benchmarks=(self.benchmark(**{section: ["LEVI_2052"]}),)))
        assert problem.problem == "'LEVI_2052' is no study_id of the evidence"
        assert problem.remedy == "did you mean 'LEVI_2025'?"

    def test_a_study_is_not_both_pooled_and_found_later(self):
        problem = only(check(benchmarks=(self.benchmark(as_of=2026, show_later=["LEVI_2025"]),)))
        assert problem.problem == "'LEVI_2025' (2025) is shown as found later, yet as_of = 2026 pools it"
        held_out = self.benchmark(as_of=2026, show_later=["LEVI_2025"], exclude=["LEVI_2025"])
        assert check(benchmarks=(held_out,)) == []

    def test_a_misspelt_definition(self):
        match = {"role": "sham", "months": [12], "definition": "pain_improvd_50_percent"}
        assert only(check(benchmarks=(self.benchmark(match=match),))).remedy.startswith(
            "did you mean 'pain_improved_50_percent'?"
        )

    def test_a_standard_definition_that_nobody_published_is_a_fair_question(self):
        match = {"role": "sham", "months": [12], "definition": "pain_improved_45_percent"}
        assert check(benchmarks=(self.benchmark(match=match),)) == []

    def test_a_tipping_threshold_names_a_benchmark(self):
        sensitivity = Sensitivity.model_validate(
            {"strategies": "all", "missing": ["tipping point"], "tipping_threshold": {"benchmark": "shem"}}
        )
        problem = only(check(sensitivity=sensitivity, benchmarks=(self.benchmark(),), declared={"benchmark": ["sham"]}))
        assert problem.remedy == "did you mean 'sham'?"


class TestAppraisal:
    @staticmethod
    def conduct(*items: str, tool: str | None = "JBI case series") -> Conduct:
        return Conduct.model_validate(
            {
                "consecutive": "yes",
                "captured": "24",
                "co_interventions": [],
                "rescue_medication": "not recorded",
                "harms": "not stated",
                "self_report_blinded": False,
                "entry_minimum_score": False,
                "appraisal_tool": tool,
                "appraisal": [{"item": item, "answer": "unclear"} for item in items],
            }
        )

    def test_gaps_are_named_and_are_no_error(self):
        conduct = self.conduct("site", "consecutive inclusion")
        assert check(conduct=conduct) == []
        gaps = appraisal_gaps(conduct)
        assert len(gaps) == 8
        assert set(gaps) | {"site", "consecutive inclusion"} == set(JBI_CASE_SERIES)

    def test_the_tools_have_as_many_items_as_their_originals(self):
        # Munn et al. 2020, JBI Evid Synth 18:2127: 10 items; Sterne et al. 2016, BMJ 355:i4919: 7 domains;
        # Sterne et al. 2019, BMJ 366:l4898: 5 domains
        assert (len(JBI_CASE_SERIES), len(ROBINS_I), len(ROB_2)) == (10, 7, 5)

    def test_no_tool_no_gaps(self):
        assert appraisal_gaps(self.conduct(tool=None)) == ()

    def test_an_item_the_tool_does_not_have(self):
        assert only(check(conduct=self.conduct("sites"))).remedy == "did you mean 'site'?"

    def test_items_of_no_tool(self):
        assert only(check(conduct=self.conduct("site", tool=None))).problem == "items are answered, but of no tool"

    def test_an_item_answered_twice(self):
        assert only(check(conduct=self.conduct("site", "site"))).problem == "'site' is answered 2 times"


def test_thresholds_are_exact_decimals():
    rule = Endpoint.model_validate({"instrument": "pain_nrs", "value": {"at_most": Decimal("0.3")}}).value
    assert rule is not None
    assert rule.comparison == ("at_most", Decimal("0.3"))

    def test_a_randomised_trial_has_a_tool_of_its_own(self):
        conduct = self.conduct("randomisation", "missing outcomes", tool="RoB 2")
        assert check(conduct=conduct) == []
        assert appraisal_gaps(conduct) == tuple(
            each for each in ROB_2 if each not in ("randomisation", "missing outcomes")
        )


class TestConduct:
    @staticmethod
    def criteria(
        section: str = "require", column: str = "baseline.pain_nrs", **rule: Any
    ) -> tuple[tuple[str, Criterion]]:
        given = {"column": column, "look_back_days": 60, "unknown": "keep", **rule}
        return ((f"population.{section} 1", Criterion.model_validate(given)),)

    @pytest.mark.parametrize(
        ("section", "rule"),
        [
            ("require", {"at_least": 4}),
            ("require", {"above": 0}),
            ("exclude", {"below": 4}),
            ("exclude", {"at_most": 0}),
        ],
    )
    def test_a_criterion_that_lets_in_only_the_bad_is_a_minimum_score(self, section: str, rule: Any):
        criteria = self.criteria(section, **rule)
        problem = only(check(criteria=criteria, conduct=TestAppraisal.conduct()))
        assert problem.where == "conduct.entry_minimum_score"
        assert "'pain_nrs'" in problem.problem
        said = TestAppraisal.conduct().model_copy(update={"entry_minimum_score": True})
        assert check(criteria=criteria, conduct=said) == []

    @pytest.mark.parametrize(
        ("section", "rule"),
        [
            ("require", {"at_least": 0}),
            ("exclude", {"below": 0}),
            ("require", {"at_most": 8}),
            ("exclude", {"above": 8}),
            ("require", {"recorded": True}),
        ],
    )
    def test_a_criterion_that_keeps_the_good_is_none(self, section: str, rule: Any):
        assert check(criteria=self.criteria(section, **rule), conduct=TestAppraisal.conduct()) == []

    def test_a_column_of_cases_or_a_yes_is_no_score(self):
        criteria = (
            (
                "population.require 1",
                Criterion.model_validate({"column": "cases.age_years", "at_least": 18, "unknown": "keep"}),
            ),
            *self.criteria(column="baseline.relief", at_least=1),
        )
        assert check(criteria=criteria, conduct=TestAppraisal.conduct()) == []

    def test_rescue_medication_as_an_event_needs_an_event_it_could_be(self):
        conduct = TestAppraisal.conduct().model_copy(update={"rescue_medication": "intercurrent event"})
        death = IntercurrentEvent(name="death", column="cases.death")
        assert only(check(events=(death,), conduct=conduct)).where == "conduct.rescue_medication"
        opioid = IntercurrentEvent(name="opioid", procedures=("opioid",))
        assert check(events=(death, opioid), conduct=conduct) == []
        unread = {"intercurrent_event": ["death", "opioid"]}  # the second could not be read
        assert check(events=(death,), conduct=conduct, declared=unread) == []


class TestBenchmarksCount:
    SCORE: Mapping[str, Any] = {"instrument": "pain_nrs", "score": "value"}
    DECLARED: Mapping[str, Any] = {"estimand": ["q", "mean"], "benchmark": ["sham"]}

    def benchmark(self, estimand: str | None, **other: Any) -> Benchmark:
        match = {"role": "sham", "months": [12]}
        given = {"name": "sham", "match": match, "estimand": estimand, "as_of": 2020, "margin": 0.1}
        return Benchmark.model_validate(given | other)

    def parts(self, *, primary: str) -> dict[str, Any]:
        questions = (
            question(name="q", primary=primary == "q"),
            question(self.SCORE, where="estimand 'mean'", name="mean", primary=primary == "mean"),
        )
        return {"declared": self.DECLARED, "questions": questions}

    def test_a_benchmark_may_speak_of_a_score(self):
        for primary in ("q", "mean"):
            for named in ("q", "mean", None):
                assert check(**self.parts(primary=primary), benchmarks=(self.benchmark(named),)) == []

    @pytest.mark.parametrize(
        ("named", "other", "where", "problem"),
        [
            ("q", {"margin": 1}, "margin", "1 is no margin of a rate, and estimand 'q' counts responders"),
            ("mean", {"margin": 10}, "margin", "no mean is better by 10 points: 'pain_nrs' runs from 0 to 10"),
            ("mean", {"pooling": "binomial-normal"}, "pooling", "binomial-normal pools counts, and"),
        ],
    )
    def test_margin_and_pooling_fit_what_is_asked(self, named, other, where, problem):
        found = only(check(**self.parts(primary="q"), benchmarks=(self.benchmark(named, **other),)))
        assert found.where == f"benchmark 'sham'.{where}"
        assert problem in found.problem

    def test_a_margin_in_points_may_be_above_one(self):
        assert check(**self.parts(primary="mean"), benchmarks=(self.benchmark(None, margin=2),)) == []

    def test_a_tipping_threshold_is_no_mean(self):
        given = {"strategies": "all", "missing": ["tipping point"], "tipping_threshold": {"benchmark": "sham"}}
        settings = Sensitivity.model_validate(given)
        found = check(**self.parts(primary="mean"), benchmarks=(self.benchmark("mean"),), sensitivity=settings)
        assert "a benchmark of a score" in only(found).problem
        assert check(**self.parts(primary="q"), benchmarks=(self.benchmark("q"),), sensitivity=settings) == []

    def test_a_tipping_threshold_needs_the_tipping_point(self):
        given = {"strategies": "all", "missing": ["bounds"], "tipping_threshold": {"rate": 0.3}}
        problem = only(check(sensitivity=Sensitivity.model_validate(given)))
        assert (problem.where, problem.remedy) == (
            "sensitivity.missing",
            "add 'tipping point', or leave tipping_threshold out",
        )
        complete = Sensitivity.model_validate({**given, "missing": ["bounds", "tipping point"]})
        assert check(sensitivity=complete) == []


def test_the_failure_of_a_change_is_a_score_of_the_instrument():
    """failure_value is the score a failure has, so a change of -10 points is no failure value of a 0 to 10 scale."""
    change = {"instrument": "pain_nrs", "score": "change", "baseline_look_back_days": 60}
    strategies = {"death": "composite by visit"}
    declared = {"intercurrent_event": ["death"]}
    outside = question({**change, "failure_value": -10}, strategies=strategies)
    assert only(check(questions=(outside,), declared=declared)).where == "estimand 'q'.endpoint.failure_value"
    inside = question({**change, "failure_value": 10}, strategies=strategies)
    assert check(questions=(inside,), declared=declared) == []
