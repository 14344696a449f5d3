"""The protocol: the target trial and its estimands, as ``study.toml`` declares them.

``ProtocolFile`` is what the file may say (its JSON Schema is published by ``equipoise schema``);
``Protocol`` adds what ``read_protocol`` resolves: instruments, published arms and the digest.
Nothing here reads a file. ``problems`` of cross-checks are found in ``domain/completeness``.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from equipoise.domain.adjusted_benchmark import AdjustedBenchmarkDeclared
from equipoise.domain.association import AssociationDeclared
from equipoise.domain.borrowing import BorrowingDeclared
from equipoise.domain.cases_declared import CasesSource, Columns, Population, Treatment
from equipoise.domain.comparison import ComparisonDeclared
from equipoise.domain.covariate import CovariateDeclared
from equipoise.domain.declared import Declared
from equipoise.domain.difference import DifferenceDeclared
from equipoise.domain.durability import DurabilityDeclared
from equipoise.domain.estimand import Estimand, Missing, Strategy
from equipoise.domain.evidence import EvidenceRead, PublishedArm, Role
from equipoise.domain.hidden_cause import HiddenCauseDeclared, RegressionToMeanDeclared
from equipoise.domain.imputation import ImputationDeclared
from equipoise.domain.instrument import Instrument
from equipoise.domain.scores_over_time import ScoresOverTimeDeclared
from equipoise.domain.subgroup import SubgroupDeclared
from equipoise.domain.tipping import TippingGridDeclared
from equipoise.domain.wrong import one_of_problem


class IntercurrentEvent(Declared):
    """Something after time zero that changes what the outcome means."""

    name: str = Field(description="the name strategies refer to")
    procedures: Literal["any other"] | Annotated[tuple[str, ...], Field(min_length=1)] | None = Field(
        default=None, description="procedures by name, or 'any other': all but the index and those named elsewhere"
    )
    column: Literal["cases.death", "cases.withdrawal"] | None = Field(
        default=None, description="cases.death or cases.withdrawal"
    )

    @model_validator(mode="after")
    def _one_source(self) -> "IntercurrentEvent":
        if (self.procedures is None) == (self.column is None):
            raise ValueError(one_of_problem(self, ("procedures", "column")), "give exactly one of procedures, column")
        return self


class Visit(Declared):
    """A planned assessment: nominal study day and the inclusive window that may stand for it."""

    name: str = Field(description="the name estimands and assessments refer to")
    month: float = Field(ge=0, description="the month a reader knows it by")
    day: int = Field(ge=1, description="nominal study day; day 0 is time zero")
    window: tuple[int, int] = Field(description="first and last study day, inclusive; starts on day 1 or later")


class TippingThreshold(Declared):
    """What the interval's lower limit must exceed: a fixed rate, or a benchmark's rate plus its margin."""

    rate: float | None = Field(default=None, gt=0, lt=1)
    benchmark: str | None = None

    @model_validator(mode="after")
    def _one_threshold(self) -> "TippingThreshold":
        if (self.rate is None) == (self.benchmark is None):
            raise ValueError(one_of_problem(self, ("rate", "benchmark")), "give exactly one of rate, benchmark")
        return self


class Sensitivity(Declared):
    """How wide the net of defensible readings is cast."""

    strategies: Literal["all"] | tuple[Strategy, ...] = Field(
        description="'all' for the whole panel, or the strategies shown beside the declared one"
    )
    missing: tuple[Missing, ...] = Field(min_length=1, description="how unknown responses are treated, each in turn")
    interval: Literal["clopper-pearson", "wilson", "jeffreys", "mid-p"] = Field(
        default="clopper-pearson", description="the interval of a proportion"
    )
    level: float = Field(default=0.95, gt=0.5, lt=1, description="the confidence level, 0.95 for 95 %")
    stratum_horizon_day: int | None = Field(
        default=None,
        ge=1,
        description="principal stratum: event-free to this day; absent: to the end of follow-up",
    )
    tipping_threshold: TippingThreshold | None = Field(
        default=None, description="what the lower limit must exceed; absent, no tipping point is claimed"
    )


Pooling = Literal["binomial-normal", "REML", "Paule-Mandel", "DerSimonian-Laird"]


class BenchmarkMatch(Declared):
    """Like with like: role, definition and month must all match before arms are pooled."""

    role: Role = Field(description="what the published arms were given")
    definition: str | None = Field(default=None, description="absent, the estimand's own definition")
    months: tuple[float, ...] = Field(min_length=1, description="months after treatment that are compared")


class Benchmark(Declared):
    """A comparison with published arms."""

    name: str = Field(description="what the report calls the comparison")
    match: BenchmarkMatch = Field(
        description="which published arms are like: role, months, and definition if not its own"
    )
    estimand: str | None = Field(default=None, description="absent, the primary estimand")
    group: str | None = Field(default=None, description="the treated group; absent, every group by itself")
    as_of: int = Field(ge=1900, le=2200, description="what had been published by the end of this year")
    exclude: tuple[str, ...] = Field(default=(), description="study_id held out")
    show_later: tuple[str, ...] = Field(default=(), description="study_id shown beside the answer as found later")
    margin: float = Field(
        ge=0,
        description="by how much the treatment must be better, 0 to 1; of a score in points of its instrument",
    )
    pooling: Pooling | None = Field(
        default=None,
        description="how two matching arms or more are pooled; absent, binomial-normal for rates and REML for means: "
        "REML, Paule-Mandel and DerSimonian-Laird pool log-odds, or means, with Hartung and Knapp's limits",
    )


class EvidenceFiles(Declared):
    """Further published results, in the columns of the evidence that ships."""

    files: tuple[str, ...] = Field(default=(), description="CSV files, from the folder of this file")


class AppraisalItem(Declared):
    """One item of a critical appraisal, answered."""

    item: str
    answer: Literal["yes", "no", "unclear", "not applicable"]
    note: str = ""


class Conduct(Declared):
    """What a reader must be told about how the cases came together (``docs/methods.md``, the last section)."""

    consecutive: Literal["yes", "no", "not stated"] = Field(description="whether the cases are consecutive")
    captured: str = Field(description="how many were treated and how many are here, by which account")
    co_interventions: tuple[str, ...] = Field(description="given with the treatment and not separable from it")
    rescue_medication: Literal["intercurrent event", "recorded", "not recorded"] = Field(
        description="how analgesics and opioids taken after treatment enter"
    )
    harms: Literal["solicited", "volunteered", "not stated"] = Field(
        description="whether harms were asked for or volunteered"
    )
    self_report_blinded: bool = Field(description="true where those who reported did not know what they had been given")
    entry_minimum_score: bool = Field(description="whether entry needed a minimum score (regression to the mean)")
    cautions: tuple[str, ...] = Field(default=(), description="sentences printed in the report as they stand")
    appraisal_tool: Literal["JBI case series", "ROBINS-I", "RoB 2"] | None = Field(
        default=None, description="the tool whose items are answered; those left out are named as gaps"
    )
    appraisal: tuple[AppraisalItem, ...] = Field(default=(), description="one entry an item of the tool")


class Source(Declared):
    """An account a figure follows."""

    name: str
    url: str | None = None
    used_for: str


class ProtocolFile(Declared):
    """``study.toml``: complete, or refused with every problem at once. No scientific choice has a default."""

    title: str = Field(description="what the report is called")
    question: str = Field(description="the question in one sentence, as a patient would ask it")
    written: Literal["before outcomes were seen", "after outcomes were seen"] = Field(
        description="whether this protocol was written before or after outcomes were seen; printed on the report"
    )
    seed: int = Field(ge=0, description="the seed of every random number: same seed, same answer")
    cases: CasesSource = Field(description="where the case book lies: [cases] with path")
    columns: Columns | None = Field(default=None, description="the mapping of one wide file onto the case book")
    population: Population = Field(default=Population(), description="who is eligible")
    treatment: Treatment = Field(description="what starts the clock: [treatment] with procedure, or index")
    intercurrent_event: tuple[IntercurrentEvent, ...] = Field(
        default=(), description="what may happen after time zero and change what the outcome means"
    )
    instrument: tuple[Instrument, ...] = Field(default=(), description="instruments of your own, or one redefined")
    visit: tuple[Visit, ...] = Field(min_length=1, description="the planned assessments: [[visit]], one table each")
    estimand: tuple[Estimand, ...] = Field(min_length=1, description="what is asked: [[estimand]], one of them primary")
    covariate: tuple[CovariateDeclared, ...] = Field(
        default=(), description="what was known before treatment, or of the treatment: [[covariate]], one table each"
    )
    durability: tuple[DurabilityDeclared, ...] = Field(
        default=(), description="how long a response lasts: [[durability]], one table a question"
    )
    sensitivity: Sensitivity = Field(description="which readings are shown: [sensitivity] with strategies and missing")
    scores_over_time: tuple[ScoresOverTimeDeclared, ...] = Field(
        default=(), description="the mean of a score by visit, by a mixed model: [[scores_over_time]], one table each"
    )
    imputation: tuple[ImputationDeclared, ...] = Field(
        default=(), description="a named assumption about what nobody saw: [[imputation]], one table each"
    )
    difference: tuple[DifferenceDeclared, ...] = Field(
        default=(), description="two groups of the case book compared: [[difference]], one table each"
    )
    subgroup: tuple[SubgroupDeclared, ...] = Field(
        default=(), description="responders within the levels of a covariate, exploratory: [[subgroup]], one table each"
    )
    association: tuple[AssociationDeclared, ...] = Field(
        default=(), description="what went with response, exploratory: [[association]], one table each"
    )
    tipping_grid: tuple[TippingGridDeclared, ...] = Field(
        default=(), description="what the unseen would have to be for a conclusion to flip: [[tipping_grid]]"
    )
    benchmark: tuple[Benchmark, ...] = Field(default=(), description="comparisons with published arms")
    comparison: tuple[ComparisonDeclared, ...] = Field(
        default=(), description="comparisons with another cohort, case by case: [[comparison]], one table each"
    )
    borrowing: tuple[BorrowingDeclared, ...] = Field(
        default=(), description="matching arms as a prior of the control rate: [[borrowing]], one table each"
    )
    adjusted_benchmark: tuple[AdjustedBenchmarkDeclared, ...] = Field(
        default=(), description="the cases made like a published arm: [[adjusted_benchmark]], one table each"
    )
    hidden_cause: HiddenCauseDeclared | None = Field(
        default=None, description="how strong a hidden cause would have to be: [hidden_cause]"
    )
    regression_to_mean: tuple[RegressionToMeanDeclared, ...] = Field(
        default=(), description="what an entry rule alone does: [[regression_to_mean]], one table an instrument"
    )
    evidence: EvidenceFiles = Field(default=EvidenceFiles(), description="further published results")
    conduct: Conduct = Field(description="what a reader must be told: [conduct]")
    source: tuple[Source, ...] = Field(default=(), description="the accounts the figures follow")

    @property
    def primary(self) -> Estimand:
        """The estimand the verdict speaks of."""
        return next(estimand for estimand in self.estimand if estimand.primary)

    def visit_named(self, name: str) -> Visit:
        """The visit of that name; the cross-checks have made sure there is one."""
        return next(visit for visit in self.visit if visit.name == name)


class Protocol(ProtocolFile):
    """A protocol that is ready to run: everything it names is resolved, and its digest covers all of it."""

    instruments: Mapping[str, Instrument] = Field(description="every instrument an estimand or criterion uses, by name")
    published: tuple[PublishedArm, ...] = Field(
        description="the evidence a benchmark of the protocol may pool, list as near, hold out or show later"
    )
    definitions: Mapping[str, str] = Field(default={}, description="what each definition key of those arms means")
    evidence_read: tuple[EvidenceRead, ...] = Field(
        default=(), description="the study's own evidence, file by file; its arms are among those above"
    )
    folder: str = Field(description="the folder relative paths start from; not part of the digest")
    digest: str = Field(description="SHA-256 of the canonical JSON of everything but the folder")

    def rule(self, key: str) -> str:
        """A definition key in words; its own words where nobody described it."""
        return self.definitions.get(key, key.replace("_", " "))

    def instrument_of(self, estimand: Estimand) -> Instrument:
        """The instrument an estimand's endpoint reads."""
        return self.instruments[estimand.endpoint.instrument]
