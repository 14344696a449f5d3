"""What went with response: odds ratios with profile limits, exploratory whatever they say."""

from collections.abc import Iterator

from equipoise.domain.association_answer import Association, AssociationRow
from equipoise.domain.result import StudyResult
from equipoise.report.contrasts import p_words, ratio
from equipoise.report.figures.contrast import ContrastRow, contrast_forest
from equipoise.report.parts import Block, Figure, Heading, Mark, Panel, Paragraph, Section, Table
from equipoise.report.wording import count, counted, level_words, over, sentence

HEADING = "What went with response (exploratory)"
CAUTION = (
    "Exploratory: an association is not a cause, and it predicts nobody's result. With every factor that is tried, "
    "one is likelier to stand out by chance, and no P value here is corrected for it."
)
SIGNS = (Mark("●", "odds ratio with its profile likelihood interval"),)


def associations(result: StudyResult) -> Section | None:
    """Each declared association: whom it counts, a forest, a table."""
    if not result.associations:
        return None
    blocks: list[Block] = [Paragraph(CAUTION, "lead")]
    for each in result.associations:
        blocks += _one(each)
    return Section("associations", HEADING, tuple(blocks))


def _one(each: Association) -> Iterator[Block]:
    yield Heading(each.name)
    of = "" if each.group is None else f" of {each.group}"
    how = "one model of all factors" if each.together else "one factor at a time, each by itself"
    yield Paragraph(f"{sentence(f'{each.estimand}, {each.visit} ({each.strategy}){of}: {how}')} {_who(each)}")
    if not each.rows:
        yield Paragraph("No model could be made; the reasons stand under “What was refused”.", "note")
        return
    if each.model_p_value is not None and each.model_degrees is not None:
        degrees = counted(each.model_degrees, "degree")
        yield Paragraph(f"All factors together: P {p_words(each.model_p_value)} ({degrees} of freedom), exploratory.")
    table = _table(each)
    forest = contrast_forest([_row(each, row) for row in each.rows], scale="ratio", title="odds ratio of responding")
    alt = " ".join(f"{_named(row)}: {_words(each, row)}, P {p_words(row.p_value)}." for row in each.rows)
    reading = (
        "Right of the line at 1 the odds of responding were higher. Every step of the scale is a doubling or more."
    )
    yield Figure(f"{each.name}, exploratory", alt, reading, (Panel("", forest),), table, SIGNS, wide=True)


def _who(each: Association) -> str:
    """Whom the models count, and whom they leave out."""
    parts = [f"Of {counted(each.cases, 'case')}"]
    if each.not_counted:
        parts.append(
            f"{count(each.not_counted)} had not certainly reached the visit inside the question and are left out"
        )
    left = each.unknown + each.vague
    if left:
        which = f"{count(each.unknown)} unknown" + (f", {count(each.vague)} vague" if each.vague else "")
        fate = "left out" if each.missing == "observed" else "counted as no"
        parts.append(f"{counted(left, 'response')} ({which}) {'is' if left == 1 else 'are'} {fate}")
    if len(parts) == 1:
        who = "The one case has" if each.cases == 1 else f"All {count(each.cases)} cases have"
        return f"{who} a known response."
    return f"{parts[0]}, {'; '.join(parts[1:])}."


def _named(row: AssociationRow) -> str:
    return f"{row.factor}: {row.per}"


def _words(each: Association, row: AssociationRow) -> str:
    if row.odds_ratio is None:
        return f"too far from 1 to be printed; its logarithm is {row.log_odds_ratio:.3g}"
    limits = f"{ratio(row.lower, 'none')} to {ratio(row.upper, 'no end')}"
    return f"{ratio(row.odds_ratio)} ({level_words(each.level)} CI {limits})"


def _row(each: Association, row: AssociationRow) -> ContrastRow:
    detail = f"{over(row.responders, row.n)} responded; {_words(each, row)}"
    return ContrastRow(_named(row), detail, f"{_named(row)}: {detail}", row.odds_ratio, row.lower, row.upper)


def _table(each: Association) -> Table:
    rows = [
        (
            row.factor,
            row.per,
            over(row.responders, row.n),
            count(row.factor_unknown),
            _words(each, row),
            p_words(row.p_value),
        )
        for row in each.rows
    ]
    headings = ["factor", "odds ratio for", "responders of cases", "left: not recorded", "odds ratio", "P"]
    return Table.of(f"{each.name}, exploratory", headings, rows, text=(0, 1), page_only=True)
