"""Two groups of one case book compared, as ``[[difference]]`` declares it, and what of it does not fit the rest."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from pydantic import Field, model_validator

from equipoise.domain.declared import Declared
from equipoise.domain.wrong import closest_or_all
from equipoise.errors import Problem

Measure = Literal["risk difference", "risk ratio", "odds ratio"]
IntervalOfDifference = Literal["miettinen-nurminen", "chan-zhang", "agresti-min"]
TestOfDifference = Literal["barnard", "boschloo", "none"]
OF_RESPONDERS = ("measures", "interval", "test")
"""What a difference of responders must say, and a difference of scores has no use for."""


class DifferenceDeclared(Declared):
    """One group less another: of responders, of mean scores, of the incidence of an event by a day."""

    name: str = Field(min_length=1, description="what the report calls the comparison")
    group: str = Field(description="the group of the case book that is compared")
    reference: str = Field(description="the group it is compared with: every difference is group less reference")
    allocation: Literal["randomised", "not randomised"] = Field(
        description="whether chance decided who was in which group; if not, every number is labelled unadjusted"
    )
    estimands: tuple[str, ...] = Field(default=(), description="estimands by name; absent, every one")
    measures: tuple[Measure, ...] = Field(
        default=(), description="of responders: risk difference, risk ratio, odds ratio; required by a responder"
    )
    interval: IntervalOfDifference | None = Field(
        default=None, description="of responders: miettinen-nurminen, or exact chan-zhang or agresti-min"
    )
    test: TestOfDifference | None = Field(
        default=None, description="of responders: barnard, boschloo, or none; required by a responder"
    )
    events: tuple[str, ...] = Field(
        default=(), description="intercurrent events whose cumulative incidence is compared"
    )
    horizon_day: int | None = Field(
        default=None, ge=1, description="the day by which events are compared, chosen beforehand; required by events"
    )
    margin: float | None = Field(
        default=None,
        gt=-1,
        lt=1,
        description="the risk difference its limits are set beside: 0.1 for better by ten points, -0.1 for not worse",
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> "DifferenceDeclared":
        if self.group == self.reference:
            raise ValueError("group and reference are the same group", "name two groups of the case book")
        if bool(self.events) != (self.horizon_day is not None):
            if self.events:
                raise ValueError("events have no horizon_day", "give the day by which they are compared")
            raise ValueError("horizon_day has no events", "name the events to compare, or leave it out")
        if self.margin is not None and self.measures and "risk difference" not in self.measures:
            raise ValueError("margin is a risk difference, and measures has none", "add 'risk difference' to measures")
        return self


def difference_problems(
    declared: Sequence[DifferenceDeclared], responders: Mapping[str, bool | None], events: Sequence[str]
) -> Iterator[Problem]:
    """What is wrong with the differences.

    ``responders`` : the declared estimands, and whether each is yes or no; None where that could not be read
    """
    for each in declared:
        where = f"difference '{each.name}'"
        yield from named_estimand_problems(f"{where}.estimands", each.estimands, tuple(responders))
        yield from _named_twice(f"{where}.measures", each.measures)
        yield from _named_twice(f"{where}.events", each.events)
        for event in each.events:
            if event not in events:
                remedy = closest_or_all(event, events, everything="declare it as [[intercurrent_event]]")
                yield Problem(f"{where}.events", f"'{event}' is no declared intercurrent event", remedy)
        yield from _of_responders(each, where, responders)


def _of_responders(each: DifferenceDeclared, where: str, responders: Mapping[str, bool | None]) -> Iterator[Problem]:
    """Measures, interval and test: wanted where responders are compared, without meaning where none are."""
    kinds = [responders.get(name) for name in each.estimands or responders]
    missing = [word for word in OF_RESPONDERS if not getattr(each, word)]
    if True in kinds:
        for word in missing:
            remedy = f"give {word}: {DifferenceDeclared.model_fields[word].description}"
            yield Problem(where, f"'{word}' is missing, and responders are compared", remedy)
    elif kinds and None not in kinds:
        for word in (*OF_RESPONDERS, "margin"):
            if getattr(each, word) not in (None, ()):
                problem = f"{word} speaks of responders, and every estimand compared is a score"
                yield Problem(f"{where}.{word}", problem, "leave it out, or compare a responder estimand")


def named_estimand_problems(where: str, names: Sequence[str], declared: Sequence[str]) -> Iterator[Problem]:
    """What is wrong with a list of estimands by name."""
    for name in names:
        if name not in declared:
            yield Problem(where, f"'{name}' is no declared estimand", closest_or_all(name, declared))
    yield from _named_twice(where, names)


def _named_twice(where: str, names: Sequence[str]) -> Iterator[Problem]:
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            yield Problem(where, f"'{name}' is named {names.count(name)} times", "name it once")
