"""The catalogue's entries of published arms, adjusted, and of hidden causes."""

from equipoise.domain.result import StudyResult
from equipoise.estimate.catalogue_entry import Answers, Entry

MAIC = "docs/maic.md"
HIDDEN = "docs/hidden-causes.md"
STUDY = "tests/study/test_adjusted_benchmark.py"
MAIC_TESTS = ("tests/unit/test_maic.py", "tests/calibration/test_maic_coverage.py", STUDY)


def _adjusted(method: str) -> Answers:
    return lambda result: any(
        each.method == method and any(row.estimate is not None or row.lower is not None for row in each.rows)
        for each in result.adjusted_benchmarks
    )


def _e_values(result: StudyResult) -> bool:
    return result.hidden_causes is not None and bool(result.hidden_causes.e_values)


def _arrays(result: StudyResult) -> bool:
    return result.hidden_causes is not None and bool(result.hidden_causes.bias_arrays)


def _pairs(result: StudyResult) -> bool:
    return result.hidden_causes is not None and bool(result.hidden_causes.pairs)


ADJUSTED: tuple[Entry, ...] = (
    Entry(
        asks="the cases against a published arm, its baseline table matched",
        name="Matching-adjusted indirect comparison",
        says="Cases weighted until they have the published baseline; what was not recorded stays as it was.",
        source="Signorovitch, Wu, Yu et al. (2010), PharmacoEconomics 28:935–945; NICE DSU "
        "Technical Support Document 18.",
        estimator="estimate.adjusted_benchmark.compare_adjusted",
        checked_by=MAIC_TESTS,
        docs=MAIC,
        answers=_adjusted("MAIC"),
    ),
    Entry(
        asks="the cases against a published arm, by regression at its baseline means",
        name="Simulated treatment comparison",
        says="A regression of the cases' outcome, read off at the published means.",
        source="Caro and Ishak (2010), PharmacoEconomics 28:957–967.",
        estimator="stats.simulated_treatment.predict_at_published",
        checked_by=("tests/unit/test_simulated_treatment.py", STUDY),
        docs=MAIC,
        answers=_adjusted("STC"),
    ),
    Entry(
        asks="how strong a hidden cause would have to be",
        name="E-values",
        says="The least risk ratio with treatment and with response that explains a result, or its interval, away.",
        source="VanderWeele and Ding (2017), Ann. Intern. Med. 167:268–274.",
        estimator="compare.hidden_cause.weigh_hidden_causes",
        checked_by=("tests/unit/test_hidden_causes.py", "tests/study/test_hidden_cause.py"),
        docs=HIDDEN,
        answers=_e_values,
    ),
    Entry(
        asks="what a hidden cause of a given strength would leave",
        name="Bias array",
        says="The result without a yes-or-no cause of each declared prevalence and strength.",
        source="Schneeweiss (2006), Pharmacoepidemiol. Drug Saf. 15:291–303; Lin, Psaty and Kronmal (1998), Biometrics "
        "54:948–963.",
        estimator="stats.unmeasured.ratio_bias_array",
        checked_by=("tests/unit/test_hidden_causes.py", "tests/study/test_hidden_cause.py"),
        docs=HIDDEN,
        answers=_arrays,
    ),
    Entry(
        asks="how biased the choice within matched pairs would have to be",
        name="Rosenbaum bounds",
        says="The least and the largest P under a hidden bias of each declared size.",
        source="Rosenbaum (2002), Observational Studies, 2nd edition, section 4.3.",
        estimator="compare.hidden_cause_pairs.bound_pairs",
        checked_by=("tests/unit/test_hidden_causes.py", "tests/study/test_hidden_cause.py"),
        docs=HIDDEN,
        answers=_pairs,
    ),
    Entry(
        asks="what an entry rule alone does",
        name="Regression to the mean",
        says="The improvement, and the responders, that letting in only the bad scores makes with nobody treated.",
        source="Davis (1976), Am. J. Epidemiol. 104:493–498.",
        estimator="estimate.regression_to_mean.regress",
        checked_by=("tests/unit/test_regression_to_mean.py", "tests/study/test_hidden_cause.py"),
        docs=HIDDEN,
        answers=lambda result: any(not each.reasons for each in result.regression_to_mean),
    ),
)
