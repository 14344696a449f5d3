"""What a reader must be told: every item with its answer, or the words "not stated". Gaps are named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from equipoise.domain.appraisal import ITEMS
from equipoise.domain.protocol import AppraisalItem, Conduct
from equipoise.domain.result import StudyResult
from equipoise.report.wording import sentence

NOT_STATED = "not stated"
ENTRY_RULE = "How strong would a hidden cause have to be?"
UNKNOWN_REGRESSION = (
    "How much is not said: the mean, SD and test-retest correlation of the people screened are missing "
    "([[regression_to_mean]])."
)


Mark = Literal["", "gap", "caution"]


@dataclass(frozen=True)
class Told:
    """One item: what is asked, the answer, and whether that is a gap (not known) or a caution (known, and against)."""

    item: str
    answer: str
    mark: Mark


def told(result: StudyResult) -> tuple[Told, ...]:
    """The items of METHODS 30 but the appraisal."""
    conduct = result.protocol.conduct
    return (
        Told("When the protocol was written", *_written(result.study.written)),
        Told("Consecutive cases", *CONSECUTIVE[conduct.consecutive]),
        Told("How many were treated, and how many are here", *_captured(conduct)),
        Told("Given with the treatment and not separable from it", *_co_interventions(conduct)),
        Told("Rescue analgesics and opioids", *RESCUE[conduct.rescue_medication]),
        Told("Harms solicited or volunteered", *HARMS[conduct.harms]),
        Told("Self-report", *_blinding(conduct)),
        Told("Regression to the mean", *_regression(result)),
    )


CONSECUTIVE: Mapping[str, tuple[str, Mark]] = {
    "yes": ("Yes.", ""),
    "no": ("No: chosen cases.", "caution"),
    NOT_STATED: (NOT_STATED, "gap"),
}
RESCUE: Mapping[str, tuple[str, Mark]] = {
    "intercurrent event": ("Recorded, and counted as an event that changes what the answer means.", ""),
    "recorded": ("Recorded, but not counted as an event.", "caution"),
    "not recorded": ("Not recorded: relief may be the analgesic's.", "gap"),
}
HARMS: Mapping[str, tuple[str, Mark]] = {
    "solicited": ("Solicited: asked for.", ""),
    "volunteered": ("Volunteered only: their number is a lower bound.", "caution"),
    NOT_STATED: (NOT_STATED, "gap"),
}


def _written(written: str) -> tuple[str, Mark]:
    return sentence(written), "caution" if written.startswith("after") else ""


def _captured(conduct: Conduct) -> tuple[str, Mark]:
    return (sentence(conduct.captured), "") if conduct.captured.strip() else (NOT_STATED, "gap")


def _co_interventions(conduct: Conduct) -> tuple[str, Mark]:
    if not conduct.co_interventions:
        return "None declared.", ""
    return f"{sentence('; '.join(conduct.co_interventions))} Its effect cannot be told from the treatment's.", "caution"


def _blinding(conduct: Conduct) -> tuple[str, Mark]:
    if conduct.self_report_blinded:
        return "Blinded: the person answering did not know what was given.", ""
    return "Unblinded: the person answering knew what was given.", "caution"


def _regression(result: StudyResult) -> tuple[str, Mark]:
    if result.protocol.conduct.entry_minimum_score:
        expected = "Entry needed a minimum score: some improvement is expected with no treatment at all."
        if result.regression_to_mean:
            return f"{expected} How much stands under “{ENTRY_RULE}”.", "caution"
        return f"{expected} {UNKNOWN_REGRESSION}", "caution"
    return "Entry needed no minimum score; people still seek treatment when they are at their worst.", ""


def appraisal(conduct: Conduct) -> tuple[Told, ...]:
    """The appraisal item by item, answered or not; without a declared tool the case-series list stands open."""
    answered = {each.item: each for each in conduct.appraisal}
    items = ITEMS[conduct.appraisal_tool or "JBI case series"]
    asked = dict.fromkeys((*items, *answered))
    return tuple(_judged(sentence(item).removesuffix("."), answered.get(item)) for item in asked)


def _judged(item: str, answered: AppraisalItem | None) -> Told:
    if answered is None:
        return Told(item, NOT_STATED, "gap")
    note = f": {answered.note}" if answered.note else ""
    marks: Mapping[str, Mark] = {"no": "caution", "unclear": "gap"}
    return Told(item, f"{answered.answer}{note}", marks.get(answered.answer, ""))


def gaps(items: Sequence[Told]) -> tuple[str, ...]:
    """The items nobody has answered, by name."""
    return tuple(item.item for item in items if item.mark == "gap")
