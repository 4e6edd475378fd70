"""The race for notebooks and scripts: the commands of the command line, with DataFrames and figures as results."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from operator import index
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, SupportsIndex, TypeAlias

import matplotlib.style
import msgspec
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from gradrace import options, selection
from gradrace.bench import verify as verification
from gradrace.bench.results import Results, UnusableInput
from gradrace.bench.results_file import read
from gradrace.bench.run import Request
from gradrace.bench.run import run as run_race
from gradrace.bench.subjects.rows import Row, require_verified
from gradrace.bench.text import require_available
from gradrace.functions import from_function
from gradrace.impls.discovery import Source
from gradrace.reports.analysis.analysis import Analysis
from gradrace.reports.analysis.tables import tidy
from gradrace.reports.figures.canvas import STYLE
from gradrace.reports.figures.race_figures import pictures
from gradrace.reports.text.progress import progress, steps
from gradrace.reports.text.verdicts import faults, verdict

Who: TypeAlias = "str | Path | Source | Callable[..., Any]"
"""Implementations: names as on the command line, a file, or a function (X, Y, w, b) -> (J, dw, db)."""

Sizes: TypeAlias = SupportsIndex | Sequence[SupportsIndex] | None
"""Whole numbers, including NumPy's."""

SHOWN = [
    *("impl", "m", "n_x", "place", "median_s", "low_s", "high_s", "speedup"),
    *("share", "limit", "limit_disturbed", "error_over_bound"),
]
"""Columns that a notebook shows by default."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A matplotlib figure, which a notebook shows at the end of a cell with any backend of matplotlib."""

    figure: Figure

    def _repr_png_(self) -> bytes:
        buffer = BytesIO()
        with matplotlib.style.context(STYLE):
            self.figure.savefig(buffer, format="png", dpi=100)
        return buffer.getvalue()


@dataclass(frozen=True, slots=True, repr=False)
class Raced:
    """Results of a race. A notebook shows its answer and a table."""

    results: Results

    @property
    def table(self) -> pd.DataFrame:
        """Return one row per implementation and cell, as `reports.analysis.tables.tidy`: medians, intervals, shares."""
        return tidy(self.results)

    @property
    def answer(self) -> list[str]:
        """Return the answer in sentences: first what is wrong or failed, why, and what says more of it."""
        run = Analysis(self.results)
        more = ["`gradrace.verify` of a wrong one names the mistake, or where its error begins."]
        return [*run.at_fault, *run.faults, *more * run.has_wrong, *run.summary()]

    def figures(self) -> dict[str, Drawn]:
        """Return matplotlib figures by title, each of which is shown at the end of a notebook's cell."""
        run = Analysis(self.results)
        return {picture.title: Drawn(picture.figure) for picture in pictures(run, run.drawn)}

    def __repr__(self) -> str:
        return "\n".join(self.answer)

    def _repr_html_(self) -> str:
        told = "".join(f"<p>{_escaped(sentence)}</p>" for sentence in self.answer)
        shown = self.table[SHOWN].dropna(axis=1, how="all").assign(impl=self.table.impl.map(_escaped))
        return told + str(shown.to_html(index=False, float_format=lambda value: f"{value:.3g}", escape=False))


class Verified(pd.DataFrame):  # type: ignore[misc]  # pandas has no types
    """Rows of a verification. A REPL and a notebook show the faults and the verdict above them.

    Attributes:
        verdict: Whether all implementations are right, in sentences; the faults come first, a line each.
    """

    _metadata = ["verdict"]  # noqa: RUF012  # pandas' own way to declare an attribute

    verdict: str

    def __repr__(self) -> str:
        return f"{self.verdict}\n\n{super().__repr__()}"

    def _repr_html_(self) -> str:
        told = "".join(f"<p>{_escaped(line)}</p>" for line in self.verdict.splitlines())
        return told + (super()._repr_html_() or "")  # pandas has an option for no table


def race(
    impl: Who | Sequence[Who] = "all",
    *,
    m: Sizes = None,
    nx: Sizes = None,
    dtype: str = "float64",
    threads: SupportsIndex | None = None,
    budget_s: float = 60.0,
    seed: SupportsIndex = 0,
    out: str | os.PathLike[str] | None = None,
) -> Raced:
    """Verify and race, as `gradrace run` does, every m with every n_x, or the default sizes; budget_s in seconds.

    impl: one or more names, files, or functions (X, Y, w, b) -> (J, dw, db).
    out: a folder in which results.json is kept; by default it is discarded.
    Raises UnusableInput with one line that names the cause and the next step.
    """
    allowed, whole_seed = options.threads(_whole("threads", threads, least=1)), _whole("seed", seed) or 0
    cells = options.chosen_cells(_words(m), _words(nx), dtype, allowed)
    sources = chosen(impl)
    selection.require_possible(sources, _asked(impl, sources), cells[:1])
    selection.require_fair(sources)
    spare = selection.optional(sources, _asked(impl, sources))
    request = Request(sources, cells, options.budget_s(float(budget_s)), whole_seed, allowed, optional=spare)
    until = request.deadline()
    with TemporaryDirectory(prefix="gradrace-race-") as scratch, progress(request.begun_ns, until, lines=False) as tell:
        results = run_race(request, Path(out or scratch), tell)
    selection.require_measured(results, _asked(impl, sources))
    return Raced(results)


