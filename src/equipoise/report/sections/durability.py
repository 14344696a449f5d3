"""How long it lasts: who is in response when, for how long, what ends it, and how far that is known."""

from collections.abc import Sequence
from decimal import Decimal

from equipoise.domain.durability_answer import Durability, InResponse, Landmark, MeanTime, ResponseDuration
from equipoise.domain.result import StudyResult
from equipoise.report.figures.durability import bounds_chart, duration_chart, occupation_chart, stacked
from equipoise.report.parts import Block, Figure, Heading, Panel, Paragraph, Section, Table
from equipoise.report.rows import group_words
from equipoise.report.wording import (
    DASH,
    WALD_DAYS,
    count,
    counted,
    half_up,
    interval,
    level_words,
    limit,
    none_of,
    over,
    p_value,
    percent,
    sentence,
    share,
)

HEADING = "How long it lasts"
READING = (
    "What is seen at a visit is dated at the visit, and holds until the next one. A case whose later visits nobody saw "
    "is followed until the first of them is due."
)
BOUNDS_READING = (
    "From those who certainly are in response to those who may be: on every day a vague date may mean, and whatever "
    "the unseen would have said. Nothing is drawn between the days, and no value inside a bar is likelier than another."
)
DURATION_READING = (
    "Counted from the visit at which the response was first seen, of those seen in response before any event; its end "
    "is the loss of the response or any of the events. Where the end lies between two visits the curve is a band: the "
    "truth is somewhere in it. Competing events are not told apart."
)


def durability(result: StudyResult) -> Section | None:
    """A question at a time, its groups together; nothing where the protocol asks for none."""
    if not result.protocol.durability:
        return None
    groups = tuple(size.group for size in result.groups)
    several = len(result.protocol.durability) > 1
    blocks: list[Block] = []
    for asked in result.protocol.durability:
        answers = [each for each in result.durability if each.name == asked.name]
        if several:
            blocks.append(Heading(sentence(asked.name).removesuffix(".")))
        if not answers:
            blocks.append(Paragraph("Not answered: the reason stands under “What was refused”."))
            continue
        blocks += [Paragraph(_lead(each, groups), "lead") for each in answers]
        blocks += _occupied(answers, groups)
        blocks += _durations(answers, groups)
    return Section("durability", HEADING, tuple(blocks), terminal=True)


def _lead(answer: Durability, groups: Sequence[str]) -> str:
    """The answer in a sentence or two."""
    group = group_words(answer.group, groups)
    visits = [each for each in answer.response if each.visit is not None] or list(answer.response)
    if answer.kind == "bounds":
        said = "; ".join(f"{_bounds(each)} {_when(each)}" for each in visits)
        because = f"a date or an answer is vague in {count(answer.vague)}, so these are bounds and no curve is drawn"
        return sentence(f"{group}of {counted(answer.n, 'case')}, in response: {said}; {because}")
    told = [each for each in visits if each.estimate is not None]
    if not told:
        return sentence(f"{group}of {counted(answer.n, 'case')}, nobody was followed long enough to say")
    last = told[-1]
    assert last.estimate is not None
    said = (
        f"{group}of {counted(answer.n, 'case')}, the probability of being in response {_when(last)} is "
        f"{share(last.estimate, answer.n)} ({interval(answer.level, last.lower, last.upper, answer.n)})"
    )
    mean = next((each for each in answer.times if each.states == ("responding",)), None)
    if mean is not None:
        limits = "" if mean.lower is None else f" (approximate {level_words(answer.level)} limits {_limits(mean)})"
        said += f"; mean time in response within {count(answer.horizon_day)} days: {_days(mean.mean_days)}{limits}"
    weighted = f", weighted by “{answer.weights}”" if answer.weights else ""
    return sentence(f"{said}{weighted}")


def _when(at: InResponse) -> str:
    return f"at {at.visit}" if at.visit else f"on day {count(at.day)}"


def _bounds(at: InResponse) -> str:
    low, high = percent(at.certain, at.n), percent(at.possible, at.n)
    if at.certain == at.possible:
        return f"{over(at.certain, at.n)} = {low}"
    return f"{over(at.certain, at.n)} to {over(at.possible, at.n)} = {low} to {high}"


