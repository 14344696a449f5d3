"""Answers made by hand, for the report: no engine is needed to see whether a report says what it was given.

``marrow()`` holds the numbers of the case that made the project; the others are shapes a report must bear.
"""

from dataclasses import replace
from decimal import Decimal

import numpy as np
from scipy.special import betaincinv, gammaincinv

from equipoise.domain.benchmark_answer import ArmInterval, Comparison, NearArm, PooledRate, ProbabilityBetter
from equipoise.domain.cases_declared import CasesSource, Treatment
from equipoise.domain.cohort import AttritionRow, Timeline
from equipoise.domain.estimand import Endpoint, Estimand, Missing, Strategy, ValueRule
from equipoise.domain.evidence import PublishedArm, Role
from equipoise.domain.instrument import Better, Instrument
from equipoise.domain.protocol import AppraisalItem, Conduct, IntercurrentEvent, Protocol, Sensitivity, Source, Visit
from equipoise.domain.result import (
    CaseOutcomes,
    CutAnswered,
    EstimateRow,
    GroupSize,
    Incidence,
    IncidencePoint,
    Refusal,
    Safety,
    SafetyRow,
    StudyAnswered,
    StudyResult,
    Timelines,
    TippingPoint,
    TippingRow,
    Verdict,
    VisitFlow,
)
from equipoise.domain.result import Sensitivity as SensitivityAnswered
from equipoise.domain.scores_over_time import ScoresOverTimeDeclared
from equipoise.domain.scores_over_time_answer import (
    Coefficient,
    FittedCovariance,
    HeldAt,
    LeastSquaresMean,
    LeftOut,
    ScoreContrast,
    ScoresOverTime,
    ScoreTest,
    SeenAtVisit,
)
from equipoise.estimate.catalogue import methods_used
from report_adjusted import ADJUSTED, ENTRIES, HIDDEN
from report_borrowed import APART, BORROWINGS, EVIDENCE, RATES
from report_compared import ASSOCIATIONS, DIFFERENCES, SUBGROUPS

RELIEF = Instrument(
    name="relief",
    label="Reported relief",
    low=Decimal(0),
    high=Decimal(1),
    better=Better.HIGHER,
    yes_no=True,
)
PAIN = Instrument(name="pain_nrs", label="Pain 0 to 10", low=Decimal(0), high=Decimal(10), better=Better.LOWER)
PRIMARY = "relief without another procedure"
EVENT = "other procedure"
VISITS = {"4 months": 4.0, "12 months": 12.0}
S, M = Strategy, Missing


def exact(k: int, n: int) -> tuple[float, float]:
    """Clopper-Pearson limits by the beta distribution."""
    lower = 0.0 if k == 0 else float(betaincinv(k, n - k + 1, 0.025))
    upper = 1.0 if k == n else float(betaincinv(k + 1, n - k, 0.975))
    return lower, upper


def protocol(title: str = "Own bone marrow for worn lumbar discs", *, scores: bool = False) -> Protocol:
    estimands = [
        Estimand(
            name=PRIMARY,
            primary=True,
            visits=tuple(VISITS),
            endpoint=Endpoint(instrument="relief", value=ValueRule(equals=Decimal(1))),
            strategies={EVENT: S.COMPOSITE_BY_VISIT},
        )
    ]
    if scores:
        score = Endpoint(instrument="pain_nrs", score="value")
        estimands.append(
            Estimand(name="mean pain", visits=("4 months",), endpoint=score, strategies={EVENT: S.TREATMENT_POLICY})
        )
    return Protocol(
        title=title,
        question="Will my back be better, without my needing another procedure?",
        written="after outcomes were seen",
        seed=2013,
        cases=CasesSource(path="casebook"),
        treatment=Treatment(procedure="marrow_injection"),
        intercurrent_event=(IntercurrentEvent(name=EVENT, procedures="any other"),),
        visit=(
            Visit(name="4 months", month=4, day=122, window=(1, 152)),
            Visit(name="12 months", month=12, day=365, window=(304, 426)),
        ),
        estimand=tuple(estimands),
        sensitivity=Sensitivity(strategies="all", missing=(M.BOUNDS, M.OBSERVED, M.NON_RESPONDER, M.TIPPING_POINT)),
        conduct=Conduct(
            consecutive="not stated",
            captured="24 by one account, 22 by another",
            co_interventions=("a small amount of steroid",),
            rescue_medication="not recorded",
            harms="not stated",
            self_report_blinded=False,
            entry_minimum_score=False,
            cautions=("Only totals are public.",),
            appraisal_tool="JBI case series",
            appraisal=(AppraisalItem(item="complete inclusion", answer="unclear", note="22 or 24"),),
        ),
        source=(Source(name="HealthDay", url="http://www.webmd.com/back-pain/news", used_for="the counts"),),
        instruments={"relief": RELIEF, "pain_nrs": PAIN},
        published=(),
        folder="",
        digest="sha256:" + "ab" * 32,
    )


