"""A published mean in points of the study's own instrument: what is printed, of what, and whether it can be true."""

import re
from dataclasses import dataclass

from equipoise.domain.benchmark_answer import Score
from equipoise.domain.evidence import PublishedArm
from equipoise.domain.instrument import Instrument

OFF = 0.01
"""By how much of the scale a printed standard deviation may be rounded up beyond what the scale allows."""

PRINTED_IN = ", printed in "


@dataclass(frozen=True)
class PrintedMean:
    """A mean and its standard deviation in points of an instrument; ``sd`` None where none is printed."""

    mean: float
    sd: float | None


def printed_mean(arm: PublishedArm, of: Score) -> tuple[float | None, float | None]:
    """The mean an arm prints, of the score or of its change, and its standard deviation, in the arm's own unit."""
    return (arm.mean, arm.sd) if of == "value" else (arm.mean_change, arm.sd_change)


def scale_of(unit: str) -> tuple[float, float] | None:
    """The ends of the scale a unit names ("mm 0-100"); None where it names none ("percent of baseline")."""
    found = re.fullmatch(r"\S+ (\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)", unit)
    if found is None or not float(found[1]) < float(found[2]):
        return None
    return float(found[1]), float(found[2])


def in_points(arm: PublishedArm, of: Score, instrument: Instrument) -> PrintedMean | None:
    """What an arm prints, brought to the instrument's scale: its ends are laid on the instrument's ends.

    None where no such mean is printed, or its unit names no scale. A visual analogue scale in millimetres and a
    numerical rating from 0 to 10 are one family (``Instrument.family``): 51 of 100 is 5.1 of 10.
    """
    mean, sd = printed_mean(arm, of)
    scale = scale_of(arm.unit)
    if mean is None or scale is None:
        return None
    low, wide = float(instrument.low), float(instrument.high - instrument.low)
    start, theirs = scale[0], scale[1] - scale[0]
    if (start, theirs) == (low, wide):
        return PrintedMean(mean, sd)
    spread = None if sd is None else sd * wide / theirs
    return PrintedMean(low + (mean - start) * wide / theirs if of == "value" else mean * wide / theirs, spread)


def in_points_of(arm: PublishedArm, of: Score, instrument: Instrument) -> PublishedArm:
    """The arm in points of the instrument, its unit saying what was printed; as it is where nothing changes."""
    found = in_points(arm, of, instrument)
    if found is None or (found.mean, found.sd) == printed_mean(arm, of):
        return arm
    unit = f"points {scale_words(instrument)}{PRINTED_IN}{arm.unit}"
    if of == "value":
        return arm.model_copy(update={"mean": found.mean, "sd": found.sd, "unit": unit})
    return arm.model_copy(update={"mean_change": found.mean, "sd_change": found.sd, "unit": unit})


def contradiction(printed: PrintedMean, of: Score, n: int | None, instrument: Instrument) -> str | None:
    """Why figures in points cannot be true of n people on the instrument's scale; None where they can.

    No standard deviation of n values between two ends is above that of values at the ends only (Bhatia and Davis 2000,
    Am. Math. Mon. 107:353-357); a change lies within the width of the scale either way.
    """
    low, high = float(instrument.low), float(instrument.high)
    if of == "change":
        low, high = low - high, high - low
    where = scale_words(instrument)
    if not low <= printed.mean <= high:
        whose = "a mean" if of == "value" else "a mean change"
        return f"contradicts itself: {whose} of {printed.mean:g} on a scale {where}"
    largest = ((printed.mean - low) * (high - printed.mean) * (n / (n - 1) if n is not None and n > 1 else 1)) ** 0.5
    if printed.sd is not None and n != 1 and printed.sd > largest + OFF * (high - low):
        return (
            f"contradicts itself: no standard deviation of {printed.sd:g} about {printed.mean:g} fits a scale {where}"
        )
    return None


def scale_words(instrument: Instrument) -> str:
    """The ends of an instrument: "0-10"."""
    return f"{instrument.low.normalize():f}-{instrument.high.normalize():f}"
