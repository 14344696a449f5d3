"""Outputs appear whole or not at all, and never over somebody else's files."""

import os

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
    assert names(tmp_path) == ["review"]


def names(folder):
    return sorted(each.name for each in folder.iterdir())


OURS = ["cases.csv", "report.html", "results.json"]


@pytest.mark.parametrize("foreign", ["thesis.docx", "git"])
def test_a_folder_with_other_files_is_refused(tmp_path, foreign):
    (tmp_path / foreign).write_text("mine")
    with pytest.raises(OutputError, match="other files"):
        write(tmp_path)
    assert (tmp_path / foreign).read_text() == "mine"


def test_a_folder_that_has_the_name_of_a_file_of_ours_is_somebody_elses(tmp_path):
    (tmp_path / "cases.csv").mkdir()
    with pytest.raises(OutputError, match="other files"):
        write(tmp_path)


@pytest.mark.parametrize("foreign", [".DS_Store", ".~lock.cases.csv#", "~$cases.csv", "Thumbs.db", "desktop.ini"])
def test_what_systems_leave_in_folders_is_no_obstacle_and_is_kept(tmp_path, foreign):
    (tmp_path / "review").mkdir()
    (tmp_path / "review" / foreign).write_text("theirs")
    write(tmp_path / "review", "first")
    write(tmp_path / "review", "second")
    assert (tmp_path / "review" / "report.html").read_text() == "second"
    assert (tmp_path / "review" / foreign).read_text() == "theirs"
    assert names(tmp_path / "review") == sorted([*OURS, foreign])
    assert names(tmp_path) == ["review"]


def test_a_file_in_the_way_is_refused(tmp_path):
    (tmp_path / "review").write_text("mine")
    with pytest.raises(OutputError, match="a file stands where the folder should be"):
        write(tmp_path / "review")
    with pytest.raises(OutputError, match="a file is in the way") as error:
        write(tmp_path / "review" / "deeper" / "still")
    assert error.value.problems[0].where == str(tmp_path / "review")
    assert names(tmp_path) == ["review"]


def test_a_link_to_a_folder_stays_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write(tmp_path / "link", "first")
    assert write(tmp_path / "link", "second")[0] == tmp_path / "link" / "report.html"
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "report.html").read_text() == "second"
    assert names(tmp_path) == ["link", "real"]


def test_links_in_a_circle_are_refused(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(OutputError):
        write(tmp_path / "a" / "review")
    assert names(tmp_path) == ["a", "b"]


def test_the_current_folder_is_written_into_and_not_moved(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = tmp_path.stat().st_ino
    for text in ("first", "second"):
        write(outputs.Path(), text)
        assert (tmp_path / "report.html").read_text() == text
    assert tmp_path.stat().st_ino == before
    assert names(tmp_path) == OURS


def busy(monkeypatch, folder):
    """``folder`` as a mount point: neither renamed, nor a target of a move from outside it."""
    real = os.replace

    def replace(source, target):
        if outputs.Path(source) == folder:
            raise OSError(16, "Device or resource busy")
        if outputs.Path(target).is_relative_to(folder) and not outputs.Path(source).is_relative_to(folder):
            raise OSError(18, "Invalid cross-device link")
        real(source, target)

    monkeypatch.setattr(outputs.os, "replace", replace)


def test_a_folder_that_cannot_be_renamed_is_written_into(tmp_path, monkeypatch):
    write(tmp_path / "review", "first")
    busy(monkeypatch, tmp_path / "review")
    write(tmp_path / "review", "second")
    assert (tmp_path / "review" / "report.html").read_text() == "second"
    assert names(tmp_path / "review") == OURS
    assert names(tmp_path) == ["review"]


@pytest.mark.parametrize("earlier", [True, False])
@pytest.mark.parametrize("failing", [0, 1, 2])
def test_a_move_that_fails_puts_the_files_before_it_back(tmp_path, monkeypatch, earlier, failing):
    monkeypatch.chdir(tmp_path)
    if earlier:
        write(tmp_path, "first")
    real = os.replace
    calls = []

    def fails_once(source, target):
        calls.append(target)
        if len(calls) == failing + 1:
            raise OSError(5, "Input/output error")
        real(source, target)

    monkeypatch.setattr(outputs.os, "replace", fails_once)
    with pytest.raises(OutputError, match="Input/output error"):
        write(tmp_path, "second")
    assert names(tmp_path) == (OURS if earlier else [])
    assert not earlier or (tmp_path / "report.html").read_text() == "first"


@pytest.mark.parametrize("within", ["review", "new/folders/review"])
def test_a_failure_removes_every_temporary_and_every_folder_made_for_it(tmp_path, monkeypatch, within):
    def no_space(self, file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("polars.DataFrame.write_csv", no_space)
    with pytest.raises(OutputError) as error:
        write(tmp_path / within)
    assert error.value.problems[0].remedy.startswith("free some space")
    assert names(tmp_path) == []


def test_an_interruption_removes_them_too(tmp_path, monkeypatch):
    def interrupted(self, file):
        raise KeyboardInterrupt

    monkeypatch.setattr("polars.DataFrame.write_csv", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "review")
    assert names(tmp_path) == []
