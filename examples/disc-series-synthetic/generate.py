"""Draw the two synthetic case books and the synthetic published arms of this example. Same seeds, same files.

    python examples/disc-series-synthetic/generate.py

Nothing here is about any treatment. Written out so that anyone can see how: every number below is made up.
"""

import csv
from datetime import date, timedelta
from math import exp
from pathlib import Path
from random import Random

SEED = 16  # chosen so that everything the README lists occurs in 40 cases
CASES = 40
COMPARATOR_SEED = 60  # the number of cases, not searched for
COMPARATOR_CASES = 60
CUT = date(2024, 6, 30)
FIRST_DAY, LAST_DAY = date(2022, 1, 10), date(2023, 11, 20)
VISITS = (("3 months", 91), ("6 months", 183), ("12 months", 365))
AGES = range(26, 66)
BASELINES = (3, 5, 5, 6, 6, 6, 7, 7, 7, 8, 8, 9)
KEPT = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.1)  # of the pain before: at most half of it in five of nine
NOISE = (-1, 0, 0, 1)
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
    baseline = rng.choice(BASELINES)
    kept = rng.choice(KEPT)
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
    draw_adverse_event(case, index, ("injection site pain", 1), rng, tables)
    pain_years = rng.choice((0.5, 1, 2, 2, 3, 4, 6, 10)) if rng.random() < 0.9 else ""
    person = (rng.choice(("female", "male")), rng.randrange(26, 66), pain_years)
    tables["cases"].append((case, *person, end, withdrawn or "", ""))


def draw_adverse_event(
    case: str, index: date, own: tuple[str, int], rng: Random, tables: dict[str, list[tuple[object, ...]]]
) -> None:
    """One in five has one within two weeks; but for ``own``, the same three terms as often in either case book."""
    if rng.random() < 0.2:
        term, grade = rng.choice((own, ("headache", 1), ("back spasm", 2), ("fever", 1)))
        when = index + timedelta(days=rng.randrange(0, 14))
        tables["adverse_events"].append((case, term, grade, "no", "possible", when))


def draw_comparator(rng: Random) -> dict[str, list[tuple[object, ...]]]:
    """Every table's rows of the cohort under usual care."""
    tables: dict[str, list[tuple[object, ...]]] = {name: [] for name in HEADERS}
    for number in range(1, COMPARATOR_CASES + 1):
        draw_usual_care(f"U{number:02d}", rng, tables)
    return tables


def draw_usual_care(case: str, rng: Random, tables: dict[str, list[tuple[object, ...]]]) -> None:
    """One made-up case under usual care: older than the others, and the older the more of its pain stays."""
    index = FIRST_DAY + timedelta(days=rng.randrange((LAST_DAY - FIRST_DAY).days))
    before = index - timedelta(days=rng.randrange(1, 40))
    (age,) = rng.choices(AGES, [older(age) for age in AGES])
    baseline = rng.choice(BASELINES)
    half = rng.random() < half_gone(age)
    kept = rng.choice([each for each in KEPT if (each <= 0.5) == half])
    end = min(CUT, index + timedelta(days=rng.randrange(400, 520)))
    tables["procedures"].append((case, "usual_care", index, "", ""))
    if rng.random() < 0.95:
        tables["assessments"].append((case, "pain_nrs", "", before, "done", baseline))
    for name, day in VISITS:
        draw_visit(case, name, index + timedelta(days=day), end, min(10, round(baseline * kept)), rng, tables)
    draw_procedure(case, index, end, kept, rng, tables)
    draw_adverse_event(case, index, ("stomach upset", 1), rng, tables)
    tables["cases"].append(
        (case, rng.choice(("female", "male")), age, rng.choice((0.5, 1, 2, 3, 4, 6, 10)), end, "", "")
    )


def older(age: int) -> float:
    """How many of an age are under usual care for each who had the injection, up to a factor: a logistic score."""
    return exp(0.07 * (age - 46))


def half_gone(age: int) -> float:
    """The chance under usual care that at most half of the pain is kept; with the injection it is 5/9 at any age."""
    return max(0.0, 0.70 - 0.018 * (age - 26))


def true_difference(target: str) -> float:
    """The true difference of responders at 12 months, whatever else was done, among the patients of a target.

    ``target`` : "ATT" (patients like those who had the injection), "overlap" (patients either cohort might have had),
    or "crude" (what the two cohorts differ by when nothing is done about age)
    """
    whole = sum(older(age) for age in AGES)
    treated, comparator = {age: 1 / len(AGES) for age in AGES}, {age: older(age) / whole for age in AGES}
    both = {age: CASES * treated[age] + COMPARATOR_CASES * comparator[age] for age in AGES}
    ages = {
        "ATT": treated,
        "overlap": {age: treated[age] * comparator[age] / both[age] for age in AGES},
        "crude": comparator,
    }[target]
    usual = sum(share * true_rate(half_gone(age)) for age, share in ages.items()) / sum(ages.values())
    return true_rate(5 / 9) - usual


def true_rate(half: float) -> float:
    """The chance of half the pain gone at 12 months, whatever else was done.

    ``half`` : the chance that at most half of the pain is kept
    """
    rate = 0.0
    for kept in KEPT:
        drawn = [
            2 * max(0, min(10, min(10, round(baseline * kept)) + noise)) <= baseline
            for baseline in BASELINES
            if baseline >= 4
            for noise in NOISE
        ]
        rate += (half / 5 if kept <= 0.5 else (1 - half) / 4) * sum(drawn) / len(drawn)
    return rate


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
        value = max(0, min(10, pain + rng.choice(NOISE)))
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
    """The four tables in ``casebook`` and in ``comparator``, and the arms beside the study file."""
    books = {"casebook": draw(Random(SEED)), "comparator": draw_comparator(Random(COMPARATOR_SEED))}
    for book, tables in books.items():
        (folder / book).mkdir(parents=True, exist_ok=True)
        for name, rows in tables.items():
            _write(folder / book / f"{name}.csv", HEADERS[name], rows)
    _write(folder / "published_arms.csv", ARM_HEADER, arms())


def _write(path: Path, header: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    write(Path(__file__).parent)
