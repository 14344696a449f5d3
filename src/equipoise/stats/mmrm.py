"""Mixed model for repeated measures: means by visit, with any missing visits, by (restricted) maximum likelihood.

The scores of a case are jointly normal with a mean linear in the design and a covariance between visits; cases are
independent. What is missing is missing at random. Least-squares means and changes are contrasts of the
coefficients (``equipoise.stats.mmrm_inference``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from equipoise.domain.cohort import Flags, Floats
from equipoise.errors import MethodError, Problem
from equipoise.stats.mmrm_covariance import STRUCTURES, Structure, heterogeneous, parameters, start_from
from equipoise.stats.mmrm_likelihood import Slopes, Value, slopes_at, value_at
from equipoise.stats.mmrm_patterns import WHERE, Patterns, check_and_gather

STARTS = ("moments of the residuals", "no correlation", "no correlation, Fisher scoring")
"""Where the search begins, in the order they are tried."""

MAXIMUM_STEPS = 100
DECREMENT = 1e-13  # of the deviance still to be gained; the step after it is taken too
STALLED = 1e-7  # the same where rounding no longer lets the deviance fall: 3e-4 of a standard error
EDGE = 1e-8  # least eigenvalue of a correlation below which the covariance is called singular


@dataclass(frozen=True)
class MmrmFit:
    """A fitted model for p coefficients, m visits and B groups.

    ``coefficients`` (p,), ``covariance`` (p, p) : generalised least squares and (X' V^-1 X)^-1, not yet adjusted
    ``sigma`` (B, m, m) : covariance between visits, of each group in the order of its number
    ``theta`` (K,) : covariance parameters of all groups; ``deviance`` : minus twice the log-likelihood
    ``structure``, ``start`` : which covariance and which start answered
    ``tried`` : each attempt before it, in words; empty where the first one answered
    ``cases``, ``observations``, ``steps`` : counts
    ``patterns``, ``value``, ``slopes`` : what the inference is made from
    """

    coefficients: Floats
    covariance: Floats
    sigma: Floats
    theta: Floats
    deviance: float
    restricted: bool
    structure: Structure
    start: str
    tried: tuple[str, ...]
    cases: int
    observations: int
    steps: int
    patterns: Patterns
    value: Value
    slopes: Slopes


def fit_mmrm(
    response: npt.ArrayLike,
    subject: npt.ArrayLike,
    visit: npt.ArrayLike,
    design: npt.ArrayLike,
    *,
    structure: Structure = "unstructured",
    group: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    visits: int | None = None,
    restricted: bool = True,
    fall_back: Sequence[Structure] = (),
) -> MmrmFit:
    """Fit means and covariance of scores over time.

    Each start of ``STARTS`` is tried in turn, then the same for each structure of ``fall_back``; the fit says which
    one answered. Newton's method on the deviance, with Fisher's information where it is not convex.

    Parameters
    ----------
    response : (n_obs,) float, the score, in its own unit; only what was observed
    subject : (n_obs,) int, the case, any numbering
    visit : (n_obs,) int, from 0 in the order of time
    design : (n_obs, p) float, of full column rank
    structure : covariance between visits; AR(1) and Toeplitz take visits as equally spaced
    group : (n_obs,) int, groups with a covariance of their own; one for all cases if absent
    weights : (n_obs,) float > 0; the variance of an observation is divided by its weight, as in mmrm
    visits : number of visits, if more than the last one seen
    restricted : REML; else maximum likelihood
    fall_back : simpler structures that may answer instead, in this order; none unless asked for

    Raises
    ------
    DataError : lengths differ, a value missing, a label not a whole number, two scores at a visit, a weight <= 0
    MethodError : one case, one visit, a visit nobody was seen at, a singular design, no spread, more parameters
        than observations, visits never seen together, or no start and no fall-back converged

    References
    ----------
    Laird and Ware (1982), Biometrics 38:963-974. Mallinckrodt, Clark and David (2001), J. Biopharm. Stat. 11:9-21.
    Sabanes Bove et al., R package mmrm, vignettes "Model fitting algorithm" and "Covariance structures".
    """
    for each in (structure, *fall_back):
        if each not in STRUCTURES:
            raise MethodError(Problem(WHERE, "no such covariance", f"ask for one of: {', '.join(STRUCTURES)}"))
    patterns = check_and_gather(response, subject, visit, design, group, weights, visits)
    tried: list[str] = []
    for asked in (structure, *fall_back):
        refusal = _not_identified(patterns, asked)
        if refusal is not None:
            tried.append(f"{asked}: {refusal}")
            continue
        for start in STARTS:
            found = _search(patterns, asked, start, restricted=restricted)
            if not isinstance(found, str):
                return _fit(patterns, asked, start, tried, found, restricted=restricted)
            tried.append(f"{asked}, from {start}: {found}")
    remedy = "ask for a simpler covariance, such as compound symmetry, or leave out visits that few cases reached"
    raise MethodError([Problem(WHERE, each, remedy) for each in tried])


@dataclass(frozen=True)
class _Found:
    theta: Floats
    value: Value
    slopes: Slopes
    steps: int


def _fit(
    patterns: Patterns, structure: Structure, start: str, tried: list[str], found: _Found, *, restricted: bool
) -> MmrmFit:
    lead_back = np.linalg.inv(patterns.basis)
    return MmrmFit(
        coefficients=patterns.least_squares + lead_back @ found.value.beta,
        covariance=lead_back @ found.value.phi @ lead_back.T,
        sigma=np.stack([each.sigma for each in found.value.covariances]),
        theta=found.theta,
        deviance=found.value.deviance,
        restricted=restricted,
        structure=structure,
        start=start,
        tried=tuple(tried),
        cases=patterns.grid.shape[0],
        observations=patterns.observations,
        steps=found.steps,
        patterns=patterns,
        value=found.value,
        slopes=found.slopes,
    )


def _not_identified(patterns: Patterns, structure: Structure) -> str | None:
    """Why the data cannot tell the parameters of the structure; None if they can."""
    m = patterns.visits
    needed = patterns.groups * parameters(structure, m) + patterns.columns
    if needed > patterns.observations:
        return f"{needed} parameters and {patterns.observations} observations"
    residuals = patterns.residuals()
    for g in range(patterns.groups):
        which = "" if patterns.groups == 1 else f" in group {g} (in the order of their numbers)"
        of = patterns.group[patterns.pattern] == g
        seen = patterns.seen[patterns.pattern[of]]
        together = seen.T.astype(np.int64) @ seen
        if heterogeneous(structure):
            spread = np.sum(residuals[of] ** 2, axis=0)
            still = np.flatnonzero(spread <= 1e-20 * np.sum(residuals**2))
            if still.size:
                return f"the scores at visit {still[0]} (counted from 0) do not vary around their fitted means{which}"
        if _never_together(structure, together > 0):
            return f"visits whose covariance is asked for were never seen in one case{which}"
    return None


def _never_together(structure: Structure, together: Flags) -> bool:
    m = together.shape[0]
    if structure == "unstructured":
        return not bool(np.all(together))
    by_lag = [bool(np.any(np.diagonal(together, lag))) for lag in range(1, m)]
    return not (all(by_lag) if structure.endswith("Toeplitz") else any(by_lag))


def _moments(patterns: Patterns, g: int) -> Floats:
    """Covariance of the least-squares residuals, pair by pair, drawn towards its diagonal until it is definite."""
    of = patterns.group[patterns.pattern] == g
    residuals, seen = patterns.residuals()[of], patterns.seen[patterns.pattern[of]].astype(np.float64)
    pairs = np.maximum(seen.T @ seen, 1.0)
    sigma: Floats = residuals.T @ residuals / pairs
    typical = max(float(np.mean(np.diag(sigma))), 1e-3 * float(np.mean(patterns.residuals() ** 2)))
    deviation = np.sqrt(np.maximum(np.diag(sigma), 1e-3 * typical))
    correlation = np.clip(sigma / np.outer(deviation, deviation), -0.95, 0.95)
    np.fill_diagonal(correlation, 1.0)
    while np.linalg.eigvalsh(correlation)[0] < 0.05:
        correlation = 0.8 * correlation + 0.2 * np.eye(patterns.visits)
    return np.asarray(np.outer(deviation, deviation) * correlation, dtype=np.float64)


def _search(patterns: Patterns, structure: Structure, start: str, *, restricted: bool) -> _Found | str:
    """Newton's method from one start: the fit, or in words why there is none."""
    moments = [_moments(patterns, g) for g in range(patterns.groups)]
    if start != STARTS[0]:
        moments = [np.diag(np.diag(each)) for each in moments]
    theta = np.concatenate([start_from(structure, each) for each in moments])
    value = value_at(patterns, structure, theta, restricted=restricted)
    if value is None:
        return "the start is not positive definite"
    for step_number in range(1, MAXIMUM_STEPS + 1):
        slopes = slopes_at(patterns, value, restricted=restricted)
        step = _direction(slopes, fisher=start == STARTS[2] and step_number <= MAXIMUM_STEPS // 2)
        decrement = float(slopes.gradient @ step)
        moved = _line(patterns, structure, theta, step, value, decrement, restricted=restricted)
        if moved is None:
            return "no step lowers the deviance"
        before = value.deviance
        theta, value = moved
        if _at_the_edge(value):
            return "the covariance became singular"
        if decrement < (STALLED if value.deviance >= before else DECREMENT):
            slopes = slopes_at(patterns, value, restricted=restricted)
            if np.linalg.eigvalsh(slopes.observed)[0] <= 0.0:
                return "the deviance is flat in some direction"
            return _Found(theta, value, slopes, step_number)
    return f"no convergence in {MAXIMUM_STEPS} steps"


def _direction(slopes: Slopes, *, fisher: bool) -> Floats:
    """The step to subtract: Newton's where the deviance is convex, else Fisher's."""
    size = slopes.gradient.size
    candidates = [slopes.expected] if fisher else [slopes.observed, slopes.expected]
    for curvature in candidates:
        try:
            factor = np.linalg.cholesky(curvature)
        except np.linalg.LinAlgError:
            continue
        return np.asarray(np.linalg.solve(factor.T, np.linalg.solve(factor, slopes.gradient)), dtype=np.float64)
    ridge = 1e-3 * float(np.trace(slopes.expected)) / size * np.eye(size)
    return np.asarray(np.linalg.solve(slopes.expected + ridge, slopes.gradient), dtype=np.float64)


def _line(
    patterns: Patterns,
    structure: Structure,
    theta: Floats,
    step: Floats,
    value: Value,
    decrement: float,
    *,
    restricted: bool,
) -> tuple[Floats, Value] | None:
    """The first of the step and its halves that lowers the deviance enough."""
    fraction = min(1.0, 4.0 / max(float(np.max(np.abs(step))), 1e-300))
    rounding = 1e-13 * (1.0 + abs(value.deviance))
    for _ in range(40):
        at = theta - fraction * step
        found = value_at(patterns, structure, at, restricted=restricted)
        if found is not None and found.deviance <= value.deviance - 1e-4 * fraction * decrement + rounding:
            return at, found
        fraction /= 2.0
    return None


def _at_the_edge(value: Value) -> bool:
    for each in value.covariances:
        deviation = np.sqrt(np.diag(each.sigma))
        if np.linalg.eigvalsh(each.sigma / np.outer(deviation, deviation))[0] < EDGE:
            return True
    return False
