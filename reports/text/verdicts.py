"""Results of `gradrace verify` on a terminal in 80 columns: a row for each implementation, or every row."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from gradrace.bench.results import BASELINE
from gradrace.bench.subjects.rows import Row
from gradrace.bench.text import UNKNOWN, significant
from gradrace.reports.grid import Grid
from gradrace.reports.text.table import print_grid, print_lines
from gradrace.reports.words import count, listing, name_of, number_of, plain, product, without_figures

LEGEND = (
    "J, dw, db: error / bound, at most 1 if the gradient is right. Digits: decimal digits to which dw and db agree "
    "with the exact ones."
)
BITS = f" Bits: whether they are the same as {BASELINE}'s."


def faults(rows: Sequence[Row]) -> list[str]:
    """Return lines with the mistakes, or where the errors begin, and then the faults, similar ones once."""
    return [*_begins(rows), *_exceptions(rows, "wrong", "failed")]


def show(rows: Sequence[Row], console: Console | None = None) -> None:
    """Print the faults, a row for each implementation, and the verdict."""
    console = console or Console()
    _print(console, faults(rows))
    _print_totals(console, rows)
    absent = dict.fromkeys(name_of(row.impl) for row in rows if row.lacks)
    if any(row.skipped for row in rows):
        what = f"Unavailable: {listing([*absent])}" if absent else "Skipped problems"
        console.print(Text(f"{what}; --verbose prints the reasons."))
    console.print(Text(verdict(rows), style="bold"))


def show_everything(rows: Sequence[Row], console: Console | None = None) -> None:
    """Print every row, problem by problem; the faults and skipped problems; and the verdict."""
    console = console or Console()
    bits = _has_bits(rows)
    for dtype in dict.fromkeys(row.dtype for row in rows if row.m):
        print_grid(console, _every_problem(dtype, [row for row in rows if row.dtype == dtype and row.m], bits))
    console.print(Text(f"{LEGEND}{BITS if bits else ''}\n", style="dim"))
    _print(console, [*_begins(rows), *_exceptions(rows, "wrong", "failed", "skipped")])
    _print_totals(console, rows)
    console.print(Text(verdict(rows), style="bold"))


def _print(console: Console, lines: Sequence[str]) -> None:
    print_lines(console, lines)
    if lines:
        console.print()


def _print_totals(console: Console, rows: Sequence[Row]) -> None:
    if loaded := [row for row in rows if row.m]:
        print_grid(console, _totals(loaded))


def verdict(rows: Sequence[Row]) -> str:
    """Return the answer in a sentence."""
    tried = dict.fromkeys(row.impl for row in rows if row.error_over_bound)
    wrong = dict.fromkeys(row.impl for row in rows if row.findings and row.returned)
    failed = dict.fromkeys(row.impl for row in rows if row.findings and row.impl not in wrong)
    if wrong or failed:
        others = len(tried.keys() - wrong.keys() - failed.keys())
        right = f" {count(others)} {'is' if others == 1 else 'are'} right on all problems." if others else ""
        kinds = (("wrong", wrong), ("failed", failed))
        named = "; ".join(f"{kind}: {listing([*map(name_of, its)])}" for kind, its in kinds if its)
        return f"{named[0].upper()}{named[1:]}; the lines above name the faults.{right}"
    if not tried:
        return "No implementation was verified."
    worst = max(row.error_over_bound.worst for row in rows if row.error_over_bound)
    solved = Counter(row.impl for row in rows if row.error_over_bound).values()
    who = f"{name_of(next(iter(tried)))} is" if len(tried) == 1 else f"All {count(len(tried))} implementations are"
    where = number_of(max(solved), "problem")
    if min(solved) < max(solved):
        where = f"all of their {count(min(solved))} to {where}"
    return f"{who} right on {where}: error / bound is at most {significant(worst, 2)}."


def _has_bits(rows: Sequence[Row]) -> bool:
    """Return whether the slide's loop took part, so that bits can be compared with it."""
    return any(row.same_bits is not None for row in rows)


def _every_problem(dtype: str, rows: Sequence[Row], bits: bool) -> Grid:
    heads = ["implementation", "J", "dw", "db", "digits", *(["bits"] if bits else [])]
    return Grid(
        title=f"Every problem ({dtype})",
        heads=heads,
        rows=[[name_of(row.impl), *_figures(row)][: len(heads)] for row in rows],
        labels=[f"{row.problem}, {product(row.m, row.n_x)}" for row in rows],
    )


def _exceptions(rows: Sequence[Row], *outcomes: str) -> list[str]:
    """Return the faults or skipped problems, similar ones once.

    A mistake shows on most problems, with different figures.
    """
    alike: dict[tuple[str, str, str], list[tuple[Row, str]]] = {}
    for row in rows:
        fault = "wrong" if row.returned else "failed"
        kinds = [(fault, finding) for finding in row.findings] + [("skipped", row.skipped)] * bool(row.skipped)
        for outcome, words in kinds:
            alike.setdefault((outcome, row.impl, without_figures(words or "")), []).append((row, words or ""))
    return [_alike(outcome, impl, its) for (outcome, impl, _), its in alike.items() if outcome in outcomes]


def _begins(rows: Sequence[Row]) -> list[str]:
    """Return lines with the mistakes, or where the errors begin."""
    return [f"{name_of(row.impl)}: {plain(row.begins, 300)}" for row in rows if row.begins]


def _alike(outcome: str, impl: str, its: Sequence[tuple[Row, str]]) -> str:
    row, words = its[0]
    others = len({(other.problem, other.m, other.n_x, other.dtype) for other, _ in its}) - 1
    more = f" and {count(others)} more" if others else ""
    size = f", {product(row.m, row.n_x)}" if row.is_asked_for else ""
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


def _totals(rows: Sequence[Row]) -> Grid:
    """Return a row for each implementation that was loaded: worst error / bound, bits, right and skipped problems."""
    bits = _has_bits(rows)
    its: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        its[row.impl].append(row)
    lines = []
    for impl, found in its.items():
        tried = [row for row in found if row.error_over_bound]
        worst = max((row.error_over_bound.worst for row in tried if row.error_over_bound), default=None)
        same = [count(sum(row.same_bits is True for row in tried))] if bits else []
        right, skipped = sum(not row.findings for row in tried), len(found) - len(tried)
        lines.append(
            [
                name_of(impl),
                UNKNOWN if worst is None else _error(worst),
                *same,
                f"{right} of {len(tried)}",
                count(skipped) if skipped else "",
            ]
        )
    return Grid(
        title="",
        heads=["implementation", "error / bound", *(["same bits"] if bits else []), "right", "skipped"],
        rows=lines,
        footnote=f"Error / bound: the largest; right means at most 1.{f' Same bits: as {BASELINE}.' if bits else ''}",
    )
