"""Differences, subgroups and associations made by hand, for the report: every kind of row it must bear."""

from dataclasses import replace

from equipoise.domain.association_answer import Association, AssociationRow
from equipoise.domain.difference_answer import (
    UNADJUSTED,
    Difference,
    EventDifference,
    MeanDifference,
    ResponseDifference,
)
from equipoise.domain.subgroup_answer import EXPLORATORY, Subgroup, SubgroupDifference, SubgroupRate

NUMBER = ResponseDifference(
    estimand="relief without another procedure",
    endpoint="Reported relief: yes",
    visit="4 months",
    month=4.0,
    strategy="composite by visit",
    missing="observed",
    measure="risk difference",
    responders_low=33,
    n_low=50,
    responders_high=33,
    n_high=50,
    reference_responders_low=10,
    reference_n_low=51,
    reference_responders_high=10,
    reference_n_high=51,
    estimate=33 / 50 - 10 / 51,
    lower=0.2784,
    upper=0.6169,
    outer_lower=None,
    outer_upper=None,
    level=0.95,
    method="miettinen-nurminen",
    test="barnard",
    p_value=0.0000017,
    margin=0.1,
    against_margin="above",
    label=UNADJUSTED,
    note="",
)
RANGE = replace(
    NUMBER,
    missing="bounds",
    responders_high=39,
    reference_responders_high=17,
    estimate=None,
    lower=33 / 50 - 17 / 51,
    upper=39 / 50 - 10 / 51,
    outer_lower=0.132,
    outer_upper=0.718,
    method="no-assumption bounds; outer limits Miettinen-Nurminen",
    test=None,
    p_value=None,
)
RATIO = replace(NUMBER, measure="risk ratio", estimate=3.366, lower=1.9, upper=6.2, margin=None, against_margin=None)
RATIO_RANGE = replace(
    RANGE,
    measure="risk ratio",
    lower=1.98,
    upper=None,
    outer_lower=1.3,
    outer_upper=None,
    margin=None,
    against_margin=None,
    note="the upper end has no finite value: the reference may be nothing",
)
NOBODY = replace(
    NUMBER,
    estimand="second question",
    n_low=0,
    n_high=0,
    responders_low=0,
    responders_high=0,
    estimate=None,
    lower=None,
    upper=None,
    method="nobody to count",
    test=None,
    p_value=None,
    against_margin=None,
)
ENDLESS = replace(
    RATIO,
    estimand="second question",
    reference_responders_low=0,
    reference_responders_high=0,
    estimate=None,
    lower=4.2,
    upper=None,
    note="the ratio is without end: its reference is nothing; no upper limit: the counts set none to a ratio",
)
MEAN = MeanDifference(
    estimand="mean pain",
    endpoint="Pain: mean",
    better="lower",
    visit="4 months",
    month=4.0,
    strategy="treatment policy",
    missing="observed",
    n=44,
    mean=1.18,
    sd=1.24,
    reference_n=44,
    reference_mean=2.84,
    reference_sd=1.64,
    estimate=-1.66,
    standard_error=0.31,
    degrees=80.05,
    lower=-2.277,
    upper=-1.043,
    p_value=0.0000008,
    level=0.95,
    method="Welch's t",
    label=UNADJUSTED,
)
MEAN_RANGE = replace(
    MEAN,
    missing="bounds",
    n=50,
    mean=None,
    sd=None,
    estimate=None,
    standard_error=None,
    degrees=None,
    lower=-2.8,
    upper=0.4,
    p_value=None,
    method="no-assumption bounds",
)
ONE_EACH = replace(MEAN, n=1, sd=None, standard_error=None, degrees=None, lower=None, upper=None, p_value=None)
EVENT = EventDifference(
    event="fusion",
    horizon_day=365,
    kind="Aalen-Johansen",
    n=50,
    reference_n=51,
    certain=None,
    possible=None,
    reference_certain=None,
    reference_possible=None,
    incidence=0.1,
    reference_incidence=0.3,
    difference=-0.2,
    standard_error=0.07,
    lower=-0.337,
    upper=-0.063,
    outer_lower=None,
    outer_upper=None,
    days_lost=12.5,
    reference_days_lost=40.25,
    days_lost_difference=-27.75,
    days_lost_standard_error=9.0,
    days_lost_lower=-45.4,
    days_lost_upper=-10.1,
    gray_chi_squared=6.2,
    gray_p_value=0.0128,
    level=0.95,
    method="Aalen-Johansen",
    label=UNADJUSTED,
    note="",
)
NOTHING_OF_EVENT = dict.fromkeys(
    (
        "incidence", "reference_incidence", "difference", "standard_error", "lower", "upper", "days_lost",
        "reference_days_lost", "days_lost_difference", "days_lost_standard_error", "days_lost_lower",
        "days_lost_upper", "gray_chi_squared", "gray_p_value",
    )
)  # fmt: skip
VAGUE = replace(
    EVENT,
    **NOTHING_OF_EVENT
    | {"lower": 2 / 50 - 9 / 51, "upper": 8 / 50 - 3 / 51, "outer_lower": -0.28, "outer_upper": 0.23},
    kind="bounds",
    certain=2,
    possible=8,
    reference_certain=3,
    reference_possible=9,
)
REFUSED_EVENT = replace(EVENT, **NOTHING_OF_EVENT)

