"""Durability by hand: who is in which state when, what is told of vague charts, and what is refused in words."""

from dataclasses import replace

import pytest

from durability_studies import EVENTS, QUESTION, RELIEF, VISITS, answer, only, patient, six
from equipoise.domain.covariate import CovariateDeclared
from equipoise.domain.durability_answer import Durability
from equipoise.report.document import compose
from equipoise.study import run_study
from study_parts import Rows, book, done, study


def shares(found: Durability, day: int) -> dict[str, float]:
    """The states somebody is in on a day."""
    points = [each for each in found.occupation if each.day == day]
    return {each.state: pytest.approx(each.probability) for each in points if each.probability}


class TestSixByHand:
    def test_states_at_the_visits(self):
        found = only(answer(six()))
        assert found.states == ("waiting", "responding", "response lost", "other procedure", "fusion", "dead")
        assert shares(found, 90) == {"waiting": 3 / 6, "responding": 3 / 6}
        assert shares(found, 180) == {"waiting": 1 / 6, "responding": 3 / 6, "response lost": 1 / 6, "fusion": 1 / 6}
        assert shares(found, 360) == {
            "waiting": 1 / 6,
            "responding": 2 / 6,
            "response lost": 1 / 6,
            "other procedure": 1 / 6,
            "fusion": 1 / 6,
        }

    def test_mean_times(self):
        times = {each.of: each.mean_days for each in only(answer(six())).times}
        # a 90 to 360, b 180 to 360, d 90 to 200, f 90 to 180
        assert times["responding"] == pytest.approx((270 + 180 + 110 + 90) / 6)
        assert times["response lost"] == pytest.approx(180 / 6)
        assert times["before any event"] == pytest.approx((4 * 360 + 200 + 100) / 6)
        assert times["before fusion or death"] == pytest.approx((5 * 360 + 100) / 6)
        assert times["before death"] == pytest.approx(360)

    def test_moves_counted(self):
        moves = {(each.origin, each.target): each.moves for each in only(answer(six())).moves if each.moves}
        assert moves == {
            ("waiting", "responding"): 4,
            ("responding", "response lost"): 2,
            ("response lost", "responding"): 1,
            ("responding", "other procedure"): 1,
            ("waiting", "fusion"): 1,
        }

    def test_a_response_that_may_not_return_stays_lost(self):
        found = only(answer(six(), QUESTION.model_copy(update={"response_may_return": False})))
        assert shares(found, 360)["responding"] == 1 / 6
        assert shares(found, 360)["response lost"] == 2 / 6

    def test_complete_follow_up_has_binomial_limits_in_its_bounds(self):
        rows = six()
        (last,) = [each for each in only(answer(rows)).response if each.day == 360]
        assert (last.certain, last.possible, last.n, last.followed) == (2, 2, 6, 4)
        # the infinitesimal jackknife of a proportion is its binomial standard error
        assert last.standard_error == pytest.approx((2 / 6 * 4 / 6 / 6) ** 0.5)


