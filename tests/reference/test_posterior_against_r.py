"""Numbers: posterior.R and its saved output (the definition on one plain dense grid; agreement of the two to 1e-6)."""

import pytest

from equipoise.stats.posterior import predictive_rate, probability_better
from reference.saved import rows

ROWS = rows("posterior")


def test_probabilities_are_those_of_the_dense_grid():
    assert len(ROWS) == 64
    for row in ROWS:
        controls = [[int(count) for count in row[column].split()] for column in ("control_responders", "control_n")]
        probability = probability_better(
            int(row["responders"]), int(row["n"]), *controls, margin=float(row["margin"]), prior=row["prior"]
        )
        assert probability == pytest.approx(float(row["probability"]), abs=1e-6)
        assert predictive_rate(*controls)[0] == pytest.approx(float(row["mean_rate"]), abs=1e-6)