def verify(
    impl: Who | Sequence[Who] = "all",
    *,
    m: Sizes = None,
    nx: Sizes = None,
    dtype: str = "float64,float32",
    threads: SupportsIndex | None = None,
    seed: SupportsIndex = 0,
    quick: bool = False,
) -> Verified:
    """Return one row per implementation and problem, as `gradrace verify` does: hard problems, and the given sizes.

    Its attribute `verdict`, which a REPL and a notebook show above the rows, says whether all are right.

    Its columns:
        impl, problem, dtype, m, n_x: what was verified.
        right: whether the gradient is right; missing where the problem was skipped.
        error_over_bound: the largest of the errors of J, dw and db, each divided by its bound; right means at most 1.
        digits: decimal digits to which dw and db agree with the exact ones.
        same_bits: whether dw and db have the bits of python_loop; missing without it.
        findings: the faults, as one text; "" if the gradient is right.
        begins: for the first wrong problem, the likely mistake, or where the error begins.
        skipped: why a problem was skipped.

    quick: only problems of these sizes, or without sizes a few hard ones; this is no verification.
    Raises UnusableInput as `race` does.
    """
    allowed, whole_seed = options.threads(_whole("threads", threads, least=1)), _whole("seed", seed) or 0
    sources = chosen(impl)
    sized = _words(m) or _words(nx)
    cells = options.chosen_cells(_words(m), _words(nx), dtype, allowed) if sized else []
    selection.require_possible(sources, _asked(impl, sources), cells)
    todo = verification.exercises(cells, options.dtypes(dtype), whole_seed, quick=quick)
    with steps(len(todo) + 1, lines=False) as tell:
        rows = [*verification.verify(sources, todo, allowed, tell)]
    require_available([(row.impl, row.lacks) for row in rows if row.lacks], _asked(impl, sources))
    left_out = len({*verification.exercises([], options.dtypes(dtype), whole_seed)} - {*todo})
    return _verified(rows, left_out)


def load_results(file: str | os.PathLike[str]) -> Raced:
    """Return a saved run, as `race` returns it.

    file: a run's folder, its results.json, or a file that `pytest bench/ --benchmark-json` wrote.
    Raises UnusableInput if the file is anything else.
    """
    return Raced(read(Path(file)))


def _verified(rows: Sequence[Row], left_out: int = 0) -> Verified:
    """Return the rows of a verification as a table of plain cells. left_out: the number of problems of no row."""
    table = pd.DataFrame([msgspec.structs.asdict(row) for row in rows])
    right = [None if row.skipped else not row.findings for row in rows]
    table.insert(table.columns.get_loc("error_over_bound"), "right", pd.array(right, dtype="boolean"))
    table["error_over_bound"] = [
        math.nan if row.error_over_bound is None else row.error_over_bound.worst for row in rows
    ]
    table["same_bits"] = pd.array([row.same_bits for row in rows], dtype="boolean")
    found = Verified(table.assign(findings=["; ".join(row.findings) for row in rows]))
    skipped = f"quick=True skipped {left_out} problems; verify without it before you rely on the answer."
    found.verdict = "\n".join([*faults(rows), verdict(rows), *_lacking(rows), *[skipped] * bool(left_out)])
    return found


def _lacking(rows: Sequence[Row]) -> list[str]:
    """Return why the verdict is none for a requested size, if no implementation was verified there."""
    try:
        require_verified(rows)
    except UnusableInput as error:
        return [f"{error}."]
    return []


def _asked(impl: Who | Sequence[Who], sources: Sequence[Source]) -> str:
    """Return the text of --impl for these implementations. Those that it names must be available."""
    return "all" if impl == "all" else ",".join(source.name for source in sources)


def chosen(impl: Who | Sequence[Who]) -> list[Source]:
    """Return the sources of the implementations. Raises UnusableInput if two have the same name."""
    several = [impl] if isinstance(impl, str | Path | Source) or callable(impl) else impl
    found: dict[Source, None] = {}
    for one in several:
        if isinstance(one, Source):
            found[one] = None
        elif callable(one):
            found[from_function(one)] = None
        else:
            found |= dict.fromkeys(selection.chosen_sources(str(one)))
    names = [source.name for source in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UnusableInput(f"two implementations are called {twice}; rename one")
    return [*found]


def _words(sizes: Sizes) -> str:
    """Return sizes as text, as on the command line."""
    return "" if sizes is None else ",".join(map(str, np.atleast_1d(np.asarray(sizes)).tolist()))


def _whole(name: str, number: SupportsIndex | None, *, least: int = 0) -> int | None:
    """Return a whole number of any type as Python's int. Raises UnusableInput if it is none, or less than `least`."""
    if number is None:
        return None
    try:
        found = index(number)
    except TypeError:
        found = least - 1
    if not least <= found < 2**63:
        raise UnusableInput(f"{name}: {number!r:.30} is not a whole number of {least} or more")
    return found


def _escaped(text: str) -> str:
    from html import escape

    return escape(text)
