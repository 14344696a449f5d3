"""Every example is a protocol that can be read, and a case book that says what its README says it says.

Read with the standard library alone, so that the reader of case books cannot agree with its own mistake.
"""

import csv
import importlib.util
import re
from collections import Counter
from pathlib import Path

import pytest

from equipoise.domain.appraisal import appraisal_gaps
from equipoise.domain.evidence import Role, definition_key
from equipoise.domain.protocol import Protocol
from equipoise.read.evidence import read_published
from equipoise.read.protocol import read_protocol

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
SHARED = ROOT.parent / "shared"
MARROW = ("marrow-2013", "marrow-2013-together")
FACTS = (
    "study_id", "year", "arm", "role", "n_enrolled", "n_analysed", "timepoint_months", "responders", "n", "mean", "sd",
    "mean_change", "sd_change", "unit", "design", "url",
)  # fmt: skip


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def table(example: str, name: str) -> list[dict[str, str]]:
    return rows_of(EXAMPLES / example / "casebook" / f"{name}.csv")


def shared(path: str) -> Path:
    found = SHARED / path
    assert found.exists(), f"this test compares with ../shared/{path}, beside the checkout, and it is not there"
    return found


@pytest.fixture(scope="module", params=sorted(path.parent.name for path in EXAMPLES.glob("*/study.toml")))
def example(request) -> tuple[str, Protocol]:
    return request.param, read_protocol(EXAMPLES / request.param)


def test_every_example_is_a_complete_protocol(example):
    _, protocol = example
    assert protocol.primary.name
    assert len(protocol.digest) == 64


def test_every_case_of_an_example_is_in_its_cases(example):
    name, protocol = example
    if protocol.columns is not None:
        return
    cases = [row["case_id"] for row in table(name, "cases")]
    assert len(cases) == len(set(cases))
    visits = {visit.name for visit in protocol.visit}
    for other in ("procedures", "assessments", "adverse_events"):
        assert {row["case_id"] for row in table(name, other)} <= set(cases)
    for row in table(name, "assessments"):
        assert row["instrument"] in protocol.instruments
        assert row["visit"] in visits | {""}
        assert (row["status"] == "done") == (row["value"] != "")
        assert row["status"] == "done" or row["visit"]


