"""Signs and lines as SVG paths; a sign of a size covers about as much paper as Vega's of that size."""

import math
from collections.abc import Callable, Mapping, Sequence


def number(value: float) -> str:
    """A coordinate with at most two decimals, as short as it goes."""
    shown = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if shown == "-0" else shown


def joined(points: Sequence[tuple[float, float]]) -> str:
    """A line through points."""
    return "M" + "L".join(f"{number(x)},{number(y)}" for x, y in points)


def _polygon(*corners: tuple[float, float]) -> str:
    return f"{joined(corners)}Z"


def _circle(size: float) -> str:
    r = number(math.sqrt(size / math.pi))
    return f"M{r},0A{r},{r},0,1,1,-{r},0A{r},{r},0,1,1,{r},0"


def _square(size: float) -> str:
    r = math.sqrt(size) / 2
    return _polygon((-r, -r), (r, -r), (r, r), (-r, r))


def _diamond(size: float) -> str:
    r = math.sqrt(size) / 2
    return _polygon((-r, 0), (0, -r), (r, 0), (0, r))


def _triangle(size: float, turn: Callable[[float, float], tuple[float, float]]) -> str:
    r = math.sqrt(size) / 2
    h = r * math.sqrt(3) / 2
    return _polygon(turn(0, -h), turn(-r, h), turn(r, h))


def _cross(size: float) -> str:
    r = math.sqrt(size) / 2
    s = r / 2.5
    quarter = ((-r, -s), (-s, -s), (-s, -r), (s, -r), (s, -s), (r, -s))
    return _polygon(*quarter, *((-x, -y) for x, y in quarter))


SHAPES: Mapping[str, Callable[[float], str]] = {
    "circle": _circle,
    "square": _square,
    "diamond": _diamond,
    "cross": _cross,
    "triangle-up": lambda size: _triangle(size, lambda x, y: (x, y)),
    "triangle-down": lambda size: _triangle(size, lambda x, y: (x, -y)),
    "triangle-right": lambda size: _triangle(size, lambda x, y: (-y, x)),
}
