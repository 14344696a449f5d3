"""The examples RBesT prints, from study files: its arms in an evidence file, its new trial as the case book.

RBesT 1.11-0, Weber, Li, Seaman, Kakizume and Schmidli (2021), J. Stat. Softw. 100(19): vignettes "Getting started with
RBesT (binary)" (AS, eight studies, 513 patients) and "RBesT for a normal endpoint" (crohn, six studies); its colitis
(tools/make-ds.R) with the mixtures of Schmidli and others (2014), Biometrics 70:1023, in its demo/robustMAP.R. Its
priors are sampled by Markov chains and the mixtures fitted to the samples: two of its runs differ by about 0.0015 of a mean rate
and 0.005 of its limits. The treated have its Beta(0.5, 1) and N(-50, 88^2) there, Jeffreys and no prior here.
"""

import pytest

from study.borrowing_studies import YES, answered, borrowing, counted, measured, with_moments

AS = [(23, 107), (12, 44), (19, 51), (9, 39), (39, 139), (6, 20), (9, 78), (10, 35)]
COLITIS = [(6, 56), (9, 63), (18, 121), (7, 123)]
CROHN = [(-51, 74), (-49, 166), (-36, 328), (-47, 20), (-90, 25), (-54, 58)]
RATE = {"prior": "MAP", "mean_sd": 2, "spread_scale": 1, "threshold": 0.975}
MEAN = {
    "prior": "MAP", "mean_centre": 0, "mean_sd": 88, "spread_scale": 44, "patient_sd": 88, "vague_mean": -50,
    "threshold": 0.975,
}  # fmt: skip


def test_spondylitis_as_rbest_prints_it(tmp_path):
    groups = {"treated": [1.0] * 14 + [0.0] * 10, "placebo": [1.0] + [0.0] * 5}
    words = RATE | {"reference": "placebo"}
    result = answered(
        tmp_path,
        borrowing("as they are", **words, vague_weight=0),
        borrowing("robust", **words, vague_weight=0.2),
        arms=[counted(f"AS_{at}", *each) for at, each in enumerate(AS)],
        groups=groups,
        of=YES,
    )
    plain, robust = result.borrowings
    assert (plain.prior.arms, plain.prior.people) == (8, 513)
    assert plain.prior.mean == pytest.approx(0.255, abs=0.005)  # printed .255
    assert plain.prior.sd == pytest.approx(0.0864, abs=0.004)  # .0864
    assert (plain.prior.lower, plain.prior.upper) == pytest.approx((0.106, 0.461), abs=0.012)  # .106 to .461
    assert plain.prior.size == pytest.approx(38, abs=2.5)  # 38
    assert robust.prior.size == pytest.approx(27, abs=2.5)  # 27
    (answer,) = {each.treated: each for each in robust.answers}.values()
    assert (answer.treated.responders_low, answer.treated.n, answer.control.seen.n) == (14, 24, 6)
    assert answer.lower == answer.upper == pytest.approx(0.9917197, abs=0.004)  # .9917197
    assert answer.decision == "reached"


def test_crohn_as_rbest_prints_it(tmp_path):
    # the new trial's placebo -63.1 (standard error 13.9), treated -29.2 (14.0), one patient's SD 88
    groups = {
        "treated": with_moments(-29.2, 14.0 * 39**0.5, 39),
        "placebo": with_moments(-63.1, 13.9 * 40**0.5, 40),
    }
    words = MEAN | {"reference": "placebo"}
    result = answered(
        tmp_path,
        borrowing("as they are", **words, vague_weight=0),
        borrowing("robust", **words, vague_weight=0.2),
        arms=[measured(f"CROHN_{at}", mean, 88, n) for at, (mean, n) in enumerate(CROHN)],
        groups=groups,
    )
    plain, robust = result.borrowings
    assert (plain.scale, plain.prior.arms, plain.prior.people) == ("mean", 6, 671)
    assert (plain.prior.mean, plain.prior.sd) == pytest.approx((-50, 19.3), abs=0.5)  # printed -50 (19.3)
    assert plain.prior.size == pytest.approx(39, abs=3)  # 39
    assert robust.prior.size == pytest.approx(28, abs=2.5)  # 28
    (answer,) = robust.answers
    assert answer.treated.mean_low == pytest.approx(-29.2)
    assert answer.lower == answer.upper == pytest.approx(0.06270104, abs=0.01)  # P(treated lower): .06270104
    assert answer.decision == "not reached"


def test_colitis_as_it_is_in_print(tmp_path):
    # .77 Beta(6.2, 50.8) + .23 Beta(1.0, 4.7): mean .1241, SD .0839; made robust with a tenth of Beta(1, 1), as there
    words = RATE | {"mean_sd": 100}
    result = answered(
        tmp_path,
        borrowing("as they are", **words, vague_weight=0),
        borrowing("robust", **words, vague_weight=0.1),
        arms=[counted(f"COLITIS_{at}", *each) for at, each in enumerate(COLITIS)],
        groups={"treated": [1.0] * 6 + [0.0] * 14, "placebo": [0.0] * 4},
        of=YES,
    )
    plain, robust = result.borrowings
    assert (plain.prior.arms, plain.prior.people) == (4, 363)
    assert (plain.prior.mean, plain.prior.sd) == pytest.approx((0.1241, 0.0839), abs=0.002)
    assert robust.prior.mean == pytest.approx(0.9 * 0.1241 + 0.1 * 0.5, abs=0.002)
    assert [each.vague for each in robust.prior.parts][-1]