def point(strategy: Strategy, missing: Missing, visit: str, k: int, n: int, group: str = "all") -> EstimateRow:
    lower, upper = exact(k, n) if n else (None, None)
    return EstimateRow(
        estimand=PRIMARY,
        endpoint="Reported relief: yes",
        group=group,
        visit=visit,
        month=VISITS[visit],
        strategy=strategy.value,
        missing=missing.value,
        n=n,
        responders=k,
        unknown=0,
        estimate=k / n if n else None,
        sd=None,
        lower=lower,
        upper=upper,
        outer_lower=None,
        outer_upper=None,
        level=0.95,
        method="Clopper-Pearson",
        unit="proportion",
    )


def span(
    strategy: Strategy, missing: Missing, visit: str, low: int, high: int, n: int, group: str = "all"
) -> EstimateRow:
    return replace(
        point(strategy, missing, visit, low, n, group),
        unknown=high - low,
        estimate=None,
        lower=low / n,
        upper=high / n,
        outer_lower=exact(low, n)[0],
        outer_upper=exact(high, n)[1],
        method="no-assumption bounds",
    )


def marrow_estimates() -> tuple[EstimateRow, ...]:
    """The panel of the 24 cases, at 4 and 12 months."""
    rows = []
    for visit, yes, known, high, reached in (("4 months", 10, 12, 22, 24), ("12 months", 8, 11, 21, 23)):
        for strategy in (S.TREATMENT_POLICY, S.COMPOSITE_BY_VISIT, S.WHILE_ON_TREATMENT):
            if strategy is S.COMPOSITE_BY_VISIT:
                rows.append(span(strategy, M.OBSERVED, visit, yes, yes + 12, reached))
            else:
                rows.append(point(strategy, M.OBSERVED, visit, yes, known))
            rows.append(span(strategy, M.BOUNDS, visit, yes, high, 24))
            rows.append(point(strategy, M.NON_RESPONDER, visit, yes, reached))
        rows.append(point(S.COMPOSITE_BY_END, M.OBSERVED, visit, yes, reached))
        rows.append(span(S.COMPOSITE_BY_END, M.BOUNDS, visit, yes, yes + 24 - reached, 24))
        rows.append(point(S.COMPOSITE_BY_END, M.NON_RESPONDER, visit, yes, reached))
        rows.append(span(S.HYPOTHETICAL, M.BOUNDS, visit, yes, high, 24))
        rows.append(point(S.PRINCIPAL_STRATUM, M.OBSERVED, visit, yes, known))
        rows.append(span(S.PRINCIPAL_STRATUM, M.BOUNDS, visit, yes, yes + 12 - known, 12))
    return tuple(rows)


def timeline(name: str, *, group: str | None = None, event: tuple[int, int] | None = None) -> Timeline:
    return Timeline(
        case_id=name,
        group=group,
        events=() if event is None else ((EVENT, *event),),
        assessments=(("relief", 1, 152), ("relief", 365, 365)),
        follow_up_low=365,
        follow_up_high=913,
    )