class TestTheDayOfAVisit:
    def test_an_assessment_off_the_nominal_day_is_dated_at_the_visit(self):
        rows = Rows()
        patient(rows, "early", "nyy", days=(60, 150, 310))
        patient(rows, "late", "nyn", days=(120, 230, 410))
        assert shares(only(answer(rows)), 180) == {"responding": 1.0}
        assert shares(only(answer(rows)), 360) == {"responding": 0.5, "response lost": 0.5}

    def test_an_event_between_the_assessment_and_its_visit_comes_after_it(self):
        rows = Rows()
        patient(rows, "a", "y..", days=(60, 0, 0))
        rows.procedures.append(done("a", "injection", (80, 80)))
        patient(rows, "b", "nnn")
        assert shares(only(answer(rows)), 60) == {"waiting": 0.5, "responding": 0.5}
        assert shares(only(answer(rows)), 90) == {"waiting": 0.5, "other procedure": 0.5}

    def test_an_assessment_after_an_event_says_nothing(self):
        rows = Rows()
        patient(rows, "a", "y..", days=(110, 0, 0))
        rows.procedures.append(done("a", "injection", (100, 100)))
        patient(rows, "b", "nnn")
        moves = {(each.origin, each.target) for each in only(answer(rows)).moves if each.moves}
        assert moves == {("waiting", "other procedure")}

    def test_on_one_day_the_assessment_precedes_and_the_graver_event_counts(self):
        rows = Rows()
        patient(rows, "a", "y..")
        rows.procedures += [done("a", "injection", (90, 90)), done("a", "fusion", (90, 90))]
        patient(rows, "b", "nnn")
        found = only(answer(rows))
        assert shares(found, 90) == {"waiting": 0.5, "fusion": 0.5}
        assert [each.moves for each in found.moves if each.target == "fusion"] == [1]

    def test_a_graver_event_follows_a_milder_one_and_not_the_other_way(self):
        rows = Rows()
        patient(rows, "a", "nnn")
        rows.procedures += [done("a", "injection", (100, 100)), done("a", "fusion", (200, 200))]
        patient(rows, "b", "nnn")
        rows.procedures += [done("b", "fusion", (100, 100)), done("b", "injection", (200, 200))]
        patient(rows, "c", "n..", death=(150, 150))
        found = only(answer(rows))
        assert shares(found, 180) == {
            "other procedure": pytest.approx(1 / 3),
            "fusion": pytest.approx(1 / 3),
            "dead": pytest.approx(1 / 3),
        }
        assert shares(found, 360) == {"fusion": pytest.approx(2 / 3), "dead": pytest.approx(1 / 3)}

    def test_an_event_on_day_zero_is_where_the_case_begins(self):
        rows = Rows()
        patient(rows, "a", "nnn")
        rows.procedures.append(done("a", "fusion", (0, 0)))
        patient(rows, "b", "yyy")
        assert shares(only(answer(rows)), 0) == {"waiting": 0.5, "fusion": 0.5}


class TestMissedVisits:
    def test_a_case_nobody_sees_again_leaves_before_the_visit_it_missed(self):
        """a and g respond at 90, c at 180; g is not seen after, so the loss of a at 180 is 1 of 1."""
        rows = Rows()
        patient(rows, "a", "ynn")
        patient(rows, "g", "y..")
        patient(rows, "c", "nyy")
        found = only(answer(rows))
        assert shares(found, 180) == {"response lost": pytest.approx(2 / 3), "responding": pytest.approx(1 / 3)}
        assert found.left_at_a_missed_visit == 1
        at_180 = found.response[1]
        assert (at_180.certain, at_180.possible, at_180.followed) == (1, 2, 2)

    def test_a_visit_missed_in_between_keeps_the_state(self):
        rows = Rows()
        patient(rows, "a", "y.n")
        patient(rows, "b", "nnn")
        found = only(answer(rows))
        assert shares(found, 180)["responding"] == 0.5
        assert shares(found, 360)["response lost"] == 0.5
        assert (found.response[1].certain, found.response[1].possible) == (0, 1)

    def test_an_event_after_a_missed_visit_counts(self):
        rows = Rows()
        patient(rows, "a", "y..")
        rows.procedures.append(done("a", "fusion", (300, 300)))
        patient(rows, "b", "yyy")
        found = only(answer(rows))
        assert found.events_after_a_missed_visit == 1
        assert shares(found, 360) == {"responding": 0.5, "fusion": 0.5}

    def test_nothing_is_told_beyond_the_last_case_followed(self):
        rows = Rows()
        for name in "ab":
            patient(rows, name, "yy.", last_contact=(200, 200))
        result = answer(rows)
        found = only(result)
        assert [each.estimate for each in found.response] == [1.0, 1.0, None]
        assert [each.of for each in found.times] == []
        (refused,) = [each for each in result.sensitivity.refused if "mean times" in each.where]
        assert "beyond day 200" in refused.why
        assert "200" in refused.instead


