"""What of the ``[[imputation]]`` sections does not fit the rest of the study file."""

from collections.abc import Iterator, Mapping, Sequence

from equipoise.domain.covariate import named_covariate_problems
from equipoise.domain.difference import named_estimand_problems
from equipoise.domain.estimand import Assumption, Endpoint
from equipoise.domain.imputation import (
    AS_DECLARED,
    BASELINE,
    ImputationDeclared,
    ImputationMethod,
)
from equipoise.domain.wrong import closest_or_all
from equipoise.errors import Problem

Asked = tuple[Sequence[str] | None, Endpoint | None]
"""What could be read of an estimand: its visits and its endpoint; None is what could not."""


def imputation_problems(
    declared: Sequence[ImputationDeclared],
    questions: Mapping[str, Asked],
    events: Sequence[str],
    covariates: Sequence[str],
    yes_no: Sequence[str],
) -> Iterator[Problem]:
    """What is wrong with the imputations.

    ``questions`` : estimands by name, as far as they could be read; ``events``, ``covariates`` : every name declared;
    ``yes_no`` : the instruments that are answered yes or no
    """
    for each in declared:
        where = f"imputation '{each.name}'"
        yield from named_estimand_problems(f"{where}.estimands", each.estimands, tuple(questions))
        yield from named_covariate_problems(f"{where}.covariates", each.covariates, (*covariates, BASELINE))
        yield from _events(where, each, events)
        asked = {name: one for name, one in questions.items() if name in (each.estimands or questions)}
        endpoints = {name: endpoint for name, (_, endpoint) in asked.items() if endpoint is not None}
        yield from _kinds(where, each, tuple(endpoints.values()), yes_no)
        for name, endpoint in endpoints.items():
            yield from _endpoint(where, each, endpoint, name, yes_no)
        yield from _delta(where, each, tuple(asked.values()))


def _events(where: str, each: ImputationDeclared, events: Sequence[str]) -> Iterator[Problem]:
    """What follows an event needs an assumption where there are events, and only there."""
    if events and each.after_event is None:
        problem = "'after_event' is missing, and intercurrent events are declared"
        yield Problem(where, problem, f"give it one of: {', '.join(Assumption)}")
    if not events and each.after_event is not None:
        yield Problem(f"{where}.after_event", "no intercurrent event is declared", "leave it out")
    if not events and set(each.strategies) != {AS_DECLARED}:
        problem = "no intercurrent event is declared, so there is nothing but the estimand as declared"
        yield Problem(f"{where}.strategies", problem, f'write ["{AS_DECLARED}"]')


def _kinds(
    where: str, each: ImputationDeclared, endpoints: Sequence[Endpoint], yes_no: Sequence[str]
) -> Iterator[Problem]:
    """The words that speak of scores, or of a rule on a score: wanted where there are any, else without meaning."""
    fills = any(each.fills_scores(endpoint) for endpoint in endpoints)
    for word in ("covariance", "covariance_by_group"):
        if fills and getattr(each, word) is None:
            meaning = ImputationDeclared.model_fields[word].description
            yield Problem(where, f"'{word}' is missing, and scores are filled in", f"give {word}: {meaning}")
    if endpoints and not fills:
        for word in ("covariance", "covariance_by_group", "fall_back"):
            if getattr(each, word) not in (None, ()):
                problem = "speaks of scores, and every estimand is filled in as yes or no"
                yield Problem(f"{where}.{word}", problem, "leave it out")
    rules = any(one.is_responder and one.instrument not in yes_no for one in endpoints)
    if rules and each.responders_from is None:
        problem = "'responders_from' is missing, and a responder rule reads a score"
        remedy = 'write responders_from = "responses" to fill in yes or no, or "scores" to fill in the score'
        yield Problem(where, problem, remedy)
    if endpoints and not rules and each.responders_from is not None:
        problem = "no estimand is a responder rule on a score"
        yield Problem(f"{where}.responders_from", problem, "leave it out")


def _endpoint(
    where: str, each: ImputationDeclared, endpoint: Endpoint, name: str, yes_no: Sequence[str]
) -> Iterator[Problem]:
    if endpoint.is_responder and each.method is not ImputationMethod.APPROXIMATE_BAYESIAN:
        problem = f"'{name}' is yes or no, and one filled-in mean is neither"
        remedy = f'write method = "{ImputationMethod.APPROXIMATE_BAYESIAN}", or name score estimands only'
        yield Problem(f"{where}.method", problem, remedy)
    has_baseline = endpoint.baseline_look_back_days is not None
    remedy = "give the endpoint baseline_look_back_days, or leave that estimand out"
    if BASELINE in each.covariates and not has_baseline:
        problem = f"baseline is among them, and the endpoint of '{name}' has no baseline_look_back_days"
        yield Problem(f"{where}.covariates", problem, remedy)
    for word in ("after_event", "after_last_seen"):
        returns = getattr(each, word) is Assumption.RETURN_TO_BASELINE
        if returns and endpoint.score == "value" and not has_baseline:
            problem = f"a value cannot return to a baseline that '{name}' does not have"
            yield Problem(f"{where}.{word}", problem, remedy)
    if endpoint.instrument in yes_no and each.responders_from == "scores":
        problem = f"'{name}' is asked as yes or no: there is no score behind it"
        yield Problem(f"{where}.responders_from", problem, "leave that estimand out, or fill in responses")
    elif each.fills_scores(endpoint) and endpoint.value is not None and endpoint.value.equals is not None:
        problem = f"a score filled in for '{name}' is never exactly {endpoint.value.equals}"
        yield Problem(
            f"{where}.responders_from", problem, "write at_most or at_least in the rule, or fill in responses"
        )


def _delta(where: str, each: ImputationDeclared, asked: Sequence[Asked]) -> Iterator[Problem]:
    """Points for scores, a factor of the odds for yes or no: never both by one number."""
    if not each.delta:
        return
    kinds = {each.fills_scores(endpoint) for _, endpoint in asked if endpoint is not None}
    if len(kinds) > 1:
        problem = "a number of points and a factor of odds are not the same, and both kinds of estimand are filled in"
        yield Problem(f"{where}.delta", problem, "name estimands of one kind")
    if kinds == {False} and any(one.by <= 0 for one in each.delta):
        problem = "the odds of yes are multiplied by zero or less"
        yield Problem(f"{where}.delta", problem, "give a factor above zero, such as 0.5 for half the odds")
    visits = list(dict.fromkeys(name for named, _ in asked for name in named or ()))
    for name in dict.fromkeys(one.visit for one in each.delta):
        if name not in visits and all(named is not None for named, _ in asked):
            problem = f"'{name}' is no visit of an estimand that is imputed"
            yield Problem(f"{where}.delta", problem, closest_or_all(name, visits))