DIFFERENCES = (
    Difference(
        name="therapy against the placebo injection",
        group="therapy",
        reference="placebo injection",
        allocation="not randomised",
        label=UNADJUSTED,
        responses=(NUMBER, RATIO, RANGE, RATIO_RANGE, NOBODY, ENDLESS),
        means=(MEAN, MEAN_RANGE, ONE_EACH),
        events=(EVENT, VAGUE, REFUSED_EVENT),
    ),
    Difference("ratios alone", "therapy", "usual care", "randomised", "", (RATIO, RATIO_RANGE), (ONE_EACH,), ()),
)


def _rate(level_name: str, responders: int, n: int, lower: float | None, upper: float | None) -> SubgroupRate:
    return SubgroupRate(
        level_name=level_name,
        cases=n,
        estimand=NUMBER.estimand,
        endpoint=NUMBER.endpoint,
        group="therapy",
        visit="4 months",
        month=4.0,
        strategy="composite by visit",
        missing="observed",
        n=n,
        responders=responders,
        unknown=0,
        estimate=responders / n if n else None,
        lower=lower,
        upper=upper,
        outer_lower=None,
        outer_upper=None,
        level=0.95,
        method="clopper-pearson" if n else "nobody to count",
        warning="fewer than 10 counted: read it as cases, not as a rate" if n < 10 else "",
    )


def _within(level_name: str, row: ResponseDifference, warning: str) -> SubgroupDifference:
    return SubgroupDifference(
        **vars(row),
        difference="therapy against the placebo injection",
        group="therapy",
        reference="placebo injection",
        level_name=level_name,
        cases=row.n_high,
        reference_cases=row.reference_n_high,
        warning=warning,
    )


_FEMALE = _rate("female", 20, 30, 0.47, 0.83)
SUBGROUPS = (
    Subgroup(
        name="by sex",
        covariate="sex",
        levels=("female", "male", "not recorded"),
        label=EXPLORATORY,
        rates=(
            _FEMALE,
            replace(_FEMALE, group="placebo injection", estimate=None, lower=0.4, upper=0.6, outer_lower=0.2, outer_upper=0.8),
            _rate("male", 2, 4, 0.07, 0.93),
            _rate("not recorded", 0, 0, None, None),
        ),
        differences=(
            _within("female", NUMBER, ""),
            _within("male", replace(NUMBER, estimate=0.2, lower=-0.4, upper=0.7), "fewer than 10 counted in a group"),
            _within("not recorded", NOBODY, "fewer than 10 counted in a group"),
        ),
    ),
)  # fmt: skip

_DOSE = AssociationRow("cells", "a doubling", 28, 15, 3, 1.197, 0.55, 3.31, 1.13, 13.19, 4.9, 0.027)
ASSOCIATIONS = (
    Association(
        name="dose and response",
        estimand=NUMBER.estimand,
        endpoint=NUMBER.endpoint,
        visit="4 months",
        month=4.0,
        strategy="composite by visit",
        group="therapy",
        missing="non-responder",
        together=True,
        label=EXPLORATORY,
        cases=50,
        not_counted=2,
        unknown=3,
        vague=1,
        rows=(
            _DOSE,
            replace(_DOSE, factor="sex", per="male against female", odds_ratio=0.0004, lower=0.0, upper=0.9),
            replace(_DOSE, factor="a tiny unit", log_odds_ratio=812.0, odds_ratio=None, lower=None, upper=None),
            replace(_DOSE, factor="separated", odds_ratio=12345.0, lower=2.0, upper=None),
        ),
        model_chi_squared=8.1,
        model_degrees=4,
        model_p_value=0.088,
        level=0.95,
    ),
    Association(
        "nothing to fit", NUMBER.estimand, NUMBER.endpoint, "4 months", 4.0, "composite by visit", None, "observed",
        False, EXPLORATORY, 3, 0, 0, 0, (), None, None, None, 0.95,
    ),
)  # fmt: skip
