"""The cells of a column, whatever the file they come from: blanks made blank, and every kind as text or number."""

import polars as pl

_DECIMAL_COMMA = r"^([+-]?\d+),(\d+)$"


def cleaned(cells: pl.Series, unknown: tuple[str, ...]) -> pl.Series:
    """The cells with blanks as null: empty texts, NaN, and texts that mean "not recorded".

    Texts are stripped; categories become texts; 32-bit floats become the numbers they print as (4.9, not
    4.900000095). Dates, times, whole numbers and truth values stay as they are.
    """
    if isinstance(cells.dtype, pl.Categorical | pl.Enum):
        cells = cells.cast(pl.String)
    if cells.dtype == pl.Float32:
        cells = cells.cast(pl.String).cast(pl.Float64)
    if cells.dtype == pl.Float64:
        cells = cells.fill_nan(None)
    if isinstance(cells.dtype, pl.Decimal):
        cells = cells.cast(pl.String)
    if cells.dtype != pl.String:
        return _without(cells, as_text(cells), unknown) if unknown else cells
    stripped = cells.str.strip_chars()
    return _without(stripped, stripped, ("", *unknown))


def _without(cells: pl.Series, texts: pl.Series, blanks: tuple[str, ...]) -> pl.Series:
    blank = texts.is_in(list(blanks)) if blanks else None
    if blank is None or not blank.any():
        return cells
    return pl.select(pl.when(~blank).then(cells)).to_series().alias(cells.name)


def as_text(cells: pl.Series) -> pl.Series:
    """The cells as a person would write them: 12 (not 12.0), 2012-03-05, yes or no."""
    if cells.dtype == pl.String:
        return cells
    if cells.dtype == pl.Boolean:
        return pl.select(pl.when(cells).then(pl.lit("yes")).when(~cells).then(pl.lit("no"))).to_series()
    if isinstance(cells.dtype, pl.Datetime):
        return cells.dt.date().cast(pl.String)
    if cells.dtype.is_float():
        whole = (cells == cells.round()) & (cells.abs() < 2**53)
        texts = cells.cast(pl.String)
        return pl.select(
            pl.when(whole).then(cells.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(texts)
        ).to_series()
    return cells.cast(pl.String)


def as_number(cells: pl.Series, *, decimal_comma: bool) -> pl.Series:
    """The cells as Float64; null where blank and where the cell is no finite number."""
    if cells.dtype == pl.String:
        if decimal_comma:
            cells = cells.str.replace(_DECIMAL_COMMA, "$1.$2")
        numbers = cells.cast(pl.Float64, strict=False)
    elif cells.dtype.is_numeric() or cells.dtype == pl.Boolean:
        numbers = cells.cast(pl.Float64)
    else:
        return pl.repeat(None, len(cells), dtype=pl.Float64, eager=True)
    if numbers.is_finite().all():
        return numbers
    return pl.select(pl.when(numbers.is_finite()).then(numbers)).to_series()


def fold(name: str) -> str:
    """A name as it is compared: case, surrounding space, and the choice of space, hyphen or underscore forgiven."""
    return "_".join(name.strip().lower().replace("-", " ").replace("_", " ").split())


def near_miss(name: str, known: set[str]) -> str | None:
    """The known name that ``name`` probably misspells; ``None`` where it is a name of its own.

    A known name with a word added (``pain_nrs_leg``) or with another number (``visit_2``) is a name of its own.
    """
    from difflib import get_close_matches

    for close in get_close_matches(fold(name), sorted({fold(one) for one in known}), n=3, cutoff=0.8):
        longer, shorter = sorted((fold(name), close), key=len, reverse=True)
        if longer.startswith(shorter + "_") or _digits(longer) != _digits(shorter):
            continue
        return next(one for one in sorted(known) if fold(one) == close)
    return None


def closest(name: str, known: set[str]) -> str | None:
    """The known name most like ``name``, for a remedy; ``None`` where nothing is alike."""
    from difflib import get_close_matches

    found = get_close_matches(fold(name), sorted({fold(one) for one in known}), n=1, cutoff=0.5)
    return next((one for one in sorted(known) if found and fold(one) == found[0]), None)


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())