class TestVagueCharts:
    def test_a_vague_event_gives_bounds_and_no_curve(self):
        rows = six()
        rows.procedures[-2] = done("d", "injection", (150, 400))  # d: may respond at 180, may not at 360
        result = answer(rows)
        found = only(result)
        assert (found.kind, found.vague, found.occupation, found.times) == ("bounds", 1, (), ())
        assert [(each.certain, each.possible) for each in found.response] == [(3, 3), (2, 3), (2, 3)]
        (refused,) = [each for each in result.sensitivity.refused if "states over time" in each.where]
        assert "1 of 6" in refused.why

    def test_every_date_vague(self):
        rows = Rows()
        for name in "abcd":
            patient(rows, name, "y.n", last_contact=None)
            rows.procedures.append(done(name, "injection", None))
        found = only(answer(rows))
        assert (found.kind, found.vague) == ("bounds", 4)
        assert [(each.certain, each.possible) for each in found.response] == [(0, 4), (0, 4), (0, 4)]

    def test_an_unknown_end_of_follow_up_matters_only_where_an_event_can_be_missed(self):
        rows = Rows()
        patient(rows, "a", "yyn", last_contact=None)
        patient(rows, "b", "nyy", last_contact=None)
        assert only(answer(rows)).kind == "Aalen-Johansen"
        assert shares(only(answer(rows)), 360) == {"responding": 0.5, "response lost": 0.5}
        patient(rows, "c", "nn.")
        rows.procedures.append(done("c", "injection", (350, 350)))
        assert only(answer(rows)).kind == "Aalen-Johansen"  # a and b are known of to day 360, the horizon
        later = VISITS[2].model_copy(update={"day": 400})
        question = QUESTION.model_copy(update={"horizon_day": 410})
        assert only(answer(rows, question, visit=(*VISITS[:2], later))).kind == "bounds"

    def test_an_event_that_a_graver_one_overtook_leaves_nothing_vague(self):
        rows = six()
        rows.procedures.append(done("e", "injection", (150, 400)))  # e had its fusion on day 100
        assert only(answer(rows)).kind == "Aalen-Johansen"


class TestRefusedInWords:
    def test_one_patient_has_no_limits_and_no_error(self):
        rows = Rows()
        patient(rows, "a", "yyy")
        found = only(answer(rows))
        assert [(each.estimate, each.lower) for each in found.response] == [(1.0, None)] * 3
        assert next(each for each in found.times if each.of == "responding").lower is None

    def test_nobody_ever_responds(self):
        rows = Rows()
        patient(rows, "a", "nnn")
        patient(rows, "b", "nnn")
        question = QUESTION.model_copy(update={"dated": "between visits"})
        result = answer(rows, question)
        assert [each.estimate for each in only(result).response] == [0.0, 0.0, 0.0]
        assert only(result).duration is None
        (refused,) = [each for each in result.sensitivity.refused if "between visits" in each.where]
        assert "nobody was seen in response" in refused.why

    def test_a_landmark_nobody_is_followed_to(self):
        rows = Rows()
        patient(rows, "a", "y..", last_contact=(100, 100))
        patient(rows, "b", "n..", last_contact=(100, 100))
        landmark = {"landmark_day": 200, "markov_level": 0.05, "markov_replicates": 99}
        result = answer(rows, QUESTION.model_copy(update=landmark))
        assert only(result).landmark is None
        assert any("from the landmark" in each.where for each in result.sensitivity.refused)

    def test_weights_that_are_not_known_are_refused_and_the_review_goes_on(self):
        rows = six()
        weighed = CovariateDeclared(name="age", column="cases.age_years")
        question = QUESTION.model_copy(update={"weights": "age"})
        for each in rows.cases[:-1]:
            each["age_years"] = 50.0
        result = answer(rows, question, covariate=(weighed,))
        assert result.durability == ()
        (refused,) = [each for each in result.sensitivity.refused if "| weights |" in each.where]
        assert "1 of 6" in refused.why
        assert compose(result).sections
        rows.cases[-1]["age_years"] = 50.0
        equal = only(answer(rows, question, covariate=(weighed,)))
        assert equal.times[1].mean_days == pytest.approx(only(answer(rows)).times[1].mean_days)
        rows.cases[0]["age_years"] = 100.0  # a counts twice: at 360, a and f respond
        assert shares(only(answer(rows, question, covariate=(weighed,))), 360)["responding"] == 3 / 7

    def test_groups_are_answered_apart(self):
        rows = Rows()
        patient(rows, "a", "yyy", group="treated")
        patient(rows, "b", "nnn", group="usual care")
        found = {each.group: each.response[-1].estimate for each in answer(rows).durability}
        assert found == {"treated": 1.0, "usual care": 0.0}


