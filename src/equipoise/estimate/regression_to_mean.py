"""What an entry rule alone does, beside what was seen (``docs/hidden-causes.md``)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from equipoise.domain.cohort import Cohort, Flags, Floats, Outcome
from equipoise.domain.estimand import Endpoint, Estimand, Missing, Strategy
from equipoise.domain.hidden_cause import EntryRule, RegressionToMeanDeclared, entry_rule
from equipoise.domain.hidden_cause_answer import BesideRegression, RegressionToMean
from equipoise.domain.instrument import Better, Instrument
from equipoise.domain.protocol import Protocol, Visit
from equipoise.errors import DataError, MethodError
from equipoise.estimate.endpoint import certain_baseline
from equipoise.estimate.in_words import endpoint_in_words
from equipoise.estimate.responder import Tally, extremes, responses
from equipoise.estimate.score import readings
from equipoise.stats.regression_on_scale import TwoReadings, regression_on_scale, rounded_normal, two_readings
from equipoise.stats.regression_to_mean import (
    Regression,
    ResponderRule,
    ScreenedPopulation,
    expected_regression,
    population_behind,
    responders_by_regression,
)

JUST_ABOVE = 1e-9
"""On whole points "more than" is "at least a little more": no point lies between."""
ANY_FALL = ResponderRule(1.0, "points")


@dataclass(frozen=True)
class _Model:
    """The people screened, on a scale where higher is worse."""

    declared: RegressionToMeanDeclared
    instrument: Instrument
    screened: ScreenedPopulation
    cut: float
    readings: TwoReadings | None
    regression: Regression

    def share(self, rule: ResponderRule) -> float:
        """Of those let in, who would pass the rule with nobody treated."""
        if self.readings is not None:
            return regression_on_scale(self.readings, self.cut, rule).responders
        return responders_by_regression(self.screened, self.declared.retest_correlation, self.cut, rule)


def regress(cohort: Cohort, protocol: Protocol) -> tuple[RegressionToMean, ...]:
    """Every ``[[regression_to_mean]]``: what the entry rule does by itself, and what was seen."""
    return tuple(_one(cohort, protocol, declared) for declared in protocol.regression_to_mean)


def _one(cohort: Cohort, protocol: Protocol, declared: RegressionToMeanDeclared) -> RegressionToMean:
    instrument = protocol.instruments[declared.instrument]
    rule = entry_rule(protocol.population.require, protocol.population.exclude, instrument)
    assert rule is not None  # the cross-checks have made sure there is one
    entry = _entry_readings(cohort, instrument, rule)
    worse = instrument.better is Better.LOWER
    try:
        model: _Model | None = _model(declared, instrument, rule, entry)
        reasons: tuple[str, ...] = ()
    except (DataError, MethodError) as error:
        model, reasons = None, tuple(f"{each.problem}: {each.remedy}" for each in error.problems)
    found = None if model is None else model.regression
    return RegressionToMean(
        instrument=instrument.name,
        label=instrument.label,
        better=instrument.better.value,
        entry=_in_words(rule, worse=worse),
        screened=declared.screened,
        population_mean=None if model is None else _mirrored(model.screened.mean, instrument),
        population_sd=None if model is None else model.screened.sd,
        retest_correlation=declared.retest_correlation,
        shape=declared.shape,
        source=declared.source,
        share_entering=None if found is None else found.share_entering,
        expected_entry_mean=None if found is None else _mirrored(found.entry_mean, instrument),
        expected_next_mean=None if found is None else _mirrored(found.next_mean, instrument),
        observed_entry_mean=float(entry.mean()) if entry.size else None,
        observed_entry_n=int(entry.size),
        rows=() if model is None else tuple(_rows(cohort, protocol, model)),
        notes=tuple(_notes(protocol, instrument, rule)),
        reasons=reasons,
    )


def _model(declared: RegressionToMeanDeclared, instrument: Instrument, rule: EntryRule, entry: Floats) -> _Model:
    """The people screened and what the entry rule does to them.

    Raises
    ------
    DataError, MethodError : the kernel's refusal, in words
    """
    cut = _mirrored(float(rule.cut), instrument)
    if declared.screened == "as given":
        assert declared.population_mean is not None
        assert declared.population_sd is not None
        screened = ScreenedPopulation(_mirrored(declared.population_mean, instrument), declared.population_sd)
    else:
        worse = np.array([_mirrored(float(each), instrument) for each in entry])
        spread = float(worse.std(ddof=1)) if worse.size > 1 else 0.0
        screened = population_behind(float(worse.mean()) if worse.size else cut, spread, cut)
    if declared.shape == "normal":
        found = expected_regression(screened, declared.retest_correlation, cut)
        return _Model(declared, instrument, screened, cut, None, found)
    ends = {"lowest": int(instrument.low), "highest": int(instrument.high)}
    two = two_readings(*rounded_normal(screened.mean, screened.sd, **ends), declared.retest_correlation)
    cut += JUST_ABOVE if rule.strict else 0.0
    return _Model(declared, instrument, screened, cut, two, regression_on_scale(two, cut, ANY_FALL).regression)


def _rows(cohort: Cohort, protocol: Protocol, model: _Model) -> Iterator[BesideRegression]:
    """Estimands of a change of that instrument, at their visits, by group; treatment policy, as seen."""
    for estimand in protocol.estimand:
        if estimand.endpoint.instrument != model.instrument.name or not estimand.endpoint.needs_baseline:
            continue
        rule = _rule(estimand.endpoint, model)
        share = None if rule is None else model.share(rule)
        for name in estimand.visits:
            yield from _at(cohort, protocol, model, estimand, protocol.visit_named(name), share)


def _at(
    cohort: Cohort, protocol: Protocol, model: _Model, estimand: Estimand, visit: Visit, share: float | None
) -> Iterator[BesideRegression]:
    policy = dict.fromkeys(estimand.strategies, Strategy.TREATMENT_POLICY)
    change, seen = _changes(cohort, protocol, estimand, visit)
    counted = responses(cohort, protocol, estimand, visit, policy) if estimand.endpoint.is_responder else None
    fall = model.regression.improvement
    for place, group in enumerate(cohort.groups):
        who = seen & (cohort.group == place)
        ends = None if counted is None else extremes(Tally.count(counted, cohort.group == place), Missing.OBSERVED)
        certain = ends is not None and ends.low == ends.high and ends.low[1] > 0
        yield BesideRegression(
            estimand=estimand.name,
            endpoint=endpoint_in_words(estimand.endpoint, model.instrument),
            group=group,
            visit=visit.name,
            month=visit.month,
            expected_change=-fall if model.instrument.better is Better.LOWER else fall,
            observed_change=float(change[who].mean()) if who.any() else None,
            observed_n=int(who.sum()),
            expected_share=share,
            responders=ends.low[0] if ends is not None and certain else None,
            n=ends.low[1] if ends is not None and certain else None,
        )


def _changes(cohort: Cohort, protocol: Protocol, estimand: Estimand, visit: Visit) -> tuple[Floats, Flags]:
    """Follow-up minus baseline of every case that has one certain value of both, whatever else happened."""
    look_back = estimand.endpoint.baseline_look_back_days
    score = Endpoint(instrument=estimand.endpoint.instrument, score="change", baseline_look_back_days=look_back)
    asked = estimand.model_copy(update={"endpoint": score})
    policy = dict.fromkeys(estimand.strategies, Strategy.TREATMENT_POLICY)
    found = readings(cohort, protocol, asked, visit, policy)
    seen = (found.bits == Outcome.YES.value) & (found.low == found.high)
    return np.where(seen, found.low, 0.0), seen


def _entry_readings(cohort: Cohort, instrument: Instrument, rule: EntryRule) -> Floats:
    """The readings that let the cases in, of those that have one certain value."""
    key = (instrument.name, rule.look_back_days)
    if rule.look_back_days is None or key not in cohort.baselines:
        near = [days for name, days in cohort.baselines if name == instrument.name]
        if not near:
            return np.zeros(0)
        key = (instrument.name, max(near))
    endpoint = Endpoint(instrument=key[0], score="change", baseline_look_back_days=key[1])
    value, known = certain_baseline(endpoint, cohort)
    return value[known]


def _rule(endpoint: Endpoint, model: _Model) -> ResponderRule | None:
    """The responder rule as a fall; None of a score, and of a percentage of a scale where higher is better."""
    rule = endpoint.change or endpoint.percent_change
    if rule is None or (endpoint.percent_change is not None and model.instrument.better is Better.HIGHER):
        return None
    comparison, number = rule.comparison
    of_points = endpoint.change is not None
    least = float(number) if of_points else float(number) / 100
    if comparison == "more_than":
        least += JUST_ABOVE
    return ResponderRule(least, "points" if of_points else "share") if of_points or least <= 1 else None


def _notes(protocol: Protocol, instrument: Instrument, rule: EntryRule) -> Iterator[str]:
    own = [each for each in protocol.estimand if each.endpoint.instrument == instrument.name]
    if rule.beyond:
        yield "The entry rule also turns the worst away; the model leaves that out of account."
    if any(each.endpoint.value is not None for each in own):
        yield "A rule on the score itself, not on its change, has no expected share here."
    if instrument.better is Better.HIGHER and any(each.endpoint.percent_change is not None for each in own):
        yield "A percentage of a score where higher is better has no expected share here."
    if not any(each.endpoint.needs_baseline for each in own):
        yield "No estimand asks for a change of it, so nothing seen can be set beside."


def _in_words(rule: EntryRule, *, worse: bool) -> str:
    cut = f"{rule.cut.normalize():f}"
    if rule.strict:
        return f"{'above' if worse else 'below'} {cut}"
    return f"{cut} or {'more' if worse else 'less'}"


def _mirrored(score: float, instrument: Instrument) -> float:
    """A score where higher is worse, and back again."""
    return score if instrument.better is Better.LOWER else float(instrument.low + instrument.high) - score
