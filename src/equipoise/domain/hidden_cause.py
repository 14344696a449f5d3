"""Hidden causes and the entry rule: what ``[hidden_cause]`` and ``[[regression_to_mean]]`` declare."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from pydantic import Field, model_validator

from equipoise.domain.declared import Declared
from equipoise.domain.instrument import Better, Instrument
from equipoise.domain.predicate import Criterion
from equipoise.domain.wrong import closest_or_all
from equipoise.errors import Problem


class HiddenCauseDeclared(Declared):
    """The yes-or-no causes that are tried on every comparison that was not formed by chance."""

    prevalences: tuple[float, ...] = Field(
        min_length=1, description="shares that may have the cause, 0 to 1, ascending"
    )
    strengths: tuple[float, ...] = Field(
        min_length=1, description="risk ratios of the cause with the response, above 0 and ascending"
    )
    strengths_points: tuple[float, ...] = Field(
        default=(), description="for differences of mean scores: how many points the cause makes"
    )
    gammas: tuple[float, ...] = Field(
        default=(),
        description="for matched pairs: how many times likelier one of a pair may be to be treated, from 1 up",
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> "HiddenCauseDeclared":
        for name in ("prevalences", "strengths", "strengths_points", "gammas"):
            if any(later <= first for first, later in pairwise(getattr(self, name))):
                raise ValueError(f"{name} do not ascend", "write each once, the smallest first")
        if not all(0 <= each <= 1 for each in self.prevalences):
            raise ValueError("a prevalence is not between 0 and 1", "write 0.3 for 30 %")
        if not all(each > 0 for each in self.strengths):
            raise ValueError("a strength is not above 0", "write risk ratios, not their logarithms")
        if not all(each >= 1 for each in self.gammas):
            raise ValueError("a gamma is below 1", "write odds of 1 or more; 1 is no hidden bias")
        return self


class RegressionToMeanDeclared(Declared):
    """What is known of the people screened, for an instrument an entry rule reads."""

    instrument: str = Field(description="the instrument the entry rule reads")
    screened: Literal["as given", "behind those let in"] = Field(
        description="population_mean and population_sd as given, or read off the entry readings of those let in"
    )
    population_mean: float | None = Field(default=None, description="mean of one reading in the people screened")
    population_sd: float | None = Field(default=None, gt=0, description="SD of one reading in the people screened")
    retest_correlation: float = Field(ge=0, le=1, description="of two readings of one untreated person, 0 to 1")
    shape: Literal["normal", "whole points"] = Field(
        description="normal, or a normal rounded to the whole points of the scale with what lies beyond put at its ends"
    )
    source: str = Field(min_length=1, description="where the numbers come from")

    @model_validator(mode="after")
    def _of_the_screened(self) -> "RegressionToMeanDeclared":
        given = (self.population_mean is not None) + (self.population_sd is not None)
        if self.screened == "as given" and given < 2:
            raise ValueError("population_mean or population_sd is missing", "give both, with their source")
        if self.screened == "behind those let in" and given:
            raise ValueError("the screened are both given and read off those let in", "leave the two numbers out")
        return self


@dataclass(frozen=True)
class EntryRule:
    """The score a case needed to be let in: at least (or above) ``cut`` on the bad side of the scale.

    ``beyond`` : the rule also turns away the worst, which the method leaves out of account
    """

    cut: Decimal
    strict: bool
    look_back_days: int | None
    beyond: bool


def entry_rule(require: Sequence[Criterion], exclude: Sequence[Criterion], instrument: Instrument) -> EntryRule | None:
    """The hardest entry rule of an instrument; None where none asks for a bad score."""
    lower_is_better = instrument.better == Better.LOWER
    asking = {True: ("at_least", "above"), False: ("at_most", "below")}
    found: list[EntryRule] = []
    beyond = False
    for criterion, required in (*((each, True) for each in require), *((each, False) for each in exclude)):
        comparison, wanted = criterion.comparison
        if criterion.column != f"baseline.{instrument.name}" or not isinstance(wanted, Decimal):
            continue
        kept, turned = asking[lower_is_better], asking[not lower_is_better]
        if comparison in (kept if required else turned):
            strict = (comparison in ("above", "below")) is required
            found.append(EntryRule(wanted, strict, criterion.look_back_days, beyond=False))
        elif comparison in (turned if required else kept):
            beyond = True
    if not found:
        return None
    hardest = max(found, key=lambda rule: (rule.cut if lower_is_better else -rule.cut, rule.strict))
    return EntryRule(hardest.cut, hardest.strict, hardest.look_back_days, beyond)


def regression_to_mean_problems(
    declared: Sequence[RegressionToMeanDeclared],
    criteria: Sequence[tuple[str, Criterion]],
    instruments: Mapping[str, Instrument],
    unread: Sequence[str],
) -> Iterator[Problem]:
    """What is wrong with what is said of the screened; ``criteria`` : where each stands, and what it says."""
    require = [each for where, each in criteria if not where.startswith("population.exclude")]
    exclude = [each for where, each in criteria if where.startswith("population.exclude")]
    seen: set[str] = set()
    for each in declared:
        where = f"regression to the mean of '{each.instrument}'"
        if each.instrument in unread:
            continue
        instrument = instruments.get(each.instrument)
        if instrument is None:
            yield Problem(
                where,
                f"'{each.instrument}' is no known instrument",
                closest_or_all(each.instrument, sorted(instruments)),
            )
            continue
        if each.instrument in seen:
            yield Problem(where, "is declared twice", "keep one")
        seen.add(each.instrument)
        if entry_rule(require, exclude, instrument) is None:
            problem = "no criterion of the population asks for a bad score of it"
            yield Problem(
                where, problem, f"require baseline.{each.instrument} with at_least, or leave this section out"
            )
        if (
            each.population_mean is not None
            and not instrument.low <= Decimal(str(each.population_mean)) <= instrument.high
        ):
            problem = f"population_mean lies outside the scale, {instrument.low} to {instrument.high}"
            yield Problem(where, problem, "give it in points of the instrument")
