"""When the clocks of two cohorts start: what no weighting mends, checked and said (target trial, time zero)."""

from collections.abc import Iterator, Sequence

import numpy as np

from equipoise.domain.arm import Arm
from equipoise.domain.contrast_answer import Alignment, StartCheck

LONGER = 30.0
"""Median days of waiting apart from which the two are said not to be aligned: about a month."""


def start_checks(own: Arm, other: Arm, columns: tuple[tuple[str, str], ...]) -> tuple[StartCheck, ...]:
    """Every check of time zero; ``columns`` : covariates and the columns they are read from."""
    return (
        _one_clock(own, other),
        _waiting(own, other),
        _looking_ahead(own, other),
        _seen_from_the_start(own, other),
        _measured_before(columns),
        _calendar(own, other),
    )


def _one_clock(own: Arm, other: Arm) -> StartCheck:
    procedures = [not arm.clock.startswith("study day") for arm in (own, other)]
    finding: Alignment = "aligned" if procedures[0] == procedures[1] else "not aligned"
    says = "the same kind of day starts both clocks"
    if finding == "not aligned":
        says = (
            "one clock starts with a procedure and the other with a study day: the time spent waiting for the "
            "procedure, in which nothing could go wrong, counts for one of them only (immortal time)"
        )
    return _said("what starts the clock", (own.clock, other.clock), finding, says)


def _waiting(own: Arm, other: Arm) -> StartCheck:
    """A comparator whose time zero is an event long after the chart begins has survived until then."""
    medians = [float(np.median(arm.starts.wait_days)) if arm.n else 0.0 for arm in (own, other)]
    words = [f"{each:,.0f} {'day' if each == 1 else 'days'}, median" for each in medians]
    if abs(medians[0] - medians[1]) <= LONGER:
        return _said("from the first record to time zero", words, "aligned", "both waited about as long")
    longer = own.name if medians[0] > medians[1] else other.name
    says = (
        f"the charts of {longer} begin longer before time zero: whoever got well, worse or died on the way never "
        "reached it, so they are selected by having waited (immortal time)"
    )
    return _said("from the first record to time zero", words, "not aligned", says)


def _looking_ahead(own: Arm, other: Arm) -> StartCheck:
    words = [", ".join(arm.looks_ahead) or "none" for arm in (own, other)]
    if not (own.looks_ahead or other.looks_ahead):
        says = "nobody is chosen by what came later"
        return _said("eligibility that looks past time zero", words, "aligned", says)
    says = "a criterion chooses cases by what came after time zero: leave it out"
    return _said("eligibility that looks past time zero", words, "not aligned", says)


def _seen_from_the_start(own: Arm, other: Arm) -> StartCheck:
    late = [int((~arm.starts.seen_before).sum()) for arm in (own, other)]
    words = [f"{number:,} of {arm.n:,}" for number, arm in zip(late, (own, other), strict=True)]
    check = "not assessed on or before time zero"
    if not any(late):
        return _said(check, words, "aligned", "everybody is followed from time zero on")
    says = "their follow-up begins later than their clock: what happened in between may have kept others out"
    return _said(check, words, "look", says)


def _measured_before(columns: tuple[tuple[str, str], ...]) -> StartCheck:
    undated = [name for name, column in columns if column.startswith("cases.")]
    words = [", ".join(undated) or "none"] * 2
    check = "covariates without a date"
    if not undated:
        return _said(check, words, "aligned", "every covariate was measured on or before time zero")
    says = (
        "taken from the table of cases, which does not say when they were recorded: make sure it was before treatment"
    )
    return _said(check, words, "not known", says)


def _calendar(own: Arm, other: Arm) -> StartCheck:
    check = "calendar time"
    if not (own.starts.calendar and other.starts.calendar) or not (own.n and other.n):
        words = [_years(arm) if arm.starts.calendar and arm.n else "study days" for arm in (own, other)]
        says = "the charts hold no dates, so whether the cohorts were treated in the same years is not known"
        return _said(check, words, "not known", says)
    inside = [_share_within(one, two) for one, two in ((own, other), (other, own))]
    words = [
        f"{_years(arm)}; {100 * share:.0f} % within the other's"
        for arm, share in zip((own, other), inside, strict=True)
    ]
    if min(inside) >= 0.8:
        return _said(check, words, "aligned", "both were treated in much the same years")
    says = "the cohorts were treated in different years: whatever else changed in between is in the contrast"
    return _said(check, words, "not aligned", says)


def _said(check: str, words: Sequence[str], finding: Alignment, says: str) -> StartCheck:
    treated, comparator = words
    return StartCheck(check, treated, comparator, finding, says)


def _years(arm: Arm) -> str:
    first, last = (str(np.datetime64(int(day), "D"))[:7] for day in (arm.starts.low.min(), arm.starts.high.max()))
    return f"{first} to {last}"


def _share_within(one: Arm, two: Arm) -> float:
    """The share of time zeros of ``one`` between the first and last of ``two``."""
    low, high = int(two.starts.low.min()), int(two.starts.high.max())
    return float(((one.starts.low >= low) & (one.starts.high <= high)).mean())


def warnings_of(checks: tuple[StartCheck, ...]) -> Iterator[str]:
    """What is not aligned, as sentences."""
    for each in checks:
        if each.finding == "not aligned":
            yield f"Time zero, {each.check}: {each.says}."