def arm(
    study: str, role: Role = Role.SHAM, year: int | None = 2019, k: int | None = 10, n: int | None = 18
) -> PublishedArm:
    return PublishedArm(
        study_id=study,
        patients=study,
        year=year,
        arm="saline",
        role=role,
        intervention="saline",
        outcome="pain relief",
        definition_key="pain_improved_50_percent",
        month=12.0,
        responders=k,
        n=n,
        percent=None if k is not None else 41.0,
        count_source="stated" if k is not None else "none",
        unit="patients",
        design="RCT",
        url="https://example.org/study",
    )


def arm_interval(study: str, k: int, n: int) -> ArmInterval:
    return ArmInterval(arm(study, k=k, n=n), k / n, *exact(k, n))


def comparison(**changes: object) -> Comparison:
    base = Comparison(
        name="sham injection",
        estimand=PRIMARY,
        visit="12 months",
        month=12.0,
        role="sham",
        definition="felt_better_unscaled",
        as_of=2013,
        margin=0.10,
        status="no comparable published arm",
        explanation="By the end of 2013 no sham arm under felt_better_unscaled had been published.",
        matched=(),
        near=(NearArm(arm("NEAR_2010", year=2010, k=None, n=None), ("counts by pain_improved_50_percent",)),),
        excluded=(NearArm(arm("HELD_2012"), ("held out by the protocol",)),),
        later=(arm_interval("LEVI_2025", 10, 18),),
        pooled=None,
        probabilities=(),
    )
    return replace(base, **changes)


def pooled_comparison() -> Comparison:
    return comparison(
        status="pooled",
        explanation="3 sham arms match on role, definition and month.",
        matched=tuple(
            arm_interval(f"SHAM_{year}", k, n) for year, k, n in ((2010, 5, 20), (2011, 8, 30), (2012, 9, 31))
        ),
        near=(),
        pooled=PooledRate(3, 0.27, 0.18, 0.38, 0.1, 0.12, 0.5, 0.28, 0.19, 0.39, 0.12, "Hartung-Knapp"),
        probabilities=(
            ProbabilityBetter(
                "Jeffreys", "all", "12 months", 12.0, "treatment policy", 8, 21, 24, 0.41, 0.9996, 0.9999
            ),
            ProbabilityBetter("sceptical", "all", "12 months", 12.0, "treatment policy", 8, 21, 24, 0.2, 0.7, 0.912),
        ),
    )


def safety_row(group: str = "all", n: int = 24, cases: int = 0, events: int = 0) -> SafetyRow:
    none = cases == 0
    low, high = events / 57.0, events / 30.0
    return SafetyRow(
        term="any adverse event",
        group=group,
        n=n,
        cases_with_event=cases,
        cases_high=cases,
        events=events,
        events_high=events,
        lower=None if none else exact(cases, n)[0],
        upper=(1 - 0.05 ** (1 / n)) if none and n else exact(cases, n)[1] if n else None,
        person_years_low=30.0,
        person_years_high=57.0,
        events_per_case=events / n if n else None,
        rate_per_person_year=low if low == high else None,
        rate_low=low,
        rate_high=high,
        rate_lower=float(gammaincinv(events, 0.025)) / 57 if events else None,
        rate_upper=float(gammaincinv(events + 1, 0.975 if events else 0.95)) / 30,
        method="none seen: one-sided 95% upper limit" if none else "Clopper-Pearson; exact Poisson",
    )


