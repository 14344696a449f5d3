"""The command line: parse, call one function, hand over. Heavy rooms are opened only by the command that needs them."""

import gc
import importlib.util
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from equipoise.errors import EquipoiseError

if TYPE_CHECKING:
    from rich.console import Console

    from equipoise.domain.protocol import Protocol
    from equipoise.domain.records import CaseBook

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="From the cases of an experimental treatment and a declared protocol to an honest answer.",
)

Study = Annotated[Path, typer.Argument(help="a study.toml, or the folder that holds it")]
Cases = Annotated[str | None, typer.Option(help="another case book than the one the study names")]


@app.command()
def review(
    study: Study,
    cases: Cases = None,
    out: Annotated[Path, typer.Option(help="the folder the answer is written into")] = Path("review"),
    quiet: Annotated[bool, typer.Option("--quiet", help="print nothing but errors")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print results.json instead of the summary")] = False,
) -> None:
    """Review the cases of STUDY: who was treated, what came after, compared with what, how sure."""
    _defer_what_nobody_uses()
    from equipoise.read.casebook import read_casebook
    from equipoise.read.protocol import read_protocol
    from equipoise.report.html import render_html
    from equipoise.report.results import results_json
    from equipoise.study import run_study
    from equipoise.write.outputs import write_outputs

    with _progress(quiet=quiet or as_json) as tell:
        tell("protocol")
        protocol = read_protocol(study)
        tell("case book")
        casebook = read_casebook(protocol, cases)
        result = run_study(protocol, casebook, _comparators(protocol), progress=tell)
        tell("report")
        results = results_json(result)
        files = write_outputs(out, report=render_html(result), results=results, outcomes=result.case_outcomes)
    if as_json:
        sys.stdout.write(results)
    elif not quiet:
        from equipoise.report.terminal import print_summary

        console = _console()
        print_summary(result, console)
        for file in files:
            console.print(f"  {file}", markup=False, highlight=False, soft_wrap=True)


@app.command()
def check(study: Study, cases: Cases = None) -> None:
    """List every problem of STUDY and its case book, by table, row and column."""
    from equipoise.domain.comparator import check_comparators
    from equipoise.read.casebook import read_casebook
    from equipoise.read.protocol import read_protocol

    protocol = read_protocol(study)
    casebook = read_casebook(protocol, cases)
    check_comparators(protocol, casebook, _comparators(protocol))
    counted = ", ".join(f"{rows} {table.replace('_', ' ')}" for table, rows in casebook.cut.rows.items())
    _console().print(f"No problem found: {counted}.", markup=False, highlight=False, soft_wrap=True)


@app.command()
def new(directory: Annotated[Path, typer.Argument(help="the folder to make: new, or empty")]) -> None:
    """Write a commented study and an empty case book into DIRECTORY, ready to fill."""
    from equipoise.write.templates import write_new_study

    console = _console()
    for file in write_new_study(directory):
        console.print(f"  {file}", markup=False, highlight=False, soft_wrap=True)


@app.command()
def schema(
    results: Annotated[bool, typer.Option("--results", help="the schema of results.json instead")] = False,
) -> None:
    """Print the JSON Schema of study.toml, for an editor to complete it from."""
    if results:
        from equipoise.report.results import results_schema

        found = results_schema()
    else:
        from equipoise.read.protocol import protocol_schema

        found = protocol_schema()
    sys.stdout.write(json.dumps(found, indent=2, ensure_ascii=False) + "\n")


def main() -> None:
    """Run a command; what a user can mend is printed without a traceback, and each kind has its exit code."""
    # A command is one short run that makes few cycles: looking for them at the usual pace costs a twentieth of it.
    gc.set_threshold(200_000)
    try:
        app()
    except EquipoiseError as error:
        console = _console(to_errors=True)
        for problem in error.problems:
            console.print(str(problem), markup=False, highlight=False, soft_wrap=True)
        raise SystemExit(error.exit_code) from None


def _comparators(protocol: "Protocol") -> "Mapping[str, CaseBook]":
    """The case books a comparison names; the reader of them is opened only where one does."""
    if not any(each.comparator.cases for each in protocol.comparison):
        return {}
    from equipoise.read.comparators import read_comparators

    return read_comparators(protocol)


def _defer_what_nobody_uses() -> None:
    """Let four packages of NumPy load when they are first used, which in a review is never.

    SciPy's special functions star-import NumPy, and that opens every one of them: a tenth of a small review's time.
    """
    import numpy

    for name in ("f2py", "ma", "polynomial", "testing"):
        spec = importlib.util.find_spec(f"numpy.{name}")
        if spec is None or spec.loader is None or spec.name in sys.modules:
            continue
        spec.loader = importlib.util.LazyLoader(spec.loader)
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        setattr(numpy, name, module)


def _console(*, to_errors: bool = False) -> "Console":
    from rich.console import Console

    return Console(stderr=to_errors)


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Say on the terminal what is being done while it is done; nothing where nobody looks."""
    if quiet or not sys.stderr.isatty():
        yield lambda stage: None
        return
    with _console(to_errors=True).status("reading …") as status:
        yield lambda stage: status.update(f"{stage} …")
