"""Borrowing: what published controls are worth here, what follows, and what a reader's own prior would make of it."""

from collections.abc import Iterator

from equipoise.domain.borrowing_answer import Borrowing, ControlPosterior, ControlPrior
from equipoise.domain.result import StudyResult
from equipoise.report.figures.borrowing import prior_curve
from equipoise.report.parts import (
    Block,
    Figure,
    Heading,
    Items,
    Mark,
    Panel,
    Paragraph,
    Section,
    Table,
)
from equipoise.report.sections.borrowing_files import evidence_files
from equipoise.report.sections.borrowing_sliders import on_the_effect, on_the_weight
from equipoise.report.sections.borrowing_words import (
    ends,
    limits,
    margin,
    name,
    quantity,
    saw,
    seen,
    sizes,
    unanswered,
    unit,
    value,
)
from equipoise.report.wording import (
    DASH,
    counted,
    level_words,
    month,
    number,
    plain,
    probability_range,
    sentence,
    share,
)

KINDS = {
    "MAP": "meta-analytic-predictive prior",
    "commensurate": "commensurate prior",
    "power": "power prior",
}
MANY_PARTS = 8
"""So many parts of a prior are told; more of them are nodes of a quadrature, and tell a reader nothing."""
MANY_ROWS = 12
CONFLICT = 0.05
"""A result this improbable under the prior says that the cases are other people."""
FOLLOWED = 0.01
"""A mixture this many nats from its prior no longer follows it."""
DOUBLING = 2.0


def borrowing(result: StudyResult) -> Section | None:
    """Every borrowing, month by month; and which arms came from which file."""
    if not (result.borrowings or result.evidence):
        return None
    blocks: list[Block] = []
    for each in result.borrowings:
        blocks.extend(_one(each))
    blocks.extend(evidence_files(result))
    heading = "What the published controls are worth" if result.borrowings else "Where the published arms came from"
    return Section("borrowing", heading, tuple(blocks), terminal=bool(result.borrowings))


def _one(each: Borrowing) -> Iterator[Block]:
    yield Heading(sentence(f"{each.name}, month {month(each.month)}").removesuffix("."))
    yield Paragraph(sentence(each.status), "lead")
    yield Paragraph(plain(each.explanation))
    if each.prior is None:
        return
    prior = each.prior
    yield Paragraph(_worth(each, prior))
    yield from (Paragraph(text, "warning") for text in each.cautions)
    if prior.power is not None:
        yield Paragraph(_power(each, prior))
    yield from _parts(each, prior)
    yield _picture(each, prior)
    if each.unanswered:
        yield Items(unanswered(each))
    if not each.answers:
        if not each.unanswered:
            yield Paragraph(f"No case here has an answer at month {month(each.month)} to set beside it.")
        return
    yield _answers(each, prior)
    yield from (Paragraph(text) for text in _conflicts(each, prior))
    yield on_the_weight(each, prior)
    yield from on_the_effect(each, prior)


def _worth(each: Borrowing, prior: ControlPrior) -> str:
    points = "" if each.scale == "rate" else f" {unit(each)}"
    kind = f"{'normalised ' if prior.power is not None else ''}{KINDS[each.kind]}"
    text = (
        f"By the {kind}, {counted(prior.arms, 'arm')} with {counted(prior.people, 'person', 'people')}"
        f"{_with_vague(prior)} put the {quantity(each)} of the cases at {value(each, prior, prior.mean)}{points} on "
        f"average, {limits(each, prior, prior.lower, prior.upper)} ({level_words(prior.level)})."
    )
    if prior.size is not None:
        text += f" That is worth {sizes(each, prior, prior.size)} (effective sample size, ELIR)"
        if prior.without_vague is not None:
            text += f"; {number(prior.without_vague, 0)} before the part that borrows nothing"
        return f"{text}."
    return f"{text} Its size in patients is not told: its expected local information is not that of any number of them."


def _with_vague(prior: ControlPrior) -> str:
    """Said of every number of the prior that holds the part that borrows nothing."""
    vague = sum(part.weight for part in prior.parts if part.vague)
    return f", and a part that borrows nothing with {share(vague, 100)} of the weight," if vague else ""


def _power(each: Borrowing, prior: ControlPrior) -> str:
    """What a published patient counts, expected beforehand and once our own controls are seen."""
    assert prior.power is not None
    told = prior.power
    text = (
        f"What a published patient counts of one of ours is not fixed: beforehand Beta({told.a:g}, {told.b:g}), "
        f"expected {number(told.expected, 2)}"
    )
    after = {
        f"{ends(number(one.power_low, 2), number(one.power_high, 2))} once {one.group} is seen, {seen(prior, one.seen)}"
        for answer in each.answers
        if (one := answer.control) is not None and one.power_low is not None
    }
    if not after:
        return f"{text}. There are no controls of our own to learn it from."
    return f"{text}; {'; '.join(sorted(after))}."


