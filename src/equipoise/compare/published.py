"""What is said beside published arms: benchmarks, borrowing, and the control rate one would have to assume."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from equipoise.compare.benchmark import Counts, compare_with_published
from equipoise.compare.control_rate import control_rates_to_assume
from equipoise.domain.benchmark_answer import Comparison
from equipoise.domain.borrowing_answer import Borrowing
from equipoise.domain.control_rate_answer import ControlRateToAssume
from equipoise.domain.evidence import PublishedArm
from equipoise.domain.evidence_answer import ArmUse, ArmUsed, EvidenceUsed
from equipoise.domain.own_mean import OwnMean
from equipoise.domain.protocol import Protocol
from equipoise.domain.wrong import closest_or_all, groups_there
from equipoise.errors import Problem, ProtocolError


@dataclass(frozen=True)
class BesidePublished:
    """What the published arms say of the cases; empty where the protocol names no benchmark."""

    comparisons: tuple[Comparison, ...]
    control_rates: tuple[ControlRateToAssume, ...]
    borrowings: tuple[Borrowing, ...]
    evidence: tuple[EvidenceUsed, ...]


def beside_published(
    protocol: Protocol,
    groups: Sequence[str],
    counts: Mapping[str, tuple[Counts, ...]],
    means: Mapping[str, tuple[OwnMean, ...]] | None = None,
) -> BesidePublished:
    """Every benchmark and borrowing of the protocol, month by month.

    Parameters
    ----------
    groups : of the cohort, each with at least one case
    counts : estimand name -> its counts by visit and strategy
    means : estimand name -> its means by visit, strategy and way of treating the unknown; None where nothing asks

    Raises
    ------
    ProtocolError : a benchmark or a borrowing names a group in which there is no case
    """
    problems = list(_group_problems(protocol, groups))
    if problems:
        raise ProtocolError(problems)
    comparisons = tuple(
        comparison
        for benchmark in protocol.benchmark
        for comparison in compare_with_published(protocol, benchmark, counts)
    )
    return BesidePublished(
        comparisons=comparisons,
        control_rates=control_rates_to_assume(protocol, counts),
        borrowings=_borrowings(protocol, comparisons, counts, means or {}),
        evidence=tuple(_evidence(protocol, comparisons)),
    )


def _group_problems(protocol: Protocol, groups: Sequence[str]) -> Iterator[Problem]:
    named = [(f"benchmark '{each.name}'.group", each.group) for each in protocol.benchmark]
    named += [(f"borrowing '{each.name}'.reference", each.reference) for each in protocol.borrowing]
    for where, group in named:
        if group is not None and group not in groups:
            remedy = closest_or_all(group, groups, everything=groups_there(groups))
            yield Problem(f"study.toml: {where}", f"no case of the cohort is in the group '{group}'", remedy)
    for each in protocol.borrowing:
        if tuple(groups) == (each.reference,):
            where, problem = f"borrowing '{each.name}'.reference", "every case is in it, so nobody is left as treated"
            yield Problem(f"study.toml: {where}", problem, "name the group that is the control, or leave it out")


def _borrowings(
    protocol: Protocol,
    comparisons: tuple[Comparison, ...],
    counts: Mapping[str, tuple[Counts, ...]],
    means: Mapping[str, tuple[OwnMean, ...]],
) -> tuple[Borrowing, ...]:
    """Priors made of published arms; their kernels are opened only where a borrowing is declared."""
    if not protocol.borrowing:
        return ()
    from equipoise.compare.borrow import borrow

    return borrow(protocol, comparisons, counts, means)


def _evidence(protocol: Protocol, comparisons: tuple[Comparison, ...]) -> Iterator[EvidenceUsed]:
    """The files of the study's own evidence, and what each comparison made of their arms."""
    for file in protocol.evidence_read:
        arms = (use for arm in file.arms for comparison in comparisons for use in _uses(arm, comparison))
        yield EvidenceUsed(file.file, file.digest, file.rows, tuple(dict.fromkeys(arms)))


def _uses(arm: PublishedArm, comparison: Comparison) -> Iterator[ArmUsed]:
    """What one comparison made of an arm; nothing where it does not speak of it."""

    def used(use: ArmUse, why: str = "") -> ArmUsed:
        return ArmUsed(arm.study_id, arm.arm, arm.year, arm.month, comparison.name, use, why)

    matched = [each.arm for each in comparison.matched] + [each.arm for each in comparison.matched_means]
    if arm in matched:
        yield used("matched")
    for each in comparison.excluded:
        if each.arm == arm:
            late = arm.year is not None and arm.year > comparison.as_of and "published in" in each.mismatches[0]
            yield used("new since" if late else "not used", "; ".join(each.mismatches))
    if any(each.arm == arm for each in comparison.near):
        yield used("near")
    if arm in [each.arm for each in comparison.later] + [each.arm for each in comparison.later_means]:
        yield used("shown as found later")
