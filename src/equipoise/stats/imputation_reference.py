"""What each assumption makes of the mean and the covariance of a case, visit by visit."""

import numpy as np

from equipoise.domain.cohort import Floats
from equipoise.stats.imputation_assumptions import Assumption


def marginal_mean(assumption: Assumption, first: int, own: Floats, gap: Floats, baseline: Floats) -> Floats:
    """Mean of cases under an assumption that begins at visit ``first``.

    Parameters
    ----------
    own : (B, n, m), their mean as members of their own group, covariates included, under each of B parameter values
    gap : (B, m), mean of their group less that of the reference, at the same covariates
    baseline : (n,), what a case returns to

    Returns
    -------
    (B, n, m)

    References
    ----------
    Carpenter, Roger and Kenward (2013), J. Biopharm. Stat. 23:1352-1371. rbmi, "Statistical specifications", 3.4.
    """
    before, gap = max(first - 1, 0), gap[:, None, :]
    mean = own.copy()
    match assumption:
        case Assumption.RETURN_TO_BASELINE:
            mean[:, :, first:] = baseline[:, None]
        case Assumption.JUMP_TO_REFERENCE:
            mean[:, :, first:] -= gap[:, :, first:]
        case Assumption.COPY_REFERENCE:
            mean -= gap
        case Assumption.COPY_INCREMENTS_IN_REFERENCE:
            kept = gap[:, :, before, None] if first > 0 else 0.0
            mean[:, :, first:] -= gap[:, :, first:] - kept
        case Assumption.LAST_MEAN_CARRIED_FORWARD:
            mean[:, :, first:] = own[:, :, before, None]
        case Assumption.MISSING_AT_RANDOM:
            pass
    return mean


def marginal_covariance(assumption: Assumption, first: int, own: Floats, reference: Floats) -> Floats:
    """Covariance between the visits of a case under an assumption that begins at visit ``first``.

    ``own``, ``reference`` : (B, m, m), of the case's group and of the reference group, under B parameter values.
    A jump to reference and copied increments keep the group's covariance before ``first`` and the reference's
    regression on it and residual covariance from then on. Returns (B, m, m).

    References
    ----------
    Carpenter, Roger and Kenward (2013), section 3 and appendix.
    """
    if assumption == Assumption.COPY_REFERENCE:
        return reference
    if assumption not in (Assumption.JUMP_TO_REFERENCE, Assumption.COPY_INCREMENTS_IN_REFERENCE) or own is reference:
        return own
    if first == 0:
        return reference
    before, after = slice(0, first), slice(first, None)
    slope = np.linalg.solve(reference[:, before, before], reference[:, before, after]).swapaxes(1, 2)
    sigma = own.copy()
    sigma[:, after, before] = slope @ own[:, before, before]
    sigma[:, before, after] = sigma[:, after, before].swapaxes(1, 2)
    change = own[:, before, before] - reference[:, before, before]
    sigma[:, after, after] = reference[:, after, after] + slope @ change @ slope.swapaxes(1, 2)
    return sigma
