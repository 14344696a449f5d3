"""What a study file may not say of durability: every problem at once, each with its remedy."""

import shutil
from pathlib import Path

import pytest

from equipoise.errors import ProtocolError
from equipoise.read.protocol import read_protocol

EXAMPLE = Path(__file__).parents[2] / "examples" / "disc-series-synthetic"
WHOLE = """
[[durability]]
name = "mine"
estimand = "half the pain gone, without another procedure"
events = ["other procedure", "fusion", "death"]
response_may_return = true
dated = "at the visit"
horizon_day = 365
"""


def problems(folder: Path, *changes: tuple[str, str], more: str = "") -> str:
    """What is wrong with the example once this question is added to it."""
    text = WHOLE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    for file in ("study.toml", "published_arms.csv"):
        shutil.copy(EXAMPLE / file, folder / file)
    study = folder / "study.toml"
    study.write_text(study.read_text(encoding="utf-8") + text + more, encoding="utf-8")
    try:
        read_protocol(study)
    except ProtocolError as error:
        return str(error)
    return ""


def test_it_can_be_whole(tmp_path):
    assert problems(tmp_path) == ""


@pytest.mark.parametrize(
    ("change", "said", "remedy"),
    [
        (('estimand = "half the pain', 'estimand = "half of pain'), "is no declared estimand", "did you mean"),
        (
            ('"half the pain gone, without another procedure"', '"change in pain"'),
            "nobody responds to it or not",
            "name a responder estimand: 'half the pain gone",
        ),
        (('"fusion", ', '"fusions", '), "'fusions' is no declared intercurrent event", "did you mean 'fusion'?"),
        ((', "death"', ""), "the dead are in no other state", "name 'death', last"),
        (('"fusion", "death"', '"death", "fusion"'), "nothing follows it", "name 'death' last"),
        (('"fusion", ', '"fusion", "fusion", '), "an event is named twice", "name each event once"),
        (("= 365", "= 60"), "day 60 lies outside the visits", "choose a day from 91"),
        (("= 365", "= 500"), "day 500 lies outside the visits", "to 456"),
        (("= 365", "= 365\nlandmark_day = 91"), "without markov_level, markov_replicates", "together, or none"),
        (
            ("= 365", "= 365\nlandmark_day = 400\nmarkov_level = 0.05\nmarkov_replicates = 99"),
            "day 400 is not before the horizon",
            "choose an earlier landmark",
        ),
        (("= 365", "= 365\nbootstrap_replicates = 999"), "not asked for", 'write dated = "between visits"'),
        (("= 365", '= 365\nweights = "ages"'), "'ages' is no declared covariate", "covariate"),
        (("at the visit", "sometime"), "sometime", "at the visit"),
        (("response_may_return = true\n", ""), "response_may_return", "true"),
        (('name = "mine"', 'name = "how long it lasts, whatever else was done"'), "2 of them have this name", "own"),
    ],
)
def test_each_fault_is_told_with_its_remedy(tmp_path, change, said, remedy):
    told = problems(tmp_path, change)
    assert said in told
    assert remedy in told
    assert "durability" in told


def test_every_fault_at_once(tmp_path):
    told = problems(tmp_path, ("= 365", "= 500"), (', "death"', ""), ('"fusion"', '"lumbar"'))
    assert all(each in told for each in ("day 500", "the dead", "'lumbar' is no declared"))
