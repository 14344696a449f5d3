"""The first page: the stamp, the verdict and the question."""

from equipoise.domain.instrument import Instrument
from equipoise.domain.result import StudyResult
from equipoise.report.parts import Paragraph, Section, Table, Terms, VerdictBlock
from equipoise.report.rows import declared_strategy, of_estimand
from equipoise.report.wording import plain, sentence, short


def stamp(result: StudyResult) -> tuple[tuple[str, str], ...]:
    """When the protocol was written, and what was frozen."""
    return (
        ("Protocol written", result.study.written),
        ("Data cut", f"{result.cut.date or 'no calendar date'}, {_digest(result.cut.digest)}"),
        ("Protocol", _digest(result.study.protocol_digest)),
    )


def _digest(digest: str) -> str:
    return f"digest {short(digest)}" if digest else "no digest"


def verdict(result: StudyResult) -> Section:
    """The verdict as the rules found it."""
    said = result.verdict
    told = said.sentence.removeprefix(f"{said.word}:").strip()
    block = VerdictBlock(said.word, plain(sentence(told)), tuple(plain(sentence(reason)) for reason in said.reasons))
    return Section("verdict", "The answer", (block,), terminal=True)


def question(result: StudyResult) -> Section:
    """The question as declared: treatment, endpoint, events, and how each enters."""
    protocol = result.protocol
    primary = protocol.primary
    rows = of_estimand(result, primary.name)
    endpoint = rows[0].endpoint if rows else protocol.instrument_of(primary).label
    treatment = protocol.treatment
    start = (
        f"the first {treatment.procedure.replace('_', ' ')}; day 0 is its day"
        if treatment.procedure is not None
        else f"day 0 is the study's day {treatment.index.day if treatment.index else 0}; no index procedure"
    )
    events = [event.name for event in protocol.intercurrent_event]
    terms = [
        ("Treatment", start),
        ("Endpoint", endpoint),
        ("Visits", ", ".join(f"{each.name} (day {each.window[0]} to {each.window[1]})" for each in protocol.visit)),
        ("Events that change what the answer means", ", ".join(events) or "none declared"),
    ]
    if events:
        terms.append(("How they enter the primary question", declared_strategy(primary)))
    blocks = (
        Paragraph(result.study.question, "lead"),
        Terms(tuple(terms)),
        _instrument(protocol.instrument_of(primary)),
    )
    return Section("question", "The question", blocks)


def _instrument(instrument: Instrument) -> Table:
    """Range, direction and source of the endpoint's instrument, and the cut-offs published for it."""
    rows = [
        ("range", "yes (1) or no (0)" if instrument.yes_no else f"{instrument.low:f} to {instrument.high:f}"),
        ("better", instrument.better.value),
        ("described in", instrument.citation or "not stated"),
    ]
    published: dict[tuple[str, str], list[str]] = {}
    for each in instrument.thresholds:
        size = f"{each.value:f} {each.unit}"
        published.setdefault((each.kind, size), []).append(each.url)
    rows += [(kind, f"{size} ({'; '.join(urls)})") for (kind, size), urls in published.items()]
    if not instrument.thresholds:
        rows.append(("thresholds", "none is listed"))
    caption = f"The instrument: {instrument.label}. Published thresholds are shown, never applied"
    return Table.of(caption, ["what", "as published"], rows, text=(0, 1), folded=True)
