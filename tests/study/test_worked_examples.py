"""The three worked examples answer what their README files say: a known truth found again, and an honest refusal.

The third, two arms of the Boulder trial adjusted, is ``test_comparison_boulder.py``.
"""

import importlib.util
import json
import shutil
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import pytest

from equipoise import read_casebook, read_comparators, read_protocol, run_study
from equipoise.domain.contrast_answer import CohortContrast, ContrastRow
from equipoise.domain.protocol import Protocol
from equipoise.read.evidence import read_published
from equipoise.report.results import results_json

EXAMPLES = Path(__file__).parents[2] / "examples"
SYNTHETIC = EXAMPLES / "disc-series-synthetic"
WHATEVER = "half the pain gone, whatever else was done"
WITHOUT = "half the pain gone, without another procedure"
ABOUT = {"overlap weighting": "overlap", "AIPW": "ATT"}


@pytest.fixture
def generate() -> ModuleType:
    """A fresh copy of the example's generator."""
    spec = importlib.util.spec_from_file_location("generate_synthetic", SYNTHETIC / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def contrast_of(protocol: Protocol) -> CohortContrast:
    """The comparison alone: nothing else of the study is asked."""
    slow = (
        "imputation",
        "tipping_grid",
        "durability",
        "scores_over_time",
        "subgroup",
        "association",
        "borrowing",
        "adjusted_benchmark",
        "regression_to_mean",
    )
    plain = protocol.model_copy(update=dict.fromkeys(slow, ()))
    (found,) = run_study(plain, read_casebook(plain), read_comparators(plain)).contrasts
    return found


def risk(contrast: CohortContrast, estimand: str, method: str, missing: str) -> ContrastRow:
    (found,) = (
        row
        for row in contrast.rows
        if (row.estimand, row.visit, row.method, row.missing, row.measure)
        == (estimand, "12 months", method, missing, "risk difference")
    )
    return found


@pytest.fixture(scope="module")
def contrast() -> CohortContrast:
    """What the synthetic example answers as it ships."""
    return contrast_of(read_protocol(SYNTHETIC))


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """results.json of the 24 cases."""
    protocol = read_protocol(EXAMPLES / "marrow-2013")
    return json.loads(results_json(run_study(protocol, read_casebook(protocol))))


class TestSynthetic:
    def test_the_truth_its_readme_prints(self, generate):
        truths = {target: generate.true_difference(target) for target in ("crude", "ATT", "overlap")}
        assert truths == pytest.approx({"crude": 0.293, "ATT": 0.170, "overlap": 0.231}, abs=5e-4)
        text = (SYNTHETIC / "README.md").read_text(encoding="utf-8")
        assert "17.0 points" in text
        assert "23.1 points" in text
        assert "29.3 points" in text

    @pytest.mark.parametrize("age", [26, 46, 65])
    def test_the_rate_it_computes_is_the_rate_it_draws(self, generate, age):
        """The chance enumerated in ``true_rate`` against 4,000 drawn cases, four standard errors of 0.0079 at most."""
        rng, tables = Random(age), {name: [] for name in generate.HEADERS}
        generate.AGES = (age,)
        for number in range(4000):
            generate.draw_usual_care(f"U{number}", rng, tables)
        rows = [(row[0], row[2], row[5]) for row in tables["assessments"]]
        before = {case: value for case, visit, value in rows if visit == "" and value >= 4}
        later = {case: value for case, visit, value in rows if visit == "12 months" and value != ""}
        seen = [2 * later[case] <= before[case] for case in before if case in later]
        error = 0.5 / len(seen) ** 0.5
        assert sum(seen) / len(seen) == pytest.approx(generate.true_rate(generate.half_gone(age)), abs=4 * error)

    @pytest.mark.parametrize("method", ABOUT)
    @pytest.mark.parametrize("missing", ["observed", "non-responder"])
    def test_the_interval_holds_the_truth_and_the_crude_difference_is_farther_from_it(
        self, contrast, generate, method, missing
    ):
        found = risk(contrast, WHATEVER, method, missing)
        truth = generate.true_difference(ABOUT[method])
        assert found.lower < truth < found.upper
        assert found.calibrated_lower < truth < found.calibrated_upper
        if missing == "observed":
            assert abs(found.estimate - truth) < abs(found.described - found.comparator_described - truth)

    def test_everything_ran(self, contrast):
        assert [each.method for each in contrast.diagnostics] == ["overlap weighting", "AIPW", "matching"]
        assert all(each.passes for each in contrast.diagnostics)
        assert not any(row.withheld for row in contrast.rows)
        assert contrast.diagnostics[0].largest_before > 0.5
        assert contrast.diagnostics[0].largest_after < 0.1
        assert contrast.negative_controls is not None
        assert [each.name for each in contrast.negative_controls.controls] == ["headache", "back spasm"]

    def test_the_matched_pairs_have_their_bounds(self, contrast):
        observed, other = contrast.pairs
        assert (observed.estimand, observed.missing, other.missing) == (WHATEVER, "observed", "non-responder")
        assert [row.gamma for row in observed.rows] == [1, 1.5, 2, 3]
        assert all(0 < row.lower <= row.upper < 1 for row in observed.rows)

    def test_where_dates_are_vague_the_answer_is_a_range(self, contrast):
        asked = (WITHOUT, "12 months", "risk difference")
        found = [row for row in contrast.rows if (row.estimand, row.visit, row.measure) == asked]
        assert found
        assert {row.missing for row in found} == {"bounds"}
        assert all(row.estimate is None and row.lower < 0 < row.upper for row in found)

    def test_with_fifty_times_the_cases_the_crude_interval_misses_the_truth_and_the_weighted_one_holds_it(
        self, generate, tmp_path
    ):
        generate.CASES, generate.COMPARATOR_CASES = 2000, 3000
        shutil.copy(SYNTHETIC / "study.toml", tmp_path)
        generate.write(tmp_path)
        protocol = read_protocol(tmp_path)
        (asked,) = protocol.comparison
        asked = asked.model_copy(
            update={"methods": tuple(ABOUT), "matching": None, "propensity": "logistic", "estimands": (WHATEVER,)}
        )
        contrast = contrast_of(protocol.model_copy(update={"comparison": (asked,)}))
        for method, target in ABOUT.items():
            found, truth = risk(contrast, WHATEVER, method, "observed"), generate.true_difference(target)
            assert found.lower < truth < found.upper
            assert found.upper - found.lower < 0.1
            crude = found.described - found.comparator_described
            one, other = found.described, found.comparator_described
            error = (one * (1 - one) / found.n + other * (1 - other) / found.comparator_n) ** 0.5
            assert crude - 2 * error > truth


class TestMarrow:
    """The 24 cases: the answer is a refusal, and results.json holds what a reader needs to see why."""

    @staticmethod
    def near(told: dict[str, Any], name: str) -> set[tuple[str, str]]:
        (found,) = (each for each in told["comparisons"] if each["name"] == name)
        assert (found["as_of"], found["status"], found["pooled"], found["matched"]) == (
            2013,
            "no comparable published arm",
            None,
            [],
        )
        assert all(each["mismatches"] for each in found["near"])
        return {(each["arm"]["study_id"], each["arm"]["arm"]) for each in found["near"]}

    def test_it_refuses(self, told):
        assert told["verdict"]["word"] == "Unknown"
        assert {each["status"] for each in told["comparisons"]} == {"no comparable published arm"}
        assert told["borrowings"] == []
        assert self.near(told, "sham injection, as of 2013") == {("PENG_MB_2010", "placebo"), ("KHOT_2004", "saline")}

    def test_the_fusion_arms_and_their_non_surgical_neighbours_are_near_and_unpooled(self, told):
        assert self.near(told, "spinal fusion, as of 2013") >= {
            ("FRITZELL_2001", "fusion"),
            ("FRITZELL_2001", "nonsurgical"),
            ("BROX_2006", "fusion"),
            ("BROX_2006", "rehabilitation"),
        }

    def test_so_are_usual_care_and_the_natural_course(self, told):
        assert self.near(told, "usual care or none, as of 2013") >= {
            ("FRITZELL_2001", "nonsurgical"),
            ("BROX_2006", "rehabilitation"),
            ("PENG_NATURAL_2012", "natural history"),
            ("RHYNE_1995", "unoperated"),
        }

    def test_fairbank_has_no_rate_to_stand_beside_one_and_is_told_by_its_means(self, told):
        rows = [arm for arm in read_published() if arm.study_id == "FAIRBANK_2005"]
        assert {arm.role.value for arm in rows} == {"fusion", "usual_care"}
        assert not any(arm.has_count or arm.percent is not None for arm in rows)
        near = [near for each in told["comparisons"] for near in each["near"]]
        fairbank = [each for each in near if each["arm"]["study_id"] == "FAIRBANK_2005"]
        # pmc.ncbi.nlm.nih.gov/articles/PMC558090: ODI at 24 months 34.0 (SD 21.1) after fusion, 36.1 (20.6) after rehabilitation
        assert {(each["arm"]["mean"], each["arm"]["sd"]) for each in fairbank} == {(34.0, 21.1), (36.1, 20.6)}
        assert all("prints a mean of ODI, not a count" in each["mismatches"] for each in fairbank)

    def test_maic_is_withheld_for_want_of_covariates(self, told):
        (found,) = told["adjusted_benchmarks"]
        assert found["reasons"][0]["why"] == "withheld: no covariates"
        assert {row["method"] for row in found["rows"]} == {"withheld"}
        assert all(row["estimate"] is row["lower"] is row["upper"] is None for row in found["rows"])

    def test_the_control_rate_one_would_have_to_assume(self, told):
        """To three digits the README's; the same by R in ``test_marrow.py``."""
        (year,) = (
            each
            for each in told["control_rates"]
            if (each["visit"], each["strategy"]) == ("12 months", "composite by visit")
        )
        assert year["better_to"] is None
        assert year["jeffreys_better_to"] == pytest.approx(0.080, abs=5e-4)
        assert year["not_better_from"] == pytest.approx(0.862, abs=5e-4)
        assert year["better_if_yes_to"] == pytest.approx(0.384, abs=5e-4)
        assert year["not_better_if_no_from"] == pytest.approx(0.451, abs=5e-4)

    def test_what_was_found_later(self, told):
        for each in told["comparisons"]:
            later = {(arm["arm"]["arm"], arm["arm"]["responders"], arm["arm"]["n"]) for arm in each["later"]}
            assert {("BMC", 20, 45), ("sham", 10, 18)} <= later


def test_the_readme_of_each_says_how_to_run_it():
    for name in ("marrow-2013", "disc-series-synthetic", "boulder-2022"):
        text = (EXAMPLES / name / "README.md").read_text(encoding="utf-8")
        assert f"equipoise review examples/{name}" in text
