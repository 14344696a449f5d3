"""``study.toml`` into a frozen ``Protocol``: complete, or refused with every problem at once."""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from equipoise.domain.cases_declared import Columns
from equipoise.domain.completeness import completeness_problems
from equipoise.domain.estimand import Endpoint
from equipoise.domain.evidence import EvidenceRead, PublishedArm, definition_key
from equipoise.domain.instrument import Instrument
from equipoise.domain.parts import NAMED, Parts, Question
from equipoise.domain.predicate import Criterion
from equipoise.domain.protocol import EvidenceFiles, Protocol, ProtocolFile
from equipoise.errors import Problem, ProtocolError
from equipoise.read.evidence import arms_of, read_definitions, read_instruments, read_published
from equipoise.read.protocol_errors import place, problems_of

STUDY_FILE = "study.toml"
LARGEST_BYTES = 1_000_000
TABLES = ("columns", "sensitivity", "conduct")
LATER_WORDS = {"benchmark": ("pooling",)}
"""Words a section learnt later: left out, they do not enter the digest."""


def read_protocol(path: Path | str) -> Protocol:
    """The protocol a study file declares, with its instruments and published arms resolved, and its digest.

    Parameters
    ----------
    path : a study file, or the folder that holds ``study.toml``

    Raises
    ------
    ProtocolError : the file cannot be read, is incomplete or contradicts itself; every problem at once
    """
    file = _study_file(Path(path))
    raw = _parse(_text(file), file.name)
    declared, problems = _validate(raw)
    instruments = {**read_instruments(), **{each.name: each for each in _read_items(raw, "instrument")}}
    files, evidence_problems = _evidence(raw, file)
    arms = (*read_published(), *(arm for each in files for arm in each.arms))
    unread = evidence_problems or (raw.get("evidence") is not None and _read(raw["evidence"], EvidenceFiles) is None)
    sound = None if unread else arms
    problems += completeness_problems(_parts(raw), instruments, sound, tuple(read_definitions()))
    if problems or evidence_problems or declared is None:
        placed = [replace(each, where=f"{file.name}: {each.where}" if each.where else file.name) for each in problems]
        raise ProtocolError(dict.fromkeys([*placed, *evidence_problems]))
    return _resolved(declared, instruments, arms, files, file.parent)


def protocol_schema() -> dict[str, Any]:
    """The JSON Schema of ``study.toml`` (draft 2020-12), from which an editor completes it."""
    schema = ProtocolFile.model_json_schema(by_alias=True)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {**head, **schema, "title": "Equipoise study file"}


def _study_file(path: Path) -> Path:
    try:
        if not path.is_dir():
            return path
        file = path / STUDY_FILE
        if file.is_file():
            return file
        others = sorted(each.name for each in path.glob("*.toml"))
    except OSError as error:
        raise ProtocolError(_unreadable(path.name, error)) from None
    remedy = f"give the file itself: {', '.join(others)}" if others else "make one with 'equipoise new'"
    raise ProtocolError(Problem(f"{path.name or path}", f"the folder holds no {STUDY_FILE}", remedy))


def _text(file: Path) -> str:
    try:
        size = file.stat().st_size
        if size > LARGEST_BYTES:
            problem = f"is {size / 1_000_000:.0f} MB large; a study file is a few pages of text"
            raise ProtocolError(Problem(file.name, problem, "give the study file, not the case book"))
        return file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        remedy = f"give a study file or the folder that holds {STUDY_FILE}"
        raise ProtocolError(Problem(str(file.name), "there is no such file or folder", remedy)) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        where = f"{file.name}: line {line}"
        raise ProtocolError(Problem(where, "is not UTF-8 text", "save the file as UTF-8")) from None
    except (OSError, ValueError) as error:
        raise ProtocolError(_unreadable(file.name, error)) from None


def _unreadable(name: str, error: OSError | ValueError) -> Problem:
    why = error.strerror if isinstance(error, OSError) and error.strerror else "not a path"
    return Problem(name[:100] or "the study", f"cannot be read: {why}", "give a file that can be opened")


def _parse(text: str, name: str) -> dict[str, Any]:
    remedy = "mend the TOML there: text in quotes, [section] for a table, [[section]] for each item of a list"
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        why, _, at = str(error).partition(" (at ")
        found = re.match(r"line (\d+), column (\d+)", at)
        where = f"{name}: line {found[1]}, column {found[2]}" if found else f"{name}: {at.rstrip(')') or 'TOML'}"
        raise ProtocolError(Problem(where, f"is not TOML: {why[:120]}", remedy)) from None
    except (RecursionError, ValueError, ArithmeticError):
        raise ProtocolError(Problem(name, "is not TOML that can be read", remedy)) from None


