"""Borrowing and pooling through the front door: a study file in, an answer and a page out."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from equipoise import read_casebook, read_protocol, render_html, run_study
from equipoise.errors import ProtocolError

EXAMPLE = Path(__file__).parents[2] / "examples" / "disc-series-synthetic"
MODELS = (
    "imputation",
    "tipping_grid",
    "durability",
    "scores_over_time",
    "association",
    "comparison",
    "adjusted_benchmark",
    "hidden_cause",
    "regression_to_mean",
)
PLAIN = """
[[borrowing]]
name = "at half price"
benchmark = "synthetic sham injection"
prior = "power"
power = 0.5
threshold = 0.9
"""


def quick(text):
    """The study without the sections that take long and have no part in this."""
    head, *blocks = text.split("\n[")
    return head + "".join(f"\n[{each}" for each in blocks if each.strip("[").split("]")[0] not in MODELS)


@pytest.fixture
def answered(tmp_path):
    """Answer a copy of the example whose study file or evidence was changed."""
    shutil.copytree(EXAMPLE, tmp_path / "study")
    folder = tmp_path / "study"

    def answer(*changes, arms=()):
        text = quick((folder / "study.toml").read_text(encoding="utf-8"))
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        (folder / "study.toml").write_text(text, encoding="utf-8")
        with (folder / "published_arms.csv").open("a", encoding="utf-8") as file:
            file.writelines(f"{arm}\n" for arm in arms)
        protocol = read_protocol(folder)
        return run_study(protocol, read_casebook(protocol))

    return answer


def arm(study, year, responders, n):
    return (
        f"{study},{study},{year},sham (synthetic),sham,made-up sham injection,pain,pain_improved_50_percent,12,"
        f"{responders},{n},stated,patients,RCT,nowhere,SYNTHETIC"
    )


def test_the_example_borrows_what_its_arms_say(answered):
    result = answered()
    (found,) = result.borrowings
    assert (found.status, found.kind, found.month, found.margin) == ("borrowed", "MAP", 12, 0.1)
    assert (found.prior.arms, found.prior.people) == (4, 191)
    assert 59 / 191 - 0.05 < found.prior.median < 59 / 191 + 0.05  # 59 of 191 in the four arms
    assert found.prior.size < found.prior.without_vague < 191
    assert found.prior.divergence < 0.01
    assert {answer.strategy for answer in found.answers} == {"composite by visit", "treatment policy"}
    assert all(answer.decision == "not reached" for answer in found.answers)
    names = {method.name for method in result.methods}
    assert {"MAP prior", "Decision with a prior", "Reverse-Bayes", "Spread between arms"} <= names
    assert "Power prior" not in names


def test_the_page_has_its_sliders_and_a_table_under_each(answered):
    page = render_html(answered())
    assert page.count('<div class="slider"') == 2
    assert page.count('type: "range"') == 1  # the script makes the control: without it the table stands alone
    assert "How much weight would you give the published controls?" in page
    assert "What it takes to disbelieve the result, or to believe it" in page
    assert "Funnel of the matching arms" in page
    assert "Every arm left out in turn" in page


def test_a_page_without_sliders_carries_no_script_for_them(answered):
    assert 'type: "range"' not in render_html(replace(answered(), borrowings=()))


def test_pooling_as_declared_is_checked_by_the_other(answered):
    (found,) = answered(("margin = 0.10", 'margin = 0.10\npooling = "DerSimonian-Laird"')).comparisons
    assert (found.pooled.method, found.pooled.check_method) == (
        "DerSimonian-Laird",
        "binomial-normal maximum likelihood",
    )
    assert found.pooled.estimate == pytest.approx(found.pooled.check_estimate, abs=0.02)
    assert found.apart.tau_method == "DerSimonian-Laird"
    assert [each.study_id for each in found.apart.without] == [f"SYNTHETIC_{letter}" for letter in "ABCD"]


def test_an_arm_added_to_the_file_is_new_until_as_of_is_moved(answered):
    later = arm("SYNTHETIC_E", 2025, 30, 60)
    (file,) = answered(arms=[later]).evidence
    assert [each.use for each in file.arms] == ["matched"] * 4 + ["new since"]
    assert (file.file, file.rows) == ("published_arms.csv", 5)


def test_and_is_pooled_and_borrowed_once_it_is(answered):
    result = answered(("as_of = 2024", "as_of = 2025"), arms=[arm("SYNTHETIC_E", 2025, 30, 60)])
    assert result.comparisons[0].pooled.arms == 5
    assert result.borrowings[0].prior.arms == 5
    assert [each.use for each in result.evidence[0].arms] == ["matched"] * 5


def test_two_priors_of_one_benchmark_stand_side_by_side(answered):
    first, second = answered(("\n[conduct]", PLAIN + "\n[conduct]")).borrowings
    assert (first.kind, second.kind) == ("MAP", "power")
    assert second.prior.size == pytest.approx(2 + 191 / 2)


def test_a_study_of_nobody_alike_borrows_nothing_and_goes_on(answered):
    result = answered(("months = [12]", "months = [6]"))
    (found,) = result.borrowings
    assert found.status == "nothing is borrowed"
    assert result.control_rates
    assert "Nothing is borrowed" in render_html(result)


def test_no_borrowing_and_no_hidden_cause_turns_the_verdict(answered):
    whole = answered()
    assert whole.borrowings[0].status == "borrowed"
    bare = whole.protocol.model_copy(update={"borrowing": (), "hidden_cause": None, "adjusted_benchmark": ()})
    assert run_study(bare, read_casebook(bare)).verdict == whole.verdict


def test_a_prior_that_holds_more_than_the_arms_says_so(answered):
    page = render_html(answered())
    assert "and a part that borrows nothing with 20 % of the weight, put the control rate" in page
    assert "as declared" in page
    plain = render_html(answered(("vague_weight = 0.2", "vague_weight = 0")))
    assert "4 arms with 191 people put the control rate" in plain


def test_every_fault_of_a_borrowing_comes_at_once(answered):
    wrong = PLAIN.replace("synthetic sham injection", "synthetic sham injektion").replace("power = 0.5", "power = 5")
    also = PLAIN.replace("at half price", "another").replace("synthetic sham injection", "sham of its own")
    with pytest.raises(ProtocolError) as refused:
        answered(("\n[conduct]", wrong + also + "\n[conduct]"))
    told = [(each.where, each.problem) for each in refused.value.problems]
    assert any("borrowing 'at half price'.power" in where for where, _ in told)
    assert any(problem == "'sham of its own' is no declared benchmark" for _, problem in told)


def test_same_study_same_numbers(answered):
    assert answered().borrowings == answered().borrowings
