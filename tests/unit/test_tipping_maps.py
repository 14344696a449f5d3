"""Tipping grids through a study: every cell by hand, the flip line, one arm, scores, refusals."""

from decimal import Decimal
from io import StringIO
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rich.console import Console

from equipoise import run_study
from equipoise.cohort.build import build_cohort
from equipoise.domain.covariate import CovariateDeclared
from equipoise.domain.difference import DifferenceDeclared
from equipoise.domain.estimand import Endpoint, Estimand, Missing, Strategy, ValueRule
from equipoise.domain.imputation import ImputationDeclared
from equipoise.domain.protocol import IntercurrentEvent, TippingThreshold, Visit
from equipoise.domain.result import StudyResult
from equipoise.domain.tipping import TippingGridDeclared
from equipoise.errors import ProtocolError
from equipoise.estimate.imputation_scores import impute_scores
from equipoise.estimate.tipping import MOST_ON_AXIS
from equipoise.report.document import compose
from equipoise.report.html import render_html
from equipoise.report.results import results_json
from equipoise.report.sections.tipping_words import conclusion, what_tips
from equipoise.report.terminal import print_summary
from equipoise.stats.difference import miettinen_nurminen
from equipoise.stats.proportion import clopper_pearson
from laws import examples
from study_parts import INDEX, Interval, Rows, asked, book, case, done, study

VISITS = (
    Visit(name="first", month=1, day=30, window=(15, 45)),
    Visit(name="second", month=2, day=60, window=(46, 75)),
)
RELIEF = Endpoint(instrument="relief", value=ValueRule(equals=Decimal(1)))
SCORES = {
    "pain": Endpoint(instrument="pain", score="value"),
    "function": Endpoint(instrument="function", score="value"),
}
Answers = dict[str, tuple[int, int, int]]
"""Group -> how many said yes, said no, and were not seen."""


def responders(
    answers: Answers, *, events: tuple[IntercurrentEvent, ...] = (), strategy: Strategy = Strategy.TREATMENT_POLICY
):
    """A protocol and the rows of a study of yes or no at one visit."""
    rows = Rows()
    for group, (yes, no, unseen) in answers.items():
        for number, value in enumerate([1.0] * yes + [0.0] * no + [None] * unseen):
            name = f"{group}-{number:03}"
            rows.cases.append(case(name, group=group))
            rows.procedures.append(done(name, INDEX, (0, 0)))
            if value is not None:
                rows.assessments.append(asked(name, "relief", value, (30, 30)))
    strategies = {event.name: strategy for event in events}
    estimand = Estimand(name="better", primary=True, visits=("first",), endpoint=RELIEF, strategies=strategies)
    return study(visits=VISITS, estimands=[estimand], events=events), rows


def grid(**words) -> TippingGridDeclared:
    return TippingGridDeclared.model_validate({"name": "grid", "estimand": "better"} | words)


def answer(protocol, rows, *grids, threshold: float | None = None, **parts) -> StudyResult:
    sensitivity = protocol.sensitivity
    if threshold is not None:
        missing = (*sensitivity.missing, Missing.TIPPING_POINT)
        tips = {"missing": missing, "tipping_threshold": TippingThreshold(rate=threshold)}
        sensitivity = sensitivity.model_copy(update=tips)
    asks = {"tipping_grid": grids, "sensitivity": sensitivity} | parts
    return run_study(protocol.model_copy(update=asks), book(rows))


def one_map(answers: Answers, **words):
    found = answer(*responders(answers), grid(**({"group": "new", "reference": "old", "margin": 0.0} | words)))
    (only,) = found.sensitivity.tipping_maps
    return only


def test_two_by_two_unseen_is_miettinen_and_nurminen_cell_by_cell():
    found = one_map({"new": (8, 2, 2), "old": (3, 7, 2)}, margin=0.05)
    assert (found.arm.n, found.arm.unseen, found.arm.responders) == (12, 2, 8)
    assert (found.group_axis, found.reference_axis) == ((0, 1, 2), (0, 1, 2))
    for a, b in product(range(3), range(3)):
        cell = found.at(a, b)
        lower, upper = (float(each) for each in miettinen_nurminen(8 + a, 12, 3 + b, 12))
        assert (cell.lower, cell.upper) == pytest.approx((lower, upper))
        assert cell.estimate == pytest.approx((5 + a - b) / 12)
        assert cell.holds == (lower > 0.05)
    # the flips, read off those nine limits: lower limits of 8, 9, 10 of 12 against 3, 4, 5 of 12
    assert [(flip.of_reference, flip.conclusion, flip.of_group) for flip in found.flips] == [
        (0.0, "flips", 1.0),
        (1.0, "flips", 2.0),
        (2.0, "never holds", None),
    ]
    assert found.monotone
    assert (found.worst.of_group, found.worst.of_reference, found.worst.holds) == (0.0, 2.0, False)
    assert (found.best.of_group, found.best.of_reference, found.best.holds) == (2.0, 0.0, True)
    # seen: 8 of 10 and 3 of 10, of two each: 1.6, up to 2, and 0.6, up to 1
    assert (found.expected.of_group, found.expected.of_reference) == (2.0, 1.0)


