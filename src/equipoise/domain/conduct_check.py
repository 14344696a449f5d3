"""Whether what is said of the conduct agrees with the rest of the protocol, and with the tool of the appraisal."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from equipoise.domain.appraisal import ITEMS
from equipoise.domain.instrument import Better, Instrument
from equipoise.domain.predicate import Criterion
from equipoise.domain.protocol import Conduct, IntercurrentEvent
from equipoise.domain.wrong import closest_or_all
from equipoise.errors import Problem

EXCLUDED = "population.exclude"


def entry_problems(
    conduct: Conduct, criteria: Sequence[tuple[str, Criterion]], instruments: Mapping[str, Instrument]
) -> Iterator[Problem]:
    """A minimum score declared away that an eligibility criterion asks for.

    ``criteria`` : where each stands in the file, and what it says
    """
    if conduct.entry_minimum_score:
        return
    for where, criterion in criteria:
        instrument = instruments.get((criterion.column or "").removeprefix("baseline."))
        if instrument is None or instrument.yes_no or not (criterion.column or "").startswith("baseline."):
            continue
        if _asks_to_be_bad(criterion, instrument, required=not where.startswith(EXCLUDED)):
            problem = f"false, yet {where} lets in only those whose '{instrument.name}' was bad enough"
            remedy = "write entry_minimum_score = true: some improvement is then expected with no treatment at all"
            yield Problem("conduct.entry_minimum_score", problem, remedy)


def _asks_to_be_bad(criterion: Criterion, instrument: Instrument, *, required: bool) -> bool:
    """Whether only cases away from the good end of the scale come in; a bound that all scores meet asks nothing."""
    comparison, wanted = criterion.comparison
    if not isinstance(wanted, Decimal):
        return False
    from_below = instrument.better == Better.LOWER
    bad_enough = ("at_least", "above") if from_below else ("at_most", "below")
    good = ("below", "at_most") if from_below else ("above", "at_least")
    good_end = instrument.low if from_below else instrument.high
    met_by_all = wanted == good_end and comparison in (bad_enough[0], good[0])
    return comparison in (bad_enough if required else good) and not met_by_all


def rescue_problems(conduct: Conduct, events: Sequence[IntercurrentEvent]) -> Iterator[Problem]:
    """Rescue medication said to be an intercurrent event where no event could be it: none has procedures."""
    if conduct.rescue_medication == "intercurrent event" and not any(each.procedures for each in events):
        problem = "'intercurrent event', and no [[intercurrent_event]] has procedures"
        remedy = "declare the medication as [[intercurrent_event]] with procedures, or write recorded or not recorded"
        yield Problem("conduct.rescue_medication", problem, remedy)


def appraisal_problems(conduct: Conduct) -> Iterator[Problem]:
    """Items of no tool, items the tool does not have, items answered twice."""
    if not conduct.appraisal:
        return
    if conduct.appraisal_tool is None:
        remedy = f"give appraisal_tool: {' or '.join(ITEMS)}"
        yield Problem("conduct.appraisal", "items are answered, but of no tool", remedy)
        return
    items = ITEMS[conduct.appraisal_tool]
    for item, times in Counter(each.item for each in conduct.appraisal).items():
        if item not in items:
            problem = f"'{item}' is no item of {conduct.appraisal_tool}"
            yield Problem("conduct.appraisal", problem, closest_or_all(item, items))
        if times > 1:
            yield Problem("conduct.appraisal", f"'{item}' is answered {times} times", "answer it once")
