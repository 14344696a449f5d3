"""Small studies of durability: patients asked at three visits, and what became of them."""

from equipoise.domain.durability import DurabilityDeclared
from equipoise.domain.durability_answer import Durability
from equipoise.domain.estimand import Endpoint, Estimand, Strategy, ValueRule
from equipoise.domain.protocol import IntercurrentEvent, Visit
from equipoise.domain.result import StudyResult
from equipoise.study import run_study
from study_parts import INDEX, Rows, asked, book, case, done, study

DAYS = (90, 180, 360)
VISITS = [
    Visit(name="3 months", month=3, day=90, window=(45, 135)),
    Visit(name="6 months", month=6, day=180, window=(136, 240)),
    Visit(name="12 months", month=12, day=360, window=(300, 420)),
]
EVENTS = [
    IntercurrentEvent(name="other procedure", procedures="any other"),
    IntercurrentEvent(name="fusion", procedures=("fusion",)),
    IntercurrentEvent(name="death", column="cases.death"),
]
RELIEF = Estimand(
    name="relief",
    primary=True,
    visits=tuple(visit.name for visit in VISITS),
    endpoint=Endpoint(instrument="relief", value=ValueRule(equals=1)),
    strategies={event.name: Strategy.COMPOSITE_BY_VISIT for event in EVENTS},
)
QUESTION = DurabilityDeclared(
    name="lasting relief",
    estimand="relief",
    events=("other procedure", "fusion", "death"),
    response_may_return=True,
    dated="at the visit",
    horizon_day=360,
)
LAST = (420, 420)


def patient(rows: Rows, name: str, answers: str, *, days: tuple[int, ...] = DAYS, **of_case: object) -> None:
    """A case asked at each visit: y yes, n no, a dot nobody asked."""
    group = of_case.pop("group", None)
    rows.cases.append(case(name, group=group, **({"last_contact": LAST} | of_case)))
    rows.procedures.append(done(name, INDEX, (0, 0)))
    for day, answer in zip(days, answers, strict=True):
        if answer != ".":
            rows.assessments.append(asked(name, "relief", float(answer == "y"), (day, day)))


def answer(rows: Rows, question: DurabilityDeclared = QUESTION, **changes: object) -> StudyResult:
    protocol = study(visits=VISITS, estimands=[RELIEF], events=EVENTS)
    return run_study(protocol.model_copy(update={"durability": (question,), **changes}), book(rows))


def only(result: StudyResult) -> Durability:
    (found,) = result.durability
    return found


def six() -> Rows:
    """Six cases whose course can be followed with a pencil."""
    rows = Rows()
    patient(rows, "a", "yyy")
    patient(rows, "b", "nyn")
    patient(rows, "c", "nnn")
    patient(rows, "d", "y.y")
    patient(rows, "e", "n..")
    patient(rows, "f", "yny")
    rows.procedures += [done("d", "injection", (200, 200)), done("e", "fusion", (100, 100))]
    return rows