def _days(value: float) -> str:
    shown = _whole_days(value)
    return f"{shown} day" if shown == "1" else f"{shown} days"


def _whole_days(value: float) -> str:
    """Days as whole numbers."""
    return half_up(Decimal(repr(value)), 0)


def _limits(mean: MeanTime) -> str:
    if mean.lower is None or mean.upper is None:
        return DASH
    return f"{_whole_days(mean.lower)} to {_whole_days(mean.upper)}"


def _occupied(answers: Sequence[Durability], groups: Sequence[str]) -> list[Block]:
    """The drawing of every group with the table by visit behind it, then what only exact dates can tell."""
    exact = [each for each in answers if each.kind != "bounds"]
    panels = tuple(
        Panel(
            f"{group_words(each.group, groups)}{'bounds of being in response' if each.kind == 'bounds' else 'states'}",
            bounds_chart(each) if each.kind == "bounds" else occupation_chart(each),
        )
        for each in answers
    )
    reading = [READING] if exact else []
    reading += [f"From the bottom up: {', '.join(stacked(exact[0].states))}."] if exact else []
    reading += [BOUNDS_READING] if len(exact) < len(answers) else []
    reading += [text for each in exact if (text := _followed(each, groups))]
    title = "Who is in which state when" if exact else "Being in response, within its bounds"
    alt = " ".join(_lead(each, groups) for each in answers)
    blocks: list[Block] = [Figure(title, alt, " ".join(reading), panels, _by_visit(answers, groups))]
    if exact:
        blocks += [_states(exact, groups), _times(exact, groups)]
        blocks += [_moves(exact, groups)]
        blocks += [block for each in exact if each.landmark for block in _landmark(each, each.landmark, groups)]
    return blocks


def _followed(answer: Durability, groups: Sequence[str]) -> str:
    """What became of those who missed a visit, where anyone did."""
    said = []
    if answer.left_at_a_missed_visit:
        said.append(f"{counted(answer.left_at_a_missed_visit, 'case')} followed no further than a missed visit")
    if answer.events_after_a_missed_visit:
        said.append(f"{counted(answer.events_after_a_missed_visit, 'case')} with an event after one, which counts")
    return sentence(f"{group_words(answer.group, groups)}{'; '.join(said)}") if said else ""


def _by_visit(answers: Sequence[Durability], groups: Sequence[str]) -> Table:
    headings = ["visit", "day", "followed", "in response", f"{level_words(answers[0].level)} limits", "bounds"]
    rows = [
        (
            f"{group_words(answer.group, groups)}{each.visit or 'horizon'}",
            count(each.day),
            DASH if each.followed is None else count(each.followed),
            DASH if each.estimate is None else share(each.estimate, answer.n),
            _pair(each.lower, each.upper, answer.n),
            DASH if answer.weights else _bounds(each),
        )
        for answer in answers
        for each in answer.response
    ]
    return Table.of("In response, visit by visit", headings, rows, page_only=True)


def _pair(lower: float | None, upper: float | None, n: int) -> str:
    return DASH if lower is None or upper is None else f"{limit(lower, n)} to {limit(upper, n)} %"


def _states(answers: Sequence[Durability], groups: Sequence[str]) -> Table:
    days = [(each.visit or "horizon", each.day) for each in answers[0].response]
    rows: list[tuple[str, ...]] = []
    for answer in answers:
        told = {(each.day, each.state): each for each in answer.occupation}
        followed = (DASH if each.followed is None else count(each.followed) for each in answer.response)
        rows.append((f"{group_words(answer.group, groups)}still followed, of {count(answer.n)}", *followed))
        for state in answer.states:
            points = [told.get((day, state)) for _, day in days]
            cells = [
                DASH
                if point is None or point.probability is None
                else share(point.probability, answer.n)
                + ("" if point.lower is None else f" ({_pair(point.lower, point.upper, answer.n)})")
                for point in points
            ]
            rows.append((f"{group_words(answer.group, groups)}{state}", *cells))
    headings = ["state", *(f"{visit}, day {count(day)}" for visit, day in days)]
    caption = (
        f"The probability of each state, with {level_words(answers[0].level)} limits; {DASH} beyond what was followed"
    )
    return Table.of(caption, headings, rows, folded=True)