class TestMarrow:
    """The counts of HealthDay, 12 April 2013 (its address is in the example's README)."""

    @pytest.mark.parametrize("name", MARROW)
    @pytest.mark.parametrize(
        ("visit", "yes", "no", "not_reached"), [("4 months", 10, 2, 0), ("12 months", 8, 3, 1), ("24 months", 5, 3, 4)]
    )
    def test_relief_by_visit(self, name, visit, yes, no, not_reached):
        rows = [row for row in table(name, "assessments") if row["visit"] == visit]
        assert Counter(row["value"] for row in rows if row["status"] == "done") == {"1": yes, "0": no}
        assert sum(row["status"] == "not_reached" for row in rows) == not_reached

    @pytest.mark.parametrize("name", MARROW)
    def test_twelve_had_something_else_and_nothing_is_known_of_their_relief(self, name):
        procedures = table(name, "procedures")
        index = [row["case_id"] for row in procedures if row["procedure"] == "marrow_injection"]
        others = {row["case_id"] for row in procedures if row["procedure"] != "marrow_injection"}
        assert (len(index), len(set(index)), len(others)) == (24, 24, 12)
        assert others.isdisjoint(row["case_id"] for row in table(name, "assessments"))

    def test_when_the_others_happened_is_the_one_thing_the_two_readings_differ_in(self):
        days = {
            name: {row["day"] for row in table(name, "procedures") if row["procedure"] != "marrow_injection"}
            for name in MARROW
        }
        assert days == {"marrow-2013": {"0/913"}, "marrow-2013-together": {"0"}}
        for name in ("cases", "assessments", "adverse_events"):
            assert table(MARROW[0], name) == table(MARROW[1], name)

    @pytest.mark.parametrize("name", MARROW)
    def test_who_had_not_reached_a_visit_had_not_reached_a_later_one(self, name):
        rows = table(name, "assessments")
        late = {
            v: {r["case_id"] for r in rows if r["visit"] == v and r["status"] == "not_reached"}
            for v in ("12 months", "24 months")
        }
        assert late["12 months"] < late["24 months"]

    @pytest.mark.parametrize("name", MARROW)
    def test_the_last_contact_says_no_more_than_the_visits(self, name):
        rows, cases = table(name, "assessments"), table(name, "cases")
        done = {
            v: {r["case_id"] for r in rows if r["visit"] == v and r["status"] == "done"}
            for v in ("12 months", "24 months")
        }
        without = {row["case_id"] for row in rows}
        for case in cases:
            who = case["case_id"]
            expected = (
                "365/913" if who not in without
                else "730/913" if who in done["24 months"]
                else "365/729" if who in done["12 months"]
                else "122/364"
            )  # fmt: skip
            assert case["last_contact"] == expected
            assert case["death"] == case["pain_years"] == ""

    @pytest.mark.parametrize("name", MARROW)
    def test_no_harm_was_seen_and_none_is_not_the_same_as_not_asked(self, name):
        assert (EXAMPLES / name / "casebook/adverse_events.csv").exists()
        assert table(name, "adverse_events") == []

    @pytest.mark.parametrize("name", MARROW)
    def test_nothing_that_a_benchmark_may_pool_counts_like_it(self, name):
        protocol = read_protocol(EXAMPLES / name)
        key = definition_key(protocol.primary.endpoint, protocol.instrument_of(protocol.primary))
        assert [(each.as_of, each.match.role) for each in protocol.benchmark] == [
            (2013, Role.SHAM),
            (2026, Role.SHAM),
            (2013, Role.FUSION),
            (2013, Role.USUAL_CARE),
        ]
        roles = {each.match.role for each in protocol.benchmark}
        assert [arm for arm in protocol.published if arm.role in roles and arm.definition_key == key] == []
        assert all(each.exclude == each.show_later == ("LEVI_2025",) for each in protocol.benchmark)

    @pytest.mark.parametrize("name", MARROW)
    def test_the_appraisal_has_gaps_and_names_them(self, name):
        assert appraisal_gaps(read_protocol(EXAMPLES / name).conduct) == (
            "measurement of the condition",
            "identification of the condition",
            "clinical information",
        )

    def test_every_source_is_an_address_of_the_accounts(self):
        known = {row["url"] for row in rows_of(shared("evidence/accounts.csv"))}
        for name in MARROW:
            assert {source.url for source in read_protocol(EXAMPLES / name).source} <= known
            cited = re.findall(r"^\[\d+\]: (\S+)$", (EXAMPLES / name / "README.md").read_text(encoding="utf-8"), re.M)
            assert cited
            assert set(cited) <= known


