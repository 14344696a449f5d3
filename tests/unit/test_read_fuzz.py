"""Whatever stands in the cells: a case book, or problems in words that give no key and no value away."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casebook_files import GOOD, problems
from laws import examples

CELLS = (
    st.sampled_from(["", "A-1", "A-2", "B-9", "2012-03-05", "2012", "0/913", "-7", "3.5", "1e400", "nan", "yes", "no"])
    | st.sampled_from(
        ["done", "not done", "4 months", "pain_nrs", "pain_nsr", "fusion", "marrow_injection", "x;y", '"']
    )
    | st.text(max_size=12)
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(25))
@given(st.data())
def test_any_cells_at_all(tmp_path: Path, data):
    table = data.draw(st.sampled_from(sorted(GOOD)))
    header = GOOD[table][0]
    rows = data.draw(st.lists(st.lists(CELLS, min_size=len(header), max_size=len(header)), max_size=6))
    found = problems(tmp_path, {**GOOD, table: [header, *rows]})
    for problem in found:
        assert problem.where
        assert problem.problem
        assert problem.remedy


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(25))
@given(st.data())
def test_nothing_a_cell_says_is_repeated(tmp_path: Path, data):
    table = data.draw(st.sampled_from(sorted(GOOD)))
    header = GOOD[table][0]
    cells = st.integers(10**6, 10**9).map(lambda number: f"secret{number}") | st.integers(10**6, 10**9).map(str)
    rows = data.draw(st.lists(st.lists(cells, min_size=len(header), max_size=len(header)), min_size=1, max_size=4))
    text = "\n".join(f"{problem}" for problem in problems(tmp_path, {**GOOD, table: [header, *rows]}))
    assert not [cell for row in rows for cell in row if cell in text]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(25))
@given(st.data())
def test_a_row_of_data_where_the_header_should_be_is_not_repeated(tmp_path: Path, data):
    table = data.draw(st.sampled_from(sorted(GOOD)))
    secret = data.draw(st.integers(10**6, 10**9).map(lambda number: f"secret{number}"))
    rows = GOOD[table][1:]
    place = data.draw(st.integers(0, len(GOOD[table][0]) - 1))
    headed = [[secret if k == place else name for k, name in enumerate(GOOD[table][0])], *rows]
    text = "\n".join(f"{problem}" for problem in problems(tmp_path, {**GOOD, table: headed}))
    assert secret not in text