def marrow(title: str = "Own bone marrow for worn lumbar discs") -> StudyResult:
    """24 cases, 12 with another procedure on no known day."""
    declared = protocol(title)
    lines = tuple(timeline(f"case-{k:03d}", event=(0, 913) if k > 12 else None) for k in range(1, 25))
    return StudyResult(
        protocol=declared,
        study=StudyAnswered(
            title=title,
            question=declared.question,
            written=declared.written,
            seed=2013,
            protocol_digest=declared.digest,
            level=0.95,
            interval="clopper-pearson",
            version="0.1.0",
        ),
        cut=CutAnswered("casebook", "2013-04-11", "sha256:" + "cd" * 32, {"cases": 24, "procedures": 36}),
        groups=(GroupSize("all", 24, 0, 365.0, 365.0, 730.0),),
        attrition=(
            AttritionRow("in the case book", 25, 0, 0, True, 25),
            AttritionRow("had the index procedure (marrow_injection)", 25, 1, 24, True, 24),
        ),
        flow=(
            VisitFlow(PRIMARY, "all", "4 months", 4.0, 24, 12, 0, 0, 0, 12),
            VisitFlow(PRIMARY, "all", "12 months", 12.0, 24, 11, 0, 1, 0, 12),
        ),
        estimates=marrow_estimates(),
        sensitivity=SensitivityAnswered(
            tipping_points=(
                TippingPoint(
                    PRIMARY,
                    "all",
                    "4 months",
                    "treatment policy",
                    2,
                    None,
                    None,
                    None,
                    tuple(TippingRow(k, 10 + k, 24, (10 + k) / 24, *exact(10 + k, 24)) for k in range(3)),
                ),
            ),
            refused=(
                Refusal(f"{PRIMARY} | 4 months | hypothetical | all", "no assumption is named", "read the bounds"),
            ),
        ),
        incidence=(
            Incidence(
                EVENT,
                "all",
                24,
                "bounds",
                12,
                12,
                False,
                (
                    IncidencePoint(0, None, None, None, None, 0.0, 0.5),
                    IncidencePoint(913, None, None, None, None, 0.5, 1.0),
                ),
            ),
        ),
        durability=(),
        safety=Safety(True, (safety_row(),)),
        scores_over_time=(),
        imputations=(),
        differences=(),
        subgroups=(),
        associations=(),
        comparisons=(comparison(),),
        design=None,
        verdict=Verdict(
            "Unknown", "Unknown: no published control was counted by the same rule.", ("12 of 24 had one.",)
        ),
        timelines=Timelines(lines, 24),
        notes=("One label lay outside every visit.",),
        methods=(),
        case_outcomes=CaseOutcomes(np.array([line.case_id for line in lines]), np.array(["all"] * 24), {}, {}),
    )


def together(title: str = "The other injections given together") -> StudyResult:
    """The same numbers, but every other procedure lies on day 0: it was given with the treatment."""
    base = marrow(title)
    (curve,) = base.incidence
    points = (IncidencePoint(0, 24, 12, 0.5, 0.1, 0.28, 0.68), IncidencePoint(913, 12, 0, 0.5, 0.1, 0.28, 0.68))
    same_day = replace(curve, kind="Aalen-Johansen", vague=0, all_on_day_zero=True, points=points)
    lines = tuple(timeline(f"case-{k:03d}", event=(0, 0) if k > 12 else None) for k in range(1, 25))
    return with_methods(replace(base, incidence=(same_day,), timelines=Timelines(lines, 24)))


def with_methods(result: StudyResult) -> StudyResult:
    """The same, with the methods that answered in it."""
    return replace(result, methods=methods_used(result))


def pooled() -> StudyResult:
    """The same people with three arms to stand beside."""
    return replace(marrow(), comparisons=(pooled_comparison(),))