def _parts(each: Borrowing, prior: ControlPrior) -> Iterator[Block]:
    """The prior as it can be printed and put in a protocol; a warning where it is not the prior it stands for."""
    if prior.divergence is not None and prior.divergence > FOLLOWED:
        yield Paragraph(
            f"The mixture that stands for this prior does not follow it closely ({number(prior.divergence, 3)} nats "
            f"from it; below {FOLLOWED:g} no figure shows a difference): read the second digit with care.",
            "warning",
        )
    if len(prior.parts) > MANY_PARTS:
        return
    rate = each.scale == "rate"
    rows = [
        (
            "borrows nothing" if part.vague else f"part {place + 1}",
            share(part.weight, 100),
            *((number(part.a, 2), number(part.b, 2)) if rate else ()),
            value(each, prior, part.mean),
            *(() if rate else (number(part.sd, 2),)),
        )
        for place, part in enumerate(prior.parts)
    ]
    caption = f"The prior of the {quantity(each)}, as a mixture of {'beta' if rate else 'normal'} distributions"
    if prior.divergence is not None:
        caption += f" ({number(prior.divergence, 4)} nats from the prior it stands for)"
    headings = ["part", "weight", *(("a", "b", "mean") if rate else ("mean", "SD"))]
    yield Table.of(caption, headings, rows, folded=True, page_only=True)


def _picture(each: Borrowing, prior: ControlPrior) -> Figure:
    found = next((answer.control for answer in each.answers if answer.control is not None), None)
    whole = "the prior" if _with_vague(prior) else "the published arms"
    legend = [Mark("▒", f"{whole}, as declared")]
    alt = _worth(each, prior)
    rows = [(whole, value(each, prior, prior.mean), limits(each, prior, prior.lower, prior.upper))]
    if found is not None:
        after = ends(value(each, prior, found.mean_low), value(each, prior, found.mean_high))
        rows.append((f"and {found.group}", after, limits(each, prior, found.lower, found.upper)))
        alt += f" Once the controls of {found.group} are seen: {after}."
        legend += _ends_in_words(each, found.group)
    reading = f"The higher, the likelier that {quantity(each)}. Width is what is not known."
    table = Table.of(f"The {quantity(each)}", ["by", "mean", level_words(prior.level)], rows)
    return Figure(
        f"The {quantity(each)}", alt, reading, (Panel("", prior_curve(each)),), table, tuple(legend), wide=True
    )


def _ends_in_words(each: Borrowing, group: str) -> list[Mark]:
    if each.curve[0].posterior_low == each.curve[0].posterior_high and all(
        one.posterior_low == one.posterior_high for one in each.curve
    ):
        return [Mark("▬", f"once {group} is seen")]
    low, high = ("a no", "a yes") if each.scale == "rate" else ("at its worst", "at its best")
    return [
        Mark("▬", f"once {group} is seen, every unknown {low}"),
        Mark("╌", f"once {group} is seen, every unknown {high}", alert=True),
    ]


def _answers(each: Borrowing, prior: ControlPrior) -> Table:
    rows = [
        (
            name(answer, each),
            seen(prior, answer.treated),
            DASH if answer.control is None else seen(prior, answer.control.seen),
            probability_range(answer.lower, answer.upper),
            answer.decision,
        )
        for answer in each.answers
    ]
    caption = (
        f"Probability that the treatment beats the control by more than {margin(each)}; "
        f"{level_words(each.threshold)} would decide"
    )
    told = "yes of all" if each.scale == "rate" else "mean"
    return Table.of(caption, ["reading", told, "own control", "probability", "decision"], rows, text=(0, 4))


def _conflicts(each: Borrowing, prior: ControlPrior) -> Iterator[str]:
    """Whether our own controls are the people the arms speak of; said once for everything seen of them."""
    what = "count" if each.scale == "rate" else "mean"
    told = {}
    for answer in each.answers:
        one = answer.control
        if one is not None:
            chances = sorted((one.conflict_low, one.conflict_high))
            is_one = "is" if chances[1] < CONFLICT else "may be" if chances[0] < CONFLICT else "is not"
            told[one.seen] = sentence(
                f"{saw(one.group, prior, one.seen)}. Had they been the people the published arms speak of, so "
                f"extreme a {what} had probability {probability_range(*chances)}, which {is_one} a conflict{_kept(one)}"
            )
    yield from told.values()


def _kept(one: ControlPosterior) -> str:
    """What is left of the weight of the published arms, where a part that borrows nothing could take it."""
    weights = one.published_weight_low, one.published_weight_high
    if weights == (1.0, 1.0):
        return ""
    return f"; the published arms keep {ends(*(share(weight, 100) for weight in weights))} of the weight"
