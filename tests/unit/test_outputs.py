"""Outputs appear whole or not at all, and never over somebody else's files."""

import numpy as np
import pytest

from equipoise.domain.cohort import Outcome
from equipoise.domain.result import CaseOutcomes, CaseScores
from equipoise.errors import OutputError
from equipoise.write import outputs
from equipoise.write.outputs import write_outputs

OUTCOMES = CaseOutcomes(
    case_ids=np.array(["a", "b"]),
    group=np.array(["all", "all"]),
    scores={
        "pain | 4 months | treatment policy": CaseScores(
            bits=np.array([Outcome.YES, Outcome.YES | Outcome.UNKNOWN], dtype=np.uint8),
            low=np.array([2.5, 3.0]),
            high=np.array([2.5, 4.0]),
        )
    },
    columns={
        "relief | 4 months | treatment policy": np.array([Outcome.YES, Outcome.NO | Outcome.UNKNOWN], dtype=np.uint8)
    },
)


def write(out, report="<p>"):
    return write_outputs(out, report=report, results="{}", outcomes=OUTCOMES)


def test_three_files_and_nothing_else(tmp_path):
    files = write(tmp_path / "review")
    assert sorted(each.name for each in (tmp_path / "review").iterdir()) == sorted(each.name for each in files)
    assert [each.name for each in tmp_path.iterdir()] == ["review"]


def test_cases_csv_says_every_reading_in_words(tmp_path):
    write(tmp_path / "review")
    lines = (tmp_path / "review" / "cases.csv").read_text().splitlines()
    assert lines == [
        "case_id,group,relief | 4 months | treatment policy,pain | 4 months | treatment policy",
        "a,all,yes,2.5",
        "b,all,no or unknown,3.0 to 4.0 or unknown",
    ]


def test_a_second_review_replaces_the_first_whole(tmp_path):
    write(tmp_path / "review", "first")
    write(tmp_path / "review", "second")
    assert (tmp_path / "review" / "report.html").read_text() == "second"
    assert [each.name for each in tmp_path.iterdir()] == ["review"]


def test_a_failure_half_way_leaves_the_earlier_answer(tmp_path, monkeypatch):
    write(tmp_path / "review", "first")

    def no_space(self, file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("polars.DataFrame.write_csv", no_space)
    with pytest.raises(OutputError, match="No space left"):
        write(tmp_path / "review", "second")
    assert (tmp_path / "review" / "report.html").read_text() == "first"
    assert [each.name for each in tmp_path.iterdir()] == ["review"]


def test_a_failed_swap_brings_the_earlier_answer_back(tmp_path, monkeypatch):
    write(tmp_path / "review", "first")
    real, calls = outputs.os.replace, []

    def fails_the_second_time(source, target):
        calls.append(source)
        if len(calls) == 2:
            raise OSError(5, "Input/output error")
        real(source, target)

    monkeypatch.setattr(outputs.os, "replace", fails_the_second_time)
    with pytest.raises(OutputError):
        write(tmp_path / "review", "second")
    assert (tmp_path / "review" / "report.html").read_text() == "first"


@pytest.mark.parametrize("foreign", ["thesis.docx", ".git"])
def test_a_folder_with_other_files_is_refused(tmp_path, foreign):
    (tmp_path / foreign).write_text("mine")
    with pytest.raises(OutputError, match="other files"):
        write(tmp_path)
    assert (tmp_path / foreign).read_text() == "mine"


def test_a_file_in_the_way_is_refused(tmp_path):
    (tmp_path / "review").write_text("mine")
    with pytest.raises(OutputError, match="it is a file"):
        write(tmp_path / "review")
