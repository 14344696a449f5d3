"""The verdict: one word, one sentence and its reasons, by the rules written in ``docs/methods.md`` ("The verdict")."""

from equipoise.domain.estimand import Missing, Strategy
from equipoise.domain.protocol import Protocol
from equipoise.domain.result import Comparison, EstimateRow, Incidence, Verdict, VerdictWord
from equipoise.domain.rounding import percent, percent_of

SURE = 0.975
LIKELY: VerdictWord = "Likely better than the published controls"
UNLIKELY: VerdictWord = "Likely not better than the published controls by the margin"
UNKNOWN: VerdictWord = "Unknown"


def reach_verdict(
    protocol: Protocol,
    estimates: tuple[EstimateRow, ...],
    incidence: tuple[Incidence, ...],
    comparisons: tuple[Comparison, ...],
) -> Verdict:
    """Unknown, unless every prior and every reading of the unknown agrees against a like control."""
    mine = tuple(each for each in comparisons if each.estimand == protocol.primary.name)
    rows = tuple(row for row in estimates if row.estimand == protocol.primary.name)
    chances = [each for comparison in mine for each in comparison.probabilities]
    agreed = "every prior and every reading of the unknown responses agree."
    if chances and all(each.lower >= SURE for each in chances):
        word, why = LIKELY, agreed
    elif chances and all(each.upper <= 1 - SURE for each in chances):
        word, why = UNLIKELY, agreed
    else:
        word, why = UNKNOWN, _why_unknown(rows, mine)
    return Verdict(
        word=word,
        sentence=f"{word}: {why}",
        reasons=(
            *_same_people(rows),
            *_events(incidence),
            *_against(mine),
            *_how_it_was_asked(protocol),
            *_found_later(protocol, mine),
        ),
    )


def _why_unknown(rows: tuple[EstimateRow, ...], mine: tuple[Comparison, ...]) -> str:
    """The first reason that applies, and the no-assumption range where the protocol asks for it."""
    return "; ".join(part for part in (_first_reason(rows, mine), _bounds_in_words(rows)) if part) + "."


def _first_reason(rows: tuple[EstimateRow, ...], mine: tuple[Comparison, ...]) -> str:
    chances = [each for comparison in mine for each in comparison.probabilities]
    if chances:
        low, high = min(each.lower for each in chances), max(each.upper for each in chances)
        by = " and ".join(
            f"{margin}" for margin in sorted({percent(each.margin) for each in mine if each.probabilities})
        )
        return (
            f"the probability of beating the next control group by {by} points runs from {percent(low)} % to "
            f"{percent(high)} % over the priors and the unknown responses"
        )
    if mine:
        return "no published control was counted by the same rule at the same time"
    if len({row.group for row in rows}) > 1:
        return "the groups are described side by side, and no comparison between them was declared"
    return (
        "no comparison with a like group was declared, and cases without controls cannot tell a treatment from time, "
        "attention and regression to the mean"
    )


def _bounds_in_words(rows: tuple[EstimateRow, ...]) -> str:
    """The no-assumption range under treatment policy, visit by visit; the groups named where there are several."""
    bounds = [
        row for row in rows if row.missing == Missing.BOUNDS.value and row.strategy == Strategy.TREATMENT_POLICY.value
    ]
    parts: dict[str, list[str]] = {}
    several = len({row.group for row in bounds}) > 1
    for row in bounds:
        if row.lower is None or row.upper is None:
            continue
        who = f"of the {row.n} in {row.group}" if several else f"of the {row.n} cases"
        if row.unit != "proportion":
            who = f"the mean {who}"
        first = who not in parts
        parts.setdefault(who, []).append(_range_in_words(row, first=first))
    return "; ".join(f"{who} {', '.join(shares)}" for who, shares in parts.items())


def _range_in_words(row: EstimateRow, *, first: bool) -> str:
    assert row.lower is not None
    assert row.upper is not None
    if row.unit == "proportion":
        low, high, unit, verb = f"{percent(row.lower)}", f"{percent(row.upper)}", " %", " responded" if first else ""
        share = f"{low}{unit}" if low == high else f"between {low}{unit} and {high}{unit}"
        return f"{share}{verb} at {row.visit}"
    low, high = f"{row.lower:.1f}", f"{row.upper:.1f}"
    return f"{'is ' if first else ''}{low if low == high else f'between {low} and {high}'} at {row.visit}"


def _same_people(rows: tuple[EstimateRow, ...]) -> tuple[str, ...]:
    """The highest and the lowest share that a defensible reading gives at each visit, n/N each."""
    counted = [row for row in rows if row.estimate is not None and row.responders is not None and row.n]
    found = []
    for group in dict.fromkeys(row.group for row in counted):
        parts = []
        for visit in dict.fromkeys(row.visit for row in counted):
            here = [row for row in counted if row.visit == visit and row.group == group]
            here.sort(key=lambda row: row.missing != Missing.OBSERVED.value)  # of equals, as observed speaks
            highest = max(here, key=lambda row: row.estimate or 0, default=None)
            lowest = min(here, key=lambda row: row.estimate or 0, default=None)
            if highest is not None and lowest is not None and highest.estimate != lowest.estimate:
                parts.append(f"{_share(highest)} or {_share(lowest)} at {visit}")
        if parts:
            who = "" if len({row.group for row in counted}) == 1 else f" in {group}"
            found.append(f"The same people{who} give {', '.join(parts)}: the reading decides, not the treatment.")
    return tuple(found)


def _share(row: EstimateRow) -> str:
    assert row.responders is not None
    share = percent_of(row.responders, row.n)
    return f"{share} % ({row.responders}/{row.n}; {row.strategy}, missing: {row.missing})"


def _events(incidence: tuple[Incidence, ...]) -> tuple[str, ...]:
    """How many had an intercurrent event, and for how many its date is vague."""
    found = []
    for each in incidence:
        if each.with_event:
            vague = f"; its date is vague for {each.vague}" if each.vague else ""
            who = "" if len({one.group for one in incidence}) == 1 else f" in {each.group}"
            found.append(f"{each.event}: {each.with_event} of {each.n}{who} within follow-up{vague}.")
    return tuple(found)


def _against(mine: tuple[Comparison, ...]) -> tuple[str, ...]:
    """What each benchmark found; those that found no like arm in one sentence."""
    lonely = [f"{each.name} (month {each.month:g})" for each in mine if each.status == "no comparable published arm"]
    found = dict.fromkeys(each.explanation for each in mine if each.status != "no comparable published arm")
    none = f"No comparable published arm for: {'; '.join(lonely)}. The near arms are listed, each with what differs."
    return (*found, *((none,) if lonely else ()))


def _how_it_was_asked(protocol: Protocol) -> tuple[str, ...]:
    found = []
    if protocol.written == "after outcomes were seen":
        found.append("The protocol was written after outcomes were seen.")
    if not protocol.conduct.self_report_blinded:
        found.append("The patients knew what they had been given.")
    return tuple(found)


def _found_later(protocol: Protocol, mine: tuple[Comparison, ...]) -> tuple[str, ...]:
    arms = dict.fromkeys(
        f"{each.arm.arm} {each.arm.responders}/{each.arm.n} ({percent_of(each.arm.responders or 0, each.arm.n or 1)} %)"
        f" by “{protocol.rule(each.arm.definition_key)}” at month {each.arm.month:g} ({each.arm.study_id})"
        for comparison in mine
        for each in comparison.later
        if each.arm.month == comparison.month
    )
    return (f"Found later: {'; '.join(arms)}.",) if arms else ()
