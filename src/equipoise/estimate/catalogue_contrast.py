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


def _entry(
    name: str,
    says: str,
    source: str,
    estimator: str,
    answers: Answers,
    asks: str = ASKS,
    checked_by: tuple[str, ...] = TESTS,
) -> Entry:
    return Entry(
        asks=asks,
        name=name,
        says=says,
        source=source,
        estimator=estimator,
        checked_by=checked_by,
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
        "The error of matching with replacement",
        "A comparator who stands for several treated cases is one person, and the score had to be estimated.",
        "Abadie and Imbens (2006), Econometrica 74:235–267; (2016), Econometrica 84:781–807.",
        "stats.matching_variance.matched_contrast",
        _by("matching with replacement"),
        checked_by=("tests/unit/test_matching_variance.py",),
    ),
    _entry(
        "Bootstrap of adjusted contrasts",
        "Percentile limits, with score, weights and outcome regression fitted again in every resample.",
        "Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapters 8 and 13.",
        "stats.adjusted_bootstrap_models.bootstrap_augmented",
        lambda result: any(
            row.interval.startswith("bootstrap") and row.lower is not None
            for each in result.contrasts
            for row in each.rows
        ),
        checked_by=("tests/unit/test_adjusted_bootstrap.py", "tests/unit/test_weighting.py"),
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
        "Limits of two counts, unadjusted",
        "Where a cohort all responded or all failed nothing adjusted has a spread: the counts' own exact limits.",
        "Chan and Zhang (1999), Biometrics 55:1202–1209.",
        "stats.unconditional.unconditional_interval",
        lambda result: any(row.unadjusted_lower is not None for each in result.contrasts for row in each.rows),
        checked_by=("tests/study/test_comparison_core.py", "tests/unit/test_stats_difference.py"),
    ),
    _entry(
        "Adverse events by a day, as pseudo-values",
        "Each case's share in its cohort's incidence by the day, so that the longer followed have no more chances.",
        "Andersen, Klein and Rosthøj (2003), Biometrika 90:15–27.",
        "stats.pseudo_incidence.pseudo_incidence",
        lambda result: any(
            control.by_day is not None
            for each in result.contrasts
            if each.negative_controls is not None
            for control in each.negative_controls.controls
        ),
        asks="how wrong the comparison tends to be",
        checked_by=("tests/unit/test_pseudo_incidence.py", "tests/study/test_comparison_core.py"),
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
