"""The gate's procedure: pairs of fresh processes of each changed implementation, until its cells are decided.

Every pair counts, and each cell is tested at a few numbers of pairs that are known beforehand. All cells and tests
share the level, so none fails for having looked slow by chance. A cell whose interval excludes a slowdown takes no
further pairs, and the budget goes to the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from msgspec.structs import replace

from gradrace.bench.gate.code.sides import Side
from gradrace.bench.gate.findings import Finding
from gradrace.bench.gate.limits import Rules
from gradrace.bench.gate.pairs.blame import LACKED, NOT_STARTED, SideOut, blame
from gradrace.bench.gate.pairs.descents import measured_descents, steps_wanted, verify_descents
from gradrace.bench.gate.pairs.gradients import measured, prepared_or_blamed, verify_pair
from gradrace.bench.gate.pairs.rounds import Measured, combined
from gradrace.bench.gate.pairs.sides import Pair
from gradrace.bench.gate.schedule import Schedule
from gradrace.bench.gate.sizes import smaller
from gradrace.bench.gate.tallies import MOST_FAULTS, Tally
from gradrace.bench.gate.verdicts import finding
from gradrace.bench.race.checks import Out, stage, verify
from gradrace.bench.race.ready import ReadyCell
from gradrace.bench.results import Absence, Cell
from gradrace.bench.timing import Deadline
from gradrace.bench.workers.client import Startable, at_once, begin, ended
from gradrace.bench.workers.task import Task
from gradrace.impls.discovery import not_installed

VERIFY_SHARE = 0.5
"""Share of the budget after which no further implementation is verified, so that some are measured."""

END_S = 1.0
"""Seconds to end the processes and write the report."""

ReadyFor = Callable[[Cell], ReadyCell]
"""Function that makes the problem of a cell."""


@dataclass(slots=True)
class Gate:
    """A comparison of two sides.

    Attributes:
        old: The old side.
        new: The new side.
        worker: Function that returns the worker of a side's implementation, not yet started.
        rules: Limits of the implementations.
        budget: Deadline of the whole comparison.
        tell: Callback for progress: the current activity.
        ready: Function that makes the problem of a smaller cell; None if every implementation can do every cell.
        guard: Function that raises if a side's files are gone, so that no implementation is blamed for it.
        tallies: Number of tallies that share the level.
        pace: Share of the usual rounds of a pair.
        cost: Seconds of a larger budget that a second of further pairs takes.
        pairs: Number of pairs of each implementation so far.
    """

    old: Side
    new: Side
    worker: Callable[[Side, str], Startable]
    rules: Rules
    budget: Deadline
    tell: Callable[[str], None]
    ready: ReadyFor | None = None
    guard: Callable[[], None] = lambda: None
    tallies: int = 1
    pace: float = 1.0
    cost: float = 1.0
    pairs: Counter[str] = field(default_factory=Counter)

    def check(self, names: Sequence[str], ready_cells: Sequence[ReadyCell], added: Sequence[str] = ()) -> list[Finding]:
        """Return a finding for each implementation in each cell.

        added: implementations on NEW's side only, which are verified but not compared.
        """
        groups = {
            name: [Tally(name, ready, self.rules.of(name), new=name in added) for ready in ready_cells]
            for name in [*names, *added]
        }
        until = self.budget.sooner(self.budget.left_s() * (1 - VERIFY_SHARE))
        for name, mine in groups.items():
            if until.left_s() > 0:
                self._verify(name, mine)
        schedule = Schedule(groups, self.budget.sooner(END_S))
        self.tallies = schedule.tallies
        while (chosen := schedule.next()) is not None:
            wanted, self.pace = schedule.cells(chosen), schedule.pace()
            self.tell(f"pair {1 + self.pairs[chosen]} of {chosen}")
            self._with_pair(chosen, wanted, partial(self._measure, len(wanted)))
            self.pairs[chosen] += 1
            schedule.add(chosen)
        schedule.end()
        return [finding(tally, schedule.more(tally, self.cost)) for mine in groups.values() for tally in mine]

    def _verify(self, name: str, mine: list[Tally]) -> None:
        """Verify both sides in each cell, after replacing cells that are too large for the implementation."""
        self.tell(f"verifying {name}")
        for attempt in range(MOST_FAULTS):
            wanted = [tally for tally in mine if tally.out is None and not tally.verified]
            if wanted and self.budget.left_s() > 0:
                self._with_pair(name, wanted, partial(self._verify_cell, mine), mine if attempt == 0 else None)

    def _verify_cell(self, mine: list[Tally], pair: Pair, tally: Tally) -> list[Tally]:
        """Verify both sides in a cell; return a tally of their descents if one side has a `descend` of its own."""
        further = list[Tally]()
        if tally.steps:
            verify_descents(pair, tally.ready, tally.steps, self.budget.clock)
        else:
            verify_pair(pair, tally.ready, self.budget.clock)
            if not tally.new and (steps := steps_wanted(pair, tally.ready)):
                further = [Tally(tally.impl, tally.ready, tally.limits, steps, tally.asked)]
        tally.verified = True
        mine += further
        return further

    def _measure(self, cells: int, pair: Pair, tally: Tally) -> Sequence[Tally]:
        """Measure a pair in one of `cells` cells, and add what it shows to the tally."""
        before_s = self.budget.left_s()
        try:
            if tally.stopped:  # only its `prepare` is undecided
                alone = prepared_or_blamed(pair, tally.ready, self.budget.clock, alone=True)
                tally.add_prepared(alone, self.tallies)
            else:
                found = combined(self._repeated(self.pace * tally.start_s / cells, pair, tally))
                tally.rounds_s = found.extent.usual_s
                tally.others_s = max(0.0, before_s - self.budget.left_s() - self.pace * tally.rounds_s)
                tally.add(found, self.tallies)
        finally:
            tally.pair_s = before_s - self.budget.left_s()
            tally.spent_s += tally.pair_s
        return ()

    def _repeated(self, share_s: float, pair: Pair, tally: Tally) -> list[Measured]:
        """Measure a pair as often as it needs, and until that has taken its share of the start.

        Each measurement has a preparation of its own. At (209, 12288) and a load of 6, the log-ratios of eight pairs of
        the same code had a standard deviation of 0.21, and the medians of five measurements of each one of 0.04.
        """
        before_s, found, clock = self.budget.left_s(), list[Measured](), self.budget.clock
        while True:
            found.append(
                measured_descents(pair, tally.ready, tally.steps, clock, self.pace)
                if tally.steps
                else measured(pair, tally.ready, clock, self.pace, again=bool(found))
            )
            pair = pair._replace(new_first=not pair.new_first)
            spent_s = before_s - self.budget.left_s()
            one_s = spent_s / len(found)
            enough = len(found) >= found[0].extent.wanted and spent_s + one_s / 2 > share_s
            if enough or self.budget.left_s() < END_S + one_s:
                return found

    def _with_pair(
        self,
        name: str,
        wanted: Sequence[Tally],
        do: Callable[[Pair, Tally], Sequence[Tally]],
        sized: list[Tally] | None = None,
    ) -> None:
        """Call `do` with one pair of fresh processes for each wanted tally; note why one can't be measured.

        do: function of a pair and a tally; it returns further tallies, for which it is called as well.
        sized: tallies whose cells are first replaced by smaller ones, where they are too large.
        """
        sides = [self.new] if wanted[0].new else [self.old, self.new]
        before_s, first, verifying = self.budget.left_s(), wanted[0].ready, sized is not None or not wanted[0].verified
        with ended([self.worker(side, name) for side in sides]) as both:
            turn = -1 if wanted[0].begun % 2 else 1  # the side that starts first may place its threads better
            begun = at_once(lambda worker: self._begun(worker, first, call=not verifying), both[::turn])[::turn]
            failures, old, new = [failure for failure, _ in begun], both[0], both[-1]
            for tally in wanted:
                tally.start_s = before_s - self.budget.left_s()
            if failures[-1] is not None or (failures[0] is not None and not verifying):
                for tally in wanted:
                    self._note(tally, _of_both(begun, tally))
                return
            old_fault = failures[0]
            if old_fault is not None:
                old = new  # NEW is verified even if OLD has failed
            if sized is not None and self.ready is not None:
                sized[:] = smaller(Pair(old, new), sized, self.ready)
                wanted = [tally for tally in sized if tally.out is None and not tally.verified]
            todo = [*wanted]
            for tally in todo:  # which grows
                if verifying and self.budget.left_s() <= 0:
                    return
                try:
                    todo += do(Pair(old, new, tally.begun % 2 == 1, NOT_STARTED if old_fault else LACKED), tally)
                except SideOut as out:
                    for one in todo[todo.index(tally) :] if new.lost_s else [tally]:  # one that hung isn't called again
                        self._note(one, out.at(one.ready.cell))
                    if new.lost_s:
                        return
                else:
                    if old_fault is not None:
                        tally.verified = False
                        self._note(tally, SideOut(False, replace(old_fault, cell=tally.ready.cell)))

    def _note(self, tally: Tally, reason: SideOut) -> None:
        """Note a fault of a side, unless its files are gone, or it had none but that the budget was over."""
        self.guard()
        reason.absence = self._at_fault(reason.absence)
        if not reason.absence.is_of_the_budget:
            tally.fault(reason)

    def _begun(self, worker: Startable, ready: ReadyCell, *, call: bool) -> tuple[Absence | None, float]:
        """Start a worker and make a verified call; return why it can't be measured, and the seconds that this took.

        Both sides load compiled code at the same time, which takes 0.5 s.
        """
        before_s = self.budget.left_s()
        failure = self._failure(worker, ready, call=call)
        starved = failure is not None and failure.is_starved
        return failure, worker.ran_s if starved else before_s - self.budget.left_s()

    def _failure(self, worker: Startable, ready: ReadyCell, *, call: bool) -> Absence | None:
        """Start a worker and make a verified call; return why it can't be measured."""
        if (absence := begin(worker)) is not None:
            return self._at_fault(replace(absence, cell=ready.cell))
        if not call:
            return None
        try:
            with stage(ready, worker, "first call"):
                worker.ask(Task.prepare, str(ready.whole()))
                first = worker.ask(Task.compute)
            verify(ready, worker, "first call", first.gradient, ready.expected.here)
        except Out as out:
            return self._at_fault(out.absence)
        return None

    def _at_fault(self, absence: Absence) -> Absence:
        """Return an absence as a failure if the missing package is a module of OLD, which the change removed.

        It can't be installed.
        """
        was_ours = any(absence.message == not_installed(entry.stem) for entry in self.old.root.glob("*"))
        return replace(absence, outcome="failed") if was_ours else absence


def _of_both(begun: Sequence[tuple[Absence | None, float]], tally: Tally) -> SideOut:
    """Return the fault that counts if at least one side couldn't begin. begun: what `_begun` returned for each."""
    (old, old_s), (new, new_s) = (
        (failure and replace(failure, cell=tally.ready.cell), seconds) for failure, seconds in (begun[0], begun[-1])
    )
    if new is None:
        assert old is not None
        return SideOut(False, old)
    if len(begun) == 1:
        return blame(SideOut(True, new), new_s, None, None)
    return blame(SideOut(True, new), new_s, None if old is None else SideOut(False, old), old_s)
