"""The control rate one would have to assume before the verdict would turn."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ControlRateToAssume:
    """At which control rates, were one of them known to be true, these cases would settle the matter.

    Rates are 0 to 1; ``sure`` is the probability the verdict asks for, margin included. "Better" has to hold with the
    fewest responders the unknown allow, "not better" with the most.

    ``better_from``, ``better_to`` : between these the verdict would be "likely better", under both priors; None where
        no control rate would do. Below ``better_from`` the sceptical prior does not believe so large an effect
    ``not_better_from`` : from this rate on it would be "likely not better by the margin", under both priors
    ``better_if_yes_from``, ``better_if_yes_to``, ``not_better_if_no_from`` : the same were every unknown response a
        yes, or a no
    ``jeffreys_better_to``, ``jeffreys_not_better_from`` : as the first two, under the Jeffreys prior alone
    """

    estimand: str
    group: str
    visit: str
    month: float
    strategy: str
    margin: float
    sure: float
    responders_low: int
    responders_high: int
    n: int
    better_from: float | None
    better_to: float | None
    better_if_yes_from: float | None
    better_if_yes_to: float | None
    not_better_from: float
    not_better_if_no_from: float
    jeffreys_better_to: float | None
    jeffreys_not_better_from: float
