"""The catalogue's entries that set one cohort beside another, case by case."""

from equipoise.domain.result import StudyResult
from equipoise.estimate.catalogue_entry import Answers, Entry

WEIGHTING = "docs/weighting.md"
TESTS = ("tests/study/test_comparison.py", "tests/unit/test_weighting.py", "tests/study/test_lalonde_weighting.py")
ASKS = "one cohort less another, made alike in what was recorded"


def _by(*methods: str) -> Answers:
    return lambda result: any(
        row.method in methods and not row.withheld for each in result.contrasts for row in each.rows
    )


def _events(result: StudyResult) -> bool:
    return any(
        row.measure == "incidence difference" and not row.withheld for each in result.contrasts for row in each.rows
    )


def _entry(name: str, says: str, source: str, estimator: str, answers: Answers, asks: str = ASKS) -> Entry:
    return Entry(
        asks=asks,
        name=name,
        says=says,
        source=source,
        estimator=estimator,
        checked_by=TESTS,
        docs=WEIGHTING,
        answers=answers,
    )


CONTRASTED: tuple[Entry, ...] = (
    _entry(
        "Weighting by the propensity score",
        "Weighted means with the score refitted or its estimation carried in the limits.",
        "Rosenbaum and Rubin (1983), Biometrika 70:41–55; Li, Morgan and Zaslavsky (2018), J. Am. Stat. Assoc. "
        "113:390–400.",
        "stats.adjusted_weighted.propensity_contrast",
        _by("overlap weighting", "ATT weighting", "ATE weighting"),
    ),
    _entry(
        "Entropy balancing",
        "The weights nearest to equal that give the covariates the same means.",
        "Hainmueller (2012), Polit. Anal. 20:25–46.",
        "stats.adjusted_weighted.entropy_contrast",
        _by("entropy balancing"),
    ),
    _entry(
        "Matching on the propensity score",
        "Each treated case with the comparators nearest to it.",
        "Stuart (2010), Stat. Sci. 25:1–21.",
        "stats.matching.match_nearest",
        _by("matching", "matching with replacement"),
    ),
    _entry(
        "Outcome regression",
        "What each cohort would have had under either treatment, predicted and averaged.",
        "Robins (1986), Math. Model. 7:1393–1512.",
        "stats.adjusted_outcome.regression_contrast",
        _by("outcome regression"),
    ),
    _entry(
        "Augmented weighting (AIPW)",
        "Predictions mended by weighted errors: right if either model is.",
        "Robins, Rotnitzky and Zhao (1994), J. Am. Stat. Assoc. 89:846–866.",
        "stats.adjusted_outcome.augmented_contrast",
        _by("AIPW"),
    ),
    _entry(
        "Weighted cumulative incidence",
        "Events by a day in weighted cohorts, others competing; bootstrap limits with the score refitted.",
        "Aalen and Johansen (1978), Scand. J. Statist. 5:141–150.",
        "stats.weighted_incidence.weighted_incidence",
        _events,
        asks="events by a day, one cohort less another",
    ),
    _entry(
        "Balance and overlap",
        "Standardised differences beside a fixed threshold and beside random allocations; common support.",
        "Austin (2009), Stat. Med. 28:3083–3107; Hansen and Bowers (2008), Stat. Sci. 23:219–236.",
        "stats.balance.balance",
        lambda result: any(each.diagnostics for each in result.contrasts),
        asks="whether two cohorts are alike enough to compare",
    ),
    _entry(
        "Calibration by negative controls",
        "Outcomes the treatment cannot change show the comparison's own error, which is taken away.",
        "Schuemie et al. (2014), Stat. Med. 33:209–218.",
        "stats.negative_control.calibrate",
        lambda result: any(row.calibrated is not None for each in result.contrasts for row in each.rows),
        asks="how wrong the comparison tends to be",
    ),
)
