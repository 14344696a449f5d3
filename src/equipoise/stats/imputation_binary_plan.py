"""Which unseen yes/no responses are to be imputed, under which mean, and what that asks of the data."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from equipoise.domain.cohort import Flags, Floats, Ints
from equipoise.errors import DataError, MethodError, Problem
from equipoise.stats.imputation_assumptions import Assumption

WHERE = "imputation of yes/no responses"
UNSEEN = -1
MOST_GROUPS = 1000
Codes = npt.NDArray[np.int8]
USES_REFERENCE = (
    Assumption.JUMP_TO_REFERENCE,
    Assumption.COPY_REFERENCE,
    Assumption.COPY_INCREMENTS_IN_REFERENCE,
)
LOOKS_BACK = (Assumption.COPY_INCREMENTS_IN_REFERENCE, Assumption.LAST_MEAN_CARRIED_FORWARD)


@dataclass(frozen=True)
class Course:
    """A way the means may go: those of ``group``, until ``assumption`` takes over at visit ``first`` (m: never)."""

    group: int
    assumption: Assumption
    first: int


@dataclass(frozen=True)
class Plan:
    """What is known and what is asked of every case; n cases, m visits.

    ``response`` : (n, m) yes 1, no 0, unseen -1, as given
    ``informs`` : (n, m) the same, but unseen from the case's first affected visit on: what the parameters rest on
    ``group`` : (n,); ``groups`` : how many; ``reference`` : index of the reference group, -1 for none
    ``course`` : (n,) index into ``courses``
    ``asked`` : (n, m) unseen and to be drawn; ``certain_no`` : (n, m) unseen and a non-responder by assumption
    """

    response: Codes
    informs: Codes
    group: Ints
    groups: int
    reference: int
    courses: tuple[Course, ...]
    course: Ints
    asked: Flags
    certain_no: Flags


def plan_imputation(
    response: npt.ArrayLike,
    group: npt.ArrayLike,
    assumption: npt.ArrayLike | None,
    reference: int | None,
    groups: int | None = None,
) -> Plan:
    """The plan for the data given, or what is wrong with it; parameters and errors as ``impute_yes_no``."""
    codes, groups_of = _checked_response(response, group, groups)
    visits = codes.shape[1]
    groups = int(groups_of.max()) + 1 if groups is None else groups
    assumed = _checked_assumption(assumption, codes.shape)
    switched = assumed != Assumption.MISSING_AT_RANDOM
    first = np.where(switched.any(axis=1), switched.argmax(axis=1), visits)
    code = assumed.max(axis=1)
    affected = np.arange(visits) >= first[:, None]
    certain_no = (codes == UNSEEN) & affected & (code == Assumption.RETURN_TO_BASELINE)[:, None]
    rows, course = np.unique(np.stack([groups_of, code, first], axis=1), axis=0, return_inverse=True)
    plan = Plan(
        response=codes,
        informs=np.where(affected, np.int8(UNSEEN), codes),
        group=groups_of,
        groups=groups,
        reference=-1 if reference is None else int(reference),
        courses=tuple(Course(int(g), Assumption(int(a)), int(f)) for g, a, f in rows),
        course=course.reshape(-1).astype(np.int64),
        asked=(codes == UNSEEN) & ~certain_no,
        certain_no=certain_no,
    )
    _check_reference(plan, reference)
    _check_means(plan)
    return plan


def means_of_courses(plan: Plan, mean: Floats) -> Floats:
    """The latent means of every course, covariates apart: Carpenter, Roger and Kenward's, visit by visit.

    Parameters
    ----------
    mean : (chains, groups, m) latent mean of each group at each visit

    Returns
    -------
    means : (chains, courses, m)
    """
    out = np.empty((mean.shape[0], len(plan.courses), mean.shape[2]))
    for place, (course, at) in enumerate((each, each.first) for each in plan.courses):
        own = mean[:, course.group]
        out[:, place] = own
        if course.assumption in USES_REFERENCE:
            reference = mean[:, plan.reference]
            if course.assumption is Assumption.COPY_REFERENCE:
                out[:, place] = reference
            elif course.assumption is Assumption.JUMP_TO_REFERENCE or at == 0:
                out[:, place, at:] = reference[:, at:]
            else:
                out[:, place, at:] = (own - reference)[:, at - 1, None] + reference[:, at:]
        elif course.assumption is Assumption.LAST_MEAN_CARRIED_FORWARD:
            out[:, place, at:] = own[:, at - 1, None]
    return out


def _checked_response(response: npt.ArrayLike, group: npt.ArrayLike, groups: int | None) -> tuple[Codes, Ints]:
    given, groups_of = np.asarray(response), np.asarray(group)
    if given.ndim != 2 or 0 in given.shape:
        problem = "the responses are not a table of cases by visits, or it is empty"
        raise DataError(Problem(WHERE, problem, "give one row a case and one column a visit, at least one of each"))
    if not np.all(np.isin(given, (1, 0, UNSEEN))):
        problem = "a response is neither yes (1), no (0) nor unseen (-1)"
        raise DataError(Problem(WHERE, problem, "code every response as 1, 0 or -1"))
    most = MOST_GROUPS if groups is None else min(groups, MOST_GROUPS)
    if groups_of.shape != given.shape[:1] or not np.all(np.isin(groups_of, np.arange(most))):
        problem = f"the groups are not one whole number a case, counted from 0 and below {most:,}"
        raise DataError(Problem(WHERE, problem, "give each case the index of its group: 0, 1, 2, ..."))
    return given.astype(np.int8), groups_of.astype(np.int64)


def _checked_assumption(assumption: npt.ArrayLike | None, shape: tuple[int, ...]) -> Ints:
    if assumption is None:
        return np.zeros(shape, dtype=np.int64)
    given = np.asarray(assumption)
    if given.shape != shape or not np.all(np.isin(given, [each.value for each in Assumption])):
        problem = "the assumptions are not one known code for each case and visit"
        raise DataError(Problem(WHERE, problem, "give a table of the responses' shape, with the codes of Assumption"))
    codes = given.astype(np.int64)
    if np.any((codes != Assumption.MISSING_AT_RANDOM) & (codes != codes.max(axis=1)[:, None])):
        raise DataError(Problem(WHERE, "a case has two assumptions besides missing at random", "give it one"))
    return codes


def _check_reference(plan: Plan, reference: int | None) -> None:
    used = {course.assumption for course in plan.courses}
    if used.isdisjoint(USES_REFERENCE):
        return
    one_arm = "assume missing at random, return to baseline or the last mean carried forward, which need none"
    if reference is None:
        problem = "an assumption speaks of a reference group and none is named"
        raise MethodError(Problem(WHERE, problem, f"name the reference group, or {one_arm}"))
    if not np.any(plan.group == reference):
        problem = "no case is in the reference group"
        raise MethodError(Problem(WHERE, problem, f"name a group that has cases, or {one_arm}"))


def _check_means(plan: Plan) -> None:
    """Every mean an imputation rests on must have been seen; else the prior alone would answer.

    Raises
    ------
    MethodError : with a problem for each group and visit
    """
    needed = np.zeros((plan.groups, plan.response.shape[1]), dtype=np.bool_)
    nothing_before = False
    touched = plan.asked | ((plan.informs != plan.response) & ~plan.certain_no)
    for place, course in enumerate(plan.courses):
        cases = plan.course == place
        at, visits = course.first, touched[cases].any(axis=0)
        later = visits.copy()
        later[:at] = False
        needed[course.group, :at] |= visits[:at]
        if not plan.asked[cases, at:].any():
            continue
        if course.assumption is Assumption.COPY_REFERENCE:
            needed[plan.reference, : int(np.flatnonzero(later)[-1]) + 1] = True
        elif course.assumption in USES_REFERENCE:
            needed[plan.reference] |= later
        if course.assumption in LOOKS_BACK and at > 0:
            needed[course.group, at - 1] = True
            if plan.reference >= 0 and course.assumption in USES_REFERENCE:
                needed[plan.reference, at - 1] = True
        nothing_before |= course.assumption is Assumption.LAST_MEAN_CARRIED_FORWARD and at == 0
    if nothing_before:
        problem = "the first visit is unseen where the last mean is to be carried forward: there is none before it"
        raise MethodError(Problem(WHERE, problem, "assume return to baseline, or missing at random, for those cases"))
    seen = np.zeros(needed.shape, dtype=np.int64)
    np.add.at(seen, plan.group, plan.informs != UNSEEN)
    if np.any(needed & (seen == 0)):
        raise MethodError(_nobody_seen(needed & (seen == 0), seen))


def _nobody_seen(missing: Flags, seen: Ints) -> list[Problem]:
    remedy = "report the no-assumption bounds there, or assume what does not rest on it (return to baseline)"
    too_late = ", or only from their first affected visit on; the prior alone would answer"
    found = [
        Problem(f"group {place + 1} of {seen.shape[0]}", f"nobody was seen at any visit{too_late}", remedy)
        for place in np.flatnonzero(missing.any(axis=1) & (seen.sum(axis=1) == 0))
    ]
    for place, visit in np.argwhere(missing & (seen.sum(axis=1) > 0)[:, None]):
        who = "nobody" if seen[:, visit].sum() == 0 else f"nobody of group {place + 1} of {seen.shape[0]}"
        found.append(Problem(f"visit {visit + 1} of {seen.shape[1]}", f"{who} was seen there{too_late}", remedy))
    return list(dict.fromkeys(found))
