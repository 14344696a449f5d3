"""A study file is read whole, or refused with every problem at once, each in the words of the file."""

import json
import os
import re
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from equipoise.domain.estimand import ValueRule
from equipoise.errors import Problem, ProtocolError
from equipoise.read.protocol import protocol_schema, read_protocol

ROOT = Path(__file__).parents[2]
MARGIN = "by how much the treatment must be better, 0 to 1; of a score in points of its instrument"
STUDY = """
title = "A study"
question = "Does it help?"
written = "before outcomes were seen"
seed = 1

[cases]
path = "casebook"

[population]
require = [{ column = "baseline.pain_nrs", at_least = 4, look_back_days = 30, unknown = "exclude" }]

[treatment]
procedure = "injection"

[[intercurrent_event]]
name = "other procedure"
procedures = "any other"

[[visit]]
name = "3 months"
month = 3
day = 91
window = [45, 136]

[[visit]]
name = "12 months"
month = 12
day = 365
window = [304, 426]

[[estimand]]
name = "half the pain gone"
primary = true
visits = ["3 months", "12 months"]
endpoint = { instrument = "pain_nrs", percent_change = { at_least = 50 }, baseline_look_back_days = 30 }
strategies = { "other procedure" = "composite by visit" }

[sensitivity]
strategies = "all"
missing = ["bounds", "observed"]

[[benchmark]]
name = "sham"
match = { role = "sham", months = [12] }
as_of = 2026
margin = 0.1

[conduct]
consecutive = "yes"
captured = "all"
co_interventions = []
rescue_medication = "not recorded"
harms = "solicited"
self_report_blinded = false
entry_minimum_score = true
"""


