"""Multiple imputation of yes/no responses that were not seen, over visits, for one group or several."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from equipoise.domain.cohort import Flags, Floats, Ints
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.imputation_assumptions import Assumption
from equipoise.stats.imputation_binary_plan import UNSEEN, WHERE, Codes, Plan, means_of_courses, plan_imputation
from equipoise.stats.imputation_binary_sampler import Chains, Sampler, Seen, draw_latents, fitted

CHAINS = 10
BURN_IN = 300
THINNING = 25
"""Sweeps before the first imputation of a chain, and between two; ``docs/imputation-yes-no.md`` shows them enough."""
SWITCHED_SWEEPS = 50
"""Sweeps that bring the latents of a case with seen responses to a mean that is not its group's."""
MOST_LATENTS = 2_000_000
"""Above so many latent responses over all chains (16 MB a copy) there are fewer chains, down to one."""


@dataclass(frozen=True)
class ImputedYesNo:
    """B completed tables of yes/no responses, kept as the latent responses of the k cells that were drawn.

    ``response`` : (n, m) as given, yes 1, no 0, unseen -1; ``group`` : (n,); ``groups`` : how many
    ``case``, ``visit`` : (k,) the drawn cells, ascending by group, visit and case
    ``latent`` : (B, k) on the probit scale; above 0 is yes, unless shifted by a delta
    ``certain_no`` : (n, m) unseen cells that are "no" by assumption (return to baseline), in every table
    ``chains`` : how many chains they came from; 0 where nothing had to be drawn
    """

    response: Codes
    group: Ints
    groups: int
    case: Ints
    visit: Ints
    latent: npt.NDArray[np.float32]
    certain_no: Flags
    chains: int

    @property
    def imputations(self) -> int:
        """How many tables, B."""
        return int(self.latent.shape[0])


