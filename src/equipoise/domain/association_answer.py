"""What an ``[[association]]`` answers: odds ratios with profile limits, exploratory."""

from dataclasses import dataclass


@dataclass(frozen=True)
class AssociationRow:
    """One coefficient. ``per`` : what the odds ratio is for (a unit, a doubling, one category against another).

    ``n`` cases are in its model, ``responders`` of them; ``factor_unknown`` left for want of a factor of it.
    A ratio too far from 1 to be printed is None beside its logarithm.
    """

    factor: str
    per: str
    n: int
    responders: int
    factor_unknown: int
    log_odds_ratio: float
    standard_error: float
    odds_ratio: float | None
    lower: float | None
    upper: float | None
    chi_squared: float
    p_value: float


@dataclass(frozen=True)
class Association:
    """Response and its factors at one visit; ``label`` is always "exploratory".

    Of ``cases``, ``not_counted`` have not certainly reached the visit inside the question, and leave. ``unknown``
    responses and ``vague`` ones (the chart allows both) leave where ``missing`` is "observed", else count as no.
    ``model_*`` : the test of all factors at once, where they are together.
    """

    name: str
    estimand: str
    endpoint: str
    visit: str
    month: float
    strategy: str
    group: str | None
    missing: str
    together: bool
    label: str
    cases: int
    not_counted: int
    unknown: int
    vague: int
    rows: tuple[AssociationRow, ...]
    model_chi_squared: float | None
    model_degrees: int | None
    model_p_value: float | None
    level: float
