"""What the unseen would have to be for a conclusion to flip, as ``[[tipping_grid]]`` declares it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import Field, model_validator

from equipoise.domain.declared import Declared
from equipoise.domain.estimand import Endpoint, Strategy
from equipoise.domain.imputation import ImputationDeclared, ImputationMethod
from equipoise.domain.instrument import Instrument
from equipoise.domain.wrong import closest_or_all
from equipoise.errors import Problem

MOST_STEPS = 100
OF_SCORES = ("threshold", "imputation", "deltas", "reference_deltas")


class DeltaRange(Declared):
    """Evenly spaced numbers of points by which unseen scores are made worse than the imputation expects."""

    first: float = Field(
        alias="from", description="points worse, whichever way the scale runs; below 0 is better than expected"
    )
    last: float = Field(alias="to", description="the same at the other end, above from")
    steps: int = Field(ge=1, le=MOST_STEPS, description="how many equal steps lead there: 20 steps make 21 numbers")

    @model_validator(mode="after")
    def _ascends(self) -> "DeltaRange":
        if not self.first < self.last:
            raise ValueError("to is not above from", "give the smaller number of points as from, the larger as to")
        return self

    @property
    def points(self) -> tuple[float, ...]:
        """The numbers from the first to the last."""
        step = (self.last - self.first) / self.steps
        return (*(round(self.first + k * step, 9) for k in range(self.steps)), self.last)


class TippingGridDeclared(Declared):
    """A conclusion, and the readings of the unseen under which it is asked whether it still holds."""

    name: str = Field(min_length=1, description="what the report calls the grid")
    estimand: str = Field(description="the estimand, by name; its own strategies are read")
    visits: tuple[str, ...] = Field(default=(), description="of its visits; absent, all of them")
    group: str | None = Field(default=None, description="the group; absent, the only one")
    reference: str | None = Field(default=None, description="the group it is set beside; absent, one arm")
    margin: float | None = Field(
        default=None,
        description="two arms: by how much the group must be better than the reference, as a difference of rates (0.1) "
        "or in points of the score; positive is better, whichever way the scale runs. The conclusion is that the limit "
        "of the difference lies beyond it",
    )
    threshold: float | None = Field(
        default=None,
        description="one arm of scores: the mean, or mean change (follow-up minus baseline), whose better side the "
        "limits must lie on",
    )
    imputation: str | None = Field(default=None, description="of scores: the [[imputation]] it starts from, by name")
    deltas: DeltaRange | None = Field(
        default=None, description="of scores: points worse than expected, tried on the unseen of the group"
    )
    reference_deltas: DeltaRange | None = Field(
        default=None, description="the same of the reference; absent, its unseen stay as expected"
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> "TippingGridDeclared":
        if self.reference is None and self.margin is not None:
            raise ValueError("margin has no reference to be better than", "name the reference, or leave margin out")
        if self.reference is not None and self.margin is None:
            raise ValueError("two arms have no margin", "give margin: 0 for any better, 0.1 for better by ten points")
        if self.reference is not None and self.group is None:
            raise ValueError("reference has no group set beside it", "name the group")
        if self.reference is not None and self.group == self.reference:
            raise ValueError("group and reference are the same group", "name two groups of the case book")
        if self.reference is not None and self.threshold is not None:
            raise ValueError(
                "threshold speaks of one arm, and a reference is named", "leave threshold out, or reference"
            )
        if self.reference is None and self.reference_deltas is not None:
            raise ValueError("reference_deltas has no reference", "name the reference, or leave it out")
        return self


@dataclass(frozen=True)
class Asked:
    """What could be read of an estimand; None is what could not."""

    visits: Sequence[str] | None
    endpoint: Endpoint | None
    strategies: Mapping[str, str] | None


@dataclass(frozen=True)
class Grounds:
    """What a grid may start from.

    ``imputations`` : by name; None where one could not be read
    ``tips`` : whether the protocol declares what one arm of yes/no must exceed
    """

    estimands: Mapping[str, Asked]
    imputations: Mapping[str, ImputationDeclared | None]
    tips: bool
    instruments: Mapping[str, Instrument]


def tipping_grid_problems(declared: Sequence[TippingGridDeclared], grounds: Grounds) -> Iterator[Problem]:
    """What is wrong with the grids, set against what they name."""
    for each in declared:
        where = f"tipping grid '{each.name}'"
        asked = grounds.estimands.get(each.estimand)
        if asked is None:
            remedy = closest_or_all(each.estimand, tuple(grounds.estimands))
            yield Problem(f"{where}.estimand", f"'{each.estimand}' is no declared estimand", remedy)
            continue
        for visit in each.visits:
            if asked.visits is not None and visit not in asked.visits:
                problem = f"'{visit}' is no visit of the estimand '{each.estimand}'"
                yield Problem(f"{where}.visits", problem, closest_or_all(visit, asked.visits))
        if len(set(each.visits)) < len(each.visits):
            yield Problem(f"{where}.visits", "a visit is named twice", "name each once")
        if asked.endpoint is None:
            continue
        if asked.endpoint.is_responder:
            yield from _of_counts(each, where, grounds)
        else:
            yield from _of_points(each, where, asked, grounds)
            yield from _beyond_the_scale(each, where, asked.endpoint, grounds.instruments)


def _of_counts(each: TippingGridDeclared, where: str, grounds: Grounds) -> Iterator[Problem]:
    for word in OF_SCORES:
        if getattr(each, word) is not None:
            problem = f"{word} speaks of scores, and '{each.estimand}' is yes or no: every count is gone through"
            yield Problem(f"{where}.{word}", problem, "leave it out, or name a score estimand")
    if each.margin is not None and not -1 < each.margin < 1:
        remedy = "give it between -1 and 1, such as 0.10"
        yield Problem(f"{where}.margin", f"{each.margin:g} is no difference of two rates", remedy)
    if each.reference is None and not grounds.tips:
        problem = "one arm of yes or no has nothing to exceed"
        yield Problem(where, problem, "give tipping_threshold in [sensitivity], or name a reference and a margin")


def _of_points(each: TippingGridDeclared, where: str, asked: Asked, grounds: Grounds) -> Iterator[Problem]:
    for word in ("imputation", "deltas"):
        if getattr(each, word) is None:
            remedy = f"give {word}: {TippingGridDeclared.model_fields[word].description}"
            yield Problem(where, f"'{word}' is missing, and '{each.estimand}' is a score", remedy)
    if each.reference is None and each.threshold is None:
        problem = "one arm of scores has nothing to lie beyond"
        yield Problem(where, problem, "give threshold, or name a reference and a margin")
    if each.imputation is None:
        return
    if each.imputation not in grounds.imputations:
        nothing = "declare it as [[imputation]]"
        remedy = closest_or_all(each.imputation, tuple(grounds.imputations), everything=nothing)
        yield Problem(f"{where}.imputation", f"'{each.imputation}' is no declared imputation", remedy)
        return
    imputation = grounds.imputations[each.imputation]
    if imputation is not None:
        yield from _of_imputation(each, f"{where}.imputation", asked, imputation)


def _of_imputation(
    each: TippingGridDeclared, where: str, asked: Asked, imputation: ImputationDeclared
) -> Iterator[Problem]:
    """The grid starts from many draws of this very question, with the same two groups side by side."""
    if asked.strategies is not None and not _covers(imputation, each.estimand, asked.strategies):
        problem = f"'{imputation.name}' does not impute '{each.estimand}' as it is declared"
        remedy = "add it to the imputation's estimands and 'as declared' to its strategies, or name another"
        yield Problem(where, problem, remedy)
    if imputation.method is not ImputationMethod.APPROXIMATE_BAYESIAN:
        problem = f"'{imputation.name}' fills in one mean ({imputation.method}), and a grid needs many draws"
        yield Problem(where, problem, f"name one whose method is '{ImputationMethod.APPROXIMATE_BAYESIAN}'")
    if each.reference is not None and imputation.reference != each.reference:
        of = "none" if imputation.reference is None else f"'{imputation.reference}'"
        problem = f"the grid's reference is '{each.reference}', and that of '{imputation.name}' is {of}"
        yield Problem(where, problem, "give both the same reference")


def _covers(imputation: ImputationDeclared, estimand: str, strategies: Mapping[str, str]) -> bool:
    known = frozenset(Strategy(each) for each in strategies.values() if each in tuple(Strategy))
    return imputation.covers(estimand, known, own=True)


def _beyond_the_scale(
    each: TippingGridDeclared, where: str, endpoint: Endpoint, instruments: Mapping[str, Instrument]
) -> Iterator[Problem]:
    """A threshold, a margin or a number of points the instrument has no room for."""
    instrument = instruments.get(endpoint.instrument)
    if instrument is None:
        return
    low, high = float(instrument.low), float(instrument.high)
    room = high - low
    lowest, highest = (low, high) if endpoint.score == "value" else (-room, room)
    if each.threshold is not None and not lowest <= each.threshold <= highest:
        problem = f"{each.threshold:g} lies outside what the endpoint can be, {lowest:g} to {highest:g}"
        yield Problem(f"{where}.threshold", problem, f"give a number from {lowest:g} to {highest:g}")
    furthest = {"margin": each.margin, "deltas": _furthest(each.deltas)}
    furthest["reference_deltas"] = _furthest(each.reference_deltas)
    for word, points in furthest.items():
        if points is not None and abs(points) > room:
            problem = f"reaches {points:g} points, and '{instrument.name}' has {room:g}"
            yield Problem(f"{where}.{word}", problem, f"give points between {-room:g} and {room:g}")


def _furthest(range_: DeltaRange | None) -> float | None:
    return None if range_ is None else max(range_.first, range_.last, key=abs)