def test_what_one_must_believe_is_counted_and_set_beside_the_seen():
    found = one_map({"new": (15, 5, 5), "old": (5, 15, 5)})
    words = " ".join(what_tips(found))
    corner = [(a, b) for a, b in product(range(6), range(6)) if not found.at(a, b).holds]
    fewest, most = min(b for _, b in corner), max(a for a, _ in corner)
    assert corner
    assert f"holds unless at least {fewest} of the 5 unseen of old ({_percent(fewest, 5)} %, beside 25 % of" in words
    assert f"no more than {most} of the 5 unseen of new ({_percent(most, 5)} %, beside 75 % of those seen) did" in words


def _percent(k: int, n: int) -> int:
    return (200 * k + n) // (2 * n)


def test_where_it_fails_as_seen_the_words_say_what_would_make_it_hold():
    found = one_map({"new": (9, 5, 8), "old": (7, 7, 8)})
    words = " ".join(what_tips(found))
    assert not found.expected.holds
    assert found.best.holds
    fewest, most = (
        int(found.flips[0].of_group),
        max(k for k, flip in enumerate(found.flips) if flip.of_group is not None),
    )
    assert f"holds only if at least {fewest} of the 8 unseen of new" in words
    assert f"no more than {most} of the 8 unseen of old" in words


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"new": (9, 1, 0), "old": (1, 9, 0)}, "Nothing is left to tip: everybody who counts here was seen, and"),
        ({"new": (30, 0, 1), "old": (0, 30, 1)}, "It holds whatever the unseen would have said: even if none of the 1"),
        ({"new": (1, 30, 1), "old": (30, 1, 1)}, "No answer of the unseen makes it hold: not even if all 1"),
        ({"new": (0, 0, 5), "old": (0, 5, 0)}, "nobody was seen, so there is no rate to expect"),
        ({"new": (0, 0, 5), "old": (0, 0, 5)}, "nobody was seen, so there is no rate to expect"),
        ({"new": (8, 2, 0), "old": (1, 3, 6)}, "responding, it holds; with all 6, it does not hold"),
    ],
)
def test_the_edges_are_said_in_words(answers, says):
    found = one_map(answers)
    assert says in " ".join(what_tips(found))
    assert len(found.holds) == len(found.group_axis) * len(found.reference_axis)


def test_a_negative_margin_asks_for_not_worse():
    found = one_map({"new": (9, 1, 1), "old": (9, 1, 1)}, margin=-0.1)
    assert "new is not worse than old by 10 percentage points or more" in conclusion(found)


def test_none_and_all_are_said_so_and_groups_not_formed_by_chance_too():
    """6 + a in 10 against 3 + b in 10: only 8 v 3 holds (Miettinen-Nurminen 5 to 78; 8 v 4 gives -4, 7 v 3 -5)."""
    found = answer(*responders({"new": (6, 2, 2), "old": (3, 5, 2)}), grid(group="new", reference="old", margin=0.0))
    words = " ".join(what_tips(found.sensitivity.tipping_maps[0]))
    assert "only if all 2 unseen of new (100 %, beside 75 % of those seen) responded" in words
    assert "while none of the 2 unseen of old (0 %, beside 38 % of those seen) did" in words
    assert "does not say that chance formed these groups" in render_html(found)


def test_groups_formed_by_chance_need_no_warning():
    protocol, rows = responders({"new": (6, 2, 0), "old": (3, 5, 0)})
    words = {"measures": ("risk difference",), "interval": "miettinen-nurminen", "test": "none"}
    chance = DifferenceDeclared(name="d", group="new", reference="old", allocation="randomised", **words)
    found = answer(protocol, rows, grid(group="new", reference="old", margin=0.0), difference=(chance,))
    assert "chance formed these groups" not in render_html(found)
    (only,) = found.sensitivity.tipping_maps
    lower, upper = miettinen_nurminen(6, 8, 3, 8, level=0.95)
    said = f"38 percentage points (95 % CI −{-100 * lower:.0f} to {100 * upper:.0f})"
    assert what_tips(only)[0].endswith(f"the conclusion does not hold: {said}.")


