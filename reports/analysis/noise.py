"""Noise in each cell: spread of the limit, disturbed rounds, the system's counts, and the resulting precision.

The limit does the same work in every round, so its spread is caused by the machine alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median, median_low
from typing import Literal, TypeAlias

from gradrace.bench.results import BASELINE, FLOORS, Cell, Measurement, Noise, Results, floor_of
from gradrace.bench.stats import CONFIDENCE, median_interval, paired_ratio, relative
from gradrace.bench.text import UNKNOWN
from gradrace.reports.grid import Grid
from gradrace.reports.words import name_of, percent, product, setting, sizes

Level: TypeAlias = Literal["quiet", "noisy", "disturbed"]

LESSER: dict[Level, str] = {"noisy": "only noisy", "quiet": "quiet"}
"""Levels in words, where a worse one has been named before."""

QUIET, NOISY = 0.05, 0.15
"""Spread of the limit's samples, and half-width of intervals, up to which a cell is quiet, or noisy.

Up to the first a slowdown of a gate's 5 % can be detected; up to the second the fastest can still be chosen.
"""

SLOWED = 1.2
"""Factor by which at least half of a disturbed round's samples exceed their own medians."""

QUIET_ROUNDS, NOISY_ROUNDS = 0.1, 0.3
"""Shares of disturbed rounds up to which a cell is quiet, or noisy."""

STOLEN = 0.02
"""Share of the time taken by other guests of the hardware above which a cell is noisy, however steady its samples."""

TIED = 0.5
"""Share of samples equal to another above which a cell is noisy.

The clock is then too coarse, and intervals come out too narrow.
"""

LEAST_SAMPLES = 6
"""Minimum number of samples for a spread."""

WANTED = "precision"
"""Option of a run that holds the requested half-width, as a share of the ratio."""


@dataclass(frozen=True, slots=True)
class CellNoise:
    """Noise in one cell.

    Attributes:
        cell: The cell.
        spread: Interquartile range of the limit's samples / median; None for few samples.
        disturbed: Number of disturbed rounds.
        rounds: Number of rounds.
        ties: Share of samples equal to another of the same implementation, which the clock can't distinguish.
        good_to: Half-width of a median's interval / the median, for the implementation in the middle.
        counted: The system's counts.
    """

    cell: Cell
    spread: float | None
    disturbed: int
    rounds: int
    ties: float
    good_to: float
    counted: Noise | None

    @property
    def level(self) -> Level:
        """Return the level of noise.

        quiet: differences of 5 % are detectable. noisy: differences of 15 % are. disturbed: measure again.
        """
        spread, share = max(self.spread or 0.0, self.good_to), self.disturbed / max(1, self.rounds)
        if spread > NOISY or share > NOISY_ROUNDS:
            return "disturbed"
        taken = self.counted is not None and bool((self.counted.stolen or 0) > STOLEN or self.counted.throttled)
        steady = spread <= QUIET and share <= QUIET_ROUNDS and self.ties <= TIED
        return "quiet" if steady and not taken else "noisy"


def is_disturbed(floor: Measurement) -> bool:
    """Return whether a limit's samples spread by more than NOISY, so that a share of it is unreliable."""
    return len(floor.samples_s) >= LEAST_SAMPLES and _spread(floor.samples_s) > NOISY


def noise(results: Results) -> list[CellNoise]:
    """Return the noise of each cell in which anything except a limit was measured, in order."""
    by_cell: defaultdict[Cell, list[Measurement]] = defaultdict(list)
    for one in results.measurements:
        by_cell[one.cell].append(one)
    counted = {one.cell: one for one in results.noise}
    told = {one.cell for one in results.measurements if one.impl not in FLOORS}
    return [_noise(cell, by_cell[cell], counted.get(cell)) for cell in sorted(told)]


def noise_grid(found: Sequence[CellNoise]) -> Grid | None:
    """Return a table with a row for each cell; None where nothing was measured."""
    if not found:
        return None
    rows = [
        [
            f"{product(one.cell.m, one.cell.n_x)}, {setting(one.cell)}",
            one.level,
            percent(one.spread),
            f"{one.disturbed} of {one.rounds}" if one.rounds else UNKNOWN,
            percent(one.counted.stolen if one.counted else None),
            f"±{percent(one.good_to)}",
        ]
        for one in found
    ]
    return Grid(
        title="Noise in each cell",
        heads=["m × n_x", "level", "limit's\nspread", "disturbed\nrounds", "stolen\ntime", "medians\nknown to"],
        rows=rows,
        footnote=(
            "Limit's spread: interquartile range of its samples / their median. Disturbed round: at least half of the "
            f"samples took {SLOWED:g} times their medians. Known to: half-width of the interval / median, for the "
            "implementation in the middle."
        ),
    )


