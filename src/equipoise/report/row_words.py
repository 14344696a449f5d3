"""A row of the answer in words: the number, who is behind it, and its limits."""

import re

from equipoise.domain.estimand import Missing
from equipoise.domain.result import EstimateRow
from equipoise.report.wording import (
    DASH,
    count,
    counted,
    exact_share,
    interval,
    level_words,
    limit,
    number,
    over,
    percent,
    share,
)

PROPORTION = "proportion"
OF_THOSE_SEEN = ("MMRM", "linear model")
"""How the methods begin that model the scores seen and fill none in."""
WITHOUT_FILLING_IN = {each.value for each in Missing}


def is_filled_in(row: EstimateRow) -> bool:
    """Whether a row is a rate some of whose answers were filled in under a named assumption."""
    return row.unit == PROPORTION and row.estimate is not None and row.missing not in WITHOUT_FILLING_IN


def filled_in(row: EstimateRow) -> tuple[str, str]:
    """Such a rate, and who is behind it: ("83 %", "of 24, 12 filled in, 95 % CI 50 to 96")."""
    assert row.estimate is not None
    of = f"of {count(row.n)}" if row.responders is None else over(row.responders, row.n)
    some = f"{count(row.unknown)} filled in" if row.unknown else "none filled in"
    head = share(row.estimate, row.n) if row.responders is None else percent(row.responders, row.n)
    return head, f"{of}, {some}, {interval(row.level, row.lower, row.upper, row.n)}"


def is_range(row: EstimateRow) -> bool:
    """Whether a row is a range over readings rather than an estimate."""
    return row.estimate is None and row.lower is not None and row.upper is not None


def high_count(row: EstimateRow) -> int | None:
    """The largest count of a range, when the range keeps one denominator."""
    if row.upper is None or row.lower is None or row.responders is None or row.n == 0:
        return None
    low, high = exact_share(row.lower, row.n) * row.n, exact_share(row.upper, row.n) * row.n
    return int(high) if low == row.responders and high.denominator == 1 else None


def range_counts(row: EstimateRow) -> str:
    """ "10/24 to 22/24", or "at most 24 counted" where the readings change the denominator."""
    high = high_count(row)
    if high is None or row.responders is None:
        return row.method.partition(": ")[2] or f"{counted(row.n, 'case')} at most"
    low_text, high_text = over(row.responders, row.n), over(high, row.n)
    return low_text if low_text == high_text else f"{low_text} to {high_text}"


def range_words(row: EstimateRow) -> str:
    """ "42 % to 92 %", or one percentage where the ends agree."""
    assert row.lower is not None
    assert row.upper is not None
    low, high = share(row.lower, row.n), share(row.upper, row.n)
    return low if low == high else f"{low} to {high}"


def outer(row: EstimateRow) -> str:
    """The outer limits of a range, "22 to 99"; empty where there are none."""
    if row.outer_lower is None or row.outer_upper is None:
        return ""
    return f"{limit(row.outer_lower, row.n)} to {limit(row.outer_upper, row.n)}"


def answer(row: EstimateRow) -> tuple[str, str]:
    """An estimate row as a headline and its small print: ("42 %", "10/24, 95 % CI 22 to 63")."""
    if row.unit != PROPORTION:
        return score_answer(row)
    if is_filled_in(row):
        return filled_in(row)
    if is_range(row):
        limits = f", limits {outer(row)}" if outer(row) else ""
        return range_words(row), f"{range_counts(row)}{limits}"
    if row.estimate is None or row.responders is None:
        return DASH, "nobody whose answer counts here" if row.n == 0 else f"not estimated, {counted(row.n, 'case')}"
    return percent(
        row.responders, row.n
    ), f"{over(row.responders, row.n)}, {interval(row.level, row.lower, row.upper, row.n)}"


def brief(row: EstimateRow) -> str:
    """The small print where there is little room: "10/24 (22–63)", "10–22/24 (22–99)"; of several parts in lines."""
    if row.unit != PROPORTION or is_filled_in(row):
        lines = "\n".join(_parts_of(answer(row)[1]))
        return lines.replace(" to ", "–") if is_filled_in(row) else lines
    if row.responders is None or row.n == 0:
        return answer(row)[1]
    if is_range(row):
        limits = f" ({outer(row).replace(' to ', '–')})" if outer(row) else ""
        high = high_count(row)
        if high is None:
            return f"of {count(row.n)}{limits}"
        counts = count(row.responders) if high == row.responders else f"{count(row.responders)}–{count(high)}"
        return f"{counts}/{count(row.n)}{limits}"
    if row.lower is None or row.upper is None:
        return over(row.responders, row.n)
    return f"{over(row.responders, row.n)} ({limit(row.lower, row.n)}–{limit(row.upper, row.n)})"


def _parts_of(small: str) -> tuple[str, ...]:
    """Who is behind a number in one line, its limits in the next."""
    found = re.fullmatch(r"(.*), \S+ % CI (.*)", small)
    return (found[1], f"({found[2]})") if found else (small,)


def score_answer(row: EstimateRow) -> tuple[str, str]:
    """A mean with its SD and interval."""
    if row.estimate is None:
        if is_range(row):
            return f"{number(row.lower)} to {number(row.upper)}", f"range of the mean, {counted(row.n, 'case')} at most"
        return DASH, f"no mean, {counted(row.n, 'value')}"
    without = "no SD from one value" if row.n == 1 and row.lower is None else _modelled(row)
    spread = f"SD {number(row.sd)}" if row.sd is not None else without
    if row.sd is None and row.missing not in WITHOUT_FILLING_IN:
        who = f"n = {count(row.n)}, {spread}"
    else:
        who = f"{spread}, n = {count(row.n)}"
    limits = (
        f", {level_words(row.level)} CI {number(row.lower)} to {number(row.upper)}"
        if row.lower is not None and row.upper is not None
        else ""
    )
    return number(row.estimate), f"{who}{limits}"


def _modelled(row: EstimateRow) -> str:
    """How a mean without an SD of its own was found: filled in, by a model of those seen, or as its method says."""
    if row.missing in WITHOUT_FILLING_IN:
        return row.method
    if row.method.startswith(OF_THOSE_SEEN):
        return "by the model"
    return f"{count(row.unknown)} filled in" if row.unknown else "none filled in"


def in_a_line(row: EstimateRow) -> str:
    """The whole answer in one line: "10/24 = 42 % (95 % CI 22 to 63)"."""
    head, small = answer(row)
    if row.unit != PROPORTION or head == DASH or is_filled_in(row):
        return f"{head} ({small})"
    if is_range(row):
        brackets = f" ({level_words(row.level)} limits {outer(row)})" if outer(row) else ""
        return f"{range_counts(row)}, {head}{brackets}"
    assert row.responders is not None
    return f"{over(row.responders, row.n)} = {head} ({interval(row.level, row.lower, row.upper, row.n)})"