def test_no_unknown_control_leaves_the_rates_of_the_table_of_one_arm():
    protocol, rows = responders({"new": (8, 2, 4), "old": (3, 9, 0)})
    two, one = grid(group="new", reference="old", margin=0.0), grid(name="alone", group="new")
    found = answer(protocol, rows, two, one, threshold=0.5).sensitivity
    both, alone = found.tipping_maps
    (point,) = (each for each in found.tipping_points if each.group == "new")
    assert both.reference_axis == (0.0,)
    assert both.group_axis == alone.group_axis == tuple(float(row.k) for row in point.rows)
    assert [each + 3 / 12 for each in both.estimate] == pytest.approx(list(alone.estimate))
    assert alone.estimate == tuple(row.estimate for row in point.rows)
    assert alone.lower == tuple(row.lower for row in point.rows)
    assert alone.flips[0].of_group == point.k
    # by hand: the first k of 8 + k in 14 whose exact lower limit passes one half
    assert point.k == next(k for k in range(5) if clopper_pearson(8 + k, 14, level=0.95)[0] > 0.5)
    assert point.k == 4
    assert "unless all 4 unseen of new (100 %, beside 80 % of those seen) responded" in " ".join(what_tips(alone))


@settings(max_examples=examples(15))
@given(st.fixed_dictionaries({name: st.tuples(*[st.integers(0, 9)] * 3) for name in ("new", "old")}))
def test_a_law_better_unseen_never_hurt_and_the_line_parts_the_cells(answers):
    assume(all(sum(each) for each in answers.values()))
    found = one_map(answers)
    rows, columns = range(len(found.group_axis)), range(len(found.reference_axis))
    assert found.monotone
    for a, b in product(rows, columns):
        assert found.at(a, b).holds <= (a + 1 not in rows or found.at(a + 1, b).holds)
        assert found.at(a, b).holds <= (b == 0 or found.at(a, b - 1).holds)
        fewest = {"holds throughout": 0, "never holds": len(rows), "flips": found.flips[b].of_group}
        assert found.at(a, b).holds == (a >= fewest[found.flips[b].conclusion])
    assert found.worst == found.at(0, len(columns) - 1)
    assert found.best == found.at(len(rows) - 1, 0)


def test_large_arms_are_thinned_and_the_line_is_not():
    found = one_map({"new": (60, 60, 150), "old": (30, 90, 100)})
    assert found.thinned
    assert len(found.group_axis) == len(found.reference_axis) == MOST_ON_AXIS
    assert (found.group_axis[0], found.group_axis[-1]) == (0.0, 150.0)
    assert len(found.flips) == 101


def study_of_scores(values: dict[str, list[float | None]], *, instrument: str = "pain", at: Interval = (30, 30)):
    """A study of one score at one visit; None was not seen."""
    rows = Rows()
    for group, scores in values.items():
        for number, value in enumerate(scores):
            name = f"{group}-{number:03}"
            rows.cases.append(case(name, group=group))
            rows.procedures.append(done(name, INDEX, (0, 0)))
            if value is not None:
                rows.assessments.append(asked(name, instrument, value, at))
    estimand = Estimand(name="score", primary=True, visits=("first",), endpoint=SCORES[instrument], strategies={})
    return study(visits=VISITS, estimands=[estimand]), rows


def at_random(**words) -> ImputationDeclared:
    declared = {
        "name": "at random",
        "strategies": ["as declared"],
        "after_last_seen": "missing at random",
        "method": "approximate bayesian",
        "imputations": 20,
        "covariates": [],
        "covariance": "unstructured",
        "covariance_by_group": False,
    }
    return ImputationDeclared.model_validate(declared | words)


NEW = [1.0, 2.0, 2.0, 3.0, 1.0, 4.0, 2.0, 3.0, None, None]
OLD = [5.0, 4.0, 6.0, 5.0, 7.0, 4.0, 6.0, 5.0, None, None]
RANGE = {"from": -2, "to": 4, "steps": 6}


def of_scores(instrument: str = "pain", values: dict[str, list[float | None]] | None = None, **words):
    protocol, rows = study_of_scores(values or {"new": NEW, "old": OLD}, instrument=instrument)
    asks = {"estimand": "score", "group": "new", "reference": "old", "margin": 1.0, "imputation": "at random"}
    asks |= {"deltas": RANGE, "reference_deltas": RANGE} | words
    asks = {name: word for name, word in asks.items() if word is not None}
    reference = {"reference": asks["reference"]} if "reference" in asks else {}
    parts = {"imputation": (at_random(**reference),)}
    return protocol.model_copy(update=parts), rows, answer(protocol, rows, grid(**asks), **parts)