class TestBetweenVisits:
    QUESTION = QUESTION.model_copy(update={"dated": "between visits", "bootstrap_replicates": 99})

    def test_a_loss_between_two_visits_is_a_band(self):
        """Two respond from day 90: one still at 360, one lost between 90 and 180."""
        rows = Rows()
        patient(rows, "a", "yyy")
        patient(rows, "b", "ynn")
        found = only(answer(rows, self.QUESTION)).duration
        assert (found.n, found.ended, found.exact) == (2, 1, 0)
        band = {each.day: (each.lowest, each.highest) for each in found.points}
        assert band[0] == (1.0, 1.0)
        assert band[1] == (0.5, 1.0)
        assert band[90] == (0.5, 0.5)
        assert band[270] == (0.5, 0.5)
        assert all(each.lower is not None for each in found.points if each.day in (90, 180, 270))
        assert "99 bootstrap samples" in found.limits

    def test_an_event_ends_a_response_that_may_have_been_lost_before(self):
        rows = Rows()
        patient(rows, "a", "y..")
        rows.procedures.append(done("a", "fusion", (170, 170)))
        found = only(answer(rows, self.QUESTION)).duration
        band = {each.day: (each.lowest, each.highest) for each in found.points}
        assert band == {0: (1.0, 1.0), 1: (0.0, 1.0), 80: (0.0, 0.0)}
        assert found.limits.startswith("no limits: some cases were seen on other days")

    def test_one_visit_has_no_end_between_two(self):
        rows = Rows()
        patient(rows, "a", "y..", group="treated")
        patient(rows, "b", "n..", group="usual care")
        once = RELIEF.model_copy(update={"visits": ("3 months",)})
        question = self.QUESTION.model_copy(update={"horizon_day": 90})
        result = answer(rows, question, estimand=(once,))
        assert [each.response[0].estimate for each in result.durability] == [1.0, 0.0]
        assert [each.duration for each in result.durability] == [None, None]
        assert any("one visit" in each.why for each in result.sensitivity.refused)

    def test_a_vague_event_only_widens_the_interval(self):
        rows = Rows()
        patient(rows, "a", "yy.")
        rows.procedures.append(done("a", "fusion", (200, 350)))
        result = answer(rows, self.QUESTION)
        assert only(result).kind == "bounds"
        band = {each.day: (each.lowest, each.highest) for each in only(result).duration.points}
        assert band == {0: (1.0, 1.0), 91: (0.0, 1.0), 260: (0.0, 0.0)}  # seen on day 180, done by day 350

    def test_an_event_that_may_precede_the_response_is_refused(self):
        rows = Rows()
        patient(rows, "a", "yy.")
        rows.procedures.append(done("a", "fusion", (30, 350)))
        result = answer(rows, self.QUESTION)
        assert only(result).duration is None
        assert any("whether an event came before" in each.why for each in result.sensitivity.refused)


def test_same_seed_same_answer():
    question = TestBetweenVisits.QUESTION.model_copy(
        update={"landmark_day": 90, "markov_level": 0.05, "markov_replicates": 99}
    )
    assert answer(six(), question).durability == answer(six(), question).durability


def test_a_death_nobody_declared_is_a_state():
    rows = Rows()
    patient(rows, "a", "y..", death=(200, 200))
    patient(rows, "b", "yyy")
    protocol = study(visits=VISITS, estimands=[RELIEF.model_copy(update={"strategies": {}})])
    question = QUESTION.model_copy(update={"events": ()})
    found = only(run_study(protocol.model_copy(update={"durability": (question,)}), book(rows)))
    assert found.states[-1] == "dead"
    assert shares(found, 360) == {"responding": 0.5, "dead": 0.5}


def test_a_study_that_does_not_ask_has_none():
    protocol = study(visits=VISITS, estimands=[RELIEF], events=EVENTS)
    result = run_study(protocol, book(six()))
    assert result.durability == ()
    assert all(section.key != "durability" for section in compose(replace(result)).sections)
