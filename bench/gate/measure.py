"""The gate's procedure: screen with pairs of fresh processes, then measure again what looks slower.

Screening measures a few pairs of every implementation in every cell. What looks slower is measured again with fresh
processes, and only these pairs decide. Selecting a cell because it looked slow therefore adds no bias, and only the
suspicious cells share the level. An implementation fails only by an exact test at that level.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from gradrace.bench.gate.evidence import LEVEL, Verdict, p_above, ratio, rejected, verdict
from gradrace.bench.gate.findings import Finding
from gradrace.bench.gate.pairs import Pair, SideOut, log_ratio, verify_pair
from gradrace.bench.gate.sides import Side
from gradrace.bench.gate.tallies import LEAST_PAIRS, LOOKS, Tally, finding
from gradrace.bench.race.checks import Out, stage, verify
from gradrace.bench.race.ready import ReadyCell
from gradrace.bench.results import Absence
from gradrace.bench.timing import Deadline
from gradrace.bench.workers.client import Startable, at_once, begin, ended
from gradrace.bench.workers.task import Task

SCREENING_PAIRS, MOST_SCREENING_PAIRS = LEAST_PAIRS, 12
"""Number of screening pairs, and the maximum if the interval is still undecided."""

SCREENING_SHARE = 0.5
"""Share of the budget that screening may use; the rest is kept for what is suspicious."""

SUSPICION = 0.5
"""Share of the threshold above which a slowdown is suspicious and measured again.

A slowdown of twice the threshold is then missed less often than once in 100,000 times. This holds if screening measures
it with a standard deviation of a third of the threshold.
"""

MOST_SUSPICIOUS = 10
"""Maximum number of suspicious cells; the slowest are kept. With more, the first test couldn't reject at its level."""


def look_at(suspicious: Sequence[Tally], threshold: float) -> None:
    """Test the undecided tallies; each look has an equal share of the level.

    The time of a look doesn't depend on the data: it comes after a fixed number of pairs, or at the end of the budget.
    Tallies that were given up count with p = 1, so that giving one up makes it no easier for the others to fail.
    """
    undecided = [tally for tally in suspicious if not tally.slower and tally.out is None and tally.fresh]
    chances = [1.0 if tally.stopped else p_above(tally.fresh, threshold) for tally in undecided]
    for tally, p, slower in zip(undecided, chances, rejected(chances, LEVEL / len(LOOKS)), strict=True):
        if not tally.stopped:
            tally.p, tally.slower = p, slower
            tally.stopped = slower or ratio(tally.fresh).high <= 1 + threshold


