"""Borrowing in words: what is said of a rate and what of a mean, so that everything else is said once."""

from equipoise.domain.borrowing_answer import BorrowedAnswer, Borrowing, ControlPrior, Disbelief, Seen
from equipoise.report.wording import DASH, limit, number, over, plain, share

WIDEST = 1000.0
"""An odds ratio beyond which, either way, nobody's prior is told apart."""
WIDEST_SDS = 10.0
"""A difference of so many standard deviations of one patient, likewise."""
FINE = 5.0
"""Below this standard deviation of one patient a mean earns two decimals."""


def quantity(each: Borrowing) -> str:
    """What the control has."""
    return "control rate" if each.scale == "rate" else "control mean"


def unit(each: Borrowing) -> str:
    """What differences and margins are counted in."""
    return "percentage points" if each.scale == "rate" else f"points of {each.instrument}"


def margin(each: Borrowing) -> str:
    """The margin with its unit."""
    value = 100 * each.margin if each.scale == "rate" else each.margin
    return f"{number(value, 2).rstrip('0').removesuffix('.')} {unit(each)}"


def points(prior: ControlPrior, value: float) -> str:
    """A mean, or a difference of means, in points."""
    return number(value, 2 if (prior.patient_sd or FINE) < FINE else 1)


def value(each: Borrowing, prior: ControlPrior, found: float) -> str:
    """A control rate or mean."""
    return share(found, prior.people) if each.scale == "rate" else points(prior, found)


def limits(each: Borrowing, prior: ControlPrior, lower: float, upper: float) -> str:
    """The limits of a control rate or mean."""
    if each.scale == "rate":
        return f"{limit(lower, prior.people)} to {limit(upper, prior.people)} %"
    return f"{points(prior, lower)} to {points(prior, upper)}"


def ends(low: str, high: str) -> str:
    """One thing, or a range of it."""
    return low if low == high else f"{low} to {high}"


def seen(prior: ControlPrior, what: Seen) -> str:
    """What was seen of a group: counts, or a mean with its standard deviation."""
    if what.responders_low is not None and what.responders_high is not None:
        return ends(over(what.responders_low, what.n), over(what.responders_high, what.n))
    assert what.mean_low is not None
    assert what.mean_high is not None
    if what.mean_low != what.mean_high:
        return f"{points(prior, what.mean_low)} to {points(prior, what.mean_high)} (n = {what.n})"
    spread = DASH if what.sd_low is None else points(prior, what.sd_low)
    return f"{points(prior, what.mean_low)} (SD {spread}, n = {what.n})"


def saw(group: str, prior: ControlPrior, what: Seen) -> str:
    """The same as the beginning of a sentence."""
    if what.responders_low is not None:
        return f"{group}: {seen(prior, what)} responded"
    return f"{group}: a mean of {seen(prior, what)}"


def name(answer: BorrowedAnswer, each: Borrowing) -> str:
    """A reading: its group where there are several, its strategy, and of a mean how the unknown were treated."""
    several = len({one.group for one in each.answers}) > 1
    words = f"{answer.group}, {answer.strategy}" if several else answer.strategy
    certain = answer.treated.mean_low == answer.treated.mean_high
    return (
        words
        if each.scale == "rate" or (certain and answer.missing == "bounds")
        else f"{words}, {unknown(answer.missing)}"
    )


def unknown(missing: str) -> str:
    """How the unknown were treated."""
    return "whatever the unknown are" if missing == "bounds" else "as observed"


def at_no_reach(each: Borrowing, prior: ControlPrior, reach: float | None) -> str:
    """The row of a reader who holds effects beyond ``reach`` for unlikely."""
    if reach is None:
        return "anything"
    if each.scale == "rate":
        return f"1/{reach:g} to {reach:g}"
    return f"\N{MINUS SIGN}{points(prior, reach)} to {points(prior, reach)}"


def sizes(each: Borrowing, prior: ControlPrior, size: float) -> str:
    """What a prior is worth, in patients."""
    worth = f"{number(size, 0)} control{'' if number(size, 0) == '1' else 's'}"
    spread = (
        "" if prior.patient_sd is None else f" whose scores have a standard deviation of {number(prior.patient_sd)}"
    )
    return f"{worth} of our own{spread}"


def of_result(each: Borrowing, prior: ControlPrior, answer: BorrowedAnswer, one: Disbelief) -> str:
    """Which result is disbelieved: of how many responders, or of which mean."""
    if one.responders is not None:
        return f"{name(answer, each)}, {over(one.responders, answer.treated.n)}"
    assert one.mean is not None
    return f"{name(answer, each)}, mean {points(prior, one.mean)}"


def effect(each: Borrowing, prior: ControlPrior, found: float | None) -> str:
    """An odds ratio, or a difference in points."""
    if found is None:
        return DASH
    return number(found, 2 if found < 10 else 0) if each.scale == "rate" else points(prior, found)


def takes(each: Borrowing, prior: ControlPrior, one: Disbelief) -> str:
    """What a reader must have held beforehand to disbelieve a result, or to believe it."""
    none = 1.0 if each.scale == "rate" else 0.0
    of = "the odds ratio" if each.scale == "rate" else "the difference in favour of the treatment"
    if one.convincing:
        if one.scepticism is None or _beyond(each, prior, one.scepticism):
            return "To disbelieve it: almost any scepticism is enough."
        told = effect(each, prior, one.scepticism)
        opposite = f"1/{told}" if each.scale == "rate" else f"\N{MINUS SIGN}{told}"
        answers = "answers" if one.intrinsically_credible else "does not answer"
        held = f"95 % likely that {of} lies between {opposite} and {told}, or nearer to {none:g}"
        return f"To disbelieve it: {held}; the result alone {answers} such a sceptic."
    what = "better" if one.effect > none else "worse"
    if one.advocacy is None or _beyond(each, prior, one.advocacy):
        return f"To believe it {what}: almost any belief that it is {what} is enough."
    told = effect(each, prior, one.advocacy)
    reach = f"{none:g} and {told}" if one.effect > none else f"{told} and {none:g}"
    return f"To believe it {what}: 95 % likely that {of} lies between {reach}, or nearer to {none:g} on that side."


def _beyond(each: Borrowing, prior: ControlPrior, found: float) -> bool:
    """Whether an effect is so far out that no prior about it is told from another."""
    if each.scale == "rate":
        return not 1 / WIDEST < found < WIDEST
    return abs(found) >= WIDEST_SDS * (prior.patient_sd or 0.0)


def unanswered(each: Borrowing) -> tuple[str, ...]:
    """Readings without a probability, each with the reason and what to do."""
    return tuple(
        plain(
            f"{one.group}, {one.visit}, {one.strategy}, {unknown(one.missing)}: no probability, since {one.why}; "
            f"{one.instead}."
        )
        for one in each.unanswered
    )
