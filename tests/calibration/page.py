"""docs/calibration.md: what every interval promises, beside what it did."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from calibration import comparisons
from calibration.measured import LEVEL, Count, Experiment
from calibration.test_binomial_coverage import REPORTED as PROPORTIONS
from calibration.test_difference_coverage import REPORTED as DIFFERENCES
from calibration.unseen import bias_section

PAGE = Path(__file__).parents[2] / "docs" / "calibration.md"
SHORT = 0.93
"""Coverage printed bold."""

HEAD = """# Calibration

Every interval here claims 95 %. This page says how often it held the truth, for 10, 24 and 100 cases (in each arm, where there are two; of adjusted comparisons for 10,000 too). Binomial
intervals are enumerated: every count or table, every rate. All others are simulated: data sets are drawn from a known truth, each is answered, and the intervals
that held the truth are counted.

Read a cell `.938 (.005) 1.7 % refused` so: of the data sets the method answered with limits, 93.8 % had the truth within them; simulated again, that share
would move by about .005 (Monte Carlo standard error); on 1.7 % the method refused in words or gave an estimate without limits, which counts as no interval, neither right nor wrong.
**Bold** is coverage below .93. Seeded: `cd tests && python -m calibration.measure` makes the counts (`tests/calibration/measured.csv`: one row for each method and n, with
how many intervals lay wholly above and below the truth) and this page again; continuous integration draws fresh, smaller samples and compares
(`tests/calibration/test_simulated_coverage.py`).
"""

LESSONS = """
## What to take from it

- **Enumerated is proof, simulated is not.** Clopper-Pearson, Chan-Zhang and Agresti-Min hold at every rate and every n looked at. What is simulated held so often for the truth that was drawn, no more.
- **Scores over time.** Where the fitted covariance is right, `satterthwaite` and `kenward-roger-linear` hold .93 to .96 from 10 cases on. `kenward-roger`, as R's mmrm computes it, covers
  .90 of the changes of one arm of 10 and .92 of 24: ask for the linear form ([why](decisions/0007-kenward-roger-that-gives-the-paired-t-test.md)). A
  covariance that is too simple is not mended by degrees of freedom, nor by more cases: .86 to .90 at 100. `empirical bias-reduced` and `empirical jackknife` mend the width (.94 to .97); the plain sandwich, `empirical`, is short at 10.
  Nothing mends the estimate itself: with the wrong covariance and the worst leaving, the pain left over is estimated too low, and the intervals of one arm that miss lie mostly below the truth.
- **What was not seen, filled in under the assumption that is true.** Rubin's limits of a mean hold .94 to .96 from 10 cases on and the mean is not off. The jackknife's limits are normal, not Student's: .88 at 10 cases, .94 at 24.
  Lott and Reiter's limits of a rate hold .96 and more; the rate itself is two percentage points too near one half at 10 cases, one at 24, since the prior is worth about one response a visit.
- **Cumulative incidence and state occupation.** The log-log limits hold (.94 and above), but at 10 cases often there are none: where nobody had the event yet (or everybody) they are undefined, and for a rare event that is most data
  sets. The exact interval of the counts, or its one-sided limit, then answers.
- **Mean days lost to an event, or spent in a state.** These limits are symmetric (Wald) and too short where events are few: .90 with about 6 events, .94 with about 25; for a rare event .89 even at 100 cases, which see about 5.
  Days lost miss almost always on one side: by chance few events were seen, so the estimate is low and its interval short. At 10 and 24 cases do not take them for 95 %.
- **Differences of two incidences, and of days lost**, are symmetric too but miss on both sides: .93 to .94 throughout.
- **Gray's test** rejects what is true 5 % of the time, at 10 a side too.
- **Ratings that crowd at 0** make Student's interval of a mean too low: .91 at 10, .94 at 24.
- **Times between visits.** The bootstrap limits hold {turnbull_10} at 10 cases, {turnbull_24} at 24 and {turnbull_100} at 100.
- **Firth's profile limits** hold {firth} at every n, 10 included: wide, and rightly so.
- **Cohort against cohort.** From 24 v 50 on every way of adjusting in the first table holds {adjusted}. At 10 v 20 weighting holds .94 to .97, its bootstrap .92, AIPW and outcome regression are wide (.97 to .99), and entropy balancing
  has no answer for one pair of cohorts in eleven, its bootstrap for every second. ATE weights of a *risk* are short: .92 at 10 v 20, .93 at 24 v 50, .94 at 100 v 1,000; the report says so. Matching with replacement holds .94 to .97. At 10,000 v 100,000 every method holds {large} and no estimate is off by a tenth of its standard deviation
  (all methods answer the same data sets, so what one misses by chance the others miss too). With fewer cases
  none is off by a twentieth; the standard error of ATE weights is short at 10 v 20 (the last table), that of entropy balancing sometimes explodes.
