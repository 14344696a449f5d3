"""The evidence that ships is whole and consistent; a study's own file is read the same way, or refused in one go."""

import csv
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.domain.estimand import Endpoint
from equipoise.domain.evidence import Role, definition_key, is_standard_key, key_problem, standard_key
from equipoise.domain.instrument import Better
from equipoise.errors import ProtocolError
from equipoise.read.evidence import families_of, read_definitions, read_instruments, read_published

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "src/equipoise/evidence"
SYNTHETIC = ROOT / "examples/disc-series-synthetic/published_arms.csv"
ARMS = read_published()
INSTRUMENTS = read_instruments()
FAMILIES = families_of(INSTRUMENTS)


class TestShippedArms:
    def test_there_are_179(self):
        assert len(ARMS) == 179

    def test_every_row_has_a_defined_key_and_every_definition_a_row(self):
        assert {arm.definition_key for arm in ARMS} == set(read_definitions())

    def test_counts_are_consistent(self):
        for arm in ARMS:
            assert (arm.responders is None) == (arm.count_source == "none")
            assert arm.responders is None or arm.n is None or 0 <= arm.responders <= arm.n
            assert arm.percent is None or 0 <= arm.percent <= 100
            assert not (arm.percent is not None and arm.has_count)

    def test_counts_computed_from_a_percentage_say_so_in_their_notes(self):
        computed = [arm for arm in ARMS if arm.count_source == "computed from a printed percentage"]
        assert {arm.study_id for arm in computed} == {"MEYER_2013", "LEVI_2025", "HAINES_2022", "WOLFF_2020"}
        assert all("computed" in arm.notes for arm in computed)

    @pytest.mark.parametrize(
        "same",
        [
            {"PETTINE_2015", "PETTINE_2016", "PETTINE_2017"},
            {"VAST_INTERIM_2020", "VAST_2021", "VAST_EXTENSION_36M"},
            {"BROX_2003", "BROX_2006", "BROX_2010", "FROHOLDT_2012", "MANNION_2013", "FAIRBANK_2005"},
            {"FRITZELL_2001", "FRITZELL_2003_COMPLICATIONS"},
            {"MEYER_2013"},
            {"LEVI_2025"},
        ],
    )
    def test_rows_of_the_same_people_share_their_name_and_share_it_with_nobody_else(self, same):
        names = {arm.patients for arm in ARMS if arm.study_id in same}
        assert len(names) == 1
        assert {arm.study_id for arm in ARMS if arm.patients in names} == same

    def test_only_those_groups_hold_more_than_one_report(self):
        reports = defaultdict(set)
        for arm in ARMS:
            reports[arm.patients].add(arm.study_id)
        assert sorted(len(each) for each in reports.values() if len(each) > 1) == [2, 3, 3, 6]

    def test_reviews_are_known_as_such(self):
        reviews = {arm.study_id for arm in ARMS if arm.is_review}
        assert {"SYSREV_BMC_7_STUDIES", "HER_2022_REVIEW", "SALTYCHEV_2014_META", "COSTA_2012_META"} <= reviews
        assert "LEVI_2025" not in reviews

    def test_a_rule_that_was_not_stated_matches_no_other_study(self):
        unstated = {key for key, each in read_definitions().items() if each.kind == "unstated"}
        assert unstated == {key for key in read_definitions() if key.startswith("unstated_")}
        for key in unstated:
            assert len({arm.study_id for arm in ARMS if arm.definition_key == key}) == 1

    def test_a_count_of_people_is_of_a_responder_an_event_or_an_unstated_rule(self):
        kinds = {
            read_definitions()[arm.definition_key].kind for arm in ARMS if arm.has_count or arm.percent is not None
        }
        assert kinds == {"responder", "event", "unstated"}

    def test_the_trial_of_2025_as_printed(self):
        # Levi et al. 2025, doi 10.1016/j.inpm.2025.100611: 44 % of 45 treated, 56 % of 18 sham at 12 months
        key, arms = "pain_improved_50_percent", [arm for arm in ARMS if arm.study_id == "LEVI_2025" and arm.month == 12]
        counts = {arm.role: (arm.responders, arm.n) for arm in arms if arm.definition_key == key}
        assert counts == {Role.TREATMENT: (20, 45), Role.SHAM: (10, 18)}

    def test_no_sham_count_had_been_published_by_2013(self):
        """So a study of 2013 had no sham to be set beside; the oldest with a year is of 2017, at one month."""
        sham = [arm for arm in ARMS if arm.role == Role.SHAM and arm.has_count and arm.year is not None]
        assert sorted({(arm.year, arm.study_id) for arm in sham})[0] == (2017, "NGUYEN_2017")

    def test_nothing_published_counts_like_the_seed_study_but_itself(self):
        key = definition_key(
            Endpoint.model_validate({"instrument": "relief", "value": {"equals": 1}}), INSTRUMENTS["relief"]
        )
        assert key == "felt_better_unscaled"
        alike = [arm for arm in ARMS if arm.definition_key == key]
        assert {(arm.study_id, arm.role) for arm in alike} == {("MEYER_2013", Role.TREATMENT)}

    def test_a_printed_percentage_is_no_mean(self):
        spine = next(arm for arm in ARMS if arm.study_id == "FRITZELL_2001" and arm.role == Role.FUSION)
        assert (spine.percent, spine.mean, spine.has_count) == (63.0, None, False)


