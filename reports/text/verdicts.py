"""What `gradrace verify` found, on a terminal in 80 columns: every row, then what it comes to."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from gradrace.bench.results import BASELINE
from gradrace.bench.verification.hard_problems import DATA, MADE_UP
from gradrace.bench.verify import Row
from gradrace.reports.grid import Grid
from gradrace.reports.text.table import print_grid
from gradrace.reports.words import UNKNOWN, count, listing, name_of, number_of, plain, product, significant

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
    bits = ["bits"] if any(row.same_bits is not None for row in rows) else []  # where the slide's loop took part
    for dtype in dict.fromkeys(row.dtype for row in rows if row.m):
        print_grid(console, _every_problem(dtype, [row for row in rows if row.dtype == dtype and row.m], bits))
    for line in _exceptions(rows):
        console.print(Text(line))
    console.print()
    if (totals := _summary(rows, bits)).rows:
        print_grid(console, totals)
    console.print(Text(LEGEND + BITS * len(bits), style="dim"))
    console.print()
    console.print(Text(verdict(rows), style="bold"))


def verdict(rows: Sequence[Row]) -> str:
    """The answer in a sentence."""
    tried = dict.fromkeys(row.impl for row in rows if row.error_over_bound)
    wrong = dict.fromkeys(row.impl for row in rows if row.findings)
    if wrong:
        others = len(tried.keys() - wrong.keys())
        right = f" {count(others)} {'is' if others == 1 else 'are'} right on all problems." if others else ""
        return f"Wrong: {listing([*map(name_of, wrong)])}; the lines above say what, and where.{right}"
    if not tried:
        return "Nobody was tried."
    worst = max(row.error_over_bound.worst for row in rows if row.error_over_bound)
    problems = {(row.problem, row.m, row.n_x, row.dtype) for row in rows if row.error_over_bound}
    who = f"{name_of(next(iter(tried)))} is" if len(tried) == 1 else f"All {count(len(tried))} implementations are"
    where = number_of(len(problems), "problem")
    return f"{who} right on {where}: error / bound is at most {significant(worst, 2)}."


def _every_problem(dtype: str, rows: Sequence[Row], bits: list[str]) -> Grid:
    return Grid(
        title=f"Every problem ({dtype})",
        heads=["implementation", "J", "dw", "db", "digits", *bits],
        rows=[[name_of(row.impl), *_figures(row)[: 4 + len(bits)]] for row in rows],
        labels=[f"{row.problem}, {product(row.m, row.n_x)}" for row in rows],
    )


def _exceptions(rows: Sequence[Row]) -> list[str]:
    """What is wrong or was skipped, alike things once: a mistake shows on most problems, and its figures differ."""
    alike: dict[tuple[str, str, str], list[tuple[Row, str]]] = {}
    for row in rows:
        kinds = [("wrong", finding) for finding in row.findings] + [("skipped", row.skipped)] * bool(row.skipped)
        for outcome, words in kinds:
            alike.setdefault((outcome, row.impl, _NUMBER.sub("#", words or "")), []).append((row, words or ""))
    lines = [_alike(outcome, impl, its) for (outcome, impl, _), its in alike.items()]
    return lines + [f"       {name_of(row.impl)}: {plain(row.begins, 300)}" for row in rows if row.begins]


def _alike(outcome: str, impl: str, its: Sequence[tuple[Row, str]]) -> str:
    row, words = its[0]
    more = f" and {count(len(its) - 1)} more" if len(its) > 1 else ""
    size = f", {product(row.m, row.n_x)}" if row.problem == MADE_UP or row.problem.startswith(DATA) else ""
    where = f" on {row.problem!r}{size} ({row.dtype}){more}" if row.m else ""
    return f"{outcome}: {name_of(impl)}{where}: {plain(words)}"


def _figures(row: Row) -> list[str]:
    """Return error / bound of J, dw, db; digits; bits."""
    error = row.error_over_bound
    if row.skipped or error is None:
        return ["skipped", "", "", "", ""]
    digits = UNKNOWN if row.digits is None else f"{row.digits:.1f}"
    bits = {True: "same", False: "differ", None: UNKNOWN}[row.same_bits]
    return [*map(_error, (error.J, error.dw, error.db)), digits, bits]


def _error(part: float) -> str:
    return significant(part, 2) if math.isfinite(part) else "∞"


def _summary(rows: Sequence[Row], bits: list[str]) -> Grid:
    """Return the totals of each implementation and dtype: worst error / bound, fewest digits, how often bits agree."""
    tried: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if row.error_over_bound:
            tried[row.impl, row.dtype].append(row)
    lines = []
    for (impl, dtype), its in tried.items():
        worst = max(row.error_over_bound.worst for row in its if row.error_over_bound)
        digits = min((row.digits for row in its if row.digits is not None), default=None)
        same = [f"{sum(row.same_bits is True for row in its)} same"] if bits else []
        right = f"{sum(not row.findings for row in its)} of {len(its)}"
        fewest = UNKNOWN if digits is None else f"{digits:.1f}"
        lines.append([name_of(impl), dtype, _error(worst), fewest, *same, right])
    return Grid("In all", ["implementation", "dtype", "worst", "digits", *bits, "right"], lines)