def several_groups() -> StudyResult:
    """Three groups with a responder and a score, exact dates, harms in one group; one group is empty."""
    sizes = {"therapy": (50, 33), "placebo injection": (51, 10), "usual care": (50, 5), "nobody": (0, 0)}
    rows, scores = [], []
    for group, (n, k) in sizes.items():
        rows.append(point(S.TREATMENT_POLICY, M.OBSERVED, "4 months", k, n - 6 if n else 0, group))
        if n:
            rows.append(span(S.TREATMENT_POLICY, M.BOUNDS, "4 months", k, k + 6, n, group))
        blank = replace(
            rows[0], estimand="mean pain", endpoint="Pain: mean", group=group, responders=None, unit="points"
        )
        mean = replace(blank, n=n, estimate=2.85 if n else None, sd=1.15 if n else None, lower=2.0 if n else None)
        scores.append(replace(mean, upper=3.125 if n else None, missing="observed", method="Student t"))
    curves = tuple(
        Incidence(
            EVENT,
            group,
            n,
            "Aalen-Johansen",
            1 if n else 0,
            0,
            False,
            (IncidencePoint(30, n, 1, 1 / n, 0.02, 0.002, 0.09), IncidencePoint(60, n - 1, 0, 1 / n, 0.02, None, None))
            if n
            else (),
        )
        for group, (n, _) in sizes.items()
    )
    lines = tuple(timeline(f"{group}-7", group=group, event=(40, 40)) for group in list(sizes)[:3])
    return replace(
        marrow(),
        protocol=protocol(scores=True),
        groups=tuple(GroupSize(group, n, n, 30.0 if n else None, 30.0, 30.0) for group, (n, _) in sizes.items()),
        flow=tuple(VisitFlow(PRIMARY, group, "4 months", 4.0, n, n, 0, 0, 0, 0) for group, (n, _) in sizes.items()),
        estimates=(*rows, *scores),
        incidence=curves,
        safety=Safety(True, tuple(safety_row(group, n, min(n, 3), min(n, 4)) for group, (n, _) in sizes.items())),
        comparisons=(),
        timelines=Timelines(lines, 151),
        case_outcomes=CaseOutcomes(np.array([line.case_id for line in lines]), np.array(list(sizes)[:3]), {}, {}),
    )


def one_case() -> StudyResult:
    """A single patient who did well."""
    line = timeline("only-one")
    return replace(
        marrow(),
        groups=(GroupSize("all", 1, 1, 365.0, 365.0, 365.0),),
        attrition=(AttritionRow("in the case book", 1, 0, 0, True, 1),),
        flow=(VisitFlow(PRIMARY, "all", "4 months", 4.0, 1, 1, 0, 0, 0, 0),),
        estimates=(point(S.TREATMENT_POLICY, M.OBSERVED, "4 months", 1, 1),),
        incidence=(Incidence(EVENT, "all", 1, "Aalen-Johansen", 0, 0, False, ()),),
        safety=Safety(True, (safety_row(n=1),)),
        comparisons=(),
        timelines=Timelines((line,), 1),
        case_outcomes=CaseOutcomes(np.array(["only-one"]), np.array(["all"]), {}, {}),
    )


def nearly_nothing() -> StudyResult:
    """No case, no row, no table of harms: every part of a report that may be empty is."""
    return replace(
        marrow(),
        cut=CutAnswered("casebook", None, "", {}),
        groups=(),
        attrition=(),
        flow=(),
        estimates=(),
        sensitivity=SensitivityAnswered((), ()),
        incidence=(),
        safety=Safety(False, ()),
        comparisons=(),
        timelines=Timelines((), 0),
        notes=(),
        methods=(),
        case_outcomes=CaseOutcomes(np.array([]), np.array([]), {}, {}),
    )


def hostile() -> StudyResult:
    """Texts that are markup somewhere: they must come out as text."""
    text = "<script>alert('x')</script> [red]boo[/red] {{ 7 * 7 }} & \"quoted\""
    base = several_groups()
    rows = tuple(replace(row, group=row.group.replace("therapy", text), endpoint=text) for row in base.estimates)
    groups = tuple(replace(size, group=size.group.replace("therapy", text)) for size in base.groups)
    curves = tuple(replace(each, group=each.group.replace("therapy", text)) for each in base.incidence)
    return replace(
        base,
        study=replace(base.study, title=text, question=text),
        estimates=rows,
        groups=groups,
        incidence=curves,
        verdict=Verdict("Unknown", f"Unknown: {text}", (text,)),
        notes=(text,),
        methods=(),
        comparisons=(comparison(name=text, explanation=text),),
    )


def compared() -> StudyResult:
    """The same three groups set against each other, within subgroups and beside covariates."""
    return replace(several_groups(), differences=DIFFERENCES, subgroups=SUBGROUPS, associations=ASSOCIATIONS)


