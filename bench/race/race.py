"""The race: run cell after cell within a budget, and yield each outcome as soon as it is finished."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np

from gradrace.bench import problems
from gradrace.bench.machine import activity, available
from gradrace.bench.machine.gpu import gpu
from gradrace.bench.machine.system import HERE
from gradrace.bench.problems import Make
from gradrace.bench.race import plan
from gradrace.bench.race.candidate import Candidate
from gradrace.bench.race.cell import GRACE_S, GRACE_SHARE, Outcome, Terms, race_cell
from gradrace.bench.race.entering import DESCENT_S, ENTER_CALLS, SINGLE_S, SLOW_S, sample_s
from gradrace.bench.race.plan import SET_UP
from gradrace.bench.race.ready import ReadyCell, set_up
from gradrace.bench.race.rounds import FEWEST_SLOW_ROUNDS, LEAST_ROUNDS
from gradrace.bench.race.schedule import PRECISION
from gradrace.bench.race.sizes import Stage, typical_first
from gradrace.bench.results import DESCENT_STEPS, FLOORS, ON_GPU, Absence, Cell, Noise
from gradrace.bench.scratch import scratch
from gradrace.bench.timing import Deadline
from gradrace.bench.workers.client import Worker

FINISH_S = 0.06
"""Seconds of the final checks of an implementation, not counting two calls."""

DESCENTS = LEAST_ROUNDS + 3
"""Descents of an implementation in a cell: the timed ones, a trial, and two that check for cached results."""

RESERVE = 1.5
"""Reserve for the cells ahead, as a multiple of their predicted need; the rest is for further rounds. The predictions
come from pilots, which run alone, and costs are higher next to other implementations.
"""

COPIES_PER_WORKER = 2
"""Copies of X per worker: as loaded, and as prepared."""

Tell: TypeAlias = Callable[[Cell | None, str], None]
"""Callback for progress: the current cell, if any, and activity."""


@dataclass(frozen=True, slots=True)
class Costs:
    """Costs in the cells so far, which predict those in other cells, by implementation.

    enter: seconds to load, prepare, verify and calibrate, without the calls.
    call: seconds of one call.
    set_up: seconds to make a problem and its reference, under one name for all.
    compiles: implementations whose first call at another size takes much longer than the second: {name: seconds to
        enter, without `prepare` and calls}. They don't grow with the size. (Predicted as if they did, 0.3 s of XLA at
        (1000, 100) were 10 s at (100,000, 100), which was skipped.)
    """

    enter: plan.Forecast = field(default_factory=plan.Forecast)
    call: plan.Forecast = field(default_factory=plan.Forecast)
    set_up: plan.Forecast = field(default_factory=plan.Forecast)
    compiles: dict[str, float] = field(default_factory=dict)

    def slow_s(self, name: str, cell: Cell) -> float:
        """Return the predicted seconds of a call that may be a sample without a call before it; 0 for others.

        Implementations that compile for each size need a call before it. A limit is never slow, as its results aren't
        verified.
        """
        return 0.0 if name in (*self.compiles, *FLOORS) else self.call.seconds(name, cell)

    def least_s(self, name: str, cell: Cell) -> float:
        """Return the predicted least seconds of an implementation in a cell: setup, verification, rounds, descents."""
        call_s = self.call.seconds(name, cell)
        enter_s = self.enter.seconds(name, cell) + self.compiles.get(name, 0.0)
        if (single_s := self.slow_s(name, cell)) >= SINGLE_S:
            rounds = FEWEST_SLOW_ROUNDS if single_s >= SLOW_S else LEAST_ROUNDS
            return enter_s + FINISH_S + rounds * call_s
        descent_s = min(DESCENT_STEPS * 2 * call_s, DESCENT_S) if DESCENT_STEPS * call_s <= DESCENT_S else 0.0
        finish_s = FINISH_S + 2 * call_s
        enter_s += ENTER_CALLS * call_s
        return enter_s + finish_s + LEAST_ROUNDS * max(call_s, sample_s(cell)) + DESCENTS * descent_s

    def note(self, candidate: Candidate, cell: Cell) -> None:
        """Record the costs of a candidate in a cell."""
        name, call_s = candidate.worker.name, candidate.call_s
        entered_s = candidate.enter_s if candidate.first_call_s is None else candidate.enter_s - ENTER_CALLS * call_s
        if name in self.compiles:
            self.compiles[name] = max(self.compiles[name], entered_s - candidate.prepare_s)
            entered_s = candidate.prepare_s
        self.enter.note(name, cell, entered_s)
        self.call.note(name, cell, call_s)


@dataclass(frozen=True, slots=True)
class Race:
    """Workers of a race, its budget, and the costs of calls so far.

    stage: function that returns a cell's priority.
    make: function that makes a cell's problem; by default from the seed.
    precision: half-width of the ratios' intervals, as a share of the ratios, at which a cell is finished.
    optional: names of implementations that are skipped before others, in cells where they aren't the fastest.
    """

    workers: Sequence[Worker]
    seed: int
    budget: Deadline
    tell: Tell
    costs: Costs
    stage: Stage = typical_first
    make: Make | None = None
    precision: float = PRECISION
    optional: Collection[str] = ()

    def run(self, cells: Sequence[Cell]) -> Iterator[Outcome]:
        """Race in cell after cell, in the given order; yield each outcome."""
        whole_s = self.left_s()
        needs = self._needs(cells)
        main = plan.main_entries(needs, self.optional, self.costs.call.seconds)
        kept = plan.protected(needs, whole_s, main, self.stage)
        for number, cell in enumerate(cells):
            workers, skipped, until_s = self._admit(cells[number:], main, kept, whole_s)
            if workers:
                optional = {worker.name for worker in workers if (cell, worker.name) not in main} - {*plan.COMPANIONS}
                outcome = self._race(cell, workers, optional, until_s, whole_s)
                yield replace(outcome, absences=skipped + outcome.absences)
            else:
                yield Outcome([], skipped, [])

    def left_s(self) -> float:
        """Return the seconds left of the budget.

        Time lost while waiting for hung workers doesn't count against the others.
        """
        return self.budget.left_s() + sum(worker.lost_s for worker in self.workers)

    def _admit(
        self, ahead: Sequence[Cell], main: set[tuple[Cell, str]], kept: set[tuple[Cell, str]], whole_s: float
    ) -> tuple[list[Worker], list[Absence], float]:
        """Return the workers that race in the first of the cells ahead, the absences of others, and `until_s`.

        The cell may use the time that it needs, and its part of the time that no cell ahead needs. `until_s` seconds of
        the budget are left then.
        main: entries that may need a large share of the budget.
        kept: entries that are skipped last.
        whole_s: seconds that the race had when it began.
        """
        cell = ahead[0]
        too_large = self._too_large(cell)
        needs = self._needs(ahead)
        too_dear = plan.too_dear(needs, whole_s, main)
        fair = {entry: seconds for entry, seconds in needs.items() if entry not in too_dear}
        too_dear |= plan.too_much(fair, self.left_s(), self.stage, kept)
        left = {entry: seconds for entry, seconds in fair.items() if entry not in too_dear}
        skipped = [self._dear(cell, name) for where, name in sorted(too_dear) if where == cell and name != SET_UP]
        skipped += too_large.values()
        absent = {absence.impl for absence in skipped}
        workers = [worker for worker in self.workers if worker.name not in absent]
        own_s = sum(seconds for (where, _), seconds in left.items() if where == cell)
        spare_s = max(0.0, self.left_s() - own_s - RESERVE * (sum(left.values()) - own_s))
        return workers, skipped, self.left_s() - own_s - spare_s / max(1, len({where for where, _ in left}))

    def _race(
        self, cell: Cell, workers: Sequence[Worker], optional: Collection[str], until_s: float, whole_s: float
    ) -> Outcome:
        """Race in one cell until `until_s` seconds of the budget are left, and record the costs."""
        start_s, before = self.left_s(), activity.count(HERE)
        self.tell(cell, "making the problem")
        with scratch() as folder:
            make = self.make or problems.from_seed(self.seed)
            expected = set_up(cell, make, folder)
            self.costs.set_up.note(SET_UP, cell, start_s - self.left_s())
            rng = np.random.default_rng([self.seed, cell.m, cell.n_x])
            ready = ReadyCell(cell, folder, expected, rng, lambda: problems.save(make(cell), folder))
            terms = Terms(
                left_s=self.left_s,
                grace_s=max(GRACE_S, GRACE_SHARE * whole_s),
                time_left=lambda: self.left_s() > until_s,
                predicted_s=lambda name: self.costs.slow_s(name, cell),
                precision=self.precision,
                optional=optional,
                tell=lambda what: self.tell(cell, what),
            )
            outcome = race_cell(ready, workers, terms)
        for candidate in outcome.candidates:
            self.costs.note(candidate, cell)
        return replace(outcome, noise=noise(cell, activity.between(before, activity.count(HERE))))

    def _needs(self, cells: Sequence[Cell]) -> dict[tuple[Cell, str], float]:
        names = {worker.name for worker in self.workers}
        present = {cell: names - self._too_large(cell).keys() for cell in cells}
        needs = {(cell, name): self.costs.least_s(name, cell) for cell in cells for name in present[cell]}
        return needs | {(cell, SET_UP): self.costs.set_up.seconds(SET_UP, cell) for cell in cells if present[cell]}

    def _dear(self, cell: Cell, name: str) -> Absence:
        call_s, least_s = self.costs.call.seconds(name, cell), self.costs.least_s(name, cell)
        message = (
            f"one call would take {plan.about(call_s)}, all samples and checks {plan.about(least_s)} (predicted): "
            "more than the budget has left; raise --budget"
        )
        return _skipped(cell, name, message)

    def _too_large(self, cell: Cell) -> dict[str, Absence]:
        """Return the absences of implementations whose data don't fit in memory.

        All workers hold their data at the same time, as rounds alternate between them. The computer's memory excludes
        all implementations, the GPU's only those that compute there.
        """
        bytes_each = COPIES_PER_WORKER * cell.X_bytes
        names = [worker.name for worker in self.workers]
        on_gpu = [name for name in names if name.endswith(ON_GPU)]
        free = available.memory_bytes()
        if (needed := bytes_each * len(names)) > free:
            return {name: _skipped(cell, name, _beyond(needed, free, "are free")) for name in names}
        own = gpu().memory_bytes if on_gpu else None
        if own is not None and (needed := bytes_each * len(on_gpu)) > own:
            return {name: _skipped(cell, name, _beyond(needed, own, "are on the GPU")) for name in on_gpu}
        return {}


def _beyond(needed: int, there: int, what: str) -> str:
    return f"needs about {needed / 1e9:.1f} GB, {there / 1e9:.1f} GB {what}: choose fewer with --impl"


def noise(cell: Cell, seen: activity.Activity) -> Noise:
    """Return the disturbances of a cell as a Noise."""
    return Noise(
        cell=cell,
        seconds=seen.seconds,
        stolen=None if seen.stolen is None else round(seen.stolen, 4),
        throttled=seen.throttled,
        overheated=seen.overheated,
        swapped_pages=seen.swapped_pages,
    )


def _skipped(cell: Cell, name: str, message: str) -> Absence:
    return Absence(impl=name, outcome="skipped", stage="plan", message=message, cell=cell)
