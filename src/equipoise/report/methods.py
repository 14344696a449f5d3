"""The methods a result used, each in a sentence with its source; a method not used is not cited."""

from collections.abc import Callable
from dataclasses import dataclass

from equipoise.domain.estimand import Missing, Strategy
from equipoise.domain.result import StudyResult
from equipoise.report.rows import given_together
from equipoise.report.wording import PROPORTION

INTERVALS = {
    "clopper-pearson": (
        "Clopper–Pearson intervals",
        "Exact; never below the nominal level.",
        "Clopper and Pearson (1934), Biometrika 26:404–413.",
    ),
    "wilson": (
        "Wilson intervals",
        "Score intervals; close to the nominal level on average.",
        "Wilson (1927), J. Am. Stat. Assoc. 22:209–212.",
    ),
    "jeffreys": (
        "Jeffreys intervals",
        "Equal-tailed, under a Beta(1/2, 1/2) prior.",
        "Brown, Cai and DasGupta (2001), Stat. Sci. 16:101–133.",
    ),
    "mid-p": (
        "Mid-P intervals",
        "Exact tails with half the probability of what was seen.",
        "Lancaster (1961), J. Am. Stat. Assoc. 56:223–234.",
    ),
}


@dataclass(frozen=True)
class Method:
    """A method in a sentence, and where it is described."""

    name: str
    says: str
    source: str


def _always(_: StudyResult) -> bool:
    return True


def _missing(kind: Missing) -> Callable[[StudyResult], bool]:
    return lambda result: any(row.missing == kind.value for row in result.estimates)


def _stratum(result: StudyResult) -> bool:
    return any(Strategy.PRINCIPAL_STRATUM.value in row.strategy for row in result.estimates)


def _incidence(kind: str) -> Callable[[StudyResult], bool]:
    return lambda result: any(each.kind == kind and each.points for each in result.incidence)


def _pooled(result: StudyResult) -> bool:
    return any(each.pooled is not None for each in result.comparisons)


def _probable(result: StudyResult) -> bool:
    return any(each.probabilities for each in result.comparisons)


def _vague(result: StudyResult) -> bool:
    return any(row.method.startswith("range over readings") for row in result.estimates) or any(
        each.kind == "bounds" for each in result.incidence
    )


CATALOGUE: tuple[tuple[Callable[[StudyResult], bool], Method], ...] = (
    (
        _always,
        Method(
            "Estimands",
            "Every answer names its endpoint, visit, and a strategy for each intercurrent event.",
            "ICH E9(R1) (2019).",
        ),
    ),
    (
        lambda result: _stratum(result) and not given_together(result),
        Method(
            "Principal stratum",
            "Those observed without the event; selected after treatment, no control counterpart identified.",
            "Frangakis and Rubin (2002), Biometrics 58:21–29.",
        ),
    ),
    (
        lambda result: _stratum(result) and given_together(result),
        Method(
            "Principal stratum",
            "Those without the event, which here was given with the treatment, on day 0: a subgroup defined by what "
            "was given; no control counterpart identified.",
            "Frangakis and Rubin (2002), Biometrics 58:21–29.",
        ),
    ),
    (
        _vague,
        Method(
            "Readings of a vague chart",
            "A vague date is every day it may mean; an answer is the range over all readings, each case by itself.",
            "docs/methods.md, Readings.",
        ),
    ),
    (
        _missing(Missing.BOUNDS),
        Method(
            "No-assumption bounds",
            "Every unknown response may be yes or no; outer limits are those of the smallest and the largest count.",
            "Manski (1990), Am. Econ. Rev. 80:319–323; Horowitz and Manski (2000), J. Am. Stat. Assoc. 95:77–84.",
        ),
    ),
    (
        _missing(Missing.NON_RESPONDER),
        Method(
            "Unknown as non-responder",
            "Not done and not asked count as no; not yet reached leaves the denominator.",
            "",
        ),
    ),
    (
        lambda result: bool(result.sensitivity.tipping_points),
        Method(
            "Tipping point",
            "The smallest number of the unknown that would have to respond.",
            "Yan, Lee and Li (2009), J. Biopharm. Stat. 19:1085–1098.",
        ),
    ),
    (
        _incidence("Aalen-Johansen"),
        Method(
            "Cumulative incidence",
            "Aalen–Johansen, the other events competing; Greenwood-type variance, limits on the log-log scale.",
            "Aalen and Johansen (1978), Scand. J. Stat. 5:141–150.",
        ),
    ),
    (
        _incidence("bounds"),
        Method(
            "Bounds of the incidence",
            "From those who certainly had the event by a day to those who could have had it, of all cases.",
            "docs/methods.md.",
        ),
    ),
    (
        lambda result: any(row.unit != PROPORTION for row in result.estimates),
        Method(
            "Means",
            "Mean and standard deviation of the known values; limits from Student's t.",
            "Student (1908), Biometrika 6:1–25.",
        ),
    ),
    (
        lambda result: result.safety.recorded,
        Method(
            "Safety",
            "Exact limits for cases; exact Poisson limits for events per person-year; one-sided where none was seen.",
            "Garwood (1936), Biometrika 28:437–442; Hanley and Lippman-Hand (1983), JAMA 249:1743–1745.",
        ),
    ),
    (
        lambda result: bool(result.comparisons),
        Method(
            "Like with like",
            "Arms are compared only when role, responder rule and month are the same; near arms are listed unpooled.",
            "docs/methods.md.",
        ),
    ),
    (
        _pooled,
        Method(
            "Pooling",
            "Binomial-normal maximum likelihood; REML on the logit as its check.",
            "Stijnen, Hamza and Özdemir (2010), Stat. Med. 29:3046–3067; "
            "Hartung and Knapp (2001), Stat. Med. 20:3875–3889.",
        ),
    ),
    (
        _probable,
        Method(
            "Probability of being better",
            "Treated rate against the next control arm's rate by the margin, under the Jeffreys and a sceptical prior; "
            "a range where responses are unknown.",
            "Spiegelhalter, Freedman and Parmar (1994), J. R. Stat. Soc. A 157:357–416.",
        ),
    ),
)


def methods_used(result: StudyResult) -> tuple[Method, ...]:
    """The catalogue's entries that this result used, the intervals of its proportions first."""
    used = [method for applies, method in CATALOGUE if applies(result)]
    if any(row.unit == PROPORTION for row in result.estimates):
        named = INTERVALS.get(result.study.interval.lower())
        if named is not None:
            used.insert(1, Method(*named))
    return tuple(used)
