"""The verdict: one word, one sentence and its reasons, by the rules written in ``docs/methods.md`` ("The verdict")."""

from equipoise.domain.benchmark_answer import Comparison
from equipoise.domain.estimand import Missing, Strategy
from equipoise.domain.protocol import Protocol
from equipoise.domain.result import EstimateRow, Incidence, Verdict, VerdictWord
from equipoise.domain.rounding import percent, percent_of, points

SURE = 0.975
WORTH_TELLING = 0.1
LIKELY: VerdictWord = "Likely better than the published controls"
UNLIKELY: VerdictWord = "Likely not better than the published controls by the margin"
UNKNOWN: VerdictWord = "Unknown"
HOW = {
    Missing.OBSERVED.value: "known answers only",
    Missing.NON_RESPONDER.value: "the unknown as no",
    Missing.BOUNDS.value: "nothing assumed",
}
"""The readings a reason may tell, in prose; what a model or an imputation assumes is none of them."""


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
        word, why = UNKNOWN, _why_unknown(protocol, rows, mine)
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


def _why_unknown(protocol: Protocol, rows: tuple[EstimateRow, ...], mine: tuple[Comparison, ...]) -> str:
    """The first reason that applies, and the no-assumption range where the protocol asks for it."""
    return "; ".join(part for part in (_first_reason(protocol, rows, mine), _bounds_in_words(rows)) if part) + "."


def _first_reason(protocol: Protocol, rows: tuple[EstimateRow, ...], mine: tuple[Comparison, ...]) -> str:
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
    if any(each.matched_means for each in mine):
        return "published means stand beside the cases, and the rules of the verdict read probabilities of rates only"
    matched = [each for each in mine if each.matched]
    if matched:
        months = " and ".join(f"{month:g}" for month in sorted({each.month for each in matched}))
        return f"published arms match, but no case here has an answer at month {months} to set beside them"
    if mine:
        same = "was counted by the same rule" if mine[0].of == "rate" else "printed the mean of the same score"
        return f"no published control {same} at the same time"
    if protocol.comparison or protocol.difference:
        return (
            "the verdict rests on published controls, and none was declared; what was compared instead is shown apart"
        )
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
        cases = "one case" if row.n == 1 else f"{row.n}" if several else f"{row.n} cases"
        who = f"of the {cases}{f' in {row.group}' if several else ''}"
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
    low, high = points(row.lower), points(row.upper)
    return f"{'is ' if first else ''}{low if low == high else f'between {low} and {high}'} at {row.visit}"


def _same_people(rows: tuple[EstimateRow, ...]) -> tuple[str, ...]:
    """How far apart the readings of the same charts lie at each visit, the highest and the lowest with n/N each."""
    told = [row for row in rows if row.missing in HOW]
    counted = [row for row in told if row.responders is not None and row.n and _ends(row) is not None]
    found = []
    for group in dict.fromkeys(row.group for row in counted):
        parts = []
        for visit in dict.fromkeys(row.visit for row in counted):
            here = [row for row in counted if row.visit == visit and row.group == group]
            here.sort(key=lambda row: (row.estimate is None, row.missing != Missing.OBSERVED.value))
            highest = max(here, key=lambda row: (_ends(row) or (0, 0))[1])
            lowest = min(here, key=lambda row: (_ends(row) or (0, 0))[0])
            if (_ends(highest) or (0, 0))[1] - (_ends(lowest) or (0, 0))[0] >= WORTH_TELLING:
                parts.append(f"{_share(highest, high=True)} or {_share(lowest, high=False)} at {visit}")
        if parts:
            who = "" if len({row.group for row in counted}) == 1 else f" of {group}"
            found.append(f"The same charts{who} can be read as {'; '.join(parts)}.")
    return tuple(found)


def _ends(row: EstimateRow) -> tuple[float, float] | None:
    """The least and the greatest share of a row; an estimate is both."""
    if row.estimate is not None:
        return row.estimate, row.estimate
    return None if row.lower is None or row.upper is None else (row.lower, row.upper)


def _share(row: EstimateRow, *, high: bool) -> str:
    """A share with its strategy and how the unknown are treated, in prose."""
    if row.estimate is not None and row.responders is not None:
        return f"{percent_of(row.responders, row.n)} % ({row.responders}/{row.n}; {row.strategy}, {HOW[row.missing]})"
    ends = _ends(row) or (0.0, 0.0)
    return f"{percent(ends[1] if high else ends[0])} % ({row.strategy}, {HOW[row.missing]})"


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
    near = "The near arms are listed in the report, each with what differs."
    none = f"No comparable published arm for: {'; '.join(lonely)}. {near}"
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