def test_no_points_added_is_the_imputations_own_answer():
    protocol, rows, result = of_scores()
    (found,) = result.sensitivity.tipping_maps
    _, imputed = impute_scores(
        build_cohort(protocol, book(rows)), protocol, protocol.imputation[0], protocol.estimand[0]
    )
    (own,) = (each for each in imputed.estimates if each.quantity.kind == "difference")
    assert (found.expected.estimate, found.expected.lower) == pytest.approx((own.estimate, own.lower))
    assert found.at(2, 2).upper == pytest.approx(own.upper)  # -2, -1, 0: the third of each axis


def test_a_point_worse_moves_the_mean_by_the_unseen_share():
    _, _, result = of_scores(reference=None, margin=None, threshold=5.0, reference_deltas=None)
    (found,) = result.sensitivity.tipping_maps
    assert found.reference_axis == ()
    # by hand: 2 of 10 unseen, so one point more of each is 0.2 of the mean
    assert [found.at(k + 1).estimate - found.at(k).estimate for k in range(6)] == pytest.approx([0.2] * 6)


def test_worse_is_up_where_less_is_better_and_down_where_more_is():
    for instrument, worse in (("pain", 1), ("function", -1)):
        flipped = {"new": OLD, "old": NEW} if instrument == "function" else None
        (found,) = of_scores(instrument, flipped)[2].sensitivity.tipping_maps
        moved = found.at(6, 2).estimate - found.at(0, 2).estimate
        assert moved == pytest.approx(worse * 6 * 0.2)
        assert found.expected.holds
        assert not any(found.at(a, b).holds > found.at(a - 1, b).holds for a in range(1, 7) for b in range(7))
        assert not any(found.at(a, b).holds < found.at(a, b - 1).holds for a in range(7) for b in range(1, 7))
        assert found.monotone


def test_the_flip_of_a_score_lies_between_its_cells_to_the_fourth_decimal():
    protocol, rows, result = of_scores(margin=1.0, deltas={"from": 0, "to": 8, "steps": 4})
    (found,) = result.sensitivity.tipping_maps
    (flip,) = (each for each in found.flips if each.of_reference == 0.0)
    assert flip.conclusion == "flips"
    for beside, holds in ((-0.001, True), (0.001, False)):
        at = flip.of_group + beside
        closer = grid(
            estimand="score", group="new", reference="old", margin=1.0, imputation="at random",
            deltas={"from": at, "to": at + 1, "steps": 1},
        )  # fmt: skip
        (again,) = answer(protocol, rows, closer).sensitivity.tipping_maps
        assert again.at(0, 0).holds is holds
    assert "it holds until the 2 unseen of new are " in " ".join(what_tips(found))


def test_several_visits_share_one_imputation_and_nothing_unseen_is_said():
    full = [value if value is not None else 3.0 for value in NEW]
    _, _, result = of_scores(values={"new": full, "old": [each + 2 for each in full]})
    (found,) = result.sensitivity.tipping_maps
    assert found.arm.unseen == found.reference_arm.unseen == 0
    assert what_tips(found)[0].startswith("Nothing is left to tip")
    assert "Nothing is left to tip" in render_html(result)


REFUSED = {
    "a case whose membership is vague": "the chart leaves open whether they count",
    "an event asked away": "what would have happened without the event",
}


def test_an_event_asked_away_has_no_count():
    event = IntercurrentEvent(name="other procedure", procedures="any other")
    protocol, rows = responders({"new": (4, 2, 1), "old": (2, 4, 1)}, events=(event,), strategy=Strategy.HYPOTHETICAL)
    found = answer(protocol, rows, grid(group="new", reference="old", margin=0.0)).sensitivity
    (refusal,) = (each for each in found.refused if each.where.startswith("tipping grid"))
    assert REFUSED["an event asked away"] in refusal.why
    assert found.tipping_maps == ()


