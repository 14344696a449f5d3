"""What a reader's own belief makes of a borrowing: sliders over rows computed beforehand, and Bayes in reverse."""

from collections.abc import Iterator

from equipoise.domain.borrowing_answer import AtWeight, Borrowing, ControlPrior
from equipoise.report.parts import Bar, Block, Cell, Column, Paragraph, RowGroup, Slider, Table
from equipoise.report.sections.borrowing_words import at_no_reach, effect, margin, name, of_result, takes, unit
from equipoise.report.wording import probability_range, share

MANY_ROWS = 12
DOUBLING = 2.0


def on_the_weight(each: Borrowing, prior: ControlPrior) -> Slider:
    """How much a reader trusts the published controls, from the weight the protocol declares on."""
    return Slider(
        "How much weight would you give the published controls?", _by_weight(each), _declared_weight(each, prior)
    )


def on_the_effect(each: Borrowing, prior: ControlPrior) -> Iterator[Block]:
    """Bayes in reverse and the reader's scepticism, of the readings whose effect is near normal."""
    if any(answer.disbelief for answer in each.answers):
        yield _reverse(each, prior)
        slider = _by_scepticism(each, prior)
        yield Slider("How large an effect would you have held possible?", slider, _start(each))
    if not all(answer.disbelief for answer in each.answers):
        yield Paragraph(
            "The difference of a mean of fewer than four patients is not near normal: what it takes to disbelieve it, "
            "and what a sceptic makes of it, are not told."
        )


def _by_weight(each: Borrowing) -> Table:
    """One row a weight, one column a reading: the rows the slider walks through."""
    grid = zip(*(answer.by_weight for answer in each.answers), strict=True)
    rows = [(Cell(share(row[0].weight, 100)), *(_chance(one) for one in row)) for row in grid]
    caption = f"Probability of better by more than {margin(each)}, by the weight of the published controls"
    return _grid(caption, "weight", [name(answer, each) for answer in each.answers], rows)


def _by_scepticism(each: Borrowing, prior: ControlPrior) -> Table:
    answers = [answer for answer in each.answers if answer.by_scepticism]
    rows = [
        (
            Cell(at_no_reach(each, prior, row[0].effect)),
            *(_chance(AtWeight(0.0, one.lower, one.upper)) for one in row),
        )
        for row in zip(*(answer.by_scepticism for answer in answers), strict=True)
    ]
    what = "odds ratios" if each.scale == "rate" else f"differences, in {unit(each)},"
    caption = f"Probability of better at all, by the {what} held 95 % likely beforehand, centred on no effect; the "
    caption += "published arms taken at their word"
    first = "odds ratio beforehand" if each.scale == "rate" else "difference beforehand"
    return _grid(caption, first, [name(answer, each) for answer in answers], rows)


def _chance(one: AtWeight) -> Cell:
    bar = Bar(None, None, one.lower) if one.lower == one.upper else Bar(None, None, None, one.lower, one.upper)
    return Cell(probability_range(one.lower, one.upper), bar=bar)


def _grid(caption: str, first: str, readings: list[str], rows: list[tuple[Cell, ...]]) -> Table:
    columns = (Column(first), *(Column(reading, numeric=True) for reading in readings))
    return Table(caption, columns, (RowGroup(tuple(rows)),), folded=len(rows) > MANY_ROWS, page_only=True)


def _declared_weight(each: Borrowing, prior: ControlPrior) -> int:
    """The row nearest to the weight the protocol declares."""
    declared = 1 - sum(part.weight for part in prior.parts if part.vague)
    weights = [one.weight for one in each.answers[0].by_weight]
    return min(range(len(weights)), key=lambda at: abs(weights[at] - declared))


def _start(each: Borrowing) -> int:
    """The row of a reader who held a doubling of the odds for the most there might be; of points the middle one."""
    held = next([one.effect for one in answer.by_scepticism] for answer in each.answers if answer.by_scepticism)
    return held.index(DOUBLING) if each.scale == "rate" else (len(held) - 1) // 2


def _reverse(each: Borrowing, prior: ControlPrior) -> Table:
    """What it takes to disbelieve each result, or to believe it."""
    rows = [
        (
            of_result(each, prior, answer, one),
            f"{effect(each, prior, one.effect)} ({effect(each, prior, one.lower)} to {effect(each, prior, one.upper)})",
            takes(each, prior, one),
        )
        for answer in each.answers
        for one in answer.disbelief
    ]
    caption = "What it takes to disbelieve the result, or to believe it, with the published arms taken at their word"
    first, second = ("reading, yes of all", "odds ratio against control")
    if each.scale == "mean":
        first, second = "reading, mean", f"better than control by, {unit(each)}"
    headings = [first, second, "what a reader must have held beforehand"]
    return Table.of(caption, headings, rows, text=(0, 1, 2), page_only=True)
