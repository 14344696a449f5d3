"""What one would have to believe for a conclusion to flip, in sentences."""

from collections.abc import Sequence

from equipoise.domain.tipping_answer import TippingArm, TippingCell, TippingFlip, TippingMap
from equipoise.report.rows import EVERYONE
from equipoise.report.wording import count, level_words, number, percent, share


def conclusion(answer: TippingMap) -> str:
    """The conclusion that is put to the test."""
    level = level_words(answer.level)
    worse = f" Worse means a {'higher' if answer.better == 'lower' else 'lower'} score." if _is_points(answer) else ""
    if answer.reference_arm is None:
        what = "rate" if answer.kind == "counts" else "mean"
        side, beyond = ("lower", "above") if answer.better == "higher" else ("upper", "below")
        at = share(answer.beyond, 1) if answer.kind == "counts" else _trimmed(answer.beyond)
        source = f" ({answer.beyond_source})" if answer.kind == "counts" else ""
        return f"The conclusion: the {side} {level} limit of the {what} lies {beyond} {at}{source}.{worse}"
    pair = f"{answer.arm.group} is better than {answer.reference_arm.group}"
    if answer.beyond > 0:
        pair += f" by more than {_margin(answer)}"
    elif answer.beyond < 0:
        pair = f"{answer.arm.group} is not worse than {answer.reference_arm.group} by {_margin(answer)} or more"
    return f"The conclusion: {pair}, judged by the {level} limit of their difference ({answer.method}).{worse}"


def _margin(answer: TippingMap) -> str:
    if _is_points(answer):
        return _points(abs(answer.beyond))
    return f"{_trimmed(100 * abs(answer.beyond))} percentage points"


def what_tips(answer: TippingMap) -> list[str]:
    """The sentences: whether it holds as expected, and what would turn it."""
    unseen = answer.arm.unseen + (answer.reference_arm.unseen if answer.reference_arm else 0)
    if not unseen:
        word, said = "holds" if answer.worst.holds else "does not hold", cell_words(answer.worst, answer)
        return [f"Nothing is left to tip: everybody who counts here was seen, and the conclusion {word}: {said}."]
    if answer.kind == "points":
        return [*_expected_points(answer), *_points_tip(answer)]
    return [*_expected_counts(answer), *_counts_tip(answer)]


def _expected_counts(answer: TippingMap) -> list[str]:
    if answer.expected is None:
        return ["In one arm at least nobody was seen, so there is no rate to expect of its unseen."]
    told = ((answer.arm, answer.expected.of_group), (answer.reference_arm, answer.expected.of_reference))
    of = [
        f"{count(int(k))} of {count(each.unseen)}{of_group(each)}"
        for each, k in told
        if each is not None and k is not None and each.unseen
    ]
    verb = "holds" if answer.expected.holds else "does not hold"
    own = "of their own arm " if answer.reference_arm else ""
    return [f"If the unseen responded as often as those seen {own}({', and '.join(of)}), it {verb}."]


def _counts_tip(answer: TippingMap) -> list[str]:
    arm, reference, flips = answer.arm, answer.reference_arm, answer.flips
    if all(flip.conclusion == "holds throughout" for flip in flips):
        return [f"It holds whatever the unseen would have said: even if {_extreme(arm, reference, worst=True)}."]
    if all(flip.conclusion == "never holds" for flip in flips):
        return [f"No answer of the unseen makes it hold: not even if {_extreme(arm, reference, worst=False)}."]
    if reference is None:
        fewest = int(flips[0].of_group or 0)
        return [f"It does not hold unless {_at_least(fewest, arm)} responded."]
    if not answer.monotone:
        return ["Here one responder more does not always help: the table gives the first count that suffices."]
    holds = answer.expected.holds if answer.expected is not None else answer.best.holds
    corner = _corner_of_failure(arm, reference, flips) if holds else ""
    told = (corner or _corner_of_success(arm, reference, flips), _both_ends(arm, reference, flips))
    return [each for each in told if each]


def _extreme(arm: TippingArm, reference: TippingArm | None, *, worst: bool) -> str:
    told = [(0 if worst else arm.unseen, arm)]
    if reference is not None:
        told.append((reference.unseen if worst else 0, reference))
    each_arm = [f"{_none_or_all(k, each)} unseen{of_group(each)}" for k, each in told if each.unseen]
    return f"{' and '.join(each_arm)} had responded"


def _none_or_all(number_: int, arm: TippingArm) -> str:
    return f"all {count(arm.unseen)}" if number_ else f"none of the {count(arm.unseen)}"


def _corner_of_failure(arm: TippingArm, reference: TippingArm, flips: Sequence[TippingFlip]) -> str:
    """The corner of the grid all failures lie in: many of the reference and few of the group; empty if it is all."""
    from_on = next(k for k, flip in enumerate(flips) if flip.conclusion != "holds throughout")
    clauses = [_at_least(from_on, reference)] if from_on else []
    if flips[-1].of_group is not None:
        clauses.append(_at_most(int(flips[-1].of_group) - 1, arm))
    return f"The conclusion holds unless {_together(clauses)}." if clauses else ""


def _corner_of_success(arm: TippingArm, reference: TippingArm, flips: Sequence[TippingFlip]) -> str:
    """The corner of the grid outside which it never holds: many of the group and few of the reference."""
    up_to = max(k for k, flip in enumerate(flips) if flip.conclusion != "never holds")
    clauses = [_at_least(int(flips[0].of_group), arm)] if flips[0].of_group is not None else []
    if up_to < reference.unseen:
        clauses.append(_at_most(up_to, reference))
    return f"The conclusion holds only if {_together(clauses)}." if clauses else ""