def _validate(raw: Mapping[str, Any]) -> tuple[ProtocolFile | None, list[Problem]]:
    try:
        return ProtocolFile.model_validate(raw), []
    except ValidationError as error:
        return None, problems_of(error, raw)


def _parts(raw: Mapping[str, Any]) -> Parts:
    """What of the file can be read, item by item: the cross-checks speak of that much."""
    tables = {name: _read(raw.get(name), ProtocolFile.__annotations__[name]) for name in TABLES}
    return Parts(
        declared={name: _names(raw, name) for name in NAMED},
        columns=tables["columns"],
        criteria=_criteria(raw),
        events=_read_items(raw, "intercurrent_event"),
        visits=_read_items(raw, "visit"),
        questions=[
            _question(each, place(raw, ("estimand", number)))
            for number, each in enumerate(_list(raw, "estimand"))
            if isinstance(each, dict)
        ],
        sensitivity=tables["sensitivity"],
        benchmarks=_read_items(raw, "benchmark"),
        borrowings=_read_items(raw, "borrowing"),
        adjusted_benchmarks=_read_items(raw, "adjusted_benchmark"),
        regressions=_read_items(raw, "regression_to_mean"),
        conduct=tables["conduct"],
        covariates=_read_items(raw, "covariate"),
        durability=_read_items(raw, "durability"),
        tipping_grids=_read_items(raw, "tipping_grid"),
        differences=_read_items(raw, "difference"),
        subgroups=_read_items(raw, "subgroup"),
        associations=_read_items(raw, "association"),
        scores_over_time=_read_items(raw, "scores_over_time"),
        imputations=_read_items(raw, "imputation"),
        comparisons=_read_items(raw, "comparison"),
    )


def _question(raw: Mapping[str, Any], where: str) -> Question:
    strategies = raw.get("strategies")
    return Question(
        where=where,
        primary=_read(raw.get("primary"), bool) is True,
        visits=_read(raw.get("visits"), tuple[str, ...]),
        strategies=strategies if isinstance(strategies, dict) else None,
        endpoint=_read(raw.get("endpoint"), Endpoint),
        name=_read(raw.get("name"), str),
    )


def _criteria(raw: Mapping[str, Any]) -> list[tuple[str, Criterion]]:
    placed = [
        (place(raw, (*path, section, number)), _read(each, Criterion))
        for path, population in _populations(raw)
        for section in ("require", "exclude")
        for number, each in enumerate(_list(population, section))
    ]
    return [(where, criterion) for where, criterion in placed if criterion is not None]


def _populations(raw: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, Any]]]:
    """The study's own population and those of its comparators, each with its path in the file."""
    if isinstance(raw.get("population"), dict):
        yield ("population",), raw["population"]
    for number, each in enumerate(_list(raw, "comparison")):
        other = each.get("comparator") if isinstance(each, dict) else None
        if isinstance(other, dict) and isinstance(other.get("population"), dict):
            yield ("comparison", number, "comparator", "population"), other["population"]


def _list(raw: Mapping[str, Any], section: str) -> list[Any]:
    given = raw.get(section)
    return given if isinstance(given, list) else []


def _names(raw: Mapping[str, Any], section: str) -> list[str]:
    named = (item.get("name") for item in _list(raw, section) if isinstance(item, dict))
    return [name for name in named if isinstance(name, str)]


def _read_items(raw: Mapping[str, Any], section: str) -> list[Any]:
    read = (_read([item], ProtocolFile.__annotations__[section]) for item in _list(raw, section))
    return [items[0] for items in read if items is not None]


