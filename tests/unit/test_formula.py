"""The formula of a mean: terms as R makes them, and every fault told in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.domain.formula import Formula, FormulaFault, parse

NAMES = st.sampled_from(["visit", "group", "baseline", "age at injection", "L4/5"])


@pytest.mark.parametrize(
    ("text", "terms"),
    [  # attr(terms(~ ...), "term.labels") of R
        (
            "group * visit + baseline * visit + age",
            ["group", "visit", "baseline", "age", "group:visit", "visit:baseline"],
        ),
        ("a:b * c", ["c", "a:b", "a:b:c"]),
        ("(a + b) * c", ["a", "b", "c", "a:c", "b:c"]),
        ("(a + b):c", ["a:c", "b:c"]),
        ("a * b * c", ["a", "b", "c", "a:b", "a:c", "b:c", "a:b:c"]),
        ("a + a + a:b + b:a + a:a", ["a", "a:b"]),
        ("1 + visit", ["visit"]),
        ("1", []),
        ("age at injection : visit", ["age at injection:visit"]),
    ],
)
def test_terms_are_rs(text, terms):
    assert {frozenset(term) for term in parse(text).terms} == {frozenset(label.split(":")) for label in terms}
    assert len(parse(text).terms) == len(terms)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("+ visit", "a name is missing at the beginning"),
        ("visit +", "a name is missing after '+'"),
        ("visit + * group", "a name is missing after '+'"),
        ("(visit", "a bracket is not closed"),
        ("visit)", "')' stands where a sign is wanted"),
        ("pain ~ visit", "'~' has no meaning here"),
        ("visit + (1 | id)", "'|' has no meaning here"),
        ("visit - 1", "'visit - 1' is no name"),
        ("0 + visit", "'0' is no name"),
        ("log(age)", "'log' stands before a bracket, and no function has a meaning here"),
        ("(" * 50 + "visit" + ")" * 50, "has more than 20 brackets inside one another"),
        ("*".join("abcdefgh"), "has more than 100 terms"),
        ("a" * 3000, "is longer than a formula can be"),
    ],
)
def test_a_fault_is_told_with_its_remedy(text, problem):
    with pytest.raises(FormulaFault) as caught:
        parse(text)
    assert caught.value.problem == problem
    assert caught.value.remedy


@given(st.lists(NAMES, min_size=1, max_size=4))
def test_a_star_is_every_interaction(names):
    distinct = set(names)
    terms = {frozenset(term) for term in parse(" * ".join(names)).terms}
    assert len(terms) == 2 ** len(distinct) - 1
    assert terms == {frozenset(term) for term in parse(" * ".join(reversed(names))).terms}


@given(st.recursive(NAMES, lambda inner: st.builds(lambda a, sign, b: f"({a} {sign} {b})", inner, st.sampled_from("+*:"), inner), max_leaves=6))  # fmt: skip
def test_what_parses_holds_each_term_once_and_only_its_names(text):
    found = parse(text)
    sets = [frozenset(term) for term in found.terms]
    assert len(sets) == len(set(sets))
    assert all(name in text for name in found.names)
    assert [len(term) for term in found.terms] == sorted(len(term) for term in found.terms)


def test_a_category_keeps_its_levels_where_nothing_below_it_is_in_the_mean():
    """R: with ~ visit:age alone, visit is coded in full; with ~ age + visit:age it is not; age alone stands for both."""
    assert parse("visit:age").coded_in_full(("visit", "age"), "visit")
    assert not parse("age + visit:age").coded_in_full(("visit", "age"), "visit")
    assert not parse("visit").coded_in_full(("visit",), "visit")
    assert Formula(()).names == ()
