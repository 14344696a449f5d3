"""Equipoise: from the cases of an experimental treatment and a declared protocol to an honest answer.

Five names are the whole front door: ``read_protocol``, ``read_casebook``, ``read_comparators`` (for comparisons with
another case book), ``run_study``, ``render_html``.
Each is imported when it is first asked for, so that importing the package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from equipoise.read.casebook import read_casebook
    from equipoise.read.comparators import read_comparators
    from equipoise.read.protocol import read_protocol
    from equipoise.report.html import render_html
    from equipoise.study import run_study

__version__ = "0.1.0"
__all__ = ["read_casebook", "read_comparators", "read_protocol", "render_html", "run_study"]

_FRONT_DOOR = {
    "read_casebook": "equipoise.read.casebook",
    "read_comparators": "equipoise.read.comparators",
    "read_protocol": "equipoise.read.protocol",
    "render_html": "equipoise.report.html",
    "run_study": "equipoise.study",
}


def __getattr__(name: str) -> object:
    if name not in _FRONT_DOOR:
        raise AttributeError(f"module 'equipoise' has no attribute '{name}'")
    return getattr(import_module(_FRONT_DOOR[name]), name)
