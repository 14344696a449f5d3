"""The catalogue: what is asked, what answers it, whose method it is, which test checks it, where it is written.

One table. ``methods_used`` gives the entries that answered in a result; the report prints them and ``results.json``
keeps them under ``methods``. ``docs/generated/catalogue.md`` is the whole table, and a test opens every function, test
and page it names.
"""

from equipoise.domain.estimand import Missing, Strategy
from equipoise.domain.result import MethodUsed, StudyResult
from equipoise.estimate.catalogue_adjusted import ADJUSTED
from equipoise.estimate.catalogue_borrowing import BORROWED
from equipoise.estimate.catalogue_compared import COMPARED
from equipoise.estimate.catalogue_contrast import CONTRASTED
from equipoise.estimate.catalogue_entry import Entry, always, missing
from equipoise.estimate.catalogue_over_time import OVER_TIME
from equipoise.estimate.catalogue_unseen import UNSEEN

COUNTING = "docs/methods.md#counting"
INTERVALS = "docs/methods.md#intervals"
PROPORTION_TESTS = ("tests/reference/test_proportion_against_r.py", "tests/calibration/test_binomial_coverage.py")


def _proportions(interval: str) -> Entry:
    name, says, source = _WORDS[interval]
    return Entry(
        asks="a rate at a visit, one group",
        name=name,
        says=says,
        source=source,
        estimator=f"stats.proportion.{interval.replace('-', '_')}",
        checked_by=PROPORTION_TESTS,
        docs=INTERVALS,
        answers=lambda result: (
            result.study.interval.lower() == interval and any(row.unit == "proportion" for row in result.estimates)
        ),
    )


