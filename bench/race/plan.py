"""Predicted costs of the cells, and the choice of entries that exceed the budget."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from itertools import accumulate

from gradrace.bench.race.cost_model import CostModel, fit
from gradrace.bench.race.sizes import Stage, typical_first
from gradrace.bench.results import FLOORS, Cell, Dtype
from gradrace.bench.text import duration

PILOTS = ((4, 3), (256, 3), (4, 256), (256, 256))
"""Sizes (m, n_x) that determine the four terms of a model. Even a slow implementation takes well under a second."""

SET_UP = "(set-up)"
"""Name under which the cost of making, saving and verifying a problem is predicted."""

PROTECTED_SHARE = 0.5
"""Share of the budget that is kept for main entries."""

MOST_SHARE = 0.025
"""Largest share of the budget that another entry may need."""

COMPANIONS = (*FLOORS, SET_UP)
"""Names of the further entries of a cell: limits and set-up."""

CLOCK_S = 1e-9
"""Resolution of the clock in seconds. Relative errors need times above 0."""


class Forecast:
    """Seconds in the cells so far, by name and dtype, and predictions from them."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, Dtype], dict[Cell, float]] = {}
        self._models: dict[tuple[str, Dtype], CostModel | None] = {}

    def note(self, name: str, cell: Cell, seconds: float) -> None:
        """Record the seconds in a cell, at least CLOCK_S."""
        self._seen.setdefault((name, cell.dtype), {})[cell] = max(seconds, CLOCK_S)
        self._models.pop((name, cell.dtype), None)

    def seconds(self, name: str, cell: Cell) -> float:
        """Return the predicted seconds in a cell; 0 if nothing has been recorded under this name."""
        key = name, cell.dtype
        if key not in self._models:
            self._models[key] = fit(self._seen.get(key, {}))
        model = self._models[key]
        return 0.0 if model is None else model.seconds(cell)


def about(seconds: float) -> str:
    """Return a prediction as text, to two digits: "about 1.3 ms", "about 250 s"."""
    return f"about {duration(seconds, 2)}"


def too_much(
    needs: Mapping[tuple[Cell, str], float],
    budget_s: float,
    stage: Stage = typical_first,
    kept: Collection[tuple[Cell, str]] = (),
) -> set[tuple[Cell, str]]:
    """Choose the fewest, most expensive entries of {(cell, implementation): seconds} to drop so that the rest fits.

    Entries of a later stage are dropped first, those in `kept` last. The limit and the set-up stay in a cell as long as
    any implementation does. Without the limit no share of it is known, and without an implementation no problem is
    needed.
    """
    total_s = sum(needs.values())
    racing = Counter(cell for cell, name in needs if name not in COMPANIONS)
    left_out = set()
    for entry in sorted(needs, key=lambda entry: (entry not in kept, stage(entry[0]), needs[entry]), reverse=True):
        if total_s <= budget_s:
            break
        cell, name = entry
        if name in COMPANIONS:
            continue
        racing[cell] -= 1
        companions = [(cell, other) for other in COMPANIONS if racing[cell] == 0 and (cell, other) in needs]
        total_s -= sum(needs[gone] for gone in [entry, *companions])
        left_out.update([entry, *companions])
    return left_out


def main_entries(
    entries: Collection[tuple[Cell, str]], optional: Collection[str], call_s: Callable[[str, Cell], float]
) -> set[tuple[Cell, str]]:
    """Return the entries to keep before others: those that aren't optional, and each cell's fastest one as predicted.

    At a load of 10, a default run of 40 s skipped the fastest implementation in all large cells, and named another one.

    call_s: function that returns the predicted seconds of an implementation's call in a cell; 0 if there is none.
    """
    racing = [entry for entry in entries if entry[1] not in COMPANIONS]
    predicted = {(cell, name): seconds for cell, name in racing if (seconds := call_s(name, cell))}
    fastest: dict[Cell, tuple[Cell, str]] = {}
    for cell, name in sorted(predicted, key=predicted.__getitem__):
        fastest.setdefault(cell, (cell, name))
    return {entry for entry in racing if entry[1] not in optional} | {*fastest.values()}


def protected(
    needs: Mapping[tuple[Cell, str], float],
    budget_s: float,
    main: Collection[tuple[Cell, str]],
    stage: Stage = typical_first,
) -> set[tuple[Cell, str]]:
    """Return as many of the main entries as PROTECTED_SHARE of the budget holds.

    Those of the earliest stage come first, then the cheapest.
    """
    ordered = sorted(main, key=lambda entry: (stage(entry[0]), needs[entry]))
    total_s = accumulate(needs[entry] for entry in ordered)
    return {entry for entry, sum_s in zip(ordered, total_s, strict=True) if sum_s <= PROTECTED_SHARE * budget_s}


def too_dear(
    needs: Mapping[tuple[Cell, str], float], budget_s: float, main: Collection[tuple[Cell, str]]
) -> set[tuple[Cell, str]]:
    """Return the implementations' entries that need more than MOST_SHARE of the budget and aren't main ones."""
    others = {entry for entry in needs if entry[1] not in COMPANIONS} - {*main}
    return {entry for entry in others if needs[entry] > MOST_SHARE * budget_s}
