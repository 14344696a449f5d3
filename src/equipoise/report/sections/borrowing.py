"""Borrowing: what published controls are worth here, what follows, and what a reader's own prior would make of it."""

from collections.abc import Iterator

from equipoise.domain.borrowing_answer import AtWeight, BorrowedAnswer, Borrowing, ControlPrior, Disbelief
from equipoise.domain.evidence_answer import ArmUsed
from equipoise.domain.result import StudyResult
from equipoise.report.figures.borrowing import prior_curve
from equipoise.report.parts import (
    Bar,
    Block,
    Cell,
    Column,
    Figure,
    Heading,
    Mark,
    Panel,
    Paragraph,
    RowGroup,
    Section,
    Slider,
    Table,
)
from equipoise.report.wording import (
    DASH,
    counted,
    level_words,
    limit,
    month,
    number,
    over,
    plain,
    probability_range,
    sentence,
    share,
    short,
)

KINDS = {
    "MAP": "meta-analytic-predictive prior",
    "commensurate": "commensurate prior",
    "power": "power prior",
}
LONG = 12
CONFLICT = 0.05
"""A count this improbable under the prior says that the cases are other people."""
WIDEST = 1000.0
"""An odds ratio beyond which, either way, nobody's prior is told apart."""


def borrowing(result: StudyResult) -> Section | None:
    """Every borrowing, month by month; and which arms came from which file."""
    if not (result.borrowings or result.evidence):
        return None
    blocks: list[Block] = []
    for each in result.borrowings:
        blocks.extend(_one(each))
    blocks.extend(_files(result))
    heading = "What the published controls are worth" if result.borrowings else "Where the published arms came from"
    return Section("borrowing", heading, tuple(blocks), terminal=bool(result.borrowings))


def _one(each: Borrowing) -> Iterator[Block]:
    yield Heading(sentence(f"{each.name}, month {month(each.month)}").removesuffix("."))
    yield Paragraph(sentence(each.status), "lead")
    yield Paragraph(plain(each.explanation))
    if each.prior is None:
        return
    yield Paragraph(_worth(each, each.prior))
    yield _parts(each.prior)
    yield _picture(each, each.prior)
    if not each.answers:
        yield Paragraph(f"No case here has an answer at month {month(each.month)} to set beside it.")
        return
    yield _answers(each)
    yield from (Paragraph(text) for text in _conflicts(each))
    yield Slider(
        "How much weight would you give the published controls?", _by_weight(each), _declared_weight(each.prior)
    )
    yield _reverse(each)
    yield Slider("How large an effect would you have held possible?", _by_scepticism(each), _doubling(each))


def _worth(each: Borrowing, prior: ControlPrior) -> str:
    text = (
        f"By the {KINDS[each.kind]}, {counted(prior.arms, 'arm')} with {counted(prior.people, 'person', 'people')}"
        f"{_with_vague(prior)} put the control rate of the cases at {share(prior.mean, prior.people)} on average, "
        f"{limit(prior.lower, prior.people)} to {limit(prior.upper, prior.people)} % ({level_words(prior.level)})."
    )
    if prior.size is not None:
        text += f" That is worth {number(prior.size, 0)} controls of our own (effective sample size, ELIR)"
        if prior.without_vague is not None:
            text += f"; {number(prior.without_vague, 0)} before the part that borrows nothing"
        text += "."
    return text


def _with_vague(prior: ControlPrior) -> str:
    """Said of every number of the prior that holds the part that borrows nothing."""
    vague = sum(part.weight for part in prior.parts if part.vague)
    return f", and a part that borrows nothing with {share(vague, 100)} of the weight," if vague else ""


def _parts(prior: ControlPrior) -> Table:
    rows = [
        (
            "borrows nothing" if part.vague else f"part {place + 1}",
            share(part.weight, 100),
            number(part.a, 2),
            number(part.b, 2),
            share(part.a / (part.a + part.b), prior.people),
        )
        for place, part in enumerate(prior.parts)
    ]
    caption = "The prior of the control rate, as a mixture of beta distributions"
    if prior.divergence is not None:
        caption += f" ({number(prior.divergence, 4)} nats from the prior it stands for)"
    return Table.of(caption, ["part", "weight", "a", "b", "mean"], rows, folded=True, page_only=True)


