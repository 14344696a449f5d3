"""Which published arms came from which file of the study, and what became of them."""

from collections.abc import Iterator

from equipoise.domain.evidence_answer import ArmUsed
from equipoise.domain.result import StudyResult
from equipoise.report.parts import Block, Heading, Paragraph, Table
from equipoise.report.wording import DASH, plain, short

LONG = 12


def evidence_files(result: StudyResult) -> Iterator[Block]:
    """Which arms came from which file, read anew with this report, and what is new."""
    files, years = result.evidence, {each.as_of for each in result.protocol.benchmark}
    if not files:
        return
    yield Heading("The study's own evidence, read anew with this report")
    new = dict.fromkeys(
        f"{arm.study_id}, {arm.arm} ({arm.year})" for file in files for arm in file.arms if arm.use == "new since"
    )
    since = f"since {min(years)}" if len(years) == 1 else "since a benchmark's as_of"
    if new:
        yield Paragraph(f"New {since}, and not used until as_of is moved: {'; '.join(new)}.")
    else:
        yield Paragraph(f"Nothing in these files is new {since}.")
    rows = [
        (file.file, short(file.digest), f"{arm.study_id}, {arm.arm}", f"{arm.year or DASH}", *_use(arm))
        for file in files
        for arm in file.arms
    ]
    headings = ["file", "digest", "arm", "year", "benchmark", "use"]
    caption = "Arms by file"
    yield Table.of(caption, headings, rows, text=(0, 1, 2, 4, 5), folded=len(rows) > LONG, page_only=True)


def _use(arm: ArmUsed) -> tuple[str, str]:
    return arm.benchmark, f"{arm.use}: {plain(arm.why)}" if arm.why else arm.use
