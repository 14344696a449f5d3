"""Borrowing, arms apart and control rates made by hand, for the report: every kind of answer once."""

from dataclasses import replace

from equipoise.domain.borrowing_answer import (
    AtScepticism,
    AtWeight,
    BorrowedAnswer,
    Borrowing,
    ControlDensity,
    ControlPosterior,
    ControlPrior,
    Disbelief,
    NotAnswered,
    PriorPart,
    Seen,
    UncertainPower,
)
from equipoise.domain.control_rate_answer import ControlRateToAssume
from equipoise.domain.evidence_answer import ArmUsed, EvidenceUsed
from equipoise.domain.pooling_answer import ArmsApart, FunnelLine, FunnelPoint, WithoutArm

APART = ArmsApart(
    tau_method="REML",
    tau=0.1,
    tau_lower=0.0,
    tau_upper=1.2,
    i_squared=0.14,
    q=2.3,
    q_p=0.32,
    without=(
        WithoutArm("SHAM_2010", "saline", 0.28, 0.17, 0.41, 0.05, None),
        WithoutArm("SHAM_2011", "saline", 0.27, 0.15, 0.43, 0.12, None),
        WithoutArm("SHAM_2012", "saline", None, None, None, None, "nobody responded in any arm"),
    ),
    funnel=(
        FunnelPoint("SHAM_2010", "saline", -1.1, 0.52),
        FunnelPoint("SHAM_2011", "saline", -1.01, 0.41),
        FunnelPoint("SHAM_2012", "saline", -0.89, 0.4),
    ),
    line=FunnelLine(-0.98, -0.2, -1.8, 0.04),
)

RATES = (
    ControlRateToAssume(
        "relief without another procedure", "all", "12 months", 12.0, "composite by visit", 0.1, 0.975, 8, 21, 24,
        None, None, 0.02, 0.38, 0.86, 0.45, 0.0024, 0.86,
    ),
    ControlRateToAssume(
        "relief without another procedure", "all", "12 months", 12.0, "treatment policy", 0.1, 0.975, 8, 21, 24,
        None, None, 0.02, 0.38, 0.86, 0.45, 0.0024, 0.86,
    ),
    ControlRateToAssume(
        "relief without another procedure", "all", "4 months", 4.0, "treatment policy", 0.1, 0.975, 22, 22, 24,
        0.011, 0.449, 0.011, 0.449, 0.882, 0.882, 0.659, 0.882,
    ),
)  # fmt: skip

_DISBELIEF = (
    Disbelief(8, None, 1.4, 0.6, 3.3, False, None, 7.5, False, 0.6),
    Disbelief(15, None, 0.6, 0.2, 1.8, False, None, 0.11, False, 0.7),
    Disbelief(18, None, 2.9, 0.98, 8.7, False, None, None, False, 0.2),
    Disbelief(20, None, 3.4, 1.3, 8.9, True, 4.26, None, False, 0.1),
    Disbelief(21, None, 40.0, 12.0, 130.0, True, 1.3, None, True, 0.001),
    Disbelief(21, None, 2.4, 1.0001, 5.8, True, None, None, False, 0.17),
)
_CONTROL = ControlPosterior("usual care", Seen(20, 5, 9), 0.27, 0.33, 0.18, 0.46, 0.82, 0.9, 0.03, 0.4)
_ANSWER = BorrowedAnswer(
    group="all",
    visit="12 months",
    month=12.0,
    strategy="treatment policy",
    missing="bounds",
    treated=Seen(24, 8, 21),
    lower=0.42,
    upper=0.998,
    decision="depends on the unknown responses",
    control=_CONTROL,
    by_weight=tuple(AtWeight(step / 20, 0.3 + step / 200, 0.9) for step in range(21)),
    by_scepticism=(AtScepticism(2.0, 0.5, 0.5), AtScepticism(None, 0.6, 0.999)),
    disbelief=_DISBELIEF,
)
_PRIOR = ControlPrior(
    arms=3,
    people=81,
    mean=0.31,
    sd=0.17,
    median=0.28,
    lower=0.09,
    upper=0.88,
    level=0.95,
    size=29.4,
    without_vague=41.2,
    divergence=0.0004,
    parts=(
        PriorPart(0.8, 0.28, 0.07, 12.0, 31.0, vague=False),
        PriorPart(0.2, 0.5, 0.29, 1.0, 1.0, vague=True),
    ),
)
_CURVE = tuple(ControlDensity((at + 0.5) / 10, 0.1, 0.05 + at / 200, 0.12) for at in range(10))

