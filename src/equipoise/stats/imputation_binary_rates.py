"""Response rates by group and visit over completed yes/no tables, with any shift of what was not seen."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit, ndtr, ndtri

from equipoise.domain.cohort import Flags, Floats, Ints
from equipoise.errors import DataError, Problem
from equipoise.stats.imputation_binary import ImputedYesNo, shift_of_cells
from equipoise.stats.imputation_binary_plan import UNSEEN, WHERE
from equipoise.stats.lott_reiter import ImputedProportion, lott_reiter


@dataclass(frozen=True)
class ImputedCounts:
    """Responders in every completed table.

    ``responders`` : (B, groups, m); ``n`` : (groups, m) cases that count; ``unseen`` : (groups, m) those of them whose
    response was not seen
    """

    responders: Ints
    n: Ints
    unseen: Ints


@dataclass(frozen=True)
class ImputedRates:
    """Rates pooled over imputations, each (groups, m).

    ``answered`` : false where no case counts; the estimate is then 0 and its limits 0 and 1, none of them to be shown
    """

    proportion: ImputedProportion
    n: Ints
    unseen: Ints
    answered: Flags


def imputed_counts(
    imputed: ImputedYesNo, *, counts: npt.ArrayLike | None = None, delta: npt.ArrayLike = 0.0
) -> ImputedCounts:
    """Responders by group and visit in every completed table, seen and imputed.

    Parameters
    ----------
    counts : (n, m) whether the case counts at the visit (one not yet reached there does not); None for all
    delta : shift of the latent response of unseen cells, on the probit scale: a scalar, (groups, 1) or (groups, m). A
        case whose rate would be Phi(c) has Phi(c + delta); ``shift_of_odds`` finds the shift that multiplies the odds.
        Cells that are "no" by assumption stay so. The draws are not repeated: a grid of shifts is cheap, and is one
        set of draws seen under many of them.

    Raises
    ------
    DataError : ``counts`` does not have the responses' shape, or ``delta`` does not fit
    """
    codes, group = imputed.response, imputed.group
    mask = np.ones(codes.shape, dtype=np.bool_) if counts is None else np.asarray(counts, dtype=np.bool_)
    if mask.shape != codes.shape:
        raise DataError(Problem(WHERE, "who counts is not said for each case and visit", "give a table of that shape"))
    groups, visits = imputed.groups, codes.shape[1]
    seen_yes, n, unseen = (np.zeros((groups, visits), dtype=np.int64) for _ in range(3))
    np.add.at(seen_yes, group, mask & (codes == 1))
    np.add.at(n, group, mask)
    np.add.at(unseen, group, mask & (codes == UNSEEN))
    responders = np.repeat(seen_yes[None], imputed.imputations, axis=0)
    shift = shift_of_cells(imputed, delta)
    included = mask[imputed.case, imputed.visit]
    at = group[imputed.case] * visits + imputed.visit
    edges = np.searchsorted(at, np.arange(groups * visits + 1))
    for place in np.flatnonzero(np.diff(edges)):
        cells = slice(edges[place], edges[place + 1])
        yes = (imputed.latent[:, cells] > -shift[cells]) & included[cells]
        responders[:, place // visits, place % visits] += yes.sum(axis=1)
    return ImputedCounts(responders, n, unseen)


def imputed_rates(counts: ImputedCounts, *, level: float = 0.95) -> ImputedRates:
    """Pooled rate by group and visit with Lott and Reiter's interval; errors as ``lott_reiter``."""
    rates = counts.responders / np.maximum(counts.n, 1)
    return ImputedRates(lott_reiter(rates, counts.n, level=level), counts.n, counts.unseen, counts.n > 0)


def shift_of_odds(multiplier: npt.ArrayLike, rate: npt.ArrayLike) -> Floats:
    """The latent shift (delta) that multiplies the odds of response by ``multiplier`` where the rate is ``rate``.

    Parameters
    ----------
    multiplier : > 0, finite; rate : above 0 and below 1; they broadcast

    Raises
    ------
    DataError : a multiplier or a rate is out of range
    """
    times, at = np.asarray(multiplier, dtype=np.float64), np.asarray(rate, dtype=np.float64)
    if not (np.all((times > 0.0) & np.isfinite(times)) and np.all((at > 0.0) & (at < 1.0))):
        problem = "an odds multiplier is not above 0, or the rate it applies to is not between 0 and 1"
        raise DataError(Problem(WHERE, problem, "give a multiplier such as 0.5 at a rate such as 0.4"))
    return np.asarray(ndtri(expit(logit(at) + np.log(times))) - ndtri(at))


def rate_after_shift(rate: npt.ArrayLike, delta: npt.ArrayLike) -> Floats:
    """The rate that cases of ``rate`` (0 to 1) have after a latent shift: Phi(Phi^-1(rate) + delta)."""
    return np.asarray(ndtr(ndtri(np.asarray(rate, dtype=np.float64)) + np.asarray(delta, dtype=np.float64)))
