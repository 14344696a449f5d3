"""The report as one HTML file: no network, no identifier, the same bytes for the same answer."""

import base64
import hashlib
import re
from collections.abc import Iterator
from fractions import Fraction
from importlib.resources import files

from equipoise.domain.result import StudyResult
from equipoise.report.document import compose
from equipoise.report.figures.paint import paint
from equipoise.report.parts import Bar, Slider
from equipoise.report.wording import half_up

_PERCENT = re.compile(r"(\d) %( CI\b)?")
SPACE = "\u00a0"
_LIMITS = re.compile(r"\b(CI|limits) ([−\d.,]+) to ([−\d.,]*\d)")


def render_html(result: StudyResult) -> str:
    """The whole report as one HTML page that needs nothing from outside and works without its script.

    Deterministic: the same ``result`` gives the same bytes. Case identifiers are not printed.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined  # only where a page is asked for
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("equipoise.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["kind"] = lambda block: type(block).__name__
    environment.filters["painted"] = lambda panel: Markup(paint(panel.spec))
    environment.filters["bound"] = bound
    environment.filters["strokes"] = lambda bar: tuple(strokes(bar))
    document = compose(result)
    slides = any(isinstance(block, Slider) for section in document.sections for block in section.blocks)
    style, script = packaged("style.css"), "\n".join(map(packaged, ("tooltip.js", *(("slider.js",) if slides else ()))))
    return environment.get_template("report.html.j2").render(
        document=document,
        style=Markup(style),
        script=Markup(script),
        style_digest=digest(style),
        script_digest=digest(script),
    )


def packaged(name: str) -> str:
    """A file of the page that ships with the package."""
    return files("equipoise.report").joinpath("templates", name).read_text(encoding="utf-8").strip()


def digest(text: str) -> str:
    """The digest by which the page's own policy allows its one style and one script, and no other."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def bound(text: str) -> str:
    """Prose whose percent signs stay on the line of their number, and both limits of an interval on one line."""
    kept = _PERCENT.sub(lambda found: found.group().replace(" ", SPACE), text)
    return _LIMITS.sub(f"\\1 \\2{SPACE}to{SPACE}\\3", kept)


def strokes(bar: Bar) -> Iterator[tuple[str, str, str]]:
    """The strokes of a cell's bar as (class, from, to), in percent of its width; a point has equal ends."""
    parts = (
        ("limits", bar.lower, bar.upper),
        ("range", bar.range_lower, bar.range_upper),
        ("point", bar.point, bar.point),
    )
    for name, low, high in parts:
        if low is not None and high is not None:
            yield name, _place(low), _place(high)


def _place(value: float) -> str:
    return f"{half_up(100 * Fraction(value), 2)}%"