def _together(clauses: Sequence[str]) -> str:
    return " responded while ".join(clauses) + (" did" if len(clauses) > 1 else " responded")


def _both_ends(arm: TippingArm, reference: TippingArm, flips: Sequence[TippingFlip]) -> str:
    if len(flips) < 2:
        return ""
    none, everyone = (_needed(flip, arm) for flip in (flips[0], flips[-1]))
    of = f"unseen of {reference.group} responding"
    return f"With {_none_or_all(0, reference)} {of}, {none}; with {_none_or_all(1, reference)}, {everyone}."


def _needed(flip: TippingFlip, arm: TippingArm) -> str:
    if flip.of_group is not None:
        return f"{count(int(flip.of_group))} of {arm.group} {'is' if flip.of_group == 1 else 'are'} needed"
    if not arm.unseen:
        return "it holds" if flip.conclusion == "holds throughout" else "it does not hold"
    if flip.conclusion == "holds throughout":
        return f"none of {arm.group} is needed"
    return f"not even all of {arm.group} are enough"


def _at_least(number_: int, arm: TippingArm) -> str:
    return _of(number_, arm) if number_ == arm.unseen else f"at least {_of(number_, arm)}"


def _at_most(number_: int, arm: TippingArm) -> str:
    return f"no more than {_of(number_, arm)}" if number_ else _of(number_, arm)


def _of(number_: int, arm: TippingArm) -> str:
    """So many of the unseen, as a share beside that of those seen."""
    if number_ == arm.unseen:
        which = f"all {count(arm.unseen)}" if arm.unseen > 1 else "the one"
    else:
        which = f"{count(number_) if number_ else 'none'} of the {count(arm.unseen)}"
    seen = arm.n - arm.unseen
    beside = f"beside {percent(arm.responders or 0, seen)} of those seen" if seen else "nobody was seen"
    share_ = f" ({percent(number_, arm.unseen)}, {beside})"
    return f"{which} unseen{of_group(arm)}{share_}"


def of_group(arm: TippingArm) -> str:
    """Whose unseen they are; everybody's go without saying."""
    return "" if arm.group == EVERYONE else f" of {arm.group}"


def _expected_points(answer: TippingMap) -> list[str]:
    if answer.expected is None:
        return []
    verb = "holds" if answer.expected.holds else "does not hold"
    what = "mean" if answer.reference_arm is None else "difference"
    said = cell_words(answer.expected, answer)
    return [f"With the unseen as '{answer.imputation}' expects them, the {what} is {said} and the conclusion {verb}."]


def _points_tip(answer: TippingMap) -> list[str]:
    flips = answer.flips
    first, last = answer.group_axis[0], answer.group_axis[-1]
    tried = f"from {deviation(first)} to {deviation(last)}" if first else f"up to {deviation(last)}"
    if all(flip.conclusion == "holds throughout" for flip in flips):
        return [f"It holds for all that was tried, {tried}."]
    if all(flip.conclusion == "never holds" for flip in flips):
        return [f"It holds for nothing that was tried, {tried}."]
    as_expected = next((flip for flip in flips if flip.of_reference in (None, 0.0)), None)
    told = [_turns(as_expected, answer)] if as_expected is not None else []
    told += [_turns(flip, answer) for flip in (flips[0], flips[-1]) if len(flips) > 1 and flip is not as_expected]
    steady = [] if answer.monotone else ["The conclusion does not change in one direction only: read the table."]
    return [*told, *steady]


def _turns(flip: TippingFlip, answer: TippingMap) -> str:
    reference = answer.reference_arm
    said = "It"
    if reference is not None and flip.of_reference is not None and reference.unseen:
        said = f"With those of {reference.group} {deviation(flip.of_reference)}, it"
    if flip.of_group is None:
        word = {"holds throughout": "holds", "never holds": "does not hold"}.get(flip.conclusion, "holds in part")
        return f"{said} {word} over all that was tried{of_group(answer.arm)}."
    one = answer.arm.unseen == 1
    unseen = f"the {'one' if one else count(answer.arm.unseen)} unseen{of_group(answer.arm)} {'is' if one else 'are'}"
    if flip.of_group > 0:
        return f"{said} holds until {unseen} {deviation(flip.of_group)}."
    if flip.of_group == 0:
        return f"{said} holds only if {unseen} better than expected."
    return f"{said} holds only if {unseen} more than {deviation(flip.of_group)}."


def deviation(points: float) -> str:
    """A number of points worse than expected, in words."""
    if points == 0:
        return "as expected"
    return f"{_points(abs(points))} {'worse' if points > 0 else 'better'} than expected"


def _points(size: float) -> str:
    shown = _trimmed(size)
    return f"{shown} point" if shown == "1" else f"{shown} points"


def _trimmed(size: float) -> str:
    return number(size, 2).rstrip("0").rstrip(".")


def _is_points(answer: TippingMap) -> bool:
    return answer.kind == "points"


def cell_words(cell: TippingCell, answer: TippingMap) -> str:
    """A cell's estimate with its limits."""
    if answer.kind == "points" or answer.reference_arm is not None:
        scale, unit, decimals = (100.0, " percentage points", 0) if answer.kind == "counts" else (1.0, "", 2)
        shown = f"{number(scale * cell.estimate, decimals)}{unit}"
    else:
        scale, decimals = 100.0, 0
        shown = share(cell.estimate, answer.arm.n)
    if cell.lower is None or cell.upper is None:
        return f"{shown} (no limits)"
    limits = f"{number(scale * cell.lower, decimals)} to {number(scale * cell.upper, decimals)}"
    return f"{shown} ({level_words(answer.level)} CI {limits})"
