"""What stands beside a contrast: limits calibration cannot narrow, whom a match is of, and who is in both cohorts."""

from math import hypot

import numpy as np
import pytest
from scipy.special import ndtri

from comparison_studies import FUSION, GATE, Cases, compared, confounded, declared, rows_of
from equipoise.report.document import compose
from equipoise.report.html import render_html
from equipoise.report.parts import Paragraph
from study_parts import INDEX

ROOMY = GATE | {
    "effective_sample_size": 2,
    "largest_weight": 1.0,
    "common_support": 0.1,
    "standardized_difference": 2.0,
}


def with_controls(n: int, *, shift: float = 0.0, **words: object):
    """Two small cohorts, and six outcomes of which the treated are told ``shift`` more."""
    rng = np.random.default_rng(3)
    cases = confounded(n, rng)
    of_treated = {row["case_id"] for row in cases.rows.procedures if row["procedure"] == INDEX}
    names = tuple(f"control {number}" for number in range(6))
    for row in cases.rows.cases:
        for term in names:
            if rng.random() < 0.4 + shift * (row["case_id"] in of_treated):
                cases.rows.adverse_events.append({"case_id": row["case_id"], "term": term, "low": 10, "high": 10})
    section = declared(
        covariates=("age",),
        gate=ROOMY,
        propensity="firth",
        negative_controls={"adverse_events": names, "by_day": 30},
        **words,
    )
    return compared(cases, section)[0]


class TestCalibrated:
    @pytest.mark.parametrize("words", [{}, {"interval": "bootstrap", "bootstraps": 199}])
    def test_calibration_takes_no_uncertainty_away(self, words):
        """24 cases: Student's t reaches a tenth farther than a normal, and the controls agree by chance."""
        found = with_controls(24, **words)
        (row,) = rows_of(found, missing="observed", measure="risk difference")
        assert row.calibrated_upper - row.calibrated >= row.upper - row.estimate - 1e-12
        assert row.calibrated - row.calibrated_lower >= row.estimate - row.lower - 1e-12

    def test_by_hand(self):
        found = with_controls(300, shift=0.3)
        (row,) = rows_of(found, missing="observed", measure="risk difference")
        errors = found.negative_controls
        assert row.calibrated == pytest.approx(row.estimate - errors.mean)
        reach = hypot(row.upper - row.estimate, ndtri(0.975) * errors.sd)
        assert row.calibrated_upper - row.calibrated == pytest.approx(reach)
        assert row.calibrated - row.calibrated_lower == pytest.approx(reach)


def test_overlap_weights_are_not_mended_by_overlap_weights():
    cases = Cases()
    for number in range(2):
        cases.add(INDEX, age=40.0 + number, relief=float(number))
        cases.add(FUSION, age=40.5 + number, relief=float(number))
    section = declared(
        covariates=("age",), propensity="firth", gate=ROOMY, methods=("overlap weighting", "ATE weighting")
    )
    overlap, other = compared(cases, section)[0].diagnostics
    assert "an effective sample of 1.9 of 2 cases" in overlap.reasons[0]
    assert "overlap weights" not in " ".join(overlap.mend)
    assert "use overlap weights" in " ".join(other.mend)


def test_a_match_within_a_caliper_says_whom_it_is_of():
    cases = Cases()
    for age in (40.0, 50.0, 60.0, 90.0):  # nobody is like the last
        for number in range(4):
            cases.add(INDEX, age=age, relief=float(number < 3))
            if age < 90.0:
                cases.add(FUSION, age=age, relief=float(number < 1))
    section = declared(
        covariates=("age",),
        methods=("matching", "matching with replacement"),
        matching={"ratio": 1, "caliper": 0.2},
        gate=ROOMY | {"unmatched_share": 0.5},
    )
    contrast, result = compared(cases, section)
    shown = rows_of(contrast, missing="observed", measure="risk difference")
    assert len(shown) == 2
    assert shown[0].estimate == pytest.approx(0.5)  # 9 of 12 and 3 of 12
    for row in shown:
        assert row.n == 16
        assert "it is of the 12 of 16 treated cases who found a match" in row.notes
    assert "it is of the 12 of 16 treated cases who found a match" in render_html(result)


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ((100,), "1 person is in both: counted where time zero came first, and what came later is an event after it."),
        ((0,), "1 person is in both, and counted in neither: the charts do not say which treatment came first."),
        (
            (100, 0, 200),
            "3 people are in both: counted where time zero came first, and what came later is an event after it. Of 1 of "
            "them the charts do not say which came first: counted in neither.",
        ),
    ],
)
def test_who_is_in_both_cohorts(days, said):
    cases = Cases()
    for number in range(16):
        later = {FUSION: days[number]} if number < len(days) else None
        cases.add(INDEX, age=40.0 + number, relief=float(number % 2), later=later)
        cases.add(FUSION, age=41.0 + number, relief=float(number % 3 == 0))
    contrast, result = compared(cases, declared(covariates=("age",), gate=ROOMY))
    assert contrast.in_both == len(days)
    texts = [
        block.text for section in compose(result).sections for block in section.blocks if isinstance(block, Paragraph)
    ]
    assert any(text.endswith(said) for text in texts)


@pytest.mark.parametrize("method", ["matching", "matching with replacement"])
def test_where_the_order_of_the_rows_chose_the_match_it_says_so(method):
    cases = Cases()
    for number in range(12):
        cases.add(INDEX, age=40.0 + number, relief=float(number % 2))
        for better in (0.0, 1.0):  # two just as near, who fared differently
            cases.add(FUSION, age=40.0 + number, relief=better)
        cases.add(FUSION, age=20.0 + number, relief=0.0)  # else age says nothing, and all scores are one
    section = declared(
        covariates=("age",), methods=(method,), matching={"ratio": 1, "caliper": "none"}, gate=ROOMY, propensity="firth"
    )
    (row,) = rows_of(compared(cases, section)[0], missing="observed", measure="risk difference")
    told = "for 12 of 12 another comparator was as near as one taken, and the order of the rows decided"
    assert any(told in note for note in row.notes)
