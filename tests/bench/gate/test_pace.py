"""Pace of a check: shorter pairs where the budget doesn't hold the usual ones of all implementations."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from gradrace.bench.gate.pace import LEAST_PACE, LEAST_SHARE, pace
from gradrace.bench.gate.pairs.rounds import CELL_S, PREPARATIONS, SAMPLE_S, SEVERAL_CORES_S, shape
from gradrace.bench.gate.tallies import LEAST_PAIRS, Tally
from gradrace.bench.results import Cell


def tallies(count: int = 4, pairs: int = 1) -> list[Tally]:
    """Tallies of an implementation whose pairs take 1 s to start, and 1 s in each cell: 0.8 s of it in rounds."""
    shared = {"verified": True, "start_s": 1.0, "rounds_s": 0.8, "others_s": 0.2}
    return [Tally("a", None, pairs=[0.0] * pairs, **shared) for _ in range(count)]


def test_pairs_have_the_usual_length_where_those_of_all_fit():
    assert pace([tallies()], 60.0) == 1.0


def test_they_are_shorter_where_those_of_all_do_not_fit():
    """Fifteen pairs take 27 s besides their rounds, and 48 s in them."""
    assert pace([tallies() for _ in range(3)], 100.0) == pytest.approx((LEAST_SHARE * 100.0 - 27.0) / 48.0)


def test_they_are_never_much_shorter():
    assert pace([tallies() for _ in range(9)], 60.0) == LEAST_PACE


def test_they_are_usual_again_after_the_least_pairs():
    assert pace([tallies(pairs=LEAST_PAIRS) for _ in range(9)], 60.0) == 1.0


def test_those_that_were_not_measured_are_guessed_from_the_others():
    fresh = [Tally("b", None, verified=True, start_s=1.0) for _ in range(4)]
    assert pace([tallies(pairs=0), fresh], 60.0) == pytest.approx(pace([tallies(pairs=0)] * 2, 60.0))


@dataclass
class Sampler:
    sample_s: float
    cores: float = 1.0
    worker: SimpleNamespace = None


READY = SimpleNamespace(cell=Cell(10, 10))


def test_a_pace_is_a_share_of_the_rounds():
    sides = Sampler(SAMPLE_S), Sampler(SAMPLE_S)
    usual, slow = shape(READY, *sides), shape(READY, *sides, 0.5)
    assert usual.rounds == int(CELL_S / (4 * SAMPLE_S))
    assert slow.rounds == usual.rounds // 2
    assert slow.usual_s == usual.usual_s == CELL_S


def test_samples_that_are_shorter_than_usual_do_not_make_more_rounds():
    """Descents of 0.4 ms made 238 rounds, which took 1.7 s instead of 0.4 s with a load of 6."""
    assert shape(READY, Sampler(0.0004), Sampler(0.0004)) == shape(READY, Sampler(SAMPLE_S), Sampler(SAMPLE_S))


def test_several_cores_share_the_pace_among_their_measurements():
    found = shape(READY, Sampler(0.01, 2.0), Sampler(0.01, 2.0), 0.5)
    assert (found.wanted, found.usual_s) == (PREPARATIONS, SEVERAL_CORES_S / PREPARATIONS)
    assert found.rounds * found.wanted <= 0.5 * SEVERAL_CORES_S / 0.04
