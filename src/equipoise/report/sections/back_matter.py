"""What a reader must be told, the methods that were used with their sources, and the way back to the data."""

from equipoise.domain.result import StudyResult
from equipoise.report.checklist import Told, appraisal, gaps, told
from equipoise.report.parts import Block, Items, Paragraph, Section, Table, Terms
from equipoise.report.wording import count, counted


def reader_must_know(result: StudyResult) -> Section:
    """METHODS 30, the appraisal, the cautions and the sources."""
    conduct = result.protocol.conduct
    general, appraised = told(result), appraisal(conduct)
    tool = conduct.appraisal_tool
    blocks: list[Block] = [Paragraph(text, "warning") for text in conduct.cautions]
    blocks.append(_table("What a reader must be told", general))
    if tool is None:
        blocks.append(
            Paragraph("No critical appraisal was declared; every item of the JBI case-series list stands open.")
        )
    name = f"{tool or 'JBI case series'} appraisal"
    blocks.append(_table(name, appraised))
    open_items = gaps((*general, *appraised))
    blocks.append(
        Paragraph(f"{counted(len(open_items), 'gap')}: {'; '.join(open_items)}." if open_items else "No gap was found.")
    )
    if result.protocol.source:
        blocks.append(Terms(tuple((each.name, _source(each.used_for, each.url)) for each in result.protocol.source)))
    return Section("told", "What a reader must be told", tuple(blocks))


def _source(used_for: str, url: str | None) -> str:
    return f"{used_for} ({url})" if url else used_for


def _table(caption: str, items: tuple[Told, ...]) -> Table:
    rows = [(item.item, item.answer, item.mark) for item in items]
    return Table.of(caption, ["item", "answer", "mark"], rows, text=(0, 1, 2))


def methods(result: StudyResult) -> Section:
    """Only the methods that were used, each with its source."""
    terms = tuple((each.name, f"{each.says} {each.source}".strip()) for each in result.methods)
    return Section("methods", "Methods", (Terms(terms),))


def provenance(result: StudyResult) -> Section:
    """Digests, versions, the seed, and the files beside the report."""
    rows = ", ".join(f"{name} {count(number)}" for name, number in result.cut.rows.items())
    terms = (
        ("Data cut", result.cut.date or "no calendar date"),
        ("Case book", result.cut.source),
        ("Rows read", rows or "none"),
        ("Digest of the case book", result.cut.digest or "not stated"),
        ("Digest of the protocol", result.study.protocol_digest or "not stated"),
        ("Seed", f"{result.study.seed}"),
        ("Equipoise", result.study.version),
    )
    files = Items(
        (
            "results.json: every number of this page as data; its JSON Schema is published.",
            "cases.csv: for every case, estimand, visit and strategy, how the case was counted: "
            "the way back from each number.",
        )
    )
    return Section("provenance", "Provenance", (Terms(terms), Paragraph("Beside this page:"), files))