def _times(answers: Sequence[Durability], groups: Sequence[str]) -> Table:
    rows = [
        (
            f"{group_words(answer.group, groups)}{each.of}",
            count(answer.n),
            _whole_days(each.mean_days),
            _whole_days(each.standard_error) if each.lower is not None else DASH,
            _limits(each),
        )
        for answer in answers
        for each in answer.times
    ]
    rows = rows or [(f"not told: nobody was followed to day {count(answers[0].horizon_day)}", DASH, DASH, DASH, DASH)]
    caption = (
        f"Mean days from day 0 to day {count(answers[0].horizon_day)}; those never in a state count with 0. {WALD_DAYS}"
    )
    headings = ["mean time", "cases", "days", "standard error", f"approximate {level_words(answers[0].level)} limits"]
    return Table.of(caption, headings, rows, page_only=True)


def _moves(answers: Sequence[Durability], groups: Sequence[str]) -> Table:
    rows = [
        (f"{group_words(answer.group, groups)}{each.origin}", each.target, count(each.moves))
        for answer in answers
        for each in answer.moves
    ]
    caption = f"Moves seen by day {count(answers[0].horizon_day)}; two on one day are one"
    return Table.of(caption, ["from", "to", "cases moved"], rows, text=(0, 1), page_only=True)


def _landmark(answer: Durability, landmark: Landmark, groups: Sequence[str]) -> list[Block]:
    """Transition probabilities from the landmark day, and the tests that chose who answered."""
    group = group_words(answer.group, groups)
    tests = [
        (
            each.origin,
            each.target,
            count(each.moves),
            "nothing to compare" if each.p is None else p_value(each.p),
        )
        for each in landmark.markov
    ]
    rows = [
        (
            f"{each.origin} ({counted(each.cases, 'case')})",
            each.target,
            each.visit or "horizon",
            DASH if each.probability is None else share(each.probability, each.cases),
            _pair(each.lower, each.upper, each.cases),
        )
        for each in landmark.rows
    ]
    headings = ["on the landmark day", "later", "visit", "probability", f"{level_words(answer.level)} limits"]
    caption = f"{group}from day {count(landmark.day)} on, by {landmark.estimator}: {landmark.why}"
    blocks: list[Block] = [Table.of(sentence(caption), headings, rows, text=(0, 1, 2), folded=True)]
    if tests:
        caption = (
            f"{group}does the future depend on the present state alone? Markov tests after day {count(landmark.day)}"
        )
        blocks.append(Table.of(sentence(caption), ["from", "to", "moves", "p"], tests, text=(0, 1), folded=True))
    return blocks


def _durations(answers: Sequence[Durability], groups: Sequence[str]) -> list[Block]:
    """How long a response lasts once seen, where that was asked and could be answered."""
    asked = [(each, each.duration) for each in answers if each.duration is not None]
    if not asked:
        return []
    panels = tuple(
        Panel(f"{group_words(each.group, groups)}still in response", duration_chart(d, each.level)) for each, d in asked
    )
    alt = " ".join(
        sentence(f"{group_words(each.group, groups)}{counted(d.n, 'response')} seen, {_ended(d)}; {d.limits}")
        for each, d in asked
    )
    rows = [
        (
            f"{group_words(each.group, groups)}{count(point.day)}",
            share(point.lowest, d.n),
            share(point.highest, d.n),
            _pair(point.lower, point.upper, d.n),
        )
        for each, d in asked
        for point in d.points
    ]
    headings = ["days since first seen", "lowest", "highest", f"{level_words(answers[0].level)} limits"]
    seen = "; ".join(f"{group_words(each.group, groups)}{counted(d.n, 'response')}" for each, d in asked)
    table = Table.of(f"Probability that the response still lasts (of {seen})", headings, rows, folded=True)
    reading = f"{DURATION_READING} {alt}"
    return [Figure("How long a response lasts, once it is seen", alt, reading, panels, table)]


def _ended(duration: ResponseDuration) -> str:
    """How many ended, and of how many of them the day is known."""
    if not duration.ended:
        return "none ended"
    return f"{count(duration.ended)} ended ({none_of(duration.exact, duration.ended)} on a known day)"