def written(folder: Path, text: str = STUDY, name: str = "study.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def changed(*pairs: tuple[str, str]) -> str:
    text = STUDY
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def problems_of(path: Path) -> tuple[Problem, ...]:
    with pytest.raises(ProtocolError) as refused:
        read_protocol(path)
    assert refused.value.exit_code == 3
    return refused.value.problems


def refusal(folder: Path, *pairs: tuple[str, str]) -> Problem:
    problems = problems_of(written(folder, changed(*pairs)))
    assert len(problems) == 1, problems
    return problems[0]


class TestComplete:
    def test_a_file_and_its_folder_are_the_same_protocol(self, tmp_path):
        path = written(tmp_path)
        assert read_protocol(path) == read_protocol(tmp_path) == read_protocol(str(tmp_path))

    def test_what_it_names_is_resolved(self, tmp_path):
        protocol = read_protocol(written(tmp_path))
        assert list(protocol.instruments) == ["pain_nrs"]
        assert protocol.instrument_of(protocol.primary).thresholds
        assert {arm.role for arm in protocol.published} == {"sham"}
        assert protocol.folder == str(tmp_path)
        assert protocol.visit_named("12 months").window == (304, 426)

    def test_numbers_are_exact_decimals(self, tmp_path):
        text = changed(("percent_change = { at_least = 50 }", "percent_change = { at_least = 33.3 }"))
        rule = read_protocol(written(tmp_path, text)).primary.endpoint.percent_change
        assert rule is not None
        assert rule.at_least == Decimal("33.3")  # the float 33.3 is 33.29999999999999715...

    def test_nothing_published_is_carried_without_a_benchmark(self, tmp_path):
        head, _, tail = STUDY.partition("[[benchmark]]")
        text = head + tail[tail.index("[conduct]") :]
        assert read_protocol(written(tmp_path, text)).published == ()

    def test_a_byte_order_mark_is_no_mistake(self, tmp_path):
        path = tmp_path / "study.toml"
        path.write_bytes(b"\xef\xbb\xbf" + STUDY.encode())
        assert read_protocol(path).title == "A study"

    def test_an_instrument_of_its_own(self, tmp_path):
        own = '\n[[instrument]]\nname = "walk"\nlabel = "Walking, minutes"\nlow = 0\nhigh = 60\nbetter = "higher"\n'
        text = changed(("baseline.pain_nrs", "baseline.walk")) + own
        assert set(read_protocol(written(tmp_path, text)).instruments) == {"pain_nrs", "walk"}

    def test_a_redefined_instrument_replaces_the_one_that_ships(self, tmp_path):
        own = '\n[[instrument]]\nname = "pain_nrs"\nlabel = "Pain"\nlow = 0\nhigh = 5\nbetter = "lower"\n'
        assert read_protocol(written(tmp_path, STUDY + own)).instruments["pain_nrs"].high == 5

    def test_evidence_of_its_own_is_found_from_its_folder(self, tmp_path, monkeypatch):
        arms = (ROOT / "examples/disc-series-synthetic/published_arms.csv").read_text(encoding="utf-8")
        written(tmp_path, arms, "arms.csv")
        path = written(tmp_path, STUDY + '\n[evidence]\nfiles = ["arms.csv"]\n')
        monkeypatch.chdir(os.sep)
        assert "SYNTHETIC_A" in {arm.study_id for arm in read_protocol(path).published}


class TestDigest:
    def test_it_does_not_depend_on_the_folder_nor_on_the_order_of_keys(self, tmp_path):
        (tmp_path / "elsewhere").mkdir()
        reordered = changed(
            ("month = 3\nday = 91\n", "day = 91\nmonth = 3\n"),
            ('match = { role = "sham", months = [12] }', 'match = { months = [12], role = "sham" }'),
            ("seed = 1\n", ""),
            ('title = "A study"\n', 'seed = 1\ntitle = "A study"  # a remark\n'),
        )
        here = read_protocol(written(tmp_path)).digest
        assert read_protocol(written(tmp_path / "elsewhere", reordered)).digest == here
        assert len(here) == 64

    def test_a_number_is_the_same_however_it_is_written(self, tmp_path):
        here = read_protocol(written(tmp_path)).digest
        text = changed(("percent_change = { at_least = 50 }", "percent_change = { at_least = 50.0 }"))
        assert read_protocol(written(tmp_path, text)).digest == here

    @pytest.mark.parametrize(
        "change",
        [
            ("seed = 1", "seed = 2"),
            ("at_least = 50", "at_least = 30"),
            ("window = [304, 426]", "window = [304, 427]"),
            ('role = "sham"', 'role = "fusion"'),
            ('harms = "solicited"', 'harms = "volunteered"'),
        ],
    )
    def test_every_choice_changes_it(self, tmp_path, change):
        here = read_protocol(written(tmp_path)).digest
        assert read_protocol(written(tmp_path, changed(change))).digest != here

    def test_the_instrument_behind_it_changes_it(self, tmp_path):
        own = '\n[[instrument]]\nname = "pain_nrs"\nlabel = "Pain"\nlow = 0\nhigh = {}\nbetter = "lower"\n'
        one, other = (read_protocol(written(tmp_path, STUDY + own.format(high))).digest for high in (10, 11))
        assert one != other


def test_the_blocks_of_the_reference_are_one_study(tmp_path):
    """docs/study-file.md shows each section once; put together they are a complete study file."""
    text = (ROOT / "docs/study-file.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```toml\n(.*?)^```$", text, re.M | re.S)
    protocol = read_protocol(written(tmp_path, "\n".join(blocks)))
    sections = set(tomllib.loads("\n".join(blocks)))
    assert sections == set(protocol_schema()["properties"]) - {"columns", "evidence"}
    assert len(protocol.benchmark) == 1


@pytest.mark.parametrize("section", sorted(protocol_schema()["$defs"]))
def test_the_reference_names_every_word_of_every_section(section):
    text = (ROOT / "docs/study-file.md").read_text(encoding="utf-8")
    words = protocol_schema()["$defs"][section].get("properties", {})
    assert [word for word in words if f"`{word}`" not in text] == []


class TestUnreadable:
    def test_there_is_no_such_file(self, tmp_path):
        (problem,) = problems_of(tmp_path / "stduy.toml")
        assert (problem.where, problem.problem) == ("stduy.toml", "there is no such file or folder")

    def test_a_folder_without_a_study_file(self, tmp_path):
        (problem,) = problems_of(tmp_path)
        assert problem.problem == "the folder holds no study.toml"
        assert "equipoise new" in problem.remedy

    def test_a_folder_whose_study_file_has_another_name(self, tmp_path):
        written(tmp_path, name="marrow.toml")
        (problem,) = problems_of(tmp_path)
        assert problem.remedy == "give the file itself: marrow.toml"

    def test_a_mistake_of_syntax_has_its_line(self, tmp_path):
        (problem,) = problems_of(written(tmp_path, changed(("seed = 1", "seed = "))))
        assert problem.where == "study.toml: line 5, column 8"
        assert problem.problem.startswith("is not TOML")

    def test_a_file_that_breaks_off(self, tmp_path):
        (problem,) = problems_of(written(tmp_path, STUDY + "\n[evidence"))
        assert problem.problem.startswith("is not TOML")

    def test_latin_1_has_its_line(self, tmp_path):
        path = tmp_path / "study.toml"
        path.write_bytes(changed(("A study", "Étude")).encode("latin-1"))
        (problem,) = problems_of(path)
        assert (problem.where, problem.problem) == ("study.toml: line 2", "is not UTF-8 text")

    def test_ten_megabytes_of_garbage(self, tmp_path):
        path = tmp_path / "study.toml"
        path.write_bytes(os.urandom(1000) * 10_000)
        (problem,) = problems_of(path)
        assert problem.problem == "is 10 MB large; a study file is a few pages of text"

    def test_brackets_without_end(self, tmp_path):
        (problem,) = problems_of(written(tmp_path, "a = " + "[" * 100_000))
        assert problem.where.startswith("study.toml")

    def test_a_path_that_is_none(self):
        (problem,) = problems_of(Path("a\0b"))
        assert "cannot be read" in problem.problem

    @given(st.binary(max_size=300))
    def test_no_bytes_end_in_a_traceback(self, tmp_path_factory, content):
        path = tmp_path_factory.mktemp("bytes") / "study.toml"
        path.write_bytes(content)
        assert problems_of(path)

    @given(st.integers(0, len(STUDY) - 1), st.text(max_size=5))
    def test_no_slip_of_the_pen_ends_in_a_traceback(self, tmp_path_factory, at, slip):
        text = STUDY[:at] + slip + STUDY[at + 1 :]
        path = tmp_path_factory.mktemp("slip") / "study.toml"
        path.write_text(text, encoding="utf-8", errors="replace")
        refused: tuple[Problem, ...] = ()
        try:
            read_protocol(path)
        except ProtocolError as error:
            refused = error.problems
        assert all(each.where and each.problem and each.remedy for each in refused)


REFUSALS = {
    "misspelt strategy": (
        ('"composite by visit" }', '"compsite by visit" }'),
        "estimand 'half the pain gone'.strategies",
        "'other procedure': the text 'compsite by visit' is not one of the words it may be",
        "did you mean 'composite by visit'?",
    ),
    "no strategy": (
        ('strategies = { "other procedure" = "composite by visit" }', "strategies = {}"),
        "estimand 'half the pain gone'.strategies",
        "no strategy for 'other procedure'",
        "give it one of: treatment policy, composite by visit, composite by end of follow-up, while on treatment, "
        "hypothetical, principal stratum",
    ),
    "misspelt instrument": (
        ('endpoint = { instrument = "pain_nrs"', 'endpoint = { instrument = "pain_nsr"'),
        "estimand 'half the pain gone'.endpoint.instrument",
        "'pain_nsr' is no known instrument",
        "did you mean 'pain_nrs'? If not, declare it as [[instrument]]",
    ),
    "unknown visit": (
        ('visits = ["3 months", "12 months"]', 'visits = ["3 months", "12 month"]'),
        "estimand 'half the pain gone'.visits",
        "'12 month' is no declared visit",
        "did you mean '12 months'?",
    ),
    "window with one end": (
        ("window = [304, 426]", "window = [304]"),
        "visit '12 months'.window",
        "holds 1",
        "give exactly 2: first and last study day, inclusive; starts on day 1 or later",
    ),
    "window with three ends": (
        ("window = [304, 426]", "window = [304, 365, 426]"),
        "visit '12 months'.window",
        "holds 3",
        "give exactly 2: first and last study day, inclusive; starts on day 1 or later",
    ),
    "overlapping windows": (
        ("window = [304, 426]", "window = [136, 426]"),
        "visit '12 months'.window",
        "overlaps visit '3 months', which runs to day 136",
        "start it on day 137 or later, or end the other before day 136",
    ),
    "no primary": (
        ("primary = true\n", ""),
        "estimand",
        "none is primary",
        "write primary = true in the one the verdict is to speak of",
    ),
    "margin in percent": (
        ("margin = 0.1", "margin = 10"),
        "benchmark 'sham'.margin",
        "10 is no margin of a rate, and estimand 'half the pain gone' counts responders",
        "give a proportion: 0.10 for ten percentage points",
    ),
    "a margin below nought": (
        ("margin = 0.1", "margin = -1"),
        "benchmark 'sham'.margin",
        "-1 is out of range",
        f"give a number at least 0.0: {MARGIN}",
    ),
    "not a number": (
        ("margin = 0.1", "margin = nan"),
        "benchmark 'sham'.margin",
        "is NaN where a finite number is wanted",
        f"give a finite number: {MARGIN}",
    ),
    "two comparisons": (
        ("percent_change = { at_least = 50 }", "percent_change = { at_least = 50, more_than = 30 }"),
        "estimand 'half the pain gone'.endpoint.percent_change",
        "at_least, more_than are given together",
        "give exactly one of at_least, more_than",
    ),
    "change without look-back": (
        ("percent_change = { at_least = 50 }, baseline_look_back_days = 30", "percent_change = { at_least = 50 }"),
        "estimand 'half the pain gone'.endpoint",
        "a rule on change has no baseline_look_back_days",
        "give baseline_look_back_days: how many days before time zero a baseline may lie",
    ),
    "no conduct fact": (
        ('harms = "solicited"\n', ""),
        "conduct",
        "'harms' is missing",
        "give harms: whether harms were asked for or volunteered",
    ),
    "text for a list": (
        ('missing = ["bounds", "observed"]', 'missing = "bounds"'),
        "sensitivity.missing",
        "is the text 'bounds' where a list in [ ] is wanted",
        "give a list in [ ]: how unknown responses are treated, each in turn",
    ),
    "text for all": (
        ('strategies = "all"', 'strategies = "some"'),
        "sensitivity.strategies",
        "the text 'some' is not one of the words it may be",
        "write \"all\", or a list in [ ]: 'all' for the whole panel, or the strategies shown beside the declared one",
    ),
    "criterion by number": (
        ('unknown = "exclude"', 'unknown = "drop"'),
        "population.require 1.unknown",
        "the text 'drop' is not one of the words it may be",
        "valid here: keep, exclude",
    ),
    "a quoted no": (
        ("entry_minimum_score = true", 'entry_minimum_score = "no"'),
        "conduct.entry_minimum_score",
        "is the text 'no' where true or false is wanted",
        "give true or false without quotes: whether entry needed a minimum score (regression to the mean)",
    ),
    "a number for true": (
        ("primary = true", "primary = 1"),
        "estimand 'half the pain gone'.primary",
        "is 1 where true or false is wanted",
        "give true or false: true for the one the verdict speaks of",
    ),
    "true for a number": (
        ("percent_change = { at_least = 50 }", "percent_change = { at_least = true }"),
        "estimand 'half the pain gone'.endpoint.percent_change.at_least",
        "is true where a number is wanted",
        "give a number: improvement of at least this much",
    ),
    "a quoted number": (
        ("percent_change = { at_least = 50 }", 'percent_change = { at_least = "50" }'),
        "estimand 'half the pain gone'.endpoint.percent_change.at_least",
        "is the text '50' where a number is wanted",
        "give a number without quotes: improvement of at least this much",
    ),
    "a quoted number in a list": (
        ("window = [304, 426]", 'window = ["304", 426]'),
        "visit '12 months'.window",
        "holds the text '304' where a number is wanted",
        "write a number without quotes",
    ),
    "a number for a day": (
        ('path = "casebook"', 'path = "casebook"\ncut = 20130415'),
        "cases.cut",
        "is 20130415 where a date such as 2013-04-15 is wanted",
        "give a date such as 2013-04-15: the data cut; required where the case book has calendar dates",
    ),
    "no such day": (
        ('path = "casebook"', 'path = "casebook"\ncut = "2013-02-30"'),
        "cases.cut",
        "is the text '2013-02-30' where a date such as 2013-04-15 is wanted",
        "give a date such as 2013-04-15 without quotes: the data cut; required where the case book has calendar dates",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_says_where_what_and_what_to_do(tmp_path, name):
    change, where, problem, remedy = REFUSALS[name]
    assert refusal(tmp_path, change) == Problem(f"study.toml: {where}", problem, remedy)


def test_a_misspelt_section_is_one_thing_to_mend(tmp_path):
    (only,) = problems_of(written(tmp_path, changed(("[sensitivity]", "[sensitivty]"))))
    assert (only.where, only.problem) == ("study.toml", "'sensitivty' is not known here")
    assert "did you mean 'sensitivity'?" in only.remedy


def test_a_stranger_does_not_hide_what_is_missing(tmp_path):
    problems = problems_of(written(tmp_path, changed(("[sensitivity]", "[weather]"))))
    assert {each.problem for each in problems} >= {"'sensitivity' is missing", "'weather' is not known here"}


def test_a_misspelt_word_is_suggested(tmp_path):
    problems = problems_of(written(tmp_path, changed(("as_of = 2026", "as_off = 2026"))))
    assert ("study.toml: benchmark 'sham'", "did you mean 'as_of'?") in {(e.where, e.remedy) for e in problems}


def test_an_item_without_a_name_goes_by_its_number(tmp_path):
    problems = problems_of(written(tmp_path, changed(('name = "12 months"\nmonth = 12', "month = 12"))))
    assert ("study.toml: visit 2", "'name' is missing") in {(each.where, each.problem) for each in problems}


def test_every_problem_comes_at_once(tmp_path):
    """Three that a type refuses, and four that only show part against part, two of them in items that also fail alone."""
    text = changed(
        ("seed = 1", "seed = -1"),
        ('"composite by visit" }', '"compsite by visit" }'),
        ('visits = ["3 months", "12 months"]', 'visits = ["3 months", "12 month"]'),
        ('endpoint = { instrument = "pain_nrs"', 'endpoint = { instrument = "pain_nsr"'),
        ("window = [304, 426]", "window = [100, 426]"),
        ("margin = 0.1", "margin = -1"),
        ("as_of = 2026", 'as_of = 2026\nexclude = ["LEVI_2052"]'),
    )
    found = [each.where.removeprefix("study.toml: ") for each in problems_of(written(tmp_path, text))]
    assert found == [
        "seed",
        "estimand 'half the pain gone'.strategies",
        "benchmark 'sham'.margin",
        "visit '12 months'.window",
        "estimand 'half the pain gone'.visits",
        "estimand 'half the pain gone'.endpoint.instrument",
    ]
    mended = text.replace("margin = -1", "margin = 0.1")
    assert "study.toml: benchmark 'sham'.exclude" in {each.where for each in problems_of(written(tmp_path, mended))}


def test_evidence_that_is_missing_or_wrong_is_told_with_the_rest(tmp_path):
    written(tmp_path, "study_id\nX\n", "arms.csv")
    text = changed(("seed = 1", "seed = -1")) + '\n[evidence]\nfiles = ["arms.csv", "more.csv"]\n'
    told = [str(each) for each in problems_of(written(tmp_path, text))]
    assert any(each.startswith("study.toml: seed") for each in told)
    assert any(each.startswith("arms.csv\n  column 'role' is missing") for each in told)
    assert any(each.startswith("more.csv\n  no such file") for each in told)


class TestSchema:
    def test_it_is_a_valid_schema_with_a_title(self):
        schema = protocol_schema()
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert schema["title"] == "Equipoise study file"

    def test_the_published_copy_is_current(self):
        copy = (ROOT / "docs/generated/study.schema.json").read_text(encoding="utf-8")
        assert json.loads(copy) == protocol_schema(), "docs/generated/study.schema.json is stale: equipoise schema > it"

    @pytest.mark.parametrize("study", sorted(ROOT.glob("examples/*/study.toml")), ids=lambda path: path.parent.name)
    def test_the_examples_satisfy_it(self, study):
        content = tomllib.loads(study.read_text(encoding="utf-8"))
        as_json = json.loads(
            json.dumps(content, default=lambda day: day.isoformat() if isinstance(day, date) else None)
        )
        jsonschema.validate(as_json, protocol_schema())

    def test_it_refuses_what_the_reader_refuses(self):
        content = tomllib.loads(changed(('"composite by visit" }', '"compsite by visit" }')))
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(content, protocol_schema())
        jsonschema.validate(tomllib.loads(STUDY), protocol_schema())

    def test_every_word_of_the_file_is_explained(self):
        """An editor shows the description; a field without one leaves its reader to guess."""
        sections = {**protocol_schema()["$defs"], "the file": protocol_schema()}
        own_words = {"Source", "AppraisalItem", "Threshold", "ValueRule", "Criterion", "TippingThreshold", "Treatment"}
        unexplained = [
            f"{section}.{name}"
            for section, schema in sections.items()
            if section not in own_words
            for name, field in schema.get("properties", {}).items()
            if "description" not in field
        ]
        assert unexplained == []


def test_what_json_has_no_kind_for_is_read_from_its_text():
    """A JSON file of a protocol's part holds decimals and dates as texts; only a study file tells them apart."""
    rule = ValueRule(equals=Decimal("0.5"))
    assert ValueRule.model_validate_json(rule.model_dump_json()) == rule
    with pytest.raises(ValidationError):
        ValueRule.model_validate({"equals": "0.5"})


@pytest.mark.parametrize("second", ["arms.csv", "./arms.csv", "copy.csv"])
def test_one_evidence_file_under_two_names_is_read_once_or_not_at_all(tmp_path, second):
    arms = (ROOT / "examples/disc-series-synthetic/published_arms.csv").read_text(encoding="utf-8")
    for name in ("arms.csv", "copy.csv"):
        written(tmp_path, arms, name)
    path = written(tmp_path, STUDY + f'\n[evidence]\nfiles = ["arms.csv", "{second}"]\n')
    (problem,) = problems_of(path)
    assert problem.where == "study.toml: evidence.files"
    assert problem.remedy == "name one of them, once"


def test_evidence_that_cannot_be_read_is_not_also_missing_from_what_names_it(tmp_path):
    """One slip, one problem: the study and arm an adjusted benchmark names may well stand in that file."""
    text = (ROOT / "examples/disc-series-synthetic/study.toml").read_text(encoding="utf-8")
    slip = text.replace('files = ["published_arms.csv"]', 'files = "published_arms.csv"')
    (problem,) = problems_of(written(tmp_path, slip))
    assert problem.where == "study.toml: evidence.files"
