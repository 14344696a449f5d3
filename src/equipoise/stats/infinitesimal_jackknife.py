"""The infinitesimal-jackknife variance of a cumulative incidence, for weights and clusters, in one sort.

The influence U of a case on F(t) is the derivative of F(t) by its weight. Writing n(s) for the number at risk and
d(s) for the events at s, and setting R(t) = F(t) - F(end), it has three terms,

    U(t) = alpha + R(t) beta + P(t) rho,    P(t) = R(t) A(t) - (sum of R dA to t) - (sum of dF / n to t),

with A(t) the sum of d / (n (n - d)) to t. The coefficients change only when the case enters (rho becomes its
weight) and when it leaves (rho becomes 0), so the sum over clusters of squared influences is a quadratic in R and P
whose coefficients step 2n times. Counting F from its end keeps the terms of the last cases at risk from cancelling.
"""

from dataclasses import dataclass

import numpy as np

from equipoise.domain.cohort import Floats, Ints
from equipoise.stats.event_table import slots
from equipoise.stats.follow_up import EventTable, FollowUpArrays


@dataclass(frozen=True)
class _Terms:
    """What the influences are made of, at each event time (m,).

    ``from_end`` : R; ``own_step`` : S(t-) / n, what an event adds to F; ``own_risk`` : 1 / (n - d)
    ``risk`` : A; ``past`` : sum of R dA and of dF / n; both (m + 1,) with 0 last, so that slot -1 reads 0
    """

    from_end: Floats
    own_step: Floats
    own_risk: Floats
    risk: Floats
    past: Floats


def infinitesimal_jackknife_variance(
    follow_up: FollowUpArrays, table: EventTable, incidence: Floats, event_free: Floats
) -> Floats:
    """Sum over clusters of the squared sum of weighted influences, at each event time (m,).

    As R's ``survfit`` with ``cluster``; each case is its own cluster where none is given. O(n log n).

    Parameters
    ----------
    incidence : (m,) cumulative incidence of the cause
    event_free : (m + 1,) event-free probability before the first and at each event time

    References
    ----------
    Therneau, Crowson and Atkinson, Multi-state models, vignette of R's survival; Jaeckel (1972), Bell Labs
    Memorandum MM 72-1215-11.
    """
    if table.at_days.size == 0:
        return np.zeros(0)
    terms = _terms(table, incidence, event_free[:-1])
    slot, cluster, (alpha, beta, rho) = _changes(follow_up, table, terms)
    same_cluster = np.concatenate([[False], cluster[1:] == cluster[:-1]])

    def total(product: Floats) -> Floats:
        """The sum over clusters of a product of two coefficients, at each event time."""
        step = product - np.where(same_cluster, np.roll(product, 1), 0.0)
        return np.cumsum(np.bincount(slot, weights=step, minlength=table.at_days.size))

    at_end = terms.from_end
    at_risk = at_end * terms.risk[:-1] - terms.past[:-1]
    variance: Floats = (
        total(alpha * alpha)
        + at_end * (2.0 * total(alpha * beta) + at_end * total(beta * beta))
        + at_risk * (2.0 * total(alpha * rho) + at_risk * total(rho * rho))
        + 2.0 * at_end * at_risk * total(beta * rho)
    )
    return variance


def _terms(table: EventTable, incidence: Floats, free_before: Floats) -> _Terms:
    from_end = incidence - incidence[-1]
    survivors = table.at_risk - table.of_any
    # Where events empty the risk set nothing can follow, and a case's own event changes nothing later.
    own_risk = 1.0 / np.where(survivors > 0.0, survivors, np.inf)
    own_step = free_before / table.at_risk
    risk_steps = table.of_any / table.at_risk * own_risk
    past_steps = from_end * risk_steps + own_step * table.of_this / table.at_risk
    return _Terms(
        from_end=from_end,
        own_step=own_step,
        own_risk=own_risk,
        risk=np.concatenate([np.cumsum(risk_steps), [0.0]]),
        past=np.concatenate([np.cumsum(past_steps), [0.0]]),
    )


def _changes(follow_up: FollowUpArrays, table: EventTable, terms: _Terms) -> tuple[Ints, Ints, Floats]:
    """When and how the coefficients of each cluster change, sorted by cluster and time.

    Returns the event-time slot (2k,), the cluster (2k,), and its alpha, beta and rho after the change (3, 2k), for
    the k cases that were at risk at some event time.
    """
    entry, leave = slots(follow_up, table.at_days)
    present = np.flatnonzero(entry < leave)
    entry, leave = entry[present], leave[present]
    any_event = (follow_up.this | follow_up.another)[present]
    own_step = np.where(follow_up.this[present], terms.own_step[leave], 0.0)
    own_risk = np.where(any_event, terms.own_risk[leave], 0.0)
    weight = np.ones(present.size) if follow_up.weights is None else follow_up.weights[present]
    coming = np.stack([terms.past[entry], -terms.risk[entry], np.ones(present.size)])
    alpha_going = own_step - terms.past[leave] + own_risk * terms.from_end[leave]
    going = np.stack([alpha_going, terms.risk[leave] - own_risk, -np.ones(present.size)])
    of_case = present if follow_up.cluster is None else follow_up.cluster[present]
    slot, cluster = np.concatenate([entry + 1, leave]), np.concatenate([of_case, of_case])
    order = np.lexsort((np.repeat([False, True], present.size), slot, cluster))
    change = np.concatenate([weight * coming, weight * going], axis=1)[:, order]
    return slot[order], cluster[order], _running_within(cluster[order], change)


def _running_within(cluster: Ints, change: Floats) -> Floats:
    """Running sums along ``change`` (3, 2k) that start again at 0 with each of the sorted clusters (2k,)."""
    start = np.flatnonzero(np.concatenate([[True], cluster[1:] != cluster[:-1]]))
    restarted = change.copy()
    restarted[:, start[1:]] -= np.add.reduceat(change, start, axis=1)[:, :-1]
    running: Floats = np.cumsum(restarted, axis=1)
    return running