@dataclass(frozen=True, slots=True)
class Gate:
    """A comparison of two sides.

    Attributes:
        old: The old side.
        new: The new side.
        worker: Function that returns the worker of a side's implementation, not yet started.
        threshold: Slowdown that is tolerated, 0.05 for 5 %.
        budget: Deadline of the whole comparison.
        tell: Callback for progress: the current activity.
    """

    old: Side
    new: Side
    worker: Callable[[Side, str], Startable]
    threshold: float
    budget: Deadline
    tell: Callable[[str], None]

    def check(self, names: Sequence[str], ready_cells: Sequence[ReadyCell], added: Sequence[str] = ()) -> list[Finding]:
        """Return a finding for each implementation in each cell.

        added: implementations on NEW's side only, which are verified but not compared.
        """
        tallies = {name: [Tally(name, ready) for ready in ready_cells] for name in names}
        alone = {name: [Tally(name, ready, new=True) for ready in ready_cells] for name in added}
        for name, mine in [*tallies.items(), *alone.items()]:
            self.tell(f"verifying {name}")
            self._with_pair(name, mine, verify_pair)
        self._screen(tallies)
        self._measure_again(self._suspicious(tallies))
        return [finding(tally, self.threshold) for mine in [*tallies.values(), *alone.values()] for tally in mine]

    def _screen(self, tallies: dict[str, list[Tally]]) -> None:
        """Measure screening pairs of all implementations in turn, each in the cells that still need one."""
        pair_s: dict[str, float] = {}
        end_s = self.budget.left_s() * (1 - SCREENING_SHARE)
        for number in range(MOST_SCREENING_PAIRS):
            for name, mine in tallies.items():
                if number >= SCREENING_PAIRS:
                    self._stop_the_clear(mine)
                wanted = [tally for tally in mine if tally.out is None and not tally.stopped]
                if not wanted or (number > 0 and self.budget.left_s() - pair_s[name] < end_s):
                    continue
                self.tell(f"pair {number + 1} of {name}")
                before_s = self.budget.left_s()
                self._measure(name, wanted, lambda tally: tally.screening)
                pair_s[name] = before_s - self.budget.left_s()

    def _stop_the_clear(self, mine: Iterable[Tally]) -> None:
        for tally in mine:
            if tally.screening:
                tally.stopped = verdict(ratio(tally.screening), self.threshold) is not Verdict.UNKNOWN

    def _suspicious(self, tallies: dict[str, list[Tally]]) -> list[Tally]:
        """Return the tallies that look slower by more than SUSPICION of the threshold and fit the budget.

        At most MOST_SUSPICIOUS are kept, the slowest.
        """
        present = [tally for mine in tallies.values() for tally in mine if tally.screening and tally.out is None]
        found = [tally for tally in present if ratio(tally.screening).middle > 1 + SUSPICION * self.threshold]
        slowest_first = sorted(found, key=lambda tally: ratio(tally.screening).middle, reverse=True)
        chosen = self._affordable(slowest_first[:MOST_SUSPICIOUS])
        for tally in chosen:
            tally.suspicious, tally.stopped = True, False
        return chosen

    def _affordable(self, suspicious: Sequence[Tally]) -> list[Tally]:
        """Return as many tallies as can reach the first look, the cheapest first.

        If there is any, at least one is returned: one is enough to fail.
        """
        chosen: list[Tally] = []
        left_s = self.budget.left_s()
        for tally in sorted(suspicious, key=lambda tally: tally.pair_s):
            start_s = 0.0 if tally.impl in {other.impl for other in chosen} else tally.start_s
            left_s -= LOOKS[0] * (start_s + tally.pair_s)
            if left_s < 0 and chosen:
                break
            chosen.append(tally)
        return chosen

    def _measure_again(self, suspicious: Sequence[Tally]) -> None:
        """Measure fresh pairs of the undecided tallies up to each look, with a last look at the end of the budget."""
        for look in LOOKS:
            for name in dict.fromkeys(tally.impl for tally in suspicious):
                mine = [tally for tally in suspicious if tally.impl == name]
                while wanted := [one for one in mine if not one.stopped and not one.out and len(one.fresh) < look]:
                    if self.budget.left_s() <= 0:
                        break
                    self.tell(f"measuring {name} again, pair {len(wanted[0].fresh) + 1}")
                    self._measure(name, wanted, lambda tally: tally.fresh)
            look_at(suspicious, self.threshold)
            if self.budget.left_s() <= 0:
                return

    def _measure(self, name: str, wanted: Sequence[Tally], into: Callable[[Tally], list[float]]) -> None:
        """Measure one pair of fresh processes in each wanted cell, and append its log-ratio to `into(tally)`."""
        by_cell = {tally.ready.cell: tally for tally in wanted}

        def measure(pair: Pair, ready: ReadyCell) -> None:
            tally, before_s = by_cell[ready.cell], self.budget.left_s()
            into(tally).append(log_ratio(pair, ready))
            tally.pair_s = before_s - self.budget.left_s()
            tally.spent_s += tally.pair_s

        self._with_pair(name, wanted, measure)

    def _with_pair(self, name: str, wanted: Sequence[Tally], do: Callable[[Pair, ReadyCell], None]) -> None:
        """Call `do` with one pair of fresh processes in each wanted cell; record why a tally can't be measured."""
        sides = [self.new] if wanted[0].new else [self.old, self.new]
        before_s, ready = self.budget.left_s(), wanted[0].ready
        with ended([self.worker(side, name) for side in sides]) as both:
            failures = at_once(lambda worker: _begun(worker, ready, call=do is not verify_pair), both)
            old, new, failure = both[0], both[-1], failures[-1] or failures[0]
            if failure is not None and (failure is failures[-1] or do is not verify_pair):
                for tally in wanted:
                    tally.out = SideOut(failure is failures[-1], replace(failure, cell=tally.ready.cell))
                return
            if failure is not None:
                old = new  # NEW is verified even if OLD has failed
            for tally in wanted:
                tally.start_s = before_s - self.budget.left_s()
            for tally in wanted:
                try:
                    do(Pair(old, new, new_first=tally.pairs % 2 == 1), tally.ready)
                except SideOut as out:
                    tally.out = out


def _begun(worker: Startable, ready: ReadyCell, *, call: bool) -> Absence | None:
    """Start a worker and make a verified call; return why it can't be measured.

    Both sides load compiled code at the same time, which takes 0.5 s.
    """
    if (absence := begin(worker)) is not None:
        return replace(absence, cell=ready.cell)
    if not call:
        return None
    try:
        with stage(ready, worker, "first call"):
            worker.ask(Task.prepare, str(ready.folder))
            first = worker.ask(Task.compute)
        verify(ready, worker, "first call", first.gradient, ready.expected.here)
    except Out as out:
        return out.absence
    return None
