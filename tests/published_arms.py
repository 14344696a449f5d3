"""Published arms made by hand, and a plain study with a benchmark to set beside them."""

from equipoise.domain.estimand import Endpoint, Estimand, ImprovementRule
from equipoise.domain.evidence import PublishedArm
from equipoise.domain.protocol import Benchmark, BenchmarkMatch, Visit
from study_parts import PAIN, study

KEY = "pain_improved_50_percent"


def arm(study_id: str, responders: int | None = 10, n: int | None = 40, **other) -> PublishedArm:
    given = {
        "study_id": study_id,
        "patients": study_id,
        "year": 2012,
        "arm": "sham",
        "role": "sham",
        "intervention": "saline",
        "outcome": "pain",
        "definition_key": KEY,
        "month": 12,
        "responders": responders,
        "n": n,
        "percent": None,
        "count_source": "stated",
        "unit": "patients",
        "design": "RCT",
        "url": "https://example.org",
    }
    return PublishedArm(**(given | other))


def protocol_of(*arms: PublishedArm, **benchmark):
    rule = Endpoint(instrument="pain", percent_change=ImprovementRule(at_least=50), baseline_look_back_days=30)
    estimand = Estimand(name="asked", primary=True, visits=("12 months",), endpoint=rule, strategies={})
    visit = Visit(name="12 months", month=12, day=365, window=(320, 410))
    given = {"name": "sham", "match": BenchmarkMatch(role="sham", months=(12,)), "as_of": 2020, "margin": 0.1}
    plain = study(visits=[visit], estimands=[estimand])
    pain = PAIN.model_copy(update={"family": "pain"})
    return plain.model_copy(
        update={
            "published": arms,
            "benchmark": (Benchmark(**(given | benchmark)),),
            "instruments": dict(plain.instruments) | {"pain": pain},
        }
    )
