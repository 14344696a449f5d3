"""The table of every k, and the smallest k that tips the answer."""

import pytest

from equipoise import run_study
from equipoise.domain.estimand import Endpoint, Estimand, Missing, Strategy, ValueRule
from equipoise.domain.protocol import IntercurrentEvent, TippingThreshold, Visit
from study_parts import INDEX, Rows, asked, book, case, done, study

VISIT = Visit(name="4 months", month=4, day=122, window=(1, 152))


def marrow(unknown: int = 12, threshold: TippingThreshold | None = None):
    """Ten better, two not, and ``unknown`` with another procedure on an unknown day and no answer."""
    ids = [f"{number:05}" for number in range(12 + unknown)]
    rows = Rows(cases=[case(each) for each in ids], procedures=[done(each, INDEX, (0, 0)) for each in ids])
    rows.procedures += [done(each, "other", (0, 913)) for each in ids[12:]]
    rows.assessments = [asked(each, "relief", float(place < 10), (122, 122)) for place, each in enumerate(ids[:12])]
    estimand = Estimand(
        name="relief",
        primary=True,
        visits=("4 months",),
        endpoint=Endpoint(instrument="relief", value=ValueRule(equals=1)),
        strategies={"other procedure": Strategy.COMPOSITE_BY_VISIT},
    )
    event = IntercurrentEvent(name="other procedure", procedures="any other")
    protocol = study(visits=[VISIT], estimands=[estimand], events=[event])
    asks = {"missing": (Missing.TIPPING_POINT,), "tipping_threshold": threshold}
    settings = protocol.sensitivity.model_copy(update=asks)
    return run_study(protocol.model_copy(update={"sensitivity": settings}), book(rows)).sensitivity.tipping_points


def test_without_a_threshold_the_table_is_whole_and_nothing_is_claimed():
    own, policy = marrow()
    assert (own.strategy, policy.strategy) == ("composite by visit", "treatment policy")
    for point in (own, policy):
        assert (point.unknown, point.k, point.threshold) == (12, None, None)
        assert [(row.k, row.responders, row.n) for row in point.rows] == [(k, 10 + k, 24) for k in range(13)]


def test_the_tipping_point_is_the_first_that_exceeds():
    # R 4.2, binom.test(17, 24) and (18, 24): lower limits 0.48905219 and 0.5328872.
    own = marrow(threshold=TippingThreshold(rate=0.5))[0]
    assert own.k == 8
    assert own.rows[7].lower == pytest.approx(0.48905219, abs=1e-8)
    assert own.rows[8].lower == pytest.approx(0.5328872, abs=1e-7)
    assert own.threshold_source == "a fixed rate declared in the protocol"


def test_a_threshold_nobody_can_reach_has_no_tipping_point():
    assert marrow(threshold=TippingThreshold(rate=0.9))[0].k is None


def test_a_threshold_already_passed_tips_at_none():
    assert marrow(unknown=0, threshold=TippingThreshold(rate=0.5))[0].k == 0


def test_many_unknown_keep_both_ends_and_the_flip():
    own = marrow(unknown=1000, threshold=TippingThreshold(rate=0.5))[0]
    shown = [row.k for row in own.rows]
    assert len(shown) <= 210
    assert (shown[0], shown[-1]) == (0, 1000)
    assert own.k in shown
    assert own.k - 1 in shown