"""

ENUMERATED = """
## Enumerated: proportions

Least coverage at any rate (found beside the limits, where coverage jumps) and the mean over rates .001 to .999.

| method | n | least | mean |
| --- | ---: | ---: | ---: |
{proportions}

## Enumerated: differences of two proportions

Least and mean over true differences and control rates. Chan-Zhang and Agresti-Min are checked to hold everywhere, beside every limit, for differences, ratios and odds ratios
(`tests/calibration/test_difference_coverage.py`).

| method | arms | least | mean |
| --- | --- | ---: | ---: |
{differences}
"""


def page(counts: Sequence[Count], experiments: Iterable[Experiment]) -> str:
    """The whole page, from the counts kept."""
    parts = [HEAD, LESSONS.format(**_spans(counts)), _enumerated()]
    for topic, under in groupby(experiments, key=lambda each: each.topic):
        parts.append(f"\n## Simulated: {topic[0].lower()}{topic[1:]}\n")
        for experiment in under:
            mine = [count for count in counts if count.experiment == experiment.name]
            if mine:
                parts.append(_table(experiment, mine))
    return "".join([*parts, bias_section(), comparisons.bias_section()])


def share(value: float) -> str:
    """Three decimals without the nought: .938."""
    return f"{value:.3f}".removeprefix("0")


def span(counts: Iterable[Count]) -> str:
    """From the least to the greatest coverage, two decimals."""
    found = [f"{count.coverage:.2f}".removeprefix("0") for count in sorted(counts, key=lambda each: each.coverage)]
    return found[0] if found[0] == found[-1] else f"{found[0]} to {found[-1]}"


def _spans(counts: Sequence[Count]) -> dict[str, str]:
    def of(method: str, sizes: tuple[int, ...]) -> str:
        return span(each for each in counts if each.method.startswith(method) and each.n in sizes)

    return {
        "turnbull_10": of("Turnbull", (10,)),
        "turnbull_24": of("Turnbull", (24,)),
        "turnbull_100": of("Turnbull", (100,)),
        "firth": of("Firth", (10, 24, 100)),
        "adjusted": span(each for each in counts if each.experiment == comparisons.SMALL and each.n > 10),
        "large": span(each for each in counts if each.experiment == comparisons.LARGE),
    }


def _enumerated() -> str:
    return ENUMERATED.format(
        proportions="\n".join(
            f"| {method} | {n} | {_marked(least)} | {share(mean)} |"
            for (method, n), (least, mean) in PROPORTIONS.items()
        ),
        differences="\n".join(
            f"| Miettinen-Nurminen | {n} v {m} | {_marked(least)} | {share(mean)} |"
            for (n, m), (least, mean) in DIFFERENCES.items()
        ),
    )


def _marked(coverage: float) -> str:
    return f"**{share(coverage)}**" if coverage < SHORT else share(coverage)


def _cell(count: Count) -> str:
    refused = f" {100 * count.refused / count.replicates:.1f} % refused" if count.refused else ""
    if count.answered == 0:
        return "always refused"
    return f"{_marked(count.coverage)} ({share(count.standard_error)}){refused}"


def _table(experiment: Experiment, counts: Sequence[Count]) -> str:
    sizes = sorted({count.n for count in counts})
    lines = [
        f"\n### {experiment.name[0].upper()}{experiment.name[1:]}\n",
        f"{experiment.drawn} {experiment.replicates:,} data sets{' for each n' if len(sizes) > 1 else ''}; claim {100 * LEVEL:.0f} %.\n",
        f"| estimated | method | {' | '.join(f'n = {n:,}' for n in sizes)} |",
        f"| --- | --- | {' | '.join('---' for _ in sizes)} |",
    ]
    asked = dict.fromkeys((count.estimated, count.method) for count in counts)
    for what, method in asked:
        by_size = {count.n: count for count in counts if (count.estimated, count.method) == (what, method)}
        lines.append(f"| {what} | {method} | {' | '.join(_cell(by_size[n]) for n in sizes)} |")
    return "\n".join(lines) + "\n"
