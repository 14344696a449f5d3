"""Log-log limits of a probability that is neither 0 nor 1."""

import numpy as np

from equipoise.domain.cohort import Flags, Floats


def log_log_limits(
    probability: Floats, standard_error: Floats, inside: slice | Flags, level: float
) -> tuple[Floats, Floats]:
    """F^exp(+-z se / (F log F)) where ``inside``, of the shape given; NaN elsewhere, where F is 0 or 1.

    References
    ----------
    Kalbfleisch and Prentice (2002), The Statistical Analysis of Failure Time Data, section 1.4.
    """
    from scipy.special import ndtri

    lower, upper = np.full_like(probability, np.nan), np.full_like(probability, np.nan)
    estimate = probability[inside]
    log_estimate = np.log(estimate)
    with np.errstate(over="ignore", divide="ignore"):  # a power of infinity or 0 is a limit of 0 or 1
        power = np.exp(ndtri((1.0 + level) / 2.0) * standard_error[inside] / (estimate * log_estimate))
        upper[inside] = np.exp(log_estimate * power)
        lower[inside] = np.exp(log_estimate / power)
    return lower, upper


def strictly_between(probability: Floats) -> Flags:
    """Where the limits are defined: neither 0 nor 1."""
    inside: Flags = (probability > 0.0) & (probability < 1.0)
    return inside