def _picture(each: Borrowing, prior: ControlPrior) -> Figure:
    seen = next((answer.control for answer in each.answers if answer.control is not None), None)
    whole = "the prior" if _with_vague(prior) else "the published arms"
    legend = [Mark("▒", f"{whole}, as declared")]
    alt = _worth(each, prior)
    rows = [(whole, share(prior.mean, prior.people), _limits(prior.lower, prior.upper, prior.people))]
    if seen is not None:
        ends = f"{share(seen.mean_low, seen.n)} to {share(seen.mean_high, seen.n)}"
        rows.append((f"and {seen.group}", ends, _limits(seen.lower, seen.upper, seen.n)))
        alt += f" Once the controls of {seen.group} are seen: {ends}."
        legend.append(Mark("▬", f"once {seen.group} is seen, every unknown a no"))
        legend.append(Mark("╌", f"once {seen.group} is seen, every unknown a yes", alert=True))
    reading = "The higher, the likelier that control rate. Width is what is not known."
    table = Table.of("The control rate", ["by", "mean", level_words(prior.level)], rows)
    return Figure("The control rate", alt, reading, (Panel("", prior_curve(each)),), table, tuple(legend), wide=True)


def _limits(lower: float, upper: float, people: int) -> str:
    return f"{limit(lower, people)} to {limit(upper, people)} %"


def _name(answer: BorrowedAnswer, each: Borrowing) -> str:
    several = len({one.group for one in each.answers}) > 1
    return f"{answer.group}, {answer.strategy}" if several else answer.strategy


def _counts(low: int, high: int, n: int) -> str:
    return over(low, n) if low == high else f"{over(low, n)} to {over(high, n)}"


def _answers(each: Borrowing) -> Table:
    margin = number(100 * each.margin).removesuffix(".0")
    rows = [
        (
            _name(answer, each),
            _counts(answer.responders_low, answer.responders_high, answer.n),
            DASH
            if answer.control is None
            else _counts(answer.control.responders_low, answer.control.responders_high, answer.control.n),
            probability_range(answer.lower, answer.upper),
            answer.decision,
        )
        for answer in each.answers
    ]
    caption = (
        f"Probability that the treatment beats the control by more than {margin} percentage points; "
        f"{level_words(each.threshold)} would decide"
    )
    return Table.of(caption, ["reading", "yes of all", "own control", "probability", "decision"], rows, text=(0, 4))


def _conflicts(each: Borrowing) -> Iterator[str]:
    """Whether our own controls are the people the arms speak of; said once for every set of counts."""
    told = {}
    for answer in each.answers:
        one = answer.control
        if one is not None:
            key = one.responders_low, one.responders_high, one.n
            chances = sorted((one.conflict_low, one.conflict_high))
            what = "is" if chances[1] < CONFLICT else "may be" if chances[0] < CONFLICT else "is not"
            kept = sorted((one.published_weight_low, one.published_weight_high))
            low, high = (share(weight, 100) for weight in kept)
            told[key] = sentence(
                f"{one.group}: {_counts(*key)} responded. Had they been the people the published arms speak of, so "
                f"extreme a count had probability {probability_range(*chances)}, which {what} a conflict; the "
                f"published arms keep {low if low == high else f'{low} to {high}'} of the weight"
            )
    yield from told.values()


def _by_weight(each: Borrowing) -> Table:
    """One row a weight, one column a reading: the rows the slider walks through."""
    grid = zip(*(answer.by_weight for answer in each.answers), strict=True)
    rows = [(Cell(share(row[0].weight, 100)), *(_chance(one) for one in row)) for row in grid]
    margin = number(100 * each.margin).removesuffix(".0")
    caption = f"Probability of better by more than {margin} points, by the weight of the published controls"
    return _grid(caption, "weight", each, rows)


def _by_scepticism(each: Borrowing) -> Table:
    grid = zip(*(answer.by_scepticism for answer in each.answers), strict=True)
    rows = [
        (
            Cell("anything" if row[0].odds_ratio is None else f"1/{row[0].odds_ratio:g} to {row[0].odds_ratio:g}"),
            *(_chance(AtWeight(0.0, one.lower, one.upper)) for one in row),
        )
        for row in grid
    ]
    caption = "Probability of better at all, by the odds ratios held 95 % likely beforehand, centred on no effect; the "
    caption += "published arms taken at their word"
    return _grid(caption, "odds ratio beforehand", each, rows)


