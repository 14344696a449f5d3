"""In response on a day: the cases that certainly are and those that may be, over every reading of the charts."""

import numpy as np

from equipoise.domain.cohort import Flags
from equipoise.estimate.durability_histories import LOST, RESPONDING, WAITING, Histories


def response_bounds(histories: Histories, day: int) -> tuple[Flags, Flags]:
    """(n,) each: certainly in response on ``day``, and possibly (METHODS 20).

    A vague date is every day it may be. A case that was not seen at a visit may be in response from its nominal day
    until it is seen again; one not followed to the day may be in response unless an event, or a response that may
    not return, excludes it.
    """
    first_low, first_high = histories.first_event()
    may = _event_free_states(histories, day)
    followed = histories.followed >= day
    certain: Flags = may[:, RESPONDING] & ~may[:, WAITING] & ~may[:, LOST] & (first_low > day) & followed
    could = may[:, RESPONDING] | (~followed & (may[:, WAITING] | (may[:, LOST] & histories.may_return)))
    possible: Flags = could & (first_high > day)
    return certain, possible


def _event_free_states(histories: Histories, day: int) -> Flags:
    """(n, 3) whether the case may be waiting, responding or lost on the day, were there no event by then."""
    first_low, _ = histories.first_event()
    may = np.zeros((first_low.size, 3), dtype=np.bool_)
    may[:, WAITING] = True
    for place, visit in enumerate(histories.visits):
        seen = histories.seen[:, place]
        yes, no = _after_yes(may, may_return=histories.may_return), _after_no(may)
        told = np.where(histories.yes[:, place, None], yes, no)
        # An event before the assessment, or between it and its visit's day, leaves the state of before, or hastens it.
        first = histories.high[:, place] <= first_low
        early = (first_low < visit.day) & (histories.low[:, place] <= day)
        due = visit.day <= day
        clear = seen & first & due
        perhaps = seen & ~clear & (due | early)
        anything = (histories.unclear[:, place] & (visit.window[0] <= day)) | (~seen & due)
        may = np.where(
            anything[:, None],
            may | yes | no,
            np.where(perhaps[:, None], may | told, np.where(clear[:, None], told, may)),
        )
    return may


def _after_yes(may: Flags, *, may_return: bool) -> Flags:
    after = np.zeros_like(may)
    after[:, RESPONDING] = may[:, WAITING] | may[:, RESPONDING] | (may[:, LOST] & may_return)
    after[:, LOST] = may[:, LOST] & (not may_return)
    return after


def _after_no(may: Flags) -> Flags:
    after = np.zeros_like(may)
    after[:, WAITING] = may[:, WAITING]
    after[:, LOST] = may[:, RESPONDING] | may[:, LOST]
    return after
