"""The docs say what the project does: generated files are current, examples answer what they must, links lead somewhere."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from equipoise import __all__ as front_door
from generate import EXAMPLES, answer, expected, schemas

ROOT = Path(__file__).parents[2]
PAGES = [
    *ROOT.glob("*.md"),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "examples").rglob("*.md"),
    ROOT / "bench" / "README.md",
]


@pytest.mark.parametrize("file", schemas(), ids=lambda file: file.name)
def test_the_published_schemas_are_current(file):
    assert json.loads(file.read_text(encoding="utf-8")) == json.loads(schemas()[file]), "run: just generate"


def same(found: object, wanted: object, where: str = "") -> None:
    """Equal, numbers to 1e-9: the last bits of a logarithm may differ from one processor to another."""
    if isinstance(wanted, dict):
        assert isinstance(found, dict)
        assert list(found) == list(wanted), where
        for key in wanted:
            same(found[key], wanted[key], f"{where}/{key}")
    elif isinstance(wanted, list):
        assert isinstance(found, list)
        assert len(found) == len(wanted), where
        for place, (one, other) in enumerate(zip(found, wanted, strict=True)):
            same(one, other, f"{where}/{place}")
    elif isinstance(wanted, float):
        assert found == pytest.approx(wanted, rel=1e-9, abs=1e-12), where
    else:
        assert found == wanted, where


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_answers_what_it_must(example):
    same(json.loads(answer(example)), json.loads(expected(example).read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_functions_the_methods_name_exist():
    text = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
    for name in re.findall(r"`((?:stats|estimate|compare|cohort)\.[a-z_]+)(?:\.[a-z_]+)?`", text):
        assert (ROOT / "src" / "equipoise" / (name.replace(".", "/") + ".py")).exists(), name
    for name in re.findall(r"`(tests/reference/[a-z_.A-Z]+)`", text):
        assert (ROOT / name).exists(), name


def test_the_readme_has_its_two_commands_and_names_the_front_door():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in ("review", "test"):
        assert text.count(f"```sh {name}\n") == 1
    assert all(f"{name}" in text for name in front_door)


def test_the_readmes_python_runs(monkeypatch):
    monkeypatch.chdir(ROOT)
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(code, "README.md", "exec"), names)
    assert str(names["html"]).startswith("<!doctype html>")


def test_importing_the_package_opens_no_room():
    said = subprocess.run(
        [sys.executable, "-c", "import equipoise, sys; print([m for m in sys.modules if m.startswith('equipoise.')])"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == "[]"


def test_a_review_without_pooling_opens_no_heavy_library(tmp_path):
    code = (
        "import sys; sys.argv = ['equipoise', 'review', 'examples/marrow-2013', '--quiet', '--out', sys.argv[1]]\n"
        "from equipoise.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "heavy = ('scipy.optimize', 'scipy.stats', 'pandas', 'openpyxl', 'pyarrow', 'altair', 'vl_convert', 'rich')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "out")], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert said.stdout.strip() == "[]"
