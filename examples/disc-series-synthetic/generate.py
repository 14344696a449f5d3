"""Draw the synthetic case book and the synthetic published arms of this example. Same seed, same files.

    python examples/disc-series-synthetic/generate.py

Nothing here is about any treatment. Written out so that anyone can see how: every number below is made up.
"""

import csv
from datetime import date, timedelta
from pathlib import Path
from random import Random

SEED = 16  # chosen so that everything the README lists occurs in 40 cases
CASES = 40
CUT = date(2024, 6, 30)
FIRST_DAY, LAST_DAY = date(2022, 1, 10), date(2023, 11, 20)
VISITS = (("3 months", 91), ("6 months", 183), ("12 months", 365))
HEADERS = {
    "cases": ("case_id", "sex", "age_years", "pain_years", "last_contact", "withdrawal", "death"),
    "procedures": ("case_id", "procedure", "date", "level", "nucleated_cells_million"),
    "assessments": ("case_id", "instrument", "visit", "date", "status", "value"),
    "adverse_events": ("case_id", "term", "ctcae_grade", "serious", "relation", "date"),
}
ARMS = (("A", 2015, 11, 48), ("B", 2018, 17, 52), ("C", 2020, 9, 31), ("D", 2022, 22, 60))
ARM_HEADER = (
    "study_id", "patients", "year", "arm", "role", "intervention", "outcome", "definition_key", "timepoint_months",
    "responders", "n", "count_source", "unit", "design", "url", "notes",
)  # fmt: skip


def draw(rng: Random) -> dict[str, list[tuple[object, ...]]]:
    """Every table's rows, drawn case by case."""
    tables: dict[str, list[tuple[object, ...]]] = {name: [] for name in HEADERS}
    for number in range(1, CASES + 1):
        draw_case(f"S{number:02d}", rng, tables)
    return tables


def draw_case(case: str, rng: Random, tables: dict[str, list[tuple[object, ...]]]) -> None:
    """One made-up case: a baseline, a procedure, up to three visits, what came between."""
    index = FIRST_DAY + timedelta(days=rng.randrange((LAST_DAY - FIRST_DAY).days))
    before = index - timedelta(days=rng.randrange(1, 40))
    baseline = rng.choice((3, 5, 5, 6, 6, 6, 7, 7, 7, 8, 8, 9))
    kept = rng.choice((0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.1))
    withdrawn = index + timedelta(days=rng.randrange(100, 330)) if rng.random() < 0.06 else None
    if withdrawn is not None and withdrawn > CUT:
        withdrawn = None
    end = min(CUT, index + timedelta(days=rng.randrange(400, 520)), withdrawn or CUT)
    level = rng.choice(("L4-L5", "L5-S1"))
    tables["procedures"].append((case, "disc_injection", index, level, draw_dose(case, kept)))
    if rng.random() < 0.95:
        tables["assessments"].append((case, "pain_nrs", "", before, "done", baseline))
    for name, day in VISITS:
        draw_visit(case, name, index + timedelta(days=day), end, min(10, round(baseline * kept)), rng, tables)
    draw_procedure(case, index, end, kept, rng, tables)
    if rng.random() < 0.2:
        term, grade = rng.choice((("injection site pain", 1), ("headache", 1), ("back spasm", 2), ("fever", 1)))
        when = index + timedelta(days=rng.randrange(0, 14))
        tables["adverse_events"].append((case, term, grade, "no", "possible", when))
    pain_years = rng.choice((0.5, 1, 2, 2, 3, 4, 6, 10)) if rng.random() < 0.9 else ""
    person = (rng.choice(("female", "male")), rng.randrange(26, 66), pain_years)
    tables["cases"].append((case, *person, end, withdrawn or "", ""))


def draw_dose(case: str, kept: float) -> object:
    """Cells injected: about twice as many where half of the pain or less was kept. That much is true, here alone.

    Drawn apart from everything else, so that it leaves every other number as it is; one in ten was not counted.
    """
    rng = Random(f"{SEED} {case} dose")
    cells = round(60 * 2 ** (rng.uniform(-1.5, 1.5) + (1.0 if kept <= 0.5 else 0.0)))
    return cells if rng.random() < 0.9 else ""


def draw_visit(
    case: str, name: str, planned: date, end: date, pain: int, rng: Random, tables: dict[str, list[tuple[object, ...]]]
) -> None:
    """A visit that was done, not done, not asked, or not reached by the cut."""
    when = planned + timedelta(days=rng.randrange(-20, 21))
    drawn = rng.random()
    if planned > CUT:
        tables["assessments"].append((case, "pain_nrs", name, "", "not_reached", ""))
    elif when > end or drawn < 0.08:
        tables["assessments"].append((case, "pain_nrs", name, "", "not_done", ""))
    elif drawn < 0.11:
        tables["assessments"].append((case, "pain_nrs", name, "", "not_asked", ""))
    else:
        value = max(0, min(10, pain + rng.choice((-1, 0, 0, 1))))
        tables["assessments"].append((case, "pain_nrs", name, when, "done", value))


def draw_procedure(
    case: str, index: date, end: date, kept: float, rng: Random, tables: dict[str, list[tuple[object, ...]]]
) -> None:
    """Another procedure, likelier where pain stayed; its date whole, a month, a quarter, or lost."""
    if (end - index).days < 60 or rng.random() > (0.45 if kept > 0.5 else 0.08):
        return
    when = index + timedelta(days=rng.randrange(50, (end - index).days))
    name = rng.choice(("fusion", "epidural_injection", "epidural_injection", "radiofrequency_ablation"))
    written = rng.choice((f"{when}", f"{when}", f"{when}", f"{when:%Y-%m}", f"{when:%Y-%m}", f"{when:%Y}", ""))
    tables["procedures"].append((case, name, written, "", ""))


def arms() -> list[tuple[object, ...]]:
    """Four made-up sham arms, labelled as such in every row."""
    return [
        (
            f"SYNTHETIC_{letter}", f"SYNTHETIC_{letter}", year, "sham (synthetic)", "sham", "made-up sham injection",
            "pain NRS, at least 50% relief", "pain_improved_50_percent", 12, responders, n, "stated", "patients",
            "RCT", "examples/disc-series-synthetic/generate.py", "SYNTHETIC: no such trial.",
        )
        for letter, year, responders, n in ARMS
    ]  # fmt: skip


def write(folder: Path) -> None:
    """The four tables in ``casebook`` and the arms beside the study file."""
    (folder / "casebook").mkdir(parents=True, exist_ok=True)
    for name, rows in draw(Random(SEED)).items():
        _write(folder / "casebook" / f"{name}.csv", HEADERS[name], rows)
    _write(folder / "published_arms.csv", ARM_HEADER, arms())


def _write(path: Path, header: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    write(Path(__file__).parent)
