"""The readers of results that render what they read: `gradrace report` and `gradrace compare`."""

from __future__ import annotations

import io
import shutil
from collections.abc import Sequence
from functools import cache
from unittest import mock
from xml.etree import ElementTree as ET

import msgspec
from rich.console import Console

from gradrace.bench.gate.findings import Report
from gradrace.bench.gate.runs.compare import compare as compare_runs
from gradrace.bench.race import cost_model
from gradrace.bench.results import Results
from gradrace.bench.results_file import read
from gradrace.reports import report as reporting
from gradrace.reports.analysis.analysis import Analysis, analyses
from gradrace.reports.page.build import render
from gradrace.reports.page.page_data import page_data
from gradrace.reports.text import ci, junit, terminal
from tests.fuzz.containers import split
from tests.fuzz.harmless import check_markdown, check_page, check_terminal
from tests.fuzz.scratch import file, folder
from tests.results import results_of

RESAMPLES = 5
"""Number of resamplings for the intervals of cost models: more of them take half of the time."""

EMPTY = results_of()


def read_report(data: bytes) -> None:
    """Read a results file, and write all that `gradrace report` writes except the pictures."""
    with mock.patch.object(cost_model, "RESAMPLES", RESAMPLES):
        _check_all(read(file("results.json", data)))


def _check_all(found: Results) -> None:
    run = Analysis(found)
    run.table.to_csv(io.StringIO(), index=False)
    check_markdown(reporting.render(run, {}))
    for show in (terminal.show, terminal.show_headline, terminal.show_everything):
        told = io.StringIO()
        show(run, Console(file=told, width=80))
        check_terminal(told.getvalue())
    check_page(render("page", page_data([run])), _tags_of_a_page())
    _side_by_side([found, found])


def read_pictures(data: bytes) -> None:
    """Read a results file, and write all that `gradrace report` writes."""
    found = read(file("results.json", data))
    out = folder() / "report"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    with mock.patch.object(cost_model, "RESAMPLES", RESAMPLES):
        reporting.write_report(Analysis(found), out)


def read_compare(data: bytes) -> None:
    """Read several results files, alternately of OLD and NEW, and write all that `gradrace compare` writes."""
    sides = folder() / "old", folder() / "new"
    for side in sides:
        shutil.rmtree(side, ignore_errors=True)
        side.mkdir()
    for number, contents in enumerate(split(data)):
        (sides[number % 2] / f"results-{number}.json").write_bytes(contents)
    _check_report(compare_runs(*sides, 0.05))


def _side_by_side(several: Sequence[Results]) -> None:
    each = analyses(several)
    check_markdown(reporting.render_side_by_side(each))
    told = io.StringIO()
    terminal.show_side_by_side(each, Console(file=told, width=80))
    check_terminal(told.getvalue())


def _check_report(told: Report) -> None:
    """Check a report in every form in which it is written."""
    shown = io.StringIO()
    ci.show(told, Console(file=shown, width=80))
    check_terminal(shown.getvalue())
    check_markdown(ci.markdown(told))
    for line in ci.github_annotations(told):
        check_terminal(line)
        if "\n" in line:
            raise ValueError("an annotation of several lines")
    ET.fromstring(junit.junit(told))
    msgspec.json.format(msgspec.json.encode(told), indent=1)


@cache
def _tags_of_a_page() -> int:
    return render("page", page_data([Analysis(EMPTY)])).count("<")