class TestSynthetic:
    def test_the_same_seed_gives_the_files_that_ship(self, tmp_path):
        folder = EXAMPLES / "disc-series-synthetic"
        spec = importlib.util.spec_from_file_location("generate", folder / "generate.py")
        assert spec is not None
        assert spec.loader is not None
        generate = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(generate)
        generate.write(tmp_path)
        drawn = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.csv"))
        assert len(drawn) == 9
        for path in drawn:
            assert (tmp_path / path).read_bytes() == (folder / path).read_bytes(), path

    def test_it_holds_what_it_is_there_to_show(self):
        name = "disc-series-synthetic"
        statuses = Counter(row["status"] for row in table(name, "assessments"))
        assert min(statuses[each] for each in ("done", "not_done", "not_asked", "not_reached")) >= 3
        dates = [row["date"] for row in table(name, "procedures") if row["procedure"] != "disc_injection"]
        assert {len(date) for date in dates} == {0, 4, 7, 10}  # lost, a year, a month, a day
        baselines = {row["case_id"]: int(row["value"]) for row in table(name, "assessments") if row["visit"] == ""}
        assert min(baselines.values()) < 4
        assert len(baselines) < len(table(name, "cases")) == 40

    def test_four_arms_match_and_the_real_one_is_held_out(self):
        protocol = read_protocol(EXAMPLES / "disc-series-synthetic")
        key = definition_key(protocol.primary.endpoint, protocol.instrument_of(protocol.primary))
        (benchmark,) = protocol.benchmark
        alike = [
            arm
            for arm in protocol.published
            if (arm.role, arm.definition_key, arm.month) == (Role.SHAM, key, 12) and arm.has_count
        ]
        assert {arm.study_id for arm in alike} - set(benchmark.exclude) == {f"SYNTHETIC_{each}" for each in "ABCD"}
        assert {arm.study_id for arm in alike} & set(benchmark.exclude) == {"LEVI_2025"}

    def test_every_row_says_that_it_is_synthetic(self):
        rows = rows_of(EXAMPLES / "disc-series-synthetic/published_arms.csv")
        assert all("SYNTHETIC" in row["notes"] and "synthetic" in row["arm"] for row in rows)
        assert "SYNTHETIC" in " ".join(read_protocol(EXAMPLES / "disc-series-synthetic").conduct.cautions)


class TestBoulder:
    def test_every_column_it_names_is_in_the_file(self):
        protocol = read_protocol(EXAMPLES / "boulder-2022")
        assert protocol.columns is not None
        file = shared("data/boulder/boulder_2022.csv")
        assert (EXAMPLES / "boulder-2022" / protocol.cases.path).resolve() == file.resolve()
        with file.open(encoding="utf-8") as opened:
            header = set(next(csv.reader(opened)))
        columns = protocol.columns.model_dump()
        named = [columns["group"]["source"], columns["day"]["source"], columns["case_id"]]
        named += [each if isinstance(each, str) else each["source"] for each in columns["cases"].values()]
        named += list(columns["instruments"].values())
        assert set(named) <= header

    def test_one_person_was_never_randomised(self):
        rows = rows_of(shared("data/boulder/boulder_2022.csv"))
        assert len({row["id"] for row in rows if row["group"] in ("", "<undefined>")}) == 1
        (criterion,) = read_protocol(EXAMPLES / "boulder-2022").population.require
        assert (criterion.column, criterion.recorded, criterion.unknown) == ("cases.group", True, "exclude")

    def test_it_says_that_the_injection_is_no_blinded_sham(self):
        cautions = read_protocol(EXAMPLES / "boulder-2022").conduct.cautions
        assert any("comparator" in each and "not a blinded sham" in each for each in cautions)


class TestFacts:
    """The evidence that ships against the tables it was taken from: the words are ours, the figures theirs."""

    def test_every_figure_equals_the_one_read(self):
        ours = rows_of(ROOT / "src/equipoise/evidence/published_results.csv")
        theirs = rows_of(shared("evidence/published_results.csv"))
        assert [{name: row[name] for name in FACTS} for row in ours] == [
            {name: row[name] for name in FACTS} for row in theirs
        ]

    def test_every_threshold_equals_the_one_read(self):
        ours = rows_of(ROOT / "src/equipoise/evidence/thresholds.csv")
        theirs = rows_of(shared("evidence/thresholds.csv"))
        facts = [(row["kind"], row["value"], row["absolute_or_percent"], row["url"]) for row in ours]
        read = [(row["threshold_kind"], row["value"], row["absolute_or_percent"], row["url"]) for row in theirs]
        assert facts == read

    def test_the_same_percentages_are_computed_in_both(self):
        theirs = rows_of(shared("evidence/published_results.csv"))
        computed = [
            bool(re.search(r"responders (and n )?computed|12 computed from half", row["notes"])) for row in theirs
        ]
        assert [arm.count_source == "computed from a printed percentage" for arm in read_published()] == computed
