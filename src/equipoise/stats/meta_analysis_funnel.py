"""What a funnel plot shows: effects against standard errors, and the line small studies would draw through them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr

from equipoise.domain.cohort import Floats
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.meta_analysis import checked_effects

_WHERE = "funnel plot"
FEWEST_FOR_A_TEST = 10
"""Below ten studies the P value says next to nothing (Sterne et al. 2011, BMJ 343:d4002)."""


@dataclass(frozen=True)
class Funnel:
    """Points of a funnel plot, and Egger's line effect = ``at_no_error`` + ``slope`` x standard error.

    ``effect``, ``standard_error`` : (k,) the points
    ``common_effect`` : the inverse-variance mean, where the funnel stands
    ``slope``, ``slope_error``, ``t``, ``degrees_of_freedom``, ``p`` : of the line; the P value is data for the plot,
        a lopsided funnel has many causes besides unpublished studies
    ``enough_for_a_test`` : at least ten studies
    """

    effect: Floats
    standard_error: Floats
    common_effect: float
    at_no_error: float
    slope: float
    slope_error: float
    t: float
    degrees_of_freedom: int
    p: float
    enough_for_a_test: bool


def funnel(effect: npt.ArrayLike, standard_error: npt.ArrayLike) -> Funnel:
    """Egger's regression, weighted by inverse variance with a multiplicative dispersion.

    Parameters
    ----------
    effect, standard_error : (k,), k >= 3, standard errors > 0 and not all equal

    Raises
    ------
    DataError : as ``pool_effects``, or not a list
    MethodError : fewer than three studies, all equally precise, or all on one line

    References
    ----------
    Egger, Davey Smith, Schneider and Minder (1997), BMJ 315:629-634: the slope here is their intercept, of the
    standardised effect on precision.
    """
    effects, errors, _ = checked_effects(effect, standard_error, None)
    if effects.ndim != 1:
        raise DataError(Problem(_WHERE, "the studies are not a list", "give one effect and one standard error a study"))
    if effects.size < 3:
        raise MethodError(Problem(_WHERE, "fewer than three studies draw no line", "show the studies side by side"))
    if np.ptp(errors) <= 1e-9 * errors.max():
        raise MethodError(Problem(_WHERE, "all studies are equally precise", "show the effects without a line"))
    weight = errors**-2
    centre_error, common = (float(weight @ part / weight.sum()) for part in (errors, effects))
    across, up = errors - centre_error, effects - common
    spread = float(weight @ across**2)
    slope = float(weight @ (across * up) / spread)
    freedom = effects.size - 2
    left = float(weight @ (up - slope * across) ** 2)
    if left <= 1e-24 * float(weight @ up**2) or left == 0:
        raise MethodError(Problem(_WHERE, "the studies lie on one line exactly", "show the effects without a test"))
    slope_error = (left / freedom / spread) ** 0.5
    return Funnel(
        effect=effects,
        standard_error=errors,
        common_effect=common,
        at_no_error=common - slope * centre_error,
        slope=slope,
        slope_error=slope_error,
        t=slope / slope_error,
        degrees_of_freedom=freedom,
        p=2 * float(stdtr(freedom, -abs(slope / slope_error))),
        enough_for_a_test=effects.size >= FEWEST_FOR_A_TEST,
    )