_WORDS = {
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


def _stratum(result: StudyResult, *, together: bool) -> bool:
    asked = any(Strategy.PRINCIPAL_STRATUM.value in row.strategy for row in result.estimates)
    had = [each for each in result.incidence if each.with_event or each.vague]
    return asked and together == (bool(had) and all(each.all_on_day_zero for each in had))


def _vague(result: StudyResult) -> bool:
    return any(row.method.startswith("range over readings") for row in result.estimates) or any(
        each.kind == "bounds" for each in result.incidence
    )


COUNTED: tuple[Entry, ...] = (
    Entry(
        asks="any",
        name="Estimands",
        says="Every answer names its endpoint, visit, and a strategy for each intercurrent event.",
        source="ICH E9(R1) (2019).",
        estimator="estimate.panel.work_through",
        checked_by=("tests/properties/test_cohort_agrees_with_oracle.py", "tests/unit/test_responses.py"),
        docs="docs/methods.md#strategies-per-case-and-reading",
        answers=always,
    ),
    *(_proportions(interval) for interval in _WORDS),
    Entry(
        asks="a rate or mean among those without the event",
        name="Principal stratum",
        says="Those observed without the event; selected after treatment, no control counterpart identified.",
        source="Frangakis and Rubin (2002), Biometrics 58:21–29.",
        estimator="estimate.strategies.reach_and_stratum",
        checked_by=("tests/unit/test_responses.py",),
        docs="docs/methods.md#strategies-per-case-and-reading",
        answers=lambda result: _stratum(result, together=False),
    ),
    Entry(
        asks="a rate or mean among those given the treatment alone",
        name="Principal stratum",
        says="Those without the event, which here was given with the treatment, on day 0: a subgroup defined by what "
        "was given; no control counterpart identified.",
        source="Frangakis and Rubin (2002), Biometrics 58:21–29.",
        estimator="estimate.strategies.reach_and_stratum",
        checked_by=("tests/unit/test_responses.py",),
        docs="docs/methods.md#strategies-per-case-and-reading",
        answers=lambda result: _stratum(result, together=True),
    ),
    Entry(
        asks="anything, where a chart is vague",
        name="Readings of a vague chart",
        says="A vague date is every day it may mean; an answer is the range over all readings, each case by itself.",
        source="docs/methods.md, Readings.",
        estimator="estimate.responder.extremes",
        checked_by=("tests/properties/test_cohort_agrees_with_oracle.py", "tests/properties/test_vague_dates.py"),
        docs="docs/methods.md#readings",
        answers=_vague,
    ),
    Entry(
        asks="a rate or mean, nothing assumed of the unseen",
        name="No-assumption bounds",
        says="Every unknown response may be yes or no; outer limits are those of the smallest and the largest count.",
        source="Manski (1990), Am. Econ. Rev. 80:319–323; Horowitz and Manski (2000), J. Am. Stat. Assoc. 95:77–84.",
        estimator="estimate.responder.proportion",
        checked_by=("tests/unit/test_counting.py", "tests/study/test_marrow.py"),
        docs=COUNTING,
        answers=missing(Missing.BOUNDS),
    ),
    Entry(
        asks="a rate, the unseen counted as no",
        name="Unknown as non-responder",
        says="Not done and not asked count as no; not yet reached leaves the denominator.",
        source="",
        estimator="estimate.responder.proportion",
        checked_by=("tests/unit/test_counting.py", "tests/study/test_boulder.py"),
        docs=COUNTING,
        answers=missing(Missing.NON_RESPONDER),
    ),
    Entry(
        asks="a mean or mean change at a visit, one group, as observed",
        name="Means",
        says="Mean and standard deviation of the known values; limits from Student's t.",
        source="Student (1908), Biometrika 6:1–25.",
        estimator="estimate.score.mean_score",
        checked_by=("tests/unit/test_score.py", "tests/reference/test_rate_and_mean_against_r.py"),
        docs=INTERVALS,
        answers=lambda result: any(row.unit != "proportion" for row in result.estimates),
    ),
    Entry(
        asks="cumulative incidence of an intercurrent event, the others competing",
        name="Cumulative incidence",
        says="Aalen–Johansen, the other events competing; Greenwood-type variance, limits on the log-log scale.",
        source="Aalen and Johansen (1978), Scand. J. Stat. 5:141–150.",
        estimator="stats.survival.cumulative_incidence",
        checked_by=("tests/unit/test_survival_reference.py", "tests/properties/test_survival_laws.py"),
        docs="docs/methods.md#cumulative-incidence",
        answers=lambda result: any(each.kind == "Aalen-Johansen" and each.points for each in result.incidence),
    ),
    Entry(
        asks="cumulative incidence where a date is vague",
        name="Bounds of the incidence",
        says="From those who certainly had the event by a day to those who could have had it, of all cases.",
        source="docs/methods.md.",
        estimator="estimate.incidence.bounds_at",
        checked_by=("tests/properties/test_survival_bounds.py",),
        docs="docs/methods.md#cumulative-incidence",
        answers=lambda result: any(each.kind == "bounds" and each.points for each in result.incidence),
    ),
    Entry(
        asks="harms: cases with an event, events per person-year",
        name="Safety",
        says="Exact limits for cases; exact Poisson limits for events per person-year; one-sided where none was seen.",
        source="Garwood (1936), Biometrika 28:437–442; Hanley and Lippman-Hand (1983), JAMA 249:1743–1745.",
        estimator="estimate.safety.describe_safety",
        checked_by=("tests/unit/test_incidence_and_safety.py", "tests/reference/test_rate_and_mean_against_r.py"),
        docs="docs/methods.md#safety",
        answers=lambda result: result.safety.recorded,
    ),
)

CATALOGUE: tuple[Entry, ...] = (*COUNTED, *UNSEEN, *OVER_TIME, *COMPARED, *BORROWED, *ADJUSTED, *CONTRASTED)


def methods_used(result: StudyResult) -> tuple[MethodUsed, ...]:
    """The entries that answered in this result, in the order of the catalogue."""
    return tuple(entry.used for entry in CATALOGUE if entry.answers(result))
