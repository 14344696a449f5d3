"""Studies that borrow, written as files: whoever reads them goes the way a user goes."""

from pathlib import Path

import numpy as np

from equipoise import read_casebook, read_protocol, run_study
from equipoise.domain.result import StudyResult

HEAD = """
title = "A study that borrows"
question = "Is it better than what was published?"
written = "before outcomes were seen"
seed = 1
[cases]
path = "casebook"
[treatment]
index = { day = 0 }
[[visit]]
name = "last"
month = 3
day = 90
window = [60, 120]
[sensitivity]
strategies = "all"
missing = ["bounds", "observed"]
[conduct]
consecutive = "yes"
captured = "all"
co_interventions = []
rescue_medication = "not recorded"
harms = "solicited"
self_report_blinded = true
entry_minimum_score = false
[evidence]
files = ["arms.csv"]
[[instrument]]
name = "score"
label = "Score"
low = 0
high = 600
better = "lower"
[[instrument]]
name = "answer"
label = "Answer"
low = 0
high = 1
better = "higher"
yes_no = true
[[benchmark]]
name = "published"
group = "treated"
match = { role = "sham", months = [3] }
as_of = 2020
margin = 0
"""
SCORE = """
[[estimand]]
name = "asked"
primary = true
visits = ["last"]
strategies = {}
endpoint = { instrument = "score", score = "change", baseline_look_back_days = 30, definition = "own_score" }
"""
YES = """
[[estimand]]
name = "asked"
primary = true
visits = ["last"]
strategies = {}
endpoint = { instrument = "answer", value = { equals = 1 }, definition = "own_answer" }
"""
COLUMNS = (
    "study_id,patients,year,arm,role,intervention,outcome,definition_key,timepoint_months,responders,n,count_source,"
    "unit,design,url,mean_change,sd_change"
)
BASELINE = 300.0


def counted(study: str, responders: int, n: int) -> str:
    """A published arm that counts."""
    head = f"{study},{study},2010,placebo,sham,placebo,answer,own_answer,3"
    return f"{head},{responders},{n},stated,patients,RCT,https://example.org,,"


def measured(study: str, mean: float, sd: float | str, n: int | str) -> str:
    """A published arm that prints a mean change."""
    head = f"{study},{study},2010,placebo,sham,placebo,score,own_score,3"
    return f"{head},,{n},none,points 0-600,RCT,https://example.org,{mean},{sd}"


def with_moments(mean: float, sd: float, n: int) -> list[float]:
    """So many numbers with this mean and standard deviation."""
    values = np.linspace(-1, 1, n)
    return [float(each) for each in mean + sd * values / values.std(ddof=1)]


def borrowing(name: str, **words: object) -> str:
    """A [[borrowing]] of the benchmark."""
    lines = [f"{word} = {_toml(value)}" for word, value in words.items()]
    return f'\n[[borrowing]]\nname = "{name}"\nbenchmark = "published"\n' + "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{word} = {_toml(each)}" for word, each in value.items()) + " }"
    return f'"{value}"' if isinstance(value, str) else f"{value}"


def answered(
    folder: Path,
    *blocks: str,
    arms: list[str],
    groups: dict[str, list[float | None]],
    margin: float = 0,
    of: str = SCORE,
) -> StudyResult:
    """The answer to a study whose groups have these changes (or answers) at the visit; None is not done."""
    book = folder / "casebook"
    book.mkdir(exist_ok=True)
    text = HEAD.replace("margin = 0", f"margin = {margin}") + of + "".join(blocks)
    (folder / "study.toml").write_text(text, encoding="utf-8")
    (folder / "arms.csv").write_text("\n".join([COLUMNS, *arms]) + "\n", encoding="utf-8")
    cases, rows = ["case_id,group"], ["case_id,instrument,value,day,visit,status"]
    for group, changes in groups.items():
        for at, change in enumerate(changes):
            case = f"{group}{at}"
            cases.append(f"{case},{group}")
            value = change if of is YES or change is None else BASELINE + change
            name = "answer" if of is YES else "score"
            if of is not YES:
                rows.append(f"{case},score,{BASELINE},0,,done")
            rows.append(f"{case},{name},{value},90,,done" if value is not None else f"{case},{name},,,last,not_done")
    (book / "cases.csv").write_text("\n".join(cases) + "\n", encoding="utf-8")
    (book / "assessments.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    protocol = read_protocol(folder)
    return run_study(protocol, read_casebook(protocol))