def test_vague_membership_is_refused_and_a_vague_response_is_unseen():
    event = IntercurrentEvent(name="other procedure", procedures="any other")
    parts = {"events": (event,), "strategy": Strategy.PRINCIPAL_STRATUM}
    protocol, rows = responders({"new": (4, 2, 1), "old": (2, 4, 1)}, **parts)
    protocol = protocol.model_copy(
        update={"sensitivity": protocol.sensitivity.model_copy(update={"stratum_horizon_day": 200})}
    )
    rows.procedures.append(done("new-000", "other", (100, 300)))
    rows.cases = [each | {"last_contact_low": 400, "last_contact_high": 400} for each in rows.cases]
    found = answer(protocol, rows, grid(group="new", reference="old", margin=0.0)).sensitivity
    (refusal,) = (each for each in found.refused if each.where.startswith("tipping grid"))
    assert REFUSED["a case whose membership is vague"] in refusal.why
    protocol, rows = responders(
        {"new": (4, 2, 1), "old": (2, 4, 1)}, **parts | {"strategy": Strategy.COMPOSITE_BY_VISIT}
    )
    rows.procedures.append(done("new-000", "other", (20, 40)))
    (found,) = answer(protocol, rows, grid(group="new", reference="old", margin=0.0)).sensitivity.tipping_maps
    assert (found.arm.responders, found.arm.unseen, found.arm.n) == (3, 2, 7)


def test_an_unknown_group_and_a_group_not_named_stop_the_study_together():
    protocol, rows = responders({"new": (4, 2, 1), "old": (2, 4, 1)})
    grids = (grid(group="nwe", reference="odl", margin=0.0), grid(name="other"))
    with pytest.raises(ProtocolError) as caught:
        answer(protocol, rows, *grids, threshold=0.4)
    assert len(caught.value.problems) == 3
    assert "the groups are new, old" in str(caught.value)


def test_an_imputation_that_cannot_be_made_is_refused_and_the_review_goes_on():
    _, _, result = of_scores(values={"new": [None, None], "old": OLD})
    assert result.sensitivity.tipping_maps == ()
    refusals = [each for each in result.sensitivity.refused if each.where == "tipping grid 'grid' | first"]
    assert refusals
    assert all(each.why and each.instead for each in refusals)


def test_an_arm_nobody_reached_is_refused():
    protocol, rows = responders({"new": (4, 2, 1), "old": (0, 0, 0)})
    rows.cases.append(case("old-000", group="old"))
    rows.procedures.append(done("old-000", INDEX, (0, 0)))
    rows.assessments.append(asked("old-000", "relief", None, visit="first", status="not_reached"))
    found = answer(protocol, rows, grid(group="new", reference="old", margin=0.0)).sensitivity
    assert any("nobody of 'old' counts at this visit" in each.why for each in found.refused)


def test_every_map_is_in_the_page_and_in_strict_json():
    _, _, scores = of_scores()
    protocol, rows = responders({"new": (15, 5, 5), "old": (5, 11, 9)})
    counts = answer(protocol, rows, grid(group="new", reference="old", margin=0.0))
    large = answer(
        *responders({"new": (60, 60, 70), "old": (30, 90, 65)}), grid(group="new", reference="old", margin=0.0)
    )
    for result in (scores, counts, large):
        page = render_html(result)
        (found,) = result.sensitivity.tipping_maps
        assert "What the unknown would have to say" in page
        assert f'aria-label="{" ".join(what_tips(found))}"'.replace("'", "&#39;") in page
        assert len(page) < 1_500_000
        results_json(result)


def test_the_terminal_tells_the_sentence_and_leaves_the_map_to_the_page():
    protocol, rows = responders({"new": (15, 5, 5), "old": (5, 15, 5)})
    result = answer(protocol, rows, grid(group="new", reference="old", margin=0.0))
    console = Console(width=80, record=True, file=StringIO())
    print_summary(result, console)
    said = " ".join(console.export_text().split())
    assert "The conclusion holds unless at least" in said
    assert "Every cell" not in said
    without = run_study(protocol, book(rows))
    assert all(section.key != "tipping" for section in compose(without).sections)


def test_what_the_kernels_count_is_told_by_name_in_a_grid_too():
    # the covariate says the same as the group, and the kernel knows the visit by its number alone
    protocol, rows = study_of_scores({"new": NEW, "old": OLD})
    for row in rows.cases:
        row["age_years"] = 50.0 if row["group"] == "new" else 40.0
    parts = {
        "imputation": (at_random(reference="old", covariates=["age"]),),
        "covariate": (CovariateDeclared(name="age", column="cases.age_years"),),
    }
    asks = {"estimand": "score", "group": "new", "reference": "old", "margin": 1.0, "imputation": "at random"}
    result = answer(protocol, rows, grid(**asks, deltas=RANGE, reference_deltas=RANGE), **parts)
    (refused,) = (each for each in result.sensitivity.refused if each.where == "tipping grid 'grid' | first")
    assert "visit 'first'" in refused.why
    assert "counted from 0" not in refused.why