def impute_yes_no(
    response: npt.ArrayLike,
    group: npt.ArrayLike,
    *,
    rng: np.random.Generator,
    covariates: npt.ArrayLike | None = None,
    assumption: npt.ArrayLike | None = None,
    reference: int | None = None,
    groups: int | None = None,
    imputations: int = 200,
) -> ImputedYesNo:
    """Draw the unseen responses from their posterior predictive distribution under a latent multivariate probit.

    Case i of group g answers yes at visit j where its latent response, normal with mean mu_gj + x_i'b_j and variance
    1, is above 0; the correlations between visits are those of all groups together. Prior: each mu_gj normal with
    variance 1 + sqrt(2), so that the rate has the mean and variance of Jeffreys' Beta(1/2, 1/2); each correlation
    uniform; each slope b_j standard normal. Nobody or everybody responding is therefore no special case. An unseen cell
    is drawn given the seen *responses* of its case, and with the means its assumption names.

    Parameters
    ----------
    response : (n, m) yes 1, no 0, unseen -1; visits in time order, m >= 1
    group : (n,) index of the case's group, 0, 1, ...
    covariates : (n, q) complete, standardised here; a slope for each visit, one for all groups
    assumption : (n, m) ``Assumption`` codes; None is missing at random. The first cell of a case that is not at random
        is its first affected visit: that assumption holds there and at every later visit, and a case has only one.
        Responses seen from there on stay as they are and help to draw the case's own cells, but inform no parameter
        (as in R's rbmi). Return to baseline: "no".
    reference : index of the reference group, for the assumptions that speak of one
    groups : how many groups there are, where the last may have no case; None for the highest index and one, <= 1,000
    imputations : B >= 1

    Raises
    ------
    DataError : the tables are not what they should be
    MethodError : a mean that is needed was seen in nobody; no reference group where one is needed; the last mean is
        to be carried forward to the first visit; a covariate is constant

    References
    ----------
    Tang (2018), Statist. Med. 37:1467-1481. Carpenter, Roger and Kenward (2013), J. Biopharm. Statist.
    23:1352-1371. Barnard, McCulloch and Meng (2000), Statist. Sinica 10:1281-1311 (uniform correlations).
    """
    if imputations < 1:
        raise DataError(Problem(WHERE, "no imputation is asked for", "ask for 100 or more"))
    plan = plan_imputation(response, group, assumption, reference, groups)
    design = _checked_covariates(covariates, plan.group.size)
    case, visit = np.nonzero(plan.asked)
    order = np.lexsort((case, visit, plan.group[case]))
    case, visit = case[order].astype(np.int64), visit[order].astype(np.int64)
    latent = np.empty((imputations, case.size), dtype=np.float32)
    chains = 0
    if case.size:
        in_fit = np.flatnonzero((plan.informs != UNSEEN).any(axis=1))
        chains = max(1, min(CHAINS, imputations, MOST_LATENTS // max(in_fit.size * plan.response.shape[1], 1)))
        _fill(latent, plan, design, in_fit, (case, visit), chains, rng)
    return ImputedYesNo(plan.response, plan.group, plan.groups, case, visit, latent, plan.certain_no, chains)


def completed(imputed: ImputedYesNo, *, delta: npt.ArrayLike = 0.0) -> Codes:
    """The completed tables, (B, n, m) yes 1 and no 0; ``delta`` as ``imputed_counts``. Memory is B n m bytes."""
    tables = np.repeat(np.where(imputed.certain_no, np.int8(0), imputed.response)[None], imputed.imputations, axis=0)
    tables[:, imputed.case, imputed.visit] = imputed.latent > -shift_of_cells(imputed, delta)
    return tables


def shift_of_cells(imputed: ImputedYesNo, delta: npt.ArrayLike) -> Floats:
    """The latent shift of each drawn cell (k,), from one by group and visit.

    Raises
    ------
    DataError : ``delta`` is not finite, or does not broadcast to (groups, m)
    """
    shape = (imputed.groups, imputed.response.shape[1])
    try:
        table = np.broadcast_to(np.asarray(delta, dtype=np.float64), shape)
    except ValueError:
        problem = "delta is not one shift for each group and visit"
        remedy = "give one number, one row a group (groups by 1), or a table of groups by visits"
        raise DataError(Problem(WHERE, problem, remedy)) from None
    if not np.all(np.isfinite(table)):
        raise DataError(Problem(WHERE, "a delta is missing or infinite", "give finite shifts on the probit scale"))
    return np.asarray(table[imputed.group[imputed.case], imputed.visit])


def _checked_covariates(covariates: npt.ArrayLike | None, n: int) -> Floats:
    if covariates is None:
        return np.zeros((n, 0))
    given = np.asarray(covariates, dtype=np.float64)
    if given.ndim != 2 or given.shape[0] != n or not np.all(np.isfinite(given)):
        problem = "the covariates are not one complete row a case"
        raise DataError(Problem(WHERE, problem, "leave out covariates that are not known of everybody"))
    constant = np.flatnonzero(given.max(axis=0) == given.min(axis=0)) if given.shape[1] else np.zeros(0, dtype=int)
    if constant.size:
        problems = [f"covariate {place + 1} of {given.shape[1]} is the same for everybody" for place in constant]
        raise MethodError(Problem(WHERE, problem, "leave it out") for problem in problems)
    return np.asarray((given - given.mean(axis=0)) / given.std(axis=0))


def _fill(
    latent: npt.NDArray[np.float32],
    plan: Plan,
    covariates: Floats,
    in_fit: Ints,
    cells: tuple[Ints, Ints],
    chains: int,
    rng: np.random.Generator,
) -> None:
    """Run the chains and write every imputation, (B, k); row b is the draw b // chains of chain b % chains."""
    informs = plan.informs[in_fit].T
    member = (plan.group[:, None] == np.arange(plan.groups)).astype(np.float64)
    design = np.concatenate([member, covariates], axis=1)
    seen = Seen(
        sign=np.where(informs == 0, -1.0, 1.0),
        unseen=np.ascontiguousarray(informs == UNSEEN),
        design=design[in_fit],
        groups=plan.groups,
    )
    asked = _asked_cases(plan, covariates, in_fit)
    row = np.searchsorted(asked.cases, cells[0])
    sampler = Sampler(seen)
    state = sampler.start(chains, rng)
    for _ in range(BURN_IN - THINNING):
        sampler.sweep(state, rng)
    for first in range(0, latent.shape[0], chains):
        for _ in range(THINNING):
            sampler.sweep(state, rng)
        wanted = min(chains, latent.shape[0] - first)
        latent[first : first + wanted] = _unseen_latents(asked, plan, state, rng)[cells[1], :, row].T[:wanted]


@dataclass(frozen=True)
class _Asked:
    """The cases with cells to draw, ascending.

    ``place`` : where each stands among the cases the parameters rest on, -1 for nowhere (nothing of it was seen)
    ``again`` : those whose latents must be drawn anew under another mean, as indices into ``cases``
    """

    cases: Ints
    place: Ints
    covariates: Floats
    again: Ints


def _asked_cases(plan: Plan, covariates: Floats, in_fit: Ints) -> _Asked:
    cases = np.flatnonzero(plan.asked.any(axis=1))
    place_of = np.full(plan.group.size, -1)
    place_of[in_fit] = np.arange(in_fit.size)
    seen_later = ((plan.informs != plan.response) & (plan.response != UNSEEN)).any(axis=1)
    of_other = np.array(
        [course.assumption is Assumption.COPY_REFERENCE and course.group != plan.reference for course in plan.courses]
    )
    no_mean = np.array([course.assumption is Assumption.RETURN_TO_BASELINE for course in plan.courses])
    again = (seen_later & ~no_mean[plan.course]) | (of_other[plan.course] & (place_of >= 0))
    return _Asked(cases, place_of[cases], covariates[cases], np.flatnonzero(again[cases]))


def _unseen_latents(asked: _Asked, plan: Plan, state: Chains, rng: np.random.Generator) -> Floats:
    """Latent responses (m, C, cases) of the cases asked for, of which the unseen cells are the imputation.

    All groups share one correlation, so a case whose means change only from its first unseen visit on keeps its
    residuals: adding them to the new means is an exact draw. Others take sweeps of their own under the new means.
    """
    known = asked.place >= 0
    groups = plan.groups
    of_covariates = fitted(asked.covariates, state.coefficient[:, groups:])
    by_group = state.coefficient[:, :groups]
    mean = of_covariates + _of_case(means_of_courses(plan, by_group), plan.course[asked.cases])
    own = of_covariates[:, :, known] + _of_case(by_group, plan.group[asked.cases[known]])
    latent = mean.copy()
    latent[:, :, known] += state.latent[:, :, asked.place[known]] - own
    root = np.linalg.cholesky(state.correlation)
    noise = rng.standard_normal((*latent.shape[:2], int((~known).sum())))
    latent[:, :, ~known] += np.einsum("cjk,kcn->jcn", root, noise)
    if asked.again.size:
        codes = plan.response[asked.cases[asked.again]].T
        sign, unseen = np.where(codes == 0, -1.0, 1.0), codes == UNSEEN
        chosen = latent[:, :, asked.again]
        chosen = np.where(unseen[:, None, :], chosen, sign[:, None, :] * np.abs(chosen))
        for _ in range(SWITCHED_SWEEPS):
            draw_latents(chosen, mean[:, :, asked.again], state.correlation, sign, unseen, rng)
        latent[:, :, asked.again] = chosen
    return latent


def _of_case(by_index: Floats, index: Ints) -> Floats:
    """(C, k, m) values by group or course as (m, C, cases), each case with those of its own."""
    return by_index.transpose(2, 0, 1)[:, :, index]
