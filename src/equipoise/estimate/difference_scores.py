"""Mean scores of two groups contrasted: Welch's t, or the range the readings allow."""

from equipoise.domain.cohort import Cohort
from equipoise.domain.difference_answer import MeanDifference
from equipoise.domain.estimand import Missing
from equipoise.domain.protocol import Protocol
from equipoise.errors import MethodError
from equipoise.estimate.in_words import endpoint_in_words
from equipoise.estimate.panel import Reading
from equipoise.estimate.score import Mean, Readings, mean_score
from equipoise.stats.welch import WelchTest, welch

NOBODY = "nobody to count"


def mean_difference(
    cohort: Cohort,
    protocol: Protocol,
    reading: Reading,
    scores: Readings,
    groups: tuple[int, int],
    missing: Missing,
    label: str,
) -> tuple[MeanDifference, MethodError | None]:
    """Group less reference at one visit, and why it has no limits if it has none."""
    level = protocol.sensitivity.level
    own, other = (mean_score(scores, cohort.group == place, missing, level=level) for place in groups)
    found, refused = _welch(own, other, level)
    lower, upper, method = _told(own, other, found)
    instrument = protocol.instrument_of(reading.estimand)
    answer = MeanDifference(
        estimand=reading.estimand.name,
        endpoint=endpoint_in_words(reading.estimand.endpoint, instrument),
        better=instrument.better.value,
        visit=reading.visit.name,
        month=reading.visit.month,
        strategy=reading.label,
        missing=missing.value,
        n=own.n,
        mean=own.estimate,
        sd=own.sd,
        reference_n=other.n,
        reference_mean=other.estimate,
        reference_sd=other.sd,
        estimate=None if own.estimate is None or other.estimate is None else own.estimate - other.estimate,
        standard_error=None if found is None else found.standard_error,
        degrees=None if found is None else found.degrees,
        lower=lower,
        upper=upper,
        p_value=None if found is None else found.p_value,
        level=level,
        method=method,
        label=label,
    )
    return answer, refused


def _welch(own: Mean, other: Mean, level: float) -> tuple[WelchTest | None, MethodError | None]:
    if own.estimate is None or other.estimate is None:
        return None, None
    try:
        found = welch(own.estimate, own.sd or 0.0, own.n, other.estimate, other.sd or 0.0, other.n, level=level)
    except MethodError as error:
        return None, error
    return found, None


def _told(own: Mean, other: Mean, found: WelchTest | None) -> tuple[float | None, float | None, str]:
    """The limits of a number; the ends of a range: the group's least mean less the reference's greatest, and so on."""
    if found is not None:
        return found.lower, found.upper, "Welch's t"
    if own.n == 0 or other.n == 0:
        return None, None, NOBODY
    least, greatest = _ends(own)
    least_other, greatest_other = _ends(other)
    if own.estimate is not None and other.estimate is not None:
        return None, None, "no interval: refused"
    range_of = own.method if own.estimate is None else other.method
    return least - greatest_other, greatest - least_other, range_of


def _ends(mean: Mean) -> tuple[float, float]:
    """The range of a mean; a mean without one is its own range."""
    if mean.estimate is not None:
        return mean.estimate, mean.estimate
    assert mean.lower is not None
    assert mean.upper is not None
    return mean.lower, mean.upper
