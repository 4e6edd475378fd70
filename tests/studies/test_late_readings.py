"""Late readings of finished results: what is counted, and that no busy process is left."""

from __future__ import annotations

import signal

import pytest

from gradrace.bench import timing
from studies.late_readings import SAMPLE_S, Reading, beside, readings, row


def test_readings_later_than_the_median_by_1_ms_are_counted_with_their_interruptions() -> None:
    usual = [Reading(3e-4, False)] * 6 + [Reading(1.2e-3, True)]
    late = [Reading(1.4e-3, True), Reading(5e-3, True), Reading(2e-3, False)]
    assert row(4, [*usual, *late]) == ["4", "10", "300 µs", "3", "2"]


def test_each_reading_comes_after_a_sample_and_knows_of_its_own_interruptions(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a clock of 0.1 ms a look: 3 ms of work, and a reading of 2 ms, which is interrupted every second time."""
    now_ns, read = [0], [0]

    def clock() -> int:
        now_ns[0] += 100_000
        return now_ns[0]

    def reading() -> None:
        read[0] += 1
        now_ns[0] += 2_000_000

    monkeypatch.setattr(timing, "interruptions", lambda: read[0] // 2)
    found = readings(1.0, reading, clock)
    assert [one.interrupted for one in found[:4]] == [False, True, False, True]
    assert all(one.seconds == pytest.approx(2.1e-3) for one in found)
    assert len(found) == pytest.approx(1 / (SAMPLE_S + 2.4e-3), rel=0.1)


def test_busy_processes_run_meanwhile_and_are_ended() -> None:
    with beside(2) as processes:
        assert [process.poll() for process in processes] == [None, None]
    assert [process.poll() for process in processes] == [-signal.SIGKILL] * 2
