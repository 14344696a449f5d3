"""How long it lasts: response as a course through states, the events being states of their own.

Point estimates only where every date used is known; where one is vague the bounds of being in response answer, and
what needs dates is refused in words (METHODS 20). Sources: docs/durability.md.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from equipoise.domain.cohort import Cohort, Flags, Floats
from equipoise.domain.durability import BETWEEN_VISITS, DurabilityDeclared
from equipoise.domain.durability_answer import Durability, InResponse, Landmark, MeanTime, ResponseDuration
from equipoise.domain.protocol import Protocol
from equipoise.domain.result import Refusal
from equipoise.errors import MethodError
from equipoise.estimate.durability_bounds import response_bounds
from equipoise.estimate.durability_histories import RESPONDING, Histories, find_histories, vague_cases
from equipoise.estimate.refusing import refusals

if TYPE_CHECKING:
    from equipoise.estimate.durability_rows import Stays
    from equipoise.stats.multistate import TransitionRows
    from equipoise.stats.occupation import StateOccupation


def describe_durability(
    cohort: Cohort, protocol: Protocol, rng: np.random.Generator
) -> tuple[tuple[Durability, ...], tuple[Refusal, ...]]:
    """Every ``[[durability]]`` of the protocol in every group of the cohort, and what was refused.

    ``rng`` : for the Markov test and the bootstrap, used in the order of questions and groups
    """
    answers: list[Durability] = []
    refused: list[Refusal] = []
    for asked in protocol.durability:
        histories = find_histories(cohort, protocol, asked)
        for place, group in enumerate(cohort.groups):
            mine = cohort.group == place
            one = _Question(asked, histories, mine, group, protocol.sensitivity.level, refused, rng)
            weights = one.weights(cohort)
            if isinstance(weights, Refusal):
                refused.append(weights)
            else:
                answers += one.answer(weights)
    return tuple(answers), tuple(refused)


@dataclass(frozen=True)
class _Question:
    """One question in one group; what cannot be answered goes into ``refused``."""

    asked: DurabilityDeclared
    histories: Histories
    mine: Flags
    group: str
    level: float
    refused: list[Refusal]
    rng: np.random.Generator

    def weights(self, cohort: Cohort) -> Floats | Refusal | None:
        """(n,) the weight of every case, None where each counts once, or why there is none."""
        if self.asked.weights is None:
            return None
        given = cohort.covariates[self.asked.weights]
        mine = given.value[self.mine]
        unknown = int((~given.known[self.mine]).sum())
        why = ""
        if given.labels:
            why = f"'{self.asked.weights}' is no number"
        elif unknown:
            why = f"the weight of {unknown} of {mine.size} is not known"
        elif mine.size and (float(mine.min()) < 0.0 or not mine.any()):
            why = "a weight is negative, or all are zero"
        return (
            Refusal(self._where("weights"), why, "name another covariate, or leave weights out") if why else given.value
        )

    def answer(self, weights: Floats | None) -> list[Durability]:
        """The answer, if somebody was followed."""
        histories, n = self.histories, int(self.mine.sum())
        vague = int(vague_cases(histories, self.mine).sum())
        if vague and weights is not None:
            why = f"a date or an answer is vague in {vague} of {n}, and bounds count every case once"
            self._refuse("states over time", why, "leave weights out")
            return []
        if vague:
            why = f"a date or an answer is vague in {vague} of {n}, and no date is made up"
            self._refuse("states over time", why, "read the bounds, or state the dates more closely")
            return [self._bounded(vague, self._duration(None))]
        from equipoise.estimate.durability_rows import rows_of, stays  # the kernels: only where no date is vague

        found = stays(histories, self.mine)
        if not found.case.size or (weights is not None and not weights[self.mine][found.case].any()):
            self._refuse("states over time", f"nobody was followed beyond day 0 (cases: {n})", "check last_contact")
            return []
        rows = rows_of(found, histories, None if weights is None else weights[self.mine])
        return [self._exact(rows, found, self._duration(weights))]

    def _bounded(self, vague: int, duration: ResponseDuration | None) -> Durability:
        response = tuple(self._in_response(visit, day) for visit, day in self.histories.read_on())
        return self._durability("bounds", vague=vague, response=response, duration=duration)

    def _exact(self, rows: "TransitionRows", found: "Stays", duration: ResponseDuration | None) -> Durability:
        from equipoise.estimate.durability_states import (
            followed_on,
            known_until,
            moves_of,
            number_or_none,
            occupation_of,
            read_curve,
        )
        from equipoise.stats.occupation import state_occupation

        histories = self.histories
        curve = state_occupation(rows, level=self.level)
        until = known_until(rows, curve, histories.possible)
        read = histories.read_on()
        at = read_curve(curve, [day for _, day in read], until)
        response = tuple(
            replace(
                self._in_response(visit, day),
                followed=followed_on(rows, day),
                estimate=number_or_none(at.probability[i, RESPONDING]),
                standard_error=number_or_none(at.standard_error[i, RESPONDING]),
                lower=number_or_none(at.lower[i, RESPONDING]),
                upper=number_or_none(at.upper[i, RESPONDING]),
            )
            for i, (visit, day) in enumerate(read)
        )
        return replace(
            self._durability("Aalen-Johansen", vague=0, response=response, duration=duration),
            left_at_a_missed_visit=found.left,
            events_after_a_missed_visit=found.returned,
            occupation=occupation_of(histories, curve, until, [day for _, day in read]),
            times=self._times(rows, curve, until),
            moves=moves_of(rows, histories),
            landmark=self._landmark(rows),
        )

    def _durability(
        self,
        kind: Literal["Aalen-Johansen", "bounds"],
        *,
        vague: int,
        response: tuple[InResponse, ...],
        duration: ResponseDuration | None,
    ) -> Durability:
        """An answer of bounds alone."""
        return Durability(
            name=self.asked.name,
            estimand=self.asked.estimand,
            group=self.group,
            n=int(self.mine.sum()),
            states=self.histories.states,
            kind=kind,
            horizon_day=self.asked.horizon_day,
            level=self.level,
            weights=self.asked.weights,
            vague=vague,
            left_at_a_missed_visit=0,
            events_after_a_missed_visit=0,
            response=response,
            occupation=(),
            times=(),
            moves=(),
            landmark=None,
            duration=duration,
        )

    def _in_response(self, visit: str | None, day: int) -> InResponse:
        """The bounds of a day, without an estimate."""
        certain, possible = response_bounds(self.histories, day)
        return InResponse(
            visit=visit,
            day=day,
            n=int(self.mine.sum()),
            certain=int((certain & self.mine).sum()),
            possible=int((possible & self.mine).sum()),
            followed=None,
            estimate=None,
            standard_error=None,
            lower=None,
            upper=None,
        )

    def _times(self, rows: "TransitionRows", curve: "StateOccupation", until: Floats) -> tuple[MeanTime, ...]:
        from equipoise.estimate.durability_states import mean_times
        from equipoise.stats.occupation_time import time_in_states

        horizon = self.asked.horizon_day
        if until[RESPONDING] < horizon:
            last = int(until[RESPONDING])
            why = f"nobody in some state was followed beyond day {last}, and the horizon is day {horizon}"
            instead = f"choose horizon_day up to {last}" if last else "read the bounds"
            self._refuse("mean times", why, f"{instead}; the bounds keep everybody")
        if horizon > curve.followed_to_days and (until[: len(until)] < np.inf).any():
            return ()
        try:
            return mean_times(self.histories, time_in_states(rows, curve, horizon_days=float(horizon)), until)
        except MethodError as error:
            self.refused.extend(refusals(self._where("mean times"), error))
            return ()

    def _landmark(self, rows: "TransitionRows") -> Landmark | None:
        if self.asked.landmark_day is None:
            return None
        from equipoise.estimate.durability_landmark import from_landmark

        try:
            return from_landmark(rows, self.histories, self.asked, self.level, self.rng)
        except MethodError as error:
            self.refused.extend(refusals(self._where("from the landmark"), error))
            return None

    def _duration(self, weights: Floats | None) -> ResponseDuration | None:
        if self.asked.dated != BETWEEN_VISITS:
            return None
        from equipoise.estimate.durability_duration import response_duration

        try:
            return response_duration(self.histories, self.mine, self.asked, self.level, weights, self.rng)
        except MethodError as error:
            self.refused.extend(refusals(self._where("between visits"), error))
            return None

    def _refuse(self, what: str, why: str, instead: str) -> None:
        self.refused.append(Refusal(self._where(what), why, instead))

    def _where(self, what: str) -> str:
        return f"{self.asked.name} | {what} | {self.group}"
