"""The catalogue's entries over time: scores by visit, and how long a response lasts."""

from equipoise.estimate.catalogue_entry import Answers, Entry


def _degrees(beginning: str) -> Answers:
    return lambda result: any(
        each.estimator == "REML" and each.degrees_of_freedom.startswith(beginning) for each in result.scores_over_time
    )


def _estimator(name: str) -> Answers:
    return lambda result: any(each.estimator == name for each in result.scores_over_time)


MMRM_TESTS = ("tests/study/test_scores_over_time_against_r.py", "tests/study/test_mmrm_fev.py")

OVER_TIME: tuple[Entry, ...] = (
    Entry(
        asks="means by visit and group, their changes and contrasts, the unseen missing at random",
        name="Scores over time",
        says="Mixed model for repeated measures by restricted maximum likelihood; what was not seen is taken as "
        "missing at random; least-squares means at the means of the covariates.",
        source="Laird and Ware (1982), Biometrics 38:963–974; Mallinckrodt, Clark and David (2001), J. Biopharm. Stat. "
        "11:9–21; docs/mmrm.md.",
        estimator="estimate.scores_over_time.model_scores_over_time",
        checked_by=(*MMRM_TESTS, "tests/unit/test_mmrm_reference.py"),
        docs="docs/mmrm.md#the-model",
        answers=_estimator("REML"),
    ),
    Entry(
        asks="means at one visit by group, with covariates",
        name="Scores at one visit",
        says="Linear model by least squares; with the baseline in it, analysis of covariance.",
        source="Fisher (1925), Statistical Methods for Research Workers.",
        estimator="stats.least_squares.fit_least_squares",
        checked_by=("tests/study/test_scores_over_time_against_r.py",),
        docs="docs/mmrm.md#what-a-study-file-asks",
        answers=_estimator("least squares"),
    ),
    Entry(
        asks="limits of a contrast of means over time",
        name="Kenward–Roger",
        says="Standard errors and degrees of freedom for small samples.",
        source="Kenward and Roger (1997), Biometrics 53:983–997.",
        estimator="stats.mmrm_inference.infer",
        checked_by=MMRM_TESTS,
        docs="docs/mmrm.md#the-model",
        answers=_degrees("kenward-roger"),
    ),
    Entry(
        asks="limits of a contrast of means over time",
        name="Satterthwaite",
        says="Degrees of freedom from the variance of the variance.",
        source="Satterthwaite (1946), Biometrics Bull. 2:110–114.",
        estimator="stats.mmrm_inference.infer",
        checked_by=MMRM_TESTS,
        docs="docs/mmrm.md#the-model",
        answers=_degrees("satterthwaite"),
    ),
    Entry(
        asks="limits of a contrast of means over time, whatever the covariance",
        name="Sandwich",
        says="Standard errors from the cases' own residuals, whatever the covariance between visits.",
        source="Liang and Zeger (1986), Biometrika 73:13–22; Bell and McCaffrey (2002), Surv. Methodol. 28:169–181.",
        estimator="stats.mmrm_sandwich.sandwich",
        checked_by=("tests/unit/test_mmrm_reference.py",),
        docs="docs/mmrm.md#the-model",
        answers=_degrees("empirical"),
    ),
    Entry(
        asks="the probability of each state over time, and the mean time in it",
        name="States over time",
        says="Aalen–Johansen probability of each state and mean time in it, the events being states; infinitesimal "
        "jackknife, limits of a probability on the log-log scale.",
        source="Aalen and Johansen (1978), Scand. J. Stat. 5:141–150; Datta and Satten (2001), Stat. Probab. Lett. "
        "55:403–411; Beyersmann and Putter (2014), Demogr. Res. 30:1681–1696.",
        estimator="stats.occupation.state_occupation",
        checked_by=("tests/study/test_durability_pbcseq.py", "tests/study/test_real_data_times.py"),
        docs="docs/durability.md#what-is-computed",
        answers=lambda result: any(each.occupation for each in result.durability),
    ),
    Entry(
        asks="the probability of being in response where a chart is vague",
        name="Bounds of being in response",
        says="From those who certainly are in response on a day to those who may be, of all cases.",
        source="docs/durability.md.",
        estimator="estimate.durability_bounds.response_bounds",
        checked_by=("tests/properties/test_durability_laws.py",),
        docs="docs/durability.md#from-charts-to-histories",
        answers=lambda result: any(each.kind == "bounds" for each in result.durability),
    ),
    Entry(
        asks="transition probabilities from a landmark day",
        name="From a landmark day",
        says="Aalen–Johansen where no Markov test rejects, else the landmark estimator, which needs no such property.",
        source="Titman and Putter (2022), Biostatistics 23:380–396; Putter and Spitoni (2018), Stat. Methods Med. Res. "
        "27:2081–2092.",
        estimator="estimate.durability_landmark.from_landmark",
        checked_by=("tests/study/test_durability_pbcseq.py", "tests/unit/test_multistate_reference.py"),
        docs="docs/durability.md#the-markov-property",
        answers=lambda result: any(each.landmark for each in result.durability),
    ),
    Entry(
        asks="how long a response lasts, its end known only to lie between two visits",
        name="An end between two visits",
        says="Maximum likelihood for interval-censored times; a band where the place of the mass is not known.",
        source="Turnbull (1976), J. R. Stat. Soc. B 38:290–295; Sen and Xu (2015), Comput. Stat. Data Anal. "
        "81:121–129.",
        estimator="estimate.durability_duration.response_duration",
        checked_by=("tests/unit/test_turnbull.py", "tests/properties/test_turnbull_laws.py"),
        docs="docs/durability.md#times-between-two-visits",
        answers=lambda result: any(each.duration for each in result.durability),
    ),
)
