"""The catalogue's entries beside published arms: how far they differ, what they are worth, what to assume without."""

from collections.abc import Callable

from equipoise.domain.borrowing_answer import Borrowing
from equipoise.domain.result import StudyResult
from equipoise.estimate.catalogue_entry import Answers, Entry

META = "docs/meta-analysis.md"
BORROWING = "docs/borrowing.md"
STUDY_TEST = "tests/study/test_borrowing_in_a_study.py"


WORKED = "tests/study/test_borrowing_worked.py"
MEANS_TEST = "tests/unit/test_borrow_means.py"


def _some(which: Callable[[Borrowing], bool]) -> Answers:
    return lambda result: any(which(each) for each in result.borrowings)


def _prior(kind: str, scale: str = "rate") -> Answers:
    """A prior of this kind was made, its power fixed where it has one."""
    return _some(
        lambda each: (each.kind, each.scale) == (kind, scale) and each.prior is not None and each.prior.power is None
    )


def _answered(result: StudyResult) -> bool:
    return any(each.answers for each in result.borrowings)


BORROWED: tuple[Entry, ...] = (
    Entry(
        asks="the control rate one would have to assume for each verdict",
        name="Deciding control rates",
        says="The control rates, were they known, at which the cases would be better by the margin, or not, under both "
        "priors and whatever the unknown responses are.",
        source="Spiegelhalter, Abrams and Myles (2004), Bayesian Approaches to Clinical Trials, 5.5; docs/methods.md.",
        estimator="stats.assumed_control.deciding_rates",
        checked_by=("tests/unit/test_assumed_control.py", "tests/study/test_marrow.py"),
        docs="docs/methods.md#borrowing-and-the-control-rate-one-would-have-to-assume",
        answers=lambda result: bool(result.control_rates),
    ),
    Entry(
        asks="how far matching arms differ, and which of them carries the pooled rate",
        name="Spread between arms",
        says="REML, Paule-Mandel or DerSimonian-Laird on the empirical logit; Q-profile limits; each arm left out "
        "in turn; the funnel.",
        source="Viechtbauer (2007), Stat. Med. 26:37–52; Egger and others (1997), BMJ 315:629–634.",
        estimator="stats.meta_analysis.pool_effects",
        checked_by=("tests/reference/test_meta_analysis_against_r.py", STUDY_TEST),
        docs=META,
        answers=lambda result: any(each.apart is not None for each in result.comparisons),
    ),
    Entry(
        asks="the control rate, as matching arms tell it",
        name="MAP prior",
        says="Meta-analytic-predictive prior as a mixture of betas, a part of which may borrow nothing; its ELIR size.",
        source="Neuenschwander and others (2010), Clin. Trials 7:5–18; Schmidli and others (2014), "
        "Biometrics 70:1023–1032.",
        estimator="stats.map_prior.map_prior_rate",
        checked_by=("tests/reference/test_borrowing_against_others.py", STUDY_TEST, WORKED),
        docs=BORROWING,
        answers=_prior("MAP"),
    ),
    Entry(
        asks="the control mean, as matching arms tell it",
        name="MAP prior of a mean",
        says="Meta-analytic-predictive prior in points, as a mixture of normals, a part of which may borrow nothing; "
        "its ELIR size.",
        source="Neuenschwander and others (2010), Clin. Trials 7:5–18; Weber and others (2021), J. Stat. Softw. "
        "100(19).",
        estimator="stats.map_prior.map_prior_mean",
        checked_by=("tests/reference/test_borrowing_against_others.py", MEANS_TEST, WORKED),
        docs=BORROWING,
        answers=_prior("MAP", "mean"),
    ),
    Entry(
        asks="the control rate, as matching arms tell it at a distance",
        name="Commensurate prior",
        says="Our control rate about theirs on the log-odds, the distance half-normal.",
        source="Hobbs and others (2011), Biometrics 67:1047–1056.",
        estimator="stats.commensurate_prior.commensurate_prior_rate",
        checked_by=("tests/reference/test_borrowing_against_others.py", STUDY_TEST),
        docs=BORROWING,
        answers=_prior("commensurate"),
    ),
    Entry(
        asks="the control mean, as matching arms tell it at a distance",
        name="Commensurate prior of a mean",
        says="Our control mean about theirs in points, the distance half-normal.",
        source="Hobbs and others (2011), Biometrics 67:1047–1056.",
        estimator="stats.commensurate_prior.commensurate_prior_mean",
        checked_by=("tests/unit/test_borrowing.py", MEANS_TEST),
        docs=BORROWING,
        answers=_prior("commensurate", "mean"),
    ),
    Entry(
        asks="the control rate, as matching arms tell it at a discount",
        name="Power prior",
        says="Every published patient counts a fixed share of one of ours.",
        source="Ibrahim and Chen (2000), Stat. Sci. 15:46–60.",
        estimator="stats.power_prior.power_prior_rate",
        checked_by=("tests/unit/test_borrowing.py", STUDY_TEST),
        docs=BORROWING,
        answers=_prior("power"),
    ),
    Entry(
        asks="the control mean, as matching arms tell it at a discount",
        name="Power prior of a mean",
        says="The arms' likelihood to a fixed power, over the normal of one patient.",
        source="Ibrahim and Chen (2000), Stat. Sci. 15:46–60.",
        estimator="stats.power_prior.power_prior_mean",
        checked_by=("tests/unit/test_borrowing.py", MEANS_TEST),
        docs=BORROWING,
        answers=_prior("power", "mean"),
    ),
    Entry(
        asks="the control, as matching arms tell it at a discount our own controls teach",
        name="Normalised power prior",
        says="The power has a beta prior, each power's prior total probability 1; the power has a posterior too.",
        source="Duan, Ye and Smith (2006), Environmetrics 17:95–106; Neuenschwander and others (2009), Stat. Med. "
        "28:3562–3566.",
        estimator="stats.power_prior.normalised_power_prior_rate",
        checked_by=("tests/reference/test_borrowing_against_others.py", "tests/unit/test_borrow.py", MEANS_TEST),
        docs=BORROWING,
        answers=_some(lambda each: each.prior is not None and each.prior.power is not None),
    ),
    Entry(
        asks="whether the treatment beats the control by the margin, given a prior",
        name="Decision with a prior",
        says="P(treated better than control by more than the margin), the control from the prior and our own controls; "
        "of means Student's t for our own, over every filling of the unknown.",
        source="Schmidli and others (2014), Biometrics 70:1023–1032; Box (1980), J. R. Stat. Soc. A 143:383–430.",
        estimator="stats.mixture_prior_decision.rate_exceeds",
        checked_by=("tests/reference/test_borrowing_against_others.py", STUDY_TEST),
        docs=BORROWING,
        answers=_answered,
    ),
    Entry(
        asks="what it takes to disbelieve a result, or to believe it",
        name="Reverse-Bayes",
        says="The sceptical or the enthusiastic prior of the odds ratio, or of the difference of means, at which the "
        "result just turns.",
        source="Matthews (2018), R. Soc. Open Sci. 5:171047; Held and others (2022), Res. Synth. Methods 13:295–314.",
        estimator="stats.reverse_bayes.credibility",
        checked_by=("tests/unit/test_borrowing.py", STUDY_TEST),
        docs=BORROWING,
        answers=_answered,
    ),
)
