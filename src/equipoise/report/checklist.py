"""What a reader must be told: every item with its answer, or the words "not stated". Gaps are named."""

from collections.abc import Sequence
from dataclasses import dataclass

from equipoise.domain.appraisal import ITEMS
from equipoise.domain.protocol import AppraisalItem, Conduct
from equipoise.domain.result import StudyResult
from equipoise.report.wording import sentence

NOT_STATED = "not stated"


@dataclass(frozen=True)
class Told:
    """One item: what is asked, the answer, and whether it is a gap."""

    item: str
    answer: str
    gap: bool


def told(result: StudyResult) -> tuple[Told, ...]:
    """The items of METHODS 30 but the appraisal."""
    conduct = result.protocol.conduct
    written = result.study.written
    consecutive = {"yes": "Yes.", "no": "No: chosen cases.", NOT_STATED: NOT_STATED}[conduct.consecutive]
    rescue = {
        "intercurrent event": "Recorded, and counted as an event that changes what the answer means.",
        "recorded": "Recorded, but not counted as an event.",
        "not recorded": "Not recorded: relief may be the analgesic's.",
    }[conduct.rescue_medication]
    harms = {
        "solicited": "Solicited: asked for.",
        "volunteered": "Volunteered only: their number is a lower bound.",
        NOT_STATED: NOT_STATED,
    }[conduct.harms]
    return (
        Told("When the protocol was written", f"{written[:1].upper()}{written[1:]}.", written.startswith("after")),
        Told("Consecutive cases", consecutive, conduct.consecutive != "yes"),
        Told("How many were treated, and how many are here", conduct.captured or NOT_STATED, not conduct.captured),
        Told("Given with the treatment and not separable from it", *_co_interventions(conduct)),
        Told("Rescue analgesics and opioids", rescue, conduct.rescue_medication != "intercurrent event"),
        Told("Harms solicited or volunteered", harms, conduct.harms != "solicited"),
        Told("Self-report", *_blinding(conduct)),
        Told("Regression to the mean", *_regression(conduct)),
    )


def _co_interventions(conduct: Conduct) -> tuple[str, bool]:
    if not conduct.co_interventions:
        return "None declared.", False
    return f"{'; '.join(conduct.co_interventions)}. Its effect cannot be told from the treatment's.", True


def _blinding(conduct: Conduct) -> tuple[str, bool]:
    if conduct.self_report_blinded:
        return "Blinded: the person answering did not know what was given.", False
    return "Unblinded: the person answering knew what was given.", True


def _regression(conduct: Conduct) -> tuple[str, bool]:
    if conduct.entry_minimum_score:
        return "Entry needed a minimum score: some improvement is expected with no treatment at all.", True
    return "Entry needed no minimum score; people still seek treatment when they are at their worst.", False


def appraisal(conduct: Conduct) -> tuple[Told, ...]:
    """The appraisal item by item, answered or not; without a declared tool the case-series list stands open."""
    answered = {each.item: each for each in conduct.appraisal}
    items = ITEMS[conduct.appraisal_tool or "JBI case series"]
    asked = dict.fromkeys((*items, *answered))
    return tuple(_judged(sentence(item).removesuffix("."), answered.get(item)) for item in asked)


def _judged(item: str, answered: AppraisalItem | None) -> Told:
    if answered is None:
        return Told(item, NOT_STATED, gap=True)
    note = f": {answered.note}" if answered.note else ""
    return Told(item, f"{answered.answer}{note}", answered.answer not in ("yes", "not applicable"))


def gaps(items: Sequence[Told]) -> tuple[str, ...]:
    """The items left open or answered badly, by name."""
    return tuple(item.item for item in items if item.gap)
