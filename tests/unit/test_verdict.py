"""The verdict's sentence says what the rows say, for responders and for scores, for one group and for several."""

from equipoise import run_study
from equipoise.domain.estimand import Endpoint, Estimand, Missing, ValueRule
from equipoise.domain.protocol import Visit
from study_parts import INDEX, Rows, asked, book, case, done, study

VISITS = (
    Visit(name="4 months", month=4, day=122, window=(92, 152)),
    Visit(name="12 months", month=12, day=365, window=(300, 430)),
)


def verdict(endpoint: Endpoint, groups: tuple[str | None, ...] = (None, None), missing: Missing = Missing.BOUNDS):
    names = [f"case {number}" for number in range(len(groups))]
    rows = Rows(cases=[case(each, group=group) for each, group in zip(names, groups, strict=True)])
    rows.procedures = [done(each, INDEX, (0, 0)) for each in names]
    for each in names:
        rows.assessments += [asked(each, "relief", 1, (122, 122)), asked(each, "pain", 3, (122, 122))]
    rows.assessments += [asked(names[0], "relief", 0, (365, 365)), asked(names[0], "pain", 7, (365, 365))]
    both = tuple(visit.name for visit in VISITS)
    estimand = Estimand(name="asked", primary=True, visits=both, endpoint=endpoint, strategies={})
    protocol = study(visits=VISITS, estimands=[estimand])
    settings = protocol.sensitivity.model_copy(update={"missing": (missing,)})
    return run_study(protocol.model_copy(update={"sensitivity": settings}), book(rows)).verdict.sentence


RELIEF = Endpoint(instrument="relief", value=ValueRule(equals=1))
ALONE = (
    "Unknown: no comparison with a like group was declared, and cases without controls cannot tell a treatment from "
    "time, attention and regression to the mean"
)


def test_responders():
    assert verdict(RELIEF) == (
        f"{ALONE}; of the 2 cases 100 % responded at 4 months, between 0 % and 50 % at 12 months."
    )


def test_scores():
    assert verdict(Endpoint(instrument="pain", score="value")) == (
        f"{ALONE}; the mean of the 2 cases is 3.0 at 4 months, between 3.5 and 8.5 at 12 months."
    )


def test_several_groups():
    assert verdict(RELIEF, ("a", "b")) == (
        "Unknown: the groups are described side by side, and no comparison between them was declared; of the one case in a "
        "100 % responded at 4 months, 0 % at 12 months; of the one case in b 100 % responded at 4 months, between 0 % and "
        "100 % at 12 months."
    )


def test_bounds_that_were_not_asked_for_are_not_told():
    assert verdict(RELIEF, missing=Missing.OBSERVED) == f"{ALONE}."
