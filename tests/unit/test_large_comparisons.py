"""What makes a comparison of many cases quick does not change its numbers."""

import os
import subprocess
import sys

import numpy as np
import pytest

from comparison_studies import Cases, compared, confounded, declared
from equipoise.compare import contrast_workshop
from equipoise.stats import propensity_logistic
from equipoise.stats.maic_dual import maximum_entropy
from equipoise.stats.propensity import fit_propensity
from equipoise.stats.weights_entropy import entropy_balance
from study_parts import INDEX


def two_cohorts(n, k, seed=20134):
    """A quarter treated, the covariates of the treated .2 SD higher, and a name for each."""
    rng = np.random.default_rng(seed)
    arm = np.arange(n) < n // 4
    return arm, rng.normal(0.2 * arm[:, None], 1.0, (n, k)), [f"x{j}" for j in range(k)]


@pytest.mark.parametrize("how", [{}, {"penalty": "ridge", "ridge": 2.0}])
def test_a_score_begun_on_every_sixteenth_case_ends_where_it_would_have(monkeypatch, how):
    arm, x, names = two_cohorts(800, 3)
    plain = fit_propensity(arm, x, names, **how)
    monkeypatch.setattr(propensity_logistic, "MANY", 100)
    begun = fit_propensity(arm, x, names, **how)
    assert begun.coefficient == pytest.approx(plain.coefficient, abs=1e-12)
    assert begun.logistic.curvature == pytest.approx(plain.logistic.curvature, rel=1e-10)


def test_a_sixteenth_that_is_separated_is_no_reason_to_refuse(monkeypatch):
    arm, x, names = two_cohorts(800, 1)
    x[::16, 0] = np.where(arm[::16], 3.0, -3.0)
    plain = fit_propensity(arm, x, names)
    monkeypatch.setattr(propensity_logistic, "MANY", 100)
    assert fit_propensity(arm, x, names).coefficient == pytest.approx(plain.coefficient, abs=1e-12)


def test_sets_of_cases_let_go_are_worked_out_again_to_the_same_numbers(monkeypatch):
    cases = confounded(120, np.random.default_rng(5))
    for _ in range(10):
        cases.add(INDEX, age=35.0)
        cases.add("fusion", age=55.0)
    section = declared(methods=("overlap weighting", "AIPW"), target="ATT", estimands=("relief", "mean pain"))
    held, _ = compared(cases, section)
    monkeypatch.setattr(contrast_workshop, "HELD", 0)
    let_go, _ = compared(cases, section)
    numbers = [[(row.estimate, row.lower, row.upper) for row in each.rows] for each in (held, let_go)]
    assert numbers[0] == numbers[1]
    assert any(row[0] is not None for row in numbers[0])
    assert [each.balance for each in held.diagnostics] == [each.balance for each in let_go.diagnostics]


def test_whoever_lacks_two_covariates_leaves_with_the_first():
    cases = Cases()
    for age, sex in ((50.0, "male"), (None, None), (None, "female"), (60.0, None), (40.0, "female")):
        cases.add(INDEX, age=age, sex=sex, relief=1.0)
        cases.add("fusion", age=50.0, sex="male", relief=0.0)
    answer, _ = compared(cases, declared())
    told = [(row.criterion, row.entering, row.excluded, row.unknown) for row in answer.losses]
    assert told[-2:] == [("age recorded", 5, 2, 2), ("sex recorded", 3, 1, 1)]
    assert answer.comparator_losses[-1].remaining == 5


def test_two_ways_to_the_weights_of_largest_entropy_agree():
    arm, x, names = two_cohorts(200, 3)
    in_blocks = entropy_balance(arm, x, names, target="ATT").weights.weight[~arm]
    together = maximum_entropy(x[~arm] - x[arm].mean(axis=0))
    assert together is not None
    assert in_blocks / in_blocks.sum() == pytest.approx(together.share, rel=1e-8)


PROGRAM = """
import numpy as np
from equipoise.stats.adjusted_outcome import OutcomeRegression, augmented_contrast
from equipoise.stats.balance import balance
from equipoise.stats.propensity import fit_propensity
from equipoise.stats.weights import propensity_weights
for n, k in ((30_000, 3), (9_000, 50)):
    rng = np.random.default_rng(1)
    arm = np.arange(n) < n // 4
    x = rng.normal(0.1 * arm[:, None], 1.0, (n, k))
    fit = fit_propensity(arm, x, [str(j) for j in range(k)])
    found = augmented_contrast(x.sum(axis=1) + rng.normal(size=n), fit, target="ATT", regression=OutcomeRegression("linear"))
    table = balance(fit.design, propensity_weights(fit, target="overlap"))
    print([each.hex() for each in fit.coefficient], found.difference, table.largest_before.hex())
"""


def test_one_thread_and_two_give_the_same_digits():
    said = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "OPENBLAS_NUM_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for threads in ("1", "2")
    ]
    assert said[0] == said[1]
    assert said[0].count("Contrast") == 2