def noise_sentences(found: Sequence[CellNoise]) -> list[str]:
    """Return one sentence on the levels of all cells, with the uncertainty of medians at each; empty for no cells."""
    levels: dict[Level, list[float]] = {"disturbed": [], "noisy": [], "quiet": []}
    for one in found:
        levels[one.level].append(one.good_to)
    if not found:
        return []
    (level, worst), *others = [(level, ones) for level, ones in levels.items() if ones]
    every = "the only size" if len(found) == 1 else f"all {len(found)} sizes"
    some = f"{len(worst)} of {len(found)} sizes" if others else every
    verb = "was" if len(worst) == 1 else "were"
    more = "".join(f", {len(ones)} {LESSER[level]} (±{percent(median(ones))})" for level, ones in others)
    return [f"Noise: {some} {verb} {level} (medians uncertain by ±{percent(median(worst))}){more}."]


def _noise(cell: Cell, measured: Sequence[Measurement], counted: Noise | None) -> CellNoise:
    floor = next((one.samples_s for one in measured if one.impl in FLOORS), [])
    slowed = _slowed([one.by_round() for one in measured])
    samples = [one.samples_s for one in measured]
    widths = sorted(_half_width(ones) for ones in samples)
    equal = sum(times for ones in samples for times in Counter(ones).values() if times > 1)
    return CellNoise(
        cell=cell,
        spread=_spread(floor) if len(floor) >= LEAST_SAMPLES else None,
        disturbed=sum(factor > SLOWED for factor in slowed),
        rounds=len(slowed),
        ties=equal / sum(map(len, samples)),
        good_to=widths[len(widths) // 2],
        counted=counted,
    )


def _slowed(measured: Sequence[Mapping[int, float]]) -> list[float]:
    """Return the slowdown of each round: the median over implementations (the lower of two) of sample / own median."""
    medians = [median(rounds.values()) if rounds else 1.0 for rounds in measured]
    numbers = sorted({number for rounds in measured for number in rounds})
    return [
        median_low(rounds[number] / own for rounds, own in zip(measured, medians, strict=True) if number in rounds)
        for number in numbers
    ]


def _spread(samples: Sequence[float]) -> float:
    ordered = sorted(samples)
    middle = median(ordered)
    return (ordered[3 * len(ordered) // 4] - ordered[len(ordered) // 4]) / middle if middle > 0 else 0.0


def _half_width(samples: Sequence[float]) -> float:
    interval = median_interval(samples)
    return (interval.high - interval.low) / 2 / interval.median if interval.median > 0 else 0.0


SHARE, SPEEDUP = "share", "speed-up"
"""Kinds of ratios: of the limit's time to an implementation's, and of the slide's loop's."""

RATIOS: Mapping[tuple[str, ...], str] = {(SHARE,): "shares of the limit", (SPEEDUP,): "speed-ups"}
"""Kinds of ratios in words, where all are of one kind."""


def precision_sentences(results: Results) -> list[str]:
    """Return how well ratios are known; nothing where that isn't recorded, or no ratio is known.

    Ratios of slow implementations, whose few samples can't reach 95 %, don't count.
    """
    wanted, found = results.options.get(WANTED), [*widths(results)]
    if not found or not isinstance(wanted, int | float):
        return []
    worst = [(one, *max(its.items(), key=lambda kind: kind[1])) for one, its in found]
    typical, (widest, kind, width) = median(width for *_, width in worst), max(worst, key=lambda one: one[2])
    ratios = RATIOS.get(tuple(sorted({kind for _, its in found for kind in its})), "ratios")
    known = f"Precision: within this run, half of the {ratios} are known {_to(typical)} or better"
    if width <= wanted:
        return [f"{known}, all of them to the requested ±{percent(wanted)}."]
    least = f"the least certain one {_to(width)} ({name_of(widest.impl)}'s {kind} at {sizes(widest.cell)})"
    return [f"{known}, {least}."]


def _to(width: float) -> str:
    """Return a relative half-width in words: "±120 %" would read as if the ratio might be negative."""
    return f"to ±{percent(width)}" if width < 1 else "only to a factor of 2 or more"


def is_precise(results: Results) -> bool:
    """Return whether all known ratios have the precision that was wanted, if any was."""
    wanted = results.options.get(WANTED)
    return not isinstance(wanted, int | float) or all(max(its.values()) <= wanted for _, its in widths(results))


def widths(results: Results) -> Iterator[tuple[Measurement, dict[str, float]]]:
    """Yield each measurement with the relative half-widths of its known ratios: SHARE, SPEEDUP or both."""
    cells = sorted(results.measurements, key=lambda one: one.cell)
    for _, group in groupby(cells, key=lambda one: one.cell):
        here = {one.impl: one for one in group}
        for name, one in here.items():
            others = {SHARE: floor_of(name), SPEEDUP: BASELINE} if name not in FLOORS else {}
            ratios = {
                kind: paired_ratio(one.by_round(), here[other].by_round())
                for kind, other in others.items()
                if other in here and other != name
            }
            known = {
                kind: relative(ratio)
                for kind, ratio in ratios.items()
                if ratio is not None and ratio.confidence >= CONFIDENCE
            }
            if known:
                yield one, known
