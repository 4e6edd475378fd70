"""Write a report's folder: report.md, pictures, the page with the script of its charts, and the tidy table."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import msgspec
import pandas as pd
from jinja2 import Environment, FileSystemLoader
from plotly.offline import get_plotlyjs

from gradrace.bench.results import UnusableInput
from gradrace.reports.figures.canvas import Picture
from gradrace.reports.figures.files import save
from gradrace.reports.glossary import GLOSSARY
from gradrace.reports.page.page_data import Json

HERE = Path(__file__).parent

SCRIPT_SAFE = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})
"""Escapes for the characters that could end a script element; JSON reads them as the same text."""


FIGURE = re.compile(r"\]\((\w+)\.png\)\]\(\1\.svg\)")
"""A figure in a report: a picture that links to its vector graphics."""


def write_folder(
    folder: Path, report: str, pictures: Sequence[Picture], kind: str, shown: Json, table: pd.DataFrame | None = None
) -> list[Path]:
    """Write report.md, pictures (PNG and SVG), the page and, if there is one, the tidy table into an existing folder.

    Args:
        folder: Existing folder.
        report: Text of report.md.
        pictures: Pictures to write.
        kind: Kind of the page: "page", "training" or "history".
        shown: Data of the page.
        table: Tidy table.

    Returns:
        Paths of the files, report.md first.

    Raises:
        UnusableInput: If the folder can't be written.
    """
    text = folder / "report.md"
    try:
        _remove_stale(text, {picture.stem for picture in pictures})
        written = save(pictures, folder)
        written += _write_page(render(kind, shown), folder)
        written += [] if table is None else _write_table(table, folder)
        text.write_text(report, encoding="utf-8")
    except OSError as error:
        raise UnusableInput(f"{folder}: {error.strerror}; name a folder that can be written") from error
    return [text, *written]


def _remove_stale(report: Path, stems: Collection[str]) -> None:
    """Remove the figures that an earlier report links to, except those of these stems, which are written again."""
    if not report.is_file():
        return
    for stem in {*FIGURE.findall(report.read_text(encoding="utf-8", errors="replace"))}.difference(stems):
        for kind in ("png", "svg"):
            report.with_name(f"{stem}.{kind}").unlink(missing_ok=True)


def render(kind: str, shown: Json) -> str:
    """Return a page; all foreign text in it is data, which its script shows as text."""
    data = msgspec.json.encode(shown).decode().translate(SCRIPT_SAFE)
    # Nothing is escaped: style and script are the project's own, and the data is made safe above.
    page = Environment(autoescape=False, loader=FileSystemLoader(HERE)).get_template(f"{kind}.html.j2")  # noqa: S701
    return page.render(data=data, glossary=GLOSSARY, css=asset("page.css"), js=asset("common.js") + asset(f"{kind}.js"))


def _write_page(html: str, folder: Path) -> list[Path]:
    page, script = folder / "index.html", folder / "plotly.min.js"
    page.write_text(html, encoding="utf-8")
    script.write_text(get_plotlyjs(), encoding="utf-8")
    return [page, script]


def _write_table(table: pd.DataFrame, folder: Path) -> list[Path]:
    """Write the tidy table as tidy.csv, and as tidy.parquet if pyarrow is installed, for further analysis."""
    csv, parquet = folder / "tidy.csv", folder / "tidy.parquet"
    table.to_csv(csv, index=False)
    if find_spec("pyarrow") is None:
        return [csv]
    table.to_parquet(parquet, index=False)
    return [csv, parquet]


@cache
def asset(name: str) -> str:
    """Return the text of a file of the page."""
    return (HERE / name).read_text(encoding="utf-8")
