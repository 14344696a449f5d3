"""The catalogue's entries that compare: groups of one case book, and published arms."""

from collections.abc import Iterator

from equipoise.domain.difference_answer import ResponseDifference
from equipoise.domain.result import StudyResult
from equipoise.estimate.catalogue_entry import Answers, Entry

DIFFERENCES = "docs/differences.md"
DIFFERENCE_TESTS = ("tests/unit/test_stats_difference.py", "tests/calibration/test_difference_coverage.py")
PUBLISHED = "docs/methods.md#published-arms"


def _contrasts(result: StudyResult) -> Iterator[ResponseDifference]:
    for difference in result.differences:
        yield from difference.responses
    for subgroup in result.subgroups:
        yield from subgroup.differences


def _limits(method: str) -> Answers:
    return lambda result: any(row.method == method or f" {method.title()}" in row.method for row in _contrasts(result))


def _tested(test: str) -> Answers:
    return lambda result: any(row.test == test for row in _contrasts(result))


def _events(kind: str) -> Answers:
    return lambda result: any(row.kind == kind for each in result.differences for row in each.events)


COMPARED: tuple[Entry, ...] = (
    Entry(
        asks="the difference or ratio of two groups' rates",
        name="Miettinen–Nurminen limits",
        says="Score limits of a difference or ratio of two rates; the outer limits of every range of one.",
        source="Miettinen and Nurminen (1985), Stat. Med. 4:213–226; docs/differences.md.",
        estimator="stats.difference.miettinen_nurminen",
        checked_by=(*DIFFERENCE_TESTS, "tests/study/test_compared.py"),
        docs=DIFFERENCES,
        answers=_limits("miettinen-nurminen"),
    ),
    Entry(
        asks="the difference or ratio of two small groups' rates, exactly",
        name="Chan–Zhang limits",
        says="Exact: two one-sided unconditional score tests, inverted.",
        source="Chan and Zhang (1999), Biometrics 55:1202–1209.",
        estimator="stats.unconditional.unconditional_interval",
        checked_by=DIFFERENCE_TESTS,
        docs=DIFFERENCES,
        answers=_limits("chan-zhang"),
    ),
    Entry(
        asks="the difference or ratio of two small groups' rates, exactly",
        name="Agresti–Min limits",
        says="Exact: one two-sided unconditional score test, inverted.",
        source="Agresti and Min (2001), Biometrics 57:963–971.",
        estimator="stats.unconditional.unconditional_interval",
        checked_by=DIFFERENCE_TESTS,
        docs=DIFFERENCES,
        answers=_limits("agresti-min"),
    ),
    Entry(
        asks="whether two groups' rates differ",
        name="Barnard's test",
        says="Exact, over every rate both groups might share.",
        source="Barnard (1947), Biometrika 34:123–138.",
        estimator="stats.difference_barnard.exact_test",
        checked_by=DIFFERENCE_TESTS[:1],
        docs=DIFFERENCES,
        answers=_tested("barnard"),
    ),
    Entry(
        asks="whether two groups' rates differ",
        name="Boschloo's test",
        says="Exact: Fisher's P as the statistic of an unconditional test.",
        source="Boschloo (1970), Stat. Neerl. 24:1–35.",
        estimator="stats.difference_barnard.exact_test",
        checked_by=DIFFERENCE_TESTS[:1],
        docs=DIFFERENCES,
        answers=_tested("boschloo"),
    ),
    Entry(
        asks="the difference of two groups' observed means",
        name="Welch's t",
        says="Difference of two means whose spreads may differ.",
        source="Welch (1947), Biometrika 34:28–35.",
        estimator="stats.welch.welch",
        checked_by=("tests/unit/test_welch.py",),
        docs="docs/methods.md#differences",
        answers=lambda result: any(row.p_value is not None for each in result.differences for row in each.means),
    ),
    Entry(
        asks="the difference of two groups' cumulative incidence, and of the mean days lost to the event",
        name="Differences of incidence",
        says="By a day chosen beforehand; mean days lost to the event by then; Gray's test over all of follow-up.",
        source="Andersen (2013), Stat. Med. 32:5278–5285; Gray (1988), Ann. Stat. 16:1141–1154.",
        estimator="estimate.difference_events.event_differences",
        checked_by=("tests/study/test_compared.py", "tests/study/test_real_data_times.py", "tests/unit/test_gray.py"),
        docs=DIFFERENCES,
        answers=_events("Aalen-Johansen"),
    ),
    Entry(
        asks="the difference of two groups' incidence where a date is vague",
        name="Differences of incidence, vague dates",
        says="From those who certainly had the event first by then to those who could have had it, in each group.",
        source="docs/methods.md.",
        estimator="estimate.difference_events.event_differences",
        checked_by=("tests/properties/test_compared_laws.py",),
        docs="docs/methods.md#differences",
        answers=_events("bounds"),
    ),
    Entry(
        asks="rates and differences within the levels of a covariate",
        name="Subgroups",
        says="Rates within levels, exploratory; nothing is tested within or between them.",
        source="docs/methods.md.",
        estimator="estimate.subgroup.describe_subgroups",
        checked_by=("tests/study/test_compared.py",),
        docs="docs/methods.md#differences",
        answers=lambda result: bool(result.subgroups),
    ),
    Entry(
        asks="what went with response: dose, levels, baseline grade",
        name="Firth's logistic regression",
        says="Odds ratios that stay finite in small samples, with profile likelihood limits; exploratory.",
        source="Firth (1993), Biometrika 80:27–38; Heinze and Schemper (2002), Stat. Med. 21:2409–2419.",
        estimator="estimate.association.describe_associations",
        checked_by=("tests/study/test_firth_sex2.py", "tests/unit/test_firth.py"),
        docs=DIFFERENCES,
        answers=lambda result: any(each.rows for each in result.associations),
    ),
    Entry(
        asks="a rate, or a mean, beside published arms",
        name="Like with like",
        says="Arms are compared only when role, rule or score, and month are the same; near arms are listed unpooled.",
        source="docs/methods.md.",
        estimator="compare.benchmark.compare_with_published",
        checked_by=("tests/unit/test_benchmark.py", "tests/unit/test_benchmark_means.py"),
        docs=PUBLISHED,
        answers=lambda result: bool(result.comparisons),
    ),
    Entry(
        asks="the pooled rate of published arms, and the next one's",
        name="Pooling",
        says="Binomial-normal maximum likelihood; REML on the logit as its check.",
        source="Stijnen, Hamza and Özdemir (2010), Stat. Med. 29:3046–3067; "
        "Hartung and Knapp (2001), Stat. Med. 20:3875–3889.",
        estimator="stats.pooling.pool_binomial_normal",
        checked_by=("tests/reference/test_pooling_against_r.py",),
        docs=PUBLISHED,
        answers=lambda result: any(each.pooled is not None for each in result.comparisons),
    ),
    Entry(
        asks="the pooled mean of published arms, and the next one's",
        name="Pooling of means",
        says="Random effects on means brought to one scale; Hartung and Knapp's limits from three arms on.",
        source="Hartung and Knapp (2001), Stat. Med. 20:3875–3889; Röver, Knapp and Friede (2015), "
        "BMC Med. Res. Methodol. 15:99.",
        estimator="compare.benchmark_means.pool_means",
        checked_by=("tests/reference/test_matching_means_against_r.py", "tests/unit/test_benchmark_means.py"),
        docs=PUBLISHED,
        answers=lambda result: any(each.pooled_mean is not None for each in result.comparisons),
    ),
    Entry(
        asks="the probability of being better than published controls by a margin",
        name="Probability of being better",
        says="Treated rate against the next control arm's rate by the margin, under the Jeffreys and a sceptical "
        "prior; a range where responses are unknown.",
        source="Spiegelhalter, Freedman and Parmar (1994), J. R. Stat. Soc. A 157:357–416.",
        estimator="stats.posterior.probability_better",
        checked_by=("tests/reference/test_posterior_against_r.py",),
        docs=PUBLISHED,
        answers=lambda result: any(each.probabilities for each in result.comparisons),
    ),
)