class TestInstruments:
    def test_their_names(self):
        assert set(INSTRUMENTS) == {
            "relief", "pain_nrs", "pain_nrs_100", "pain_vas", "odi", "roland_morris", "promis_pain_interference", "pgic",
            "bpi_intensity", "bpi_interference",
        }  # fmt: skip

    def test_every_threshold_belongs_to_one_and_lies_on_its_scale(self):
        with (SHIPPED / "thresholds.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert sum(len(each.thresholds) for each in INSTRUMENTS.values()) == len(rows) == 37
        for instrument in INSTRUMENTS.values():
            for threshold in instrument.thresholds:
                assert threshold.url.startswith("http")
                assert 0 <= threshold.value <= (100 if threshold.absolute_or_percent == "percent" else instrument.high)

    def test_a_known_threshold(self):
        # Ostelo et al. 2008 consensus, as read: ODI 10 points and 30 % of baseline
        assert {
            (each.value, each.absolute_or_percent) for each in INSTRUMENTS["odi"].thresholds if each.kind == "MCID"
        } >= {
            (Decimal(10), "absolute"),
            (Decimal(30), "percent"),
        }

    def test_each_says_where_it_is_described(self):
        assert all(instrument.citation and instrument.family for instrument in INSTRUMENTS.values())

    def test_percent_rules_only_where_zero_is_none(self):
        refused = {name for name, each in INSTRUMENTS.items() if not each.takes_percent_rules}
        assert refused == {"relief", "promis_pain_interference", "pgic"}


KEYS = {
    "pain_improved_50_percent": ("pain_nrs", {"percent_change": {"at_least": 50}}),
    "pain_improved_30_percent": ("pain_vas", {"percent_change": {"at_least": Decimal("30.0")}}),
    "pain_improved_over_50_percent": ("pain_vas", {"percent_change": {"more_than": 50}}),
    "disability_odi_improved_30_percent": ("odi", {"percent_change": {"at_least": 30}}),
    "disability_odi_improved_15_of_100": ("odi", {"change": {"at_least": 15}}),
    "roland_improved_3_of_24": ("roland_morris", {"change": {"at_least": 3}}),
    "roland_improved_over_2.5_of_24": ("roland_morris", {"change": {"more_than": Decimal("2.50")}}),
    "pain_below_40_of_100": ("pain_nrs_100", {"value": {"below": 40}}),
    "pain_at_most_3_of_10": ("pain_nrs", {"value": {"at_most": 3}}),
    "felt_better_unscaled": ("relief", {"value": {"equals": 1}}),
    "not_felt_better_unscaled": ("relief", {"value": {"equals": 0}}),
}


@pytest.mark.parametrize("key", KEYS)
def test_a_standard_rule_names_itself(key):
    name, rule = KEYS[key]
    endpoint = Endpoint.model_validate({"instrument": name, **rule, "baseline_look_back_days": 1})
    assert standard_key(endpoint, INSTRUMENTS[name]) == key


def test_the_published_keys_a_protocol_can_arrive_at_are_the_standard_ones():
    standard = {key for key in read_definitions() if is_standard_key(key, FAMILIES)}
    assert standard == {
        "pain_improved_30_percent", "pain_improved_50_percent", "disability_odi_improved_30_percent",
        "disability_odi_improved_50_percent", "roland_improved_3_of_24", "pain_at_most_3_of_10", "pain_below_40_of_100",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("instrument", "key"),
    [("pain_nrs", "mean_pain"), ("pain_vas", "mean_pain"), ("odi", "mean_odi"), ("relief", None)],
)
@pytest.mark.parametrize("score", ["value", "change"])
def test_a_score_shares_the_mean_of_its_family(instrument, key, score):
    endpoint = Endpoint.model_validate({"instrument": instrument, "score": score, "baseline_look_back_days": 30})
    assert definition_key(endpoint, INSTRUMENTS[instrument]) == key
    assert standard_key(endpoint, INSTRUMENTS[instrument]) is None  # it is no rule
    upside_down = INSTRUMENTS[instrument].model_copy(update={"better": Better.HIGHER})
    assert definition_key(endpoint, upside_down) is None
    named = endpoint.model_copy(update={"definition": "own_mean"})
    assert definition_key(named, upside_down) == "own_mean"


def test_an_instrument_apart_shares_nothing():
    apart = INSTRUMENTS["pain_nrs"].model_copy(update={"family": None})
    rule = Endpoint.model_validate({"instrument": "pain_nrs", "value": {"at_most": 3}})
    assert definition_key(rule, apart) is None


@given(st.integers(1, 100), st.sampled_from(["pain_nrs", "pain_vas", "odi", "roland_morris", "bpi_intensity"]))
def test_every_key_a_rule_gives_itself_is_known_as_standard(percent, name):
    rule = {"instrument": name, "percent_change": {"at_least": percent}, "baseline_look_back_days": 1}
    key = standard_key(Endpoint.model_validate(rule), INSTRUMENTS[name])
    assert key is not None
    assert key_problem(key, (), FAMILIES) is None


def test_a_key_of_ones_own_and_a_misspelt_one():
    assert key_problem("own_back_at_work", read_definitions(), FAMILIES) is None
    problem = key_problem("pain_improved_50_precent", read_definitions(), FAMILIES)
    assert problem is not None
    assert problem[1].startswith("did you mean 'pain_improved_50_percent'?")


def arms_file(folder: Path, *changes: tuple[str, str], row: int = 1) -> Path:
    """The synthetic arms with some cells of one row changed, by column."""
    with SYNTHETIC.open(encoding="utf-8") as file:
        table = list(csv.reader(file))
    for column, value in changes:
        table[row][table[0].index(column)] = value
    path = folder / "arms.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(table)
    return path


class TestOwnFiles:
    def test_they_follow_the_arms_that_ship(self):
        arms = read_published([SYNTHETIC])
        assert arms[: len(ARMS)] == ARMS
        assert [(arm.study_id, arm.responders, arm.n) for arm in arms[len(ARMS) :]] == [
            ("SYNTHETIC_A", 11, 48),
            ("SYNTHETIC_B", 17, 52),
            ("SYNTHETIC_C", 9, 31),
            ("SYNTHETIC_D", 22, 60),
        ]

    @pytest.mark.parametrize(
        ("column", "value", "problem"),
        [
            ("responders", "49", "is larger than n"),
            ("responders", "-1", "is below 0"),
            ("responders", "many", "is not a number"),
            ("responders", "10.5", "is not a whole number"),
            ("responders", "inf", "is not a whole number"),
            ("responders", "", "contradicts responders"),
            ("n", "0", "is below 1"),
            ("timepoint_months", "-3", "is below 0"),
            ("timepoint_months", "nan", "is not finite"),
            ("role", "shame", "'shame' is not known"),
            ("design", "trial", "'trial' is not known"),
            ("count_source", "guessed", "'guessed' is not known"),
            ("definition_key", "pain_improved_50_precent", "'pain_improved_50_precent' is no known definition"),
            ("url", "", "is blank"),
            ("patients", " ", "is blank"),
        ],
    )
    def test_a_wrong_cell_is_told_by_row_and_column(self, tmp_path, column, value, problem):
        with pytest.raises(ProtocolError) as refused:
            read_published([arms_file(tmp_path, (column, value))])
        told = {(each.where, each.problem) for each in refused.value.problems}
        at = "count_source" if problem.startswith("contradicts") else column
        assert (f"arms.csv: row 2, column {at}", problem) in told

    def test_a_percentage_above_a_hundred(self, tmp_path):
        text = SYNTHETIC.read_text(encoding="utf-8").splitlines()
        header, row = f"{text[0]},mean", text[1].replace(",11,48,stated,patients,", ",,48,none,percent_responders,")
        path = tmp_path / "arms.csv"
        path.write_text(f"{header}\n{row},101\n", encoding="utf-8")
        with pytest.raises(ProtocolError, match="is a percentage outside 0 to 100"):
            read_published([path])
        path.write_text(f"{header}\n{row},33\n", encoding="utf-8")
        assert read_published([path])[-1].percent == 33

    @pytest.mark.parametrize(
        ("was", "becomes", "problem"),
        [
            (",11,48,", ",11,48,", "says what row 2 says"),
            (",11,48,", ",11,84,", "contradicts row 2"),
            (",11,48,", ",16,48,", "contradicts row 2"),
        ],
    )
    def test_one_figure_of_one_arm_is_given_once(self, tmp_path, was, becomes, problem):
        lines = SYNTHETIC.read_text(encoding="utf-8").splitlines()
        path = tmp_path / "arms.csv"
        path.write_text("\n".join([*lines, lines[1].replace(was, becomes)]) + "\n", encoding="utf-8")
        with pytest.raises(ProtocolError) as refused:
            read_published([path])
        (told,) = refused.value.problems
        assert told.where == "arms.csv: row 6"
        assert told.problem.startswith(problem)

    def test_a_count_of_another_kind_stands_beside_it(self, tmp_path):
        lines = SYNTHETIC.read_text(encoding="utf-8").splitlines()
        path = tmp_path / "arms.csv"
        other = (
            lines[1].replace("at least 50% relief", "at least 50% relief, lost counted as no").replace(",48,", ",60,")
        )
        path.write_text("\n".join([*lines, other]) + "\n", encoding="utf-8")
        assert [(arm.responders, arm.n) for arm in read_published([path])[-5:]].count((11, 60)) == 1

    def test_every_problem_of_every_file_at_once(self, tmp_path):
        first = arms_file(tmp_path, ("n", "none"), ("role", "shame"), row=3)
        second = tmp_path / "other.csv"
        second.write_text("study_id,year,yeer\nA,2001,1\n", encoding="utf-8")
        with pytest.raises(ProtocolError) as refused:
            read_published([first, second, tmp_path / "gone.csv"])
        told = [(each.where, each.problem) for each in refused.value.problems]
        assert ("arms.csv: row 4, column n", "is not a number") in told
        assert ("arms.csv: row 4, column role", "'shame' is not known") in told
        assert ("other.csv", "column 'role' is missing") in told
        assert ("other.csv", "column 'yeer' is not known") in told
        assert ("gone.csv", "no such file") in told

    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            (b"", "is empty"),
            ("study_id,é".encode("latin-1"), "is not UTF-8 text"),
            (b'study_id,"a', "is not CSV"),
        ],
    )
    def test_a_file_that_is_no_table(self, tmp_path, content, problem):
        path = tmp_path / "arms.csv"
        path.write_bytes(content)
        with pytest.raises(ProtocolError) as refused:
            read_published([path])
        assert any(each.problem.startswith(problem) for each in refused.value.problems)

    def test_a_ragged_row_and_a_column_twice(self, tmp_path):
        text = SYNTHETIC.read_text(encoding="utf-8")
        path = tmp_path / "arms.csv"
        path.write_text(text.replace("SYNTHETIC: no such trial.", "a,b", 1), encoding="utf-8")
        with pytest.raises(ProtocolError, match="cells under"):
            read_published([path])
        path.write_text(text.replace("study_id,patients", "study_id,study_id,patients", 1), encoding="utf-8")
        with pytest.raises(ProtocolError, match="stands twice"):
            read_published([path])

    @given(st.binary(max_size=200))
    def test_no_bytes_end_in_a_traceback(self, tmp_path_factory, content):
        path = tmp_path_factory.mktemp("bytes") / "arms.csv"
        path.write_bytes(content)
        with pytest.raises(ProtocolError):
            read_published([path])
