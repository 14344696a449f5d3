"""The facts behind a model of scores over time: how it was fitted, who was seen when, and its covariance."""

from collections.abc import Iterator

from equipoise.domain.result import StudyResult
from equipoise.domain.scores_over_time_answer import FittedCovariance, ScoresOverTime
from equipoise.report.parts import Table
from equipoise.report.rows import group_words
from equipoise.report.wording import count, counted, number, share

METHODS = {
    "satterthwaite": "Satterthwaite",
    "kenward-roger": "Kenward and Roger, second order",
    "kenward-roger-linear": "Kenward and Roger, linear",
    "kenward-roger-first-order": "Kenward and Roger, first order",
    "empirical": "sandwich CR0",
    "empirical bias-reduced": "sandwich CR2",
    "empirical jackknife": "sandwich CR3",
}


def facts(answer: ScoresOverTime, result: StudyResult) -> Iterator[Table]:
    """The tables a statistician asks for."""
    headings, fitted = ["item", "answer"], _fitted(answer, result)
    yield Table.of("How it was fitted", headings, fitted, text=(0, 1), folded=True, page_only=True)
    yield _seen(answer)
    yield from (_covariance(each) for each in answer.covariances)
    rows = [(each.column, number(each.estimate, 3), number(each.standard_error, 3)) for each in answer.coefficients]
    yield Table.of("Coefficients", ["column", "estimate", "SE"], rows, folded=True, page_only=True)


def _fitted(answer: ScoresOverTime, result: StudyResult) -> list[tuple[str, str]]:
    asked = next(each for each in result.protocol.scores_over_time if each.name == answer.name)
    rows = [("estimand", f"{answer.estimand} ({answer.strategy})"), ("mean", answer.formula)]
    if answer.covariance is None:
        rows.append(("estimator", "least squares: one visit, one score a case; degrees of freedom n − p"))
    else:
        of = ", one of each group" if answer.covariance_by_group and len(answer.groups) > 1 else ""
        rows += [
            ("covariance between visits", f"{answer.covariance}{of}"),
            ("fall-backs named", ", then ".join(asked.fall_back) or "none"),
            ("estimator", "restricted maximum likelihood (REML)"),
            ("search began from", answer.start or ""),
            ("tried before", "; ".join(answer.tried) or "nothing: the first search converged"),
            ("standard errors and degrees of freedom", METHODS[answer.degrees_of_freedom]),
        ]
    rows.append(("weights", "none" if answer.weights is None else f"variance divided by {answer.weights}"))
    rows.append(("covariates held at", "; ".join(_held(answer)) or "there are none"))
    patterns = counted(answer.patterns, "combination")
    scores = counted(answer.observations, "score")
    rows.append(("data", f"{counted(answer.cases, 'case')}, {scores}, {patterns} of visits seen"))
    return rows


def _held(answer: ScoresOverTime) -> Iterator[str]:
    for each in answer.held_at:
        if each.category is None:
            yield f"{each.covariate} {number(each.value, 2)}"
        else:
            yield f"{each.covariate} {each.category} {share(each.value, answer.cases)}"


def _seen(answer: ScoresOverTime) -> Table:
    rows = [
        (
            f"{group_words(each.group, answer.groups)}{each.visit}",
            count(each.cases),
            count(each.in_model),
            count(each.left_out),
            count(each.missing),
            count(each.vague),
            count(each.not_counted),
        )
        for each in answer.seen
    ]
    headings = ["visit", "cases", "in the model", "case left out", "missing", "vague", "not reached, or outside"]
    return Table.of("Who was seen when", headings, rows, folded=True, page_only=True)


def _covariance(fitted: FittedCovariance) -> Table:
    rows = [
        (
            visit,
            *(
                f"{number(covariance, 2)} ({number(correlation, 2)})"
                for covariance, correlation in zip(covariances, correlations, strict=True)
            ),
        )
        for visit, covariances, correlations in zip(fitted.visits, fitted.covariance, fitted.correlation, strict=True)
    ]
    of = "" if fitted.group is None else f", {fitted.group}"
    caption = f"Fitted covariance between visits, correlation in brackets{of}"
    return Table.of(caption, ["", *fitted.visits], rows, folded=True, page_only=True)