def _chance(one: AtWeight) -> Cell:
    bar = Bar(None, None, one.lower) if one.lower == one.upper else Bar(None, None, None, one.lower, one.upper)
    return Cell(probability_range(one.lower, one.upper), bar=bar)


def _grid(caption: str, first: str, each: Borrowing, rows: list[tuple[Cell, ...]]) -> Table:
    columns = (Column(first), *(Column(_name(answer, each), numeric=True) for answer in each.answers))
    return Table(caption, columns, (RowGroup(tuple(rows)),), page_only=True)


def _declared_weight(prior: ControlPrior) -> int:
    """The row of the weight the protocol declares."""
    return round(10 * (1 - sum(part.weight for part in prior.parts if part.vague)))


def _doubling(each: Borrowing) -> int:
    """The row of a reader who held a doubling of the odds for the most there might be."""
    held = [one.odds_ratio for one in each.answers[0].by_scepticism]
    return held.index(2.0)


def _reverse(each: Borrowing) -> Table:
    """What it takes to disbelieve each result, or to believe it."""
    rows = [
        (
            f"{_name(answer, each)}, {over(one.responders, answer.n)}",
            f"{_ratio(one.odds_ratio)} ({_ratio(one.lower)} to {_ratio(one.upper)})",
            _takes(one),
        )
        for answer in each.answers
        for one in answer.disbelief
    ]
    caption = "What it takes to disbelieve the result, or to believe it, with the published arms taken at their word"
    headings = ["reading, yes of all", "odds ratio against control", "what a reader must have held beforehand"]
    return Table.of(caption, headings, rows, text=(0, 1, 2), page_only=True)


def _takes(one: Disbelief) -> str:
    if one.convincing:
        if one.scepticism is None or one.scepticism >= WIDEST:
            return "To disbelieve it: almost any scepticism is enough."
        answers = "answers" if one.intrinsically_credible else "does not answer"
        reach = f"between 1/{_ratio(one.scepticism)} and {_ratio(one.scepticism)}, or nearer to 1"
        held = f"To disbelieve it: 95 % likely that the odds ratio lies {reach}"
        return f"{held}; the result alone {answers} such a sceptic."
    what = "better" if one.odds_ratio > 1 else "worse"
    if one.advocacy is None or not 1 / WIDEST < one.advocacy < WIDEST:
        return f"To believe it {what}: almost any belief that it is {what} is enough."
    ends = "1 and {}" if one.odds_ratio > 1 else "{} and 1"
    reach = ends.format(_ratio(one.advocacy))
    return f"To believe it {what}: 95 % likely that the odds ratio lies between {reach}, or nearer to 1 on that side."


def _ratio(value: float | None) -> str:
    return DASH if value is None else number(value, 2 if value < 10 else 0)


def _files(result: StudyResult) -> Iterator[Block]:
    """Which arms came from which file, read anew with this report, and what is new."""
    files, years = result.evidence, {each.as_of for each in result.protocol.benchmark}
    if not files:
        return
    yield Heading("The study's own evidence, read anew with this report")
    new = dict.fromkeys(
        f"{arm.study_id}, {arm.arm} ({arm.year})" for file in files for arm in file.arms if arm.use == "new since"
    )
    since = f"since {min(years)}" if len(years) == 1 else "since a benchmark's as_of"
    if new:
        yield Paragraph(f"New {since}, and not used until as_of is moved: {'; '.join(new)}.")
    else:
        yield Paragraph(f"Nothing in these files is new {since}.")
    rows = [
        (file.file, short(file.digest), f"{arm.study_id}, {arm.arm}", f"{arm.year or DASH}", *_use(arm))
        for file in files
        for arm in file.arms
    ]
    headings = ["file", "digest", "arm", "year", "benchmark", "use"]
    caption = "Arms by file"
    yield Table.of(caption, headings, rows, text=(0, 1, 2, 4, 5), folded=len(rows) > LONG, page_only=True)


def _use(arm: ArmUsed) -> tuple[str, str]:
    return arm.benchmark, f"{arm.use}: {plain(arm.why)}" if arm.why else arm.use
