"""How far matching arms differ: heterogeneity, each arm left out in turn, and the funnel."""

from equipoise.domain.benchmark_answer import Comparison
from equipoise.domain.pooling_answer import ArmsApart, WithoutArm
from equipoise.report.figures.forest import ForestRow, forest
from equipoise.report.figures.funnel import funnel_plot
from equipoise.report.parts import Block, Figure, Mark, Panel, Paragraph, Table
from equipoise.report.wording import count, interval, level_words, number, p_value, sentence, share

LONG = 8


def arms_apart(each: Comparison, level: float) -> list[Block]:
    """What is said of the spread between the arms of a comparison; nothing where none are pooled."""
    if each.apart is None:
        return []
    apart, people = each.apart, sum(arm.arm.n or 0 for arm in each.matched)
    blocks: list[Block] = [Paragraph(_spread(apart, level))]
    if apart.without:
        blocks.append(_without_figure(each, apart, level, people))
    if apart.funnel:
        blocks.append(_funnel_figure(apart))
    return blocks


def _spread(apart: ArmsApart, level: float) -> str:
    lower, upper = number(apart.tau_lower, 2), number(apart.tau_upper, 2)
    return (
        f"Between the arms: standard deviation of the log-odds {number(apart.tau, 2)} ({level_words(level)} CI {lower} "
        f"to {upper} by the Q-profile; {apart.tau_method}); {share(apart.i_squared, 100)} of the variation is between "
        f"arms (I squared); P of no spread {p_value(apart.q_p)}."
    )


def _rate(one: WithoutArm, level: float, people: int) -> str:
    if one.estimate is None:
        return f"not pooled: {one.refused}"
    return f"{share(one.estimate, people)} ({interval(level, one.lower, one.upper, people)})"


def _without_figure(each: Comparison, apart: ArmsApart, level: float, people: int) -> Figure | Table:
    """Drawn where there is a rate to draw."""
    told = [(f"{one.study_id}, {one.arm}", _rate(one, level, people)) for one in apart.without]
    rows = [
        ForestRow("arm", f"Without {name}", f"Without {name}: {rate}", one.estimate, one.lower, one.upper)
        for one, (name, rate) in zip(apart.without, told, strict=True)
    ]
    if each.pooled is not None:
        label = f"All {count(each.pooled.arms)} arms"
        words = f"{label}: {share(each.pooled.estimate, people)}"
        rows.append(ForestRow("pooled", label, words, each.pooled.estimate, each.pooled.lower, each.pooled.upper))
    table = Table.of("Pooled without each arm", ["left out", "pooled rate"], told, text=(0, 1))
    if all(row.estimate is None for row in rows):
        return table
    reading = "Each line is the pooled rate without one arm: an arm that moves it far carries the answer."
    alt = " ".join(f"{row.words}." for row in rows)
    return Figure("Every arm left out in turn", alt, reading, (Panel("", forest(rows)),), table)


def _funnel_figure(apart: ArmsApart) -> Figure:
    told = [
        (f"{each.study_id}, {each.arm}", number(each.log_odds, 2), number(each.standard_error, 2))
        for each in apart.funnel
    ]
    reading = (
        "Precise arms stand on top; of arms that share one rate 95 % lie between the slanting lines. A lopsided funnel "
        "may mean that small arms with another answer were not published, or that small studies are other studies; of "
        "rates far from one half it is lopsided by arithmetic alone."
    )
    if apart.line is not None and apart.line.p is not None:
        reading += f" Egger's line (dashed): P {p_value(apart.line.p)}."
    elif apart.line is not None:
        reading += " Egger's line is dashed; below ten arms it is not tested."
    alt = sentence("; ".join(f"{name}: log-odds {odds}, standard error {error}" for name, odds, error in told))
    headings = ["arm", "log-odds", "standard error"]
    table = Table.of("Arms of the funnel", headings, told, folded=len(told) > LONG)
    legend = (Mark("■", "a matching arm"),)
    return Figure("Funnel of the matching arms", alt, reading, (Panel("", funnel_plot(apart)),), table, legend)
