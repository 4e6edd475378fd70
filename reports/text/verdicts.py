"""What `gradrace verify` found, on a terminal in 80 columns: every row, then what it comes to."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gradrace.bench.results import BASELINE
from gradrace.bench.verification.hard_problems import MADE_UP
from gradrace.bench.verify import Row
from gradrace.reports.words import count, listing, plain, significant

NOTHING = "–"

_NUMBER = re.compile(r"[-+]?(\d[\d.,]*(e[-+]?\d+)?|inf|nan)\b")
"""What alike findings differ in."""

LEGEND = (
    "J, dw, db: error / bound, at most 1 where the gradient is right. Digits: to which dw and db agree with the "
    "exact ones."
)
BITS = f" Bits: the same as {BASELINE}'s, or not."


def show(rows: Sequence[Row], console: Console | None = None) -> None:
    """Print every row, problem by problem; what is wrong or was skipped; and what all comes to."""
    console = console or Console()
    for dtype in dict.fromkeys(row.dtype for row in rows if row.m):
        console.print(_table(dtype, [row for row in rows if row.dtype == dtype and row.m]))
        console.print()
    for line in _exceptions(rows):
        console.print(Text(line))
    console.print()
    console.print(_summary(rows))
    console.print(Text(LEGEND + BITS * _compared(rows), style="dim"))
    console.print()
    console.print(Text(verdict(rows), style="bold"))


def verdict(rows: Sequence[Row]) -> str:
    """The answer in a sentence."""
    tried = dict.fromkeys(row.impl for row in rows if row.error_over_bound)
    wrong = dict.fromkeys(row.impl for row in rows if row.findings)
    if wrong:
        others = len(tried.keys() - wrong.keys())
        right = f" {count(others)} {'is' if others == 1 else 'are'} right on all problems." if others else ""
        return f"Wrong: {listing([plain(name, 80) for name in wrong])}; the lines above say what, and where.{right}"
    if not tried:
        return "Nobody was tried."
    worst = max(row.error_over_bound.worst for row in rows if row.error_over_bound)
    problems = {(row.problem, row.m, row.n_x, row.dtype) for row in rows if row.error_over_bound}
    who = f"{plain(next(iter(tried)), 80)} is" if len(tried) == 1 else f"All {count(len(tried))} implementations are"
    where = f"{count(len(problems))} problem{'' if len(problems) == 1 else 's'}"
    return f"{who} right on {where}: error / bound is at most {significant(worst, 2)}."


def _table(dtype: str, rows: Sequence[Row]) -> Table:
    table = _columns(f"Every problem ({dtype})", ["implementation"], ["J", "dw", "db", "digits", *_bits(rows)])
    before = ""
    for row in rows:
        if (label := f"{row.problem}, {count(row.m)} × {count(row.n_x)}") != before:
            table.add_row(Text(label, style="bold"))
            before = label
        table.add_row(*map(Text, (plain(row.impl, 80), *_figures(row)[: 4 + _compared(rows)])))
    return table


def _compared(rows: Sequence[Row]) -> bool:
    """Whether the slide's loop took part, with whose bits the others' are compared."""
    return any(row.same_bits is not None for row in rows)


def _bits(rows: Sequence[Row]) -> list[str]:
    return ["bits"] if _compared(rows) else []


def _exceptions(rows: Sequence[Row]) -> list[str]:
    """What is wrong or was skipped, alike things once: a mistake shows on most problems, and its figures differ."""
    told: dict[tuple[str, str, str], list[tuple[Row, str]]] = {}
    for row in rows:
        kinds = [("wrong", finding) for finding in row.findings] + [("skipped", row.skipped)] * bool(row.skipped)
        for outcome, words in kinds:
            told.setdefault((outcome, row.impl, _NUMBER.sub("#", words or "")), []).append((row, words or ""))
    lines = [_alike(outcome, impl, its) for (outcome, impl, _), its in told.items()]
    return lines + [f"       {plain(row.impl, 80)}: {plain(row.begins, 300)}" for row in rows if row.begins]


def _alike(outcome: str, impl: str, its: Sequence[tuple[Row, str]]) -> str:
    row, words = its[0]
    more = f" and {count(len(its) - 1)} more" if len(its) > 1 else ""
    size = f", {count(row.m)} × {count(row.n_x)}" if row.problem == MADE_UP else ""
    where = f" on {row.problem!r}{size} ({row.dtype}){more}" if row.m else ""
    return f"{outcome}: {plain(impl, 80)}{where}: {plain(words)}"


def _figures(row: Row) -> list[str]:
    """Error / bound of J, dw, db; digits; bits."""
    error = row.error_over_bound
    if row.skipped or error is None:
        return ["skipped", "", "", "", ""]
    errors = [significant(part, 2) if math.isfinite(part) else "∞" for part in (error.J, error.dw, error.db)]
    digits = NOTHING if row.digits is None else f"{row.digits:.1f}"
    return [*errors, digits, {True: "same", False: "differ", None: NOTHING}[row.same_bits]]


def _summary(rows: Sequence[Row]) -> Table:
    """For each implementation and dtype: worst error / bound, fewest digits, how often bits agree, how often right."""
    table = _columns("In all", ["implementation", "dtype"], ["worst", "digits", *_bits(rows), "right"])
    for name in dict.fromkeys(row.impl for row in rows):
        for dtype in dict.fromkeys(row.dtype for row in rows):
            tried = [row for row in rows if (row.impl, row.dtype) == (name, dtype) and row.error_over_bound]
            if tried:
                worst, digits, same, right = _totals(tried)
                bits = [same] if _compared(rows) else []
                table.add_row(*map(Text, (plain(name, 80), dtype, worst, digits, *bits, right)))
    return table


def _totals(tried: Sequence[Row]) -> list[str]:
    worst = max(row.error_over_bound.worst for row in tried if row.error_over_bound)
    digits = min((row.digits for row in tried if row.digits is not None), default=math.nan)
    same = sum(row.same_bits is True for row in tried)
    right = sum(not row.findings for row in tried)
    return [
        significant(worst, 2) if math.isfinite(worst) else "∞",
        NOTHING if math.isnan(digits) else f"{digits:.1f}",
        f"{same} same",
        f"{right} of {len(tried)}",
    ]


def _columns(title: str, names: Iterable[str], figures: Iterable[str]) -> Table:
    table = Table(
        title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False
    )
    for name in names:
        table.add_column(name, overflow="fold")
    for figure in figures:
        table.add_column(figure, justify="right", no_wrap=True)
    return table
