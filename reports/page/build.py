"""Writes the page: index.html, and the script of its charts beside it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import msgspec
from jinja2 import Environment
from plotly.offline import get_plotlyjs

from gradrace.reports.analysis.side_by_side import Named
from gradrace.reports.page.page_data import Json, page_data

HERE = Path(__file__).parent

SCRIPT_SAFE = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})
"""Within a script element nothing may end it: JSON says the same with these."""


def write_page(several: Sequence[Named], folder: Path) -> list[Path]:
    """Write index.html and plotly.min.js into an existing folder; returns both. Raises OSError if it can't."""
    return _write(render(several), folder)


def write_page_of(kind: str, shown: Json, folder: Path) -> list[Path]:
    """Write a page of another kind, "training" or "history", from its data, as `write_page` does."""
    return _write(_render(shown, kind), folder)


def render(several: Sequence[Named]) -> str:
    """The page of some results."""
    return _render(page_data(several), "page")


def _render(shown: Json, page: str) -> str:
    """A page; all that is foreign in it is data, which its script shows as text."""
    data = msgspec.json.encode(shown).decode().translate(SCRIPT_SAFE)
    css, common, own, template = (asset(name) for name in ("page.css", "common.js", f"{page}.js", f"{page}.html.j2"))
    # Nothing is escaped: style and script are ours, and the data is made safe above.
    return Environment(autoescape=False).from_string(template).render(data=data, css=css, js=common + own)  # noqa: S701


def _write(html: str, folder: Path) -> list[Path]:
    page, script = folder / "index.html", folder / "plotly.min.js"
    page.write_text(html, encoding="utf-8")
    script.write_text(get_plotlyjs(), encoding="utf-8")
    return [page, script]


@cache
def asset(name: str) -> str:
    """A file of the page."""
    return (HERE / name).read_text(encoding="utf-8")