def _read(raw: Any, kind: Any) -> Any:
    """A part of the file as a frozen value, or None where it cannot be read by itself."""
    try:
        return None if raw is None else _adapter(kind).validate_python(raw)
    except ValidationError:
        return None


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _evidence(raw: Mapping[str, Any], study: Path) -> tuple[list[EvidenceRead], list[Problem]]:
    """The study's own evidence, file by file, read anew each time."""
    evidence, folder = _read(raw.get("evidence"), EvidenceFiles), study.parent
    files: list[EvidenceRead] = []
    problems: list[Problem] = []
    for file in () if evidence is None else evidence.files:
        found, wrong = arms_of(folder / file)
        problems += wrong
        if not wrong:
            sha = hashlib.sha256((folder / file).read_bytes()).hexdigest()
            same = next((each.file for each in files if each.digest == sha), None)
            if same is not None:
                says = f"'{file}' is named twice" if file == same else f"'{file}' holds what '{same}' holds"
                problems.append(Problem(f"{study.name}: evidence.files", says, "name one of them, once"))
            files.append(EvidenceRead(file=file, digest=sha, rows=len(found), arms=tuple(found)))
    return files, problems


def _resolved(
    declared: ProtocolFile,
    instruments: Mapping[str, Instrument],
    arms: Sequence[PublishedArm],
    files: Sequence[EvidenceRead],
    folder: Path,
) -> Protocol:
    used = {name: instruments[name] for name in _instruments_used(declared)}
    matched = tuple(arm for arm in arms if _may_concern(arm, declared))
    content = {name: getattr(declared, name) for name in ProtocolFile.model_fields}
    resolved = {
        "instruments": used,
        "published": matched,
        "definitions": _definitions(declared, used, matched),
        "evidence_read": tuple(_that_may_concern(each, declared) for each in files),
        "folder": str(folder),
        "digest": _digest(declared, used, matched),
    }
    return Protocol.model_validate({**content, **resolved})


def _definitions(
    declared: ProtocolFile, used: Mapping[str, Instrument], matched: Sequence[PublishedArm]
) -> dict[str, str]:
    """What the rules mean that the study and its published arms count by, where the shipped list says so."""
    own = (definition_key(each.endpoint, used[each.endpoint.instrument]) for each in declared.estimand)
    keys = {arm.definition_key for arm in matched} | {key for key in own if key is not None}
    described = read_definitions()
    return {key: described[key].meaning for key in sorted(keys) if key in described}


def _instruments_used(declared: ProtocolFile) -> list[str]:
    others = (each.comparator for each in declared.comparison)
    populations = (declared.population, *(each.population for each in others if each.population is not None))
    criteria = [each for one in populations for each in (*one.require, *one.exclude)]
    baselines = (each.column for each in criteria if each.column is not None)
    return sorted(
        {estimand.endpoint.instrument for estimand in declared.estimand}
        | {column.removeprefix("baseline.") for column in baselines if column.startswith("baseline.")}
        | {each.column.removeprefix("baseline.") for each in declared.covariate if each.column.startswith("baseline.")}
        | {name for columns in _mappings(declared) for name in columns.instruments}
        | {each.name for each in declared.instrument}
    )


def _mappings(declared: ProtocolFile) -> Iterator[Columns]:
    """The mappings of wide files: the study's, and those of its comparators."""
    for columns in (declared.columns, *(each.comparator.columns for each in declared.comparison)):
        if columns is not None:
            yield columns


def _may_concern(arm: PublishedArm, declared: ProtocolFile) -> bool:
    pooled = any(arm.role == each.match.role or arm.study_id in each.show_later for each in declared.benchmark)
    return pooled or any(arm.study_id == each.study for each in declared.adjusted_benchmark)


def _that_may_concern(file: EvidenceRead, declared: ProtocolFile) -> EvidenceRead:
    return file.model_copy(update={"arms": tuple(arm for arm in file.arms if _may_concern(arm, declared))})


def _digest(declared: ProtocolFile, used: Mapping[str, Instrument], matched: Sequence[PublishedArm]) -> str:
    """SHA-256 over the canonical JSON; a number is the same however it is written (50, 50.0), keys in any order.

    A section that is left out does not enter, so that a section the next version knows leaves older files as they are;
    nor does a word of ``LATER_WORDS``.
    """
    arms = sorted(json.dumps(_plain(arm.model_dump()), sort_keys=True) for arm in matched)
    whole = _plain(declared.model_dump(by_alias=True))
    for section, words in LATER_WORDS.items():
        for each in whole[section]:
            for word in words:
                if each[word] is None:
                    del each[word]
    content = {
        "protocol": {key: each for key, each in whole.items() if each not in (None, [])},
        "instruments": {name: _plain(each.model_dump()) for name, each in used.items()},
        "published": arms,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float | Decimal):
        return f"{Decimal(str(value)).normalize():f}"
    return value if value is None or isinstance(value, bool | int) else str(value)
