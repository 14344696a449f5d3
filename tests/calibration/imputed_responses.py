"""Coverage of imputed response rates under their own assumption; prints the table of docs/imputation-yes-no.md.

Two visits, latent correlation 0.6; of those who responded at the first 15 % are not seen at the second, of the others
55 %: missing at random given the first. Run, in tests/: python -m calibration.imputed_responses   (about ten minutes)
"""

import numpy as np
from scipy.special import ndtri

from equipoise.stats.imputation_binary import impute_yes_no
from equipoise.stats.imputation_binary_rates import imputed_counts, imputed_rates
from equipoise.stats.lott_reiter import lott_reiter
from equipoise.stats.proportion import wilson

SETTINGS = ((24, 0.4, 600, 1), (100, 0.4, 400, 2), (24, 0.8, 400, 3), (10, 0.4, 400, 4))
"""Cases, rate at both visits, data sets, seed."""
IMPUTATIONS = 50


def one_data_set(n: int, rate: float, rng: np.random.Generator) -> np.ndarray:
    """Responses (n, 2), unseen -1."""
    shared = np.sqrt(0.6) * rng.standard_normal((n, 1))
    response = (float(ndtri(rate)) + shared + np.sqrt(0.4) * rng.standard_normal((n, 2)) > 0).astype(int)
    response[rng.random(n) < np.where(response[:, 0] == 1, 0.15, 0.55), 1] = -1
    return response


def answers(n: int, rate: float, sets: int, seed: int) -> np.ndarray:
    """One row a data set: error and coverage imputed, coverage with Rubin's degrees, error and coverage observed."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(sets):
        response = one_data_set(n, rate, rng)
        seen = response[response[:, 1] >= 0, 1]
        if seen.size == 0:  # refused: nobody was seen there
            continue
        counts = imputed_counts(impute_yes_no(response, np.zeros(n, dtype=int), rng=rng, imputations=IMPUTATIONS))
        found = imputed_rates(counts).proportion
        rubin = lott_reiter(counts.responders[:, 0, 1] / n, n, complete_degrees=np.inf)
        lower, upper = wilson(int(seen.sum()), seen.size)
        imputed = found.lower[0, 1] <= rate <= found.upper[0, 1]
        rows.append(
            (
                found.estimate[0, 1] - rate,
                imputed,
                rubin.lower <= rate <= rubin.upper,
                seen.mean() - rate,
                lower <= rate <= upper,
            )
        )
    return np.array(rows, dtype=float)


if __name__ == "__main__":
    print("| n | rate | data sets | imputed: bias | coverage | with Rubin's degrees | observed only: bias | coverage |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for n, rate, sets, seed in SETTINGS:
        rows = answers(n, rate, sets, seed)
        bias, cover, rubin, observed_bias, observed = rows.mean(axis=0)
        print(
            f"| {n} | {rate} | {len(rows)} | {bias:+.3f} | {cover:.3f} | {rubin:.3f} | {observed_bias:+.3f} | {observed:.3f} |"
        )