BORROWED = Borrowing(
    name="sham arms as a prior",
    benchmark="sham injection",
    estimand="relief without another procedure",
    month=12.0,
    scale="rate",
    kind="MAP",
    margin=0.1,
    threshold=0.975,
    status="borrowed",
    explanation="3 sham arms match on role, definition and month.",
    prior=_PRIOR,
    curve=_CURVE,
    answers=(_ANSWER, replace(_ANSWER, strategy="composite by visit", control=None, lower=0.3, upper=0.3)),
)
BORROWINGS = (
    BORROWED,
    replace(
        BORROWED,
        name="at half price",
        kind="power",
        prior=replace(_PRIOR, size=None, without_vague=None, divergence=None, parts=_PRIOR.parts[:1]),
        curve=tuple(replace(each, posterior_low=None, posterior_high=None) for each in _CURVE),
        answers=(),
    ),
    replace(
        BORROWED,
        name="of nobody alike",
        status="nothing is borrowed",
        explanation="Only like arms are borrowed.",
        prior=None,
        curve=(),
        answers=(),
    ),
)
MEANS = Borrowing(
    name="what the sham arms are worth",
    benchmark="sham injection",
    estimand="disability",
    month=12.0,
    scale="mean",
    kind="power",
    margin=5.5,
    threshold=0.9,
    status="borrowed",
    explanation="2 sham arms match on role, definition and month.",
    prior=replace(
        _PRIOR, arms=2, mean=41.24, sd=6.0, median=41.0, lower=29.46, upper=53.0, size=44.4, without_vague=None,
        divergence=0.031, parts=(PriorPart(1.0, 41.24, 6.0, None, None, vague=False),), power=UncertainPower(1, 1, 0.5),
        patient_sd=18.0,
    ),
    curve=tuple(ControlDensity(20 + 4.0 * at, 0.1, 0.05 + at / 200, 0.12) for at in range(10)),
    answers=(
        replace(
            _ANSWER,
            missing="bounds",
            treated=Seen(24, mean_low=22.04, mean_high=51.5, sd_low=12.0, sd_high=16.0),
            decision="depends on the unknown scores",
            control=ControlPosterior(
                "usual care", Seen(20, mean_low=40.0, mean_high=40.0, sd_low=17.5, sd_high=17.5), 41.0, 41.0, 34.0, 48.0,
                1.0, 1.0, 0.02, 0.02, 0.55, 0.55,
            ),
            by_scepticism=(AtScepticism(1.8, 0.5, 0.6), AtScepticism(None, 0.6, 0.999)),
            disbelief=(
                Disbelief(None, 22.04, 19.0, 11.0, 27.0, True, 6.62, None, True, 0.001),
                Disbelief(None, 51.5, -10.0, -24.0, 4.0, False, None, -60.2, False, 0.4),
                Disbelief(None, 40.0, 1.0, -9.0, 11.0, False, None, 400.0, False, 0.9),
            ),
        ),
        replace(
            _ANSWER, missing="observed", treated=Seen(3, mean_low=30.0, mean_high=30.0, sd_low=2.0, sd_high=2.0),
            control=None, by_scepticism=(), disbelief=(),
        ),
    ),
    unanswered=(
        NotAnswered(
            "all", "12 months", "while on treatment", "observed", "one patient has no standard deviation",
            "wait for a second patient with a value",
        ),
    ),
    cautions=("Left out: SHAM_2013, saline, which prints no standard deviation of its mean.",),
    instrument="ODI",
)  # fmt: skip
EVIDENCE = (
    EvidenceUsed(
        "arms.csv",
        "ab" * 32,
        5,
        (
            ArmUsed("SHAM_2012", "saline", 2012, 12.0, "sham injection", "matched", ""),
            ArmUsed("SHAM_2026", "saline", 2026, 12.0, "sham injection", "new since", "published in 2026, after 2013"),
            ArmUsed("SHAM_X", "saline", None, 12.0, "sham injection", "not used", "no year of publication given"),
        ),
    ),
    EvidenceUsed("more.csv", "cd" * 32, 0, ()),
)
