"""The catalogue's entries of what was not seen: tipping points, and imputation under named assumptions."""

from equipoise.domain.result import StudyResult
from equipoise.estimate.catalogue_entry import Answers, Entry


def _tipping(kind: str) -> Answers:
    return lambda result: any(
        each.kind == kind and (each.reference_arm is not None or kind == "points")
        for each in result.sensitivity.tipping_maps
    )


def _filled_in(beginning: str) -> Answers:
    return lambda result: any(
        not each.nothing_missing and each.filled_in.startswith(beginning) for each in result.imputations
    )


def _rate_filled_in(result: StudyResult) -> bool:
    return any(one.kind == "rate" and one.imputed for each in result.imputations for one in each.quantities)


UNSEEN: tuple[Entry, ...] = (
    Entry(
        asks="how many of the unseen would have to respond, one group",
        name="Tipping point",
        says="The smallest number of the unknown that would have to respond.",
        source="Yan, Lee and Li (2009), J. Biopharm. Stat. 19:1085–1098.",
        estimator="estimate.sensitivity.tipping_points",
        checked_by=("tests/unit/test_sensitivity.py",),
        docs="docs/methods.md#intervals",
        answers=lambda result: bool(result.sensitivity.tipping_points),
    ),
    Entry(
        asks="for which counts of the unseen of two groups the conclusion holds",
        name="Tipping grid of responses",
        says="Every count of the unseen of two arms; Miettinen and Nurminen's limits of the difference in each.",
        source="Hollis (2002), Statist. Med. 21:3823–3834; Liublinska and Rubin (2014), Statist. Med. 33:4170–4185; "
        "Miettinen and Nurminen (1985), Statist. Med. 4:213–226.",
        estimator="stats.tipping.tipping_grid",
        checked_by=("tests/unit/test_tipping.py", "tests/study/test_tipping_boulder.py"),
        docs="docs/imputation-yes-no.md#the-tipping-grid-of-two-arms",
        answers=_tipping("counts"),
    ),
    Entry(
        asks="by how many points the unseen would have to be worse",
        name="Tipping grid of scores",
        says="Points added to every score that was filled in, and the imputations pooled again.",
        source="Cro, Morris, Kenward and Carpenter (2020), Stat. Med. 39:2815–2842.",
        estimator="stats.imputation_delta.delta_grid",
        checked_by=("tests/unit/test_imputation_scores.py", "tests/unit/test_tipping_maps.py"),
        docs="docs/imputation.md",
        answers=_tipping("points"),
    ),
    Entry(
        asks="a mean at a visit, or its difference, under a named assumption about the unseen",
        name="Scores filled in",
        says="A mixed model of the scores that were seen, the unseen drawn under the named assumption, the answers "
        "pooled by Rubin's rules with Barnard and Rubin's degrees of freedom; or the mean filled in and the cases "
        "resampled.",
        source="Carpenter, Roger and Kenward (2013), J. Biopharm. Stat. 23:1352–1371; Barnard and Rubin (1999), "
        "Biometrika 86:948–955; Wolbers et al. (2022), Pharm. Stat. 21:1246–1257; docs/imputation.md.",
        estimator="estimate.imputation_means.means",
        checked_by=("tests/unit/test_imputation_scores.py", "tests/study/test_imputation.py"),
        docs="docs/imputation.md",
        answers=_filled_in("scores"),
    ),
    Entry(
        asks="a rate at a visit under a named assumption about the unseen",
        name="Responses filled in",
        says="A latent multivariate probit of the responses that were seen, each group's rate with Jeffreys' prior "
        "mean and variance; the unseen drawn under the named assumption.",
        source="Tang (2018), Stat. Med. 37:1467–1481; docs/imputation-yes-no.md.",
        estimator="stats.imputation_binary.impute_yes_no",
        checked_by=("tests/unit/test_imputation_binary.py", "tests/study/test_imputation.py"),
        docs="docs/imputation-yes-no.md#the-model",
        answers=_filled_in("responses"),
    ),
    Entry(
        asks="limits of a rate, or of a difference of rates, that was filled in",
        name="Limits of a rate filled in",
        says="Wilson's interval with the variance between completed tables in it; of a difference, square-and-add.",
        source="Lott and Reiter (2020), Am. Stat. 74:109–115; Newcombe (1998), Stat. Med. 17:873–890.",
        estimator="stats.lott_reiter.lott_reiter",
        checked_by=("tests/unit/test_lott_reiter.py",),
        docs="docs/imputation-yes-no.md#the-rate-and-the-difference",
        answers=_rate_filled_in,
    ),
)