def modelled() -> StudyResult:
    """Three groups at two visits by a mixed model that fell back, and a model that was refused."""
    words = {"estimand": "mean pain", "covariance": "unstructured", "degrees_of_freedom": "kenward-roger-linear"}
    asked = ScoresOverTimeDeclared(
        **words, name="mixed", formula="group * visit", covariance_by_group=True, fall_back=("AR(1)",),
        reference="usual care", allocation="not randomised",
    )  # fmt: skip
    other = ScoresOverTimeDeclared(
        **words, name="no answer", formula="visit", covariance_by_group=False, fall_back=(), groups_together=True
    )
    groups = ("therapy", "placebo injection", "usual care")
    places = [(place, group, visit) for place, group in enumerate(groups) for visit in VISITS]
    means = tuple(
        LeastSquaresMean(group, visit, VISITS[visit], 20, 3.0 + place, 3.2 + place, 0.5, 17.4, 2.1 + place, 4.3 + place,
                         -1.8 + place, -2.9 + place, -0.7 + place)
        for place, group, visit in places
    )  # fmt: skip
    contrasts = tuple(
        ScoreContrast("between groups", group, visit, "usual care", -1.0, 0.4, 17.4, -2.5, 0.0004, -1.8, -0.2)
        for _, group, visit in places[:4]
    )
    answer = ScoresOverTime(
        name="mixed", estimand="mean pain", endpoint="Pain 0 to 10: mean", strategy="treatment policy",
        formula="group * visit", groups=groups, visits=tuple(VISITS), reference="usual care", allocation="not randomised",
        estimator="REML", covariance_asked="unstructured", covariance="AR(1)", covariance_by_group=True,
        start="no correlation", tried=("unstructured: 27 parameters and 20 observations",),
        degrees_of_freedom="kenward-roger-linear", weights=None, level=0.95, asked_about=66, cases=60, observations=120,
        patterns=3, left_out=(LeftOut("no certain baseline", 6),), baseline_mean=5.0,
        held_at=(HeldAt("baseline", None, 5.0), HeldAt("sex", "female", 0.5)), means=means, contrasts=contrasts,
        tests=(ScoreTest("the groups do not differ at any visit", 3.1, 4, 40.2, 0.026),),
        seen=tuple(SeenAtVisit(group, visit, VISITS[visit], 22, 20, 1, 1, 0, 0) for _, group, visit in places),
        coefficients=(Coefficient("intercept", 3.2, 0.5), Coefficient("12 months", 0.1, None)),
        covariances=tuple(
            FittedCovariance(group, tuple(VISITS), ((2.0, 1.0), (1.0, 2.0)), ((1.0, 0.5), (0.5, 1.0))) for group in groups
        ),
        cautions=("The unstructured covariance the protocol asked for gave no answer; AR(1), a fall-back, did.",),
    )  # fmt: skip
    base = several_groups()
    refused = Refusal("scores over time 'no answer'", "nobody has a score at 12 months", "leave that visit out")
    return replace(
        base,
        protocol=base.protocol.model_copy(update={"scores_over_time": (asked, other)}),
        scores_over_time=(answer,),
        sensitivity=replace(base.sensitivity, refused=(*base.sensitivity.refused, refused)),
    )


def borrowed() -> StudyResult:
    """The same people with arms whose spread is told, priors made of them, and what one would have to assume."""
    comparisons = (replace(pooled_comparison(), apart=APART),)
    return replace(marrow(), comparisons=comparisons, borrowings=BORROWINGS, control_rates=RATES, evidence=EVIDENCE)


def adjusted() -> StudyResult:
    """The same people set beside adjusted arms, hidden causes weighed, and an entry rule."""
    return replace(marrow(), adjusted_benchmarks=ADJUSTED, hidden_causes=HIDDEN, regression_to_mean=ENTRIES)


EVERY_SHAPE = {
    "adjusted": adjusted,
    "borrowed": borrowed,
    "marrow": marrow,
    "together": together,
    "pooled": pooled,
    "several groups": several_groups,
    "one case": one_case,
    "nearly nothing": nearly_nothing,
    "hostile": hostile,
    "compared": compared,
    "modelled": modelled,
}
