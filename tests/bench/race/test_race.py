"""The race on a simulated clock: what fits, what is skipped, what is wrong; no real time, no processes."""

from __future__ import annotations

import math
from itertools import cycle

import numpy as np
import pytest
from msgspec import structs

from gradrace.bench.machine import available
from gradrace.bench.machine.gpu import Gpu
from gradrace.bench.race import plan, ready, sizes
from gradrace.bench.race import race as race_module
from gradrace.bench.race.candidate import Candidate
from gradrace.bench.race.race import Costs, Race
from gradrace.bench.race.rounds import LEAST_ROUNDS, MOST_ROUNDS, SLOW_ROUNDS
from gradrace.bench.results import DESCENT_STEPS, FLOOR, STARVED, Absence, Cell
from gradrace.bench.timing import Deadline
from gradrace.bench.verification.judge import OVERWRITTEN
from gradrace.bench.workers.answers import Computed, Repeated, Single
from gradrace.bench.workers.process import NO_ANSWER, WorkerFailed, WorkerStarved
from tests.bench.simulated import Clock, Simulated, trajectory


@pytest.fixture(autouse=True)
def _shared_trajectories(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready, "Trajectory", trajectory)


ALWAYS = -1.0
"""A precision that is never reached: rounds go on while there is time."""


def race(workers: list[Simulated], cells: list[Cell], budget_s: float, precision: float = ALWAYS, optional=()):
    """Run a race whose costs were piloted as a real run does; return all outcomes in order, and what was told."""
    clock = workers[0].clock
    costs = Costs()
    for worker in workers:
        for m, n_x in plan.PILOTS:
            costs.call.note(worker.name, Cell(m, n_x), worker.ns_per_element * 1e-9 * m * n_x)
    told: list[str] = []
    budget = Deadline(clock, math.inf).within(budget_s)
    tell = lambda _, what: told.append(what)  # noqa: E731
    outcomes = list(Race(workers, 0, budget, tell, costs, precision=precision, optional=optional).run(cells))
    return outcomes, told


CELLS = sizes.cells([(10, 10), (100, 10), (1000, 10)], ["float64"], threads=1)


def test_everyone_is_measured_once_a_round_in_every_cell() -> None:
    clock = Clock()
    outcomes, told = race([Simulated(clock, "a", 1.0), Simulated(clock, "b", 5.0)], CELLS, budget_s=1000)
    assert [len(outcome.measurements) for outcome in outcomes] == [2, 2, 2]
    assert all(not outcome.absences for outcome in outcomes)
    for outcome in outcomes:
        for measurement in outcome.measurements:
            assert measurement.extra.rounds == list(range(MOST_ROUNDS))
            assert measurement.extra.error_over_bound is not None
            assert measurement.extra.error_over_bound.worst <= 1
            assert measurement.extra.peak_rss_bytes == 12_345
            assert measurement.extra.facts == {"workers": 2}
    assert told[:4] == ["making the problem", "preparing", "verifying a", "verifying b"]


def test_samples_are_what_the_worker_took() -> None:
    outcomes, _ = race([Simulated(Clock(), "a", 3.0)], CELLS[:1], budget_s=100)
    assert outcomes[0].measurements[0].samples_s == pytest.approx([3e-7] * MOST_ROUNDS)


def test_a_hopeless_cell_is_skipped_with_the_prediction_and_never_begun() -> None:
    clock = Clock()
    slow = Simulated(clock, "slow", 1e7)  # 10 ms an element: 100 s in the last cell
    outcomes, _ = race([Simulated(clock, "fast", 1.0), slow], CELLS, budget_s=150)
    (absence,) = outcomes[-1].absences
    assert (absence.impl, absence.outcome, absence.stage) == ("slow", "skipped", "plan")
    assert "one call would take about 100 s" in absence.message
    assert [m.impl for m in outcomes[-1].measurements] == ["fast"]
    assert clock.now_s < 150


def test_a_call_dearer_than_predicted_is_skipped_with_its_measured_cost() -> None:
    clock = Clock()
    surprise = Simulated(clock, "surprise", 1.0)
    costs = Costs()
    budget = Deadline(clock, math.inf).within(10)
    surprise.ns_per_element = 1e8  # 10 s a call at (10, 10)
    (outcome,) = Race([surprise], 0, budget, lambda *_: None, costs).run(CELLS[:1])
    (absence,) = outcome.absences
    assert (absence.outcome, absence.stage) == ("skipped", "calibrate")
    assert "one call takes about 10 s" in absence.message


def test_a_short_budget_still_gives_each_measured_cell_enough_rounds() -> None:
    clock = Clock()
    outcomes, _ = race([Simulated(clock, "a", 1e5)], CELLS, budget_s=14)  # 10 ms, 100 ms, 1 s a call
    rounds = [len(m.samples_s) for outcome in outcomes for m in outcome.measurements]
    assert len(rounds) == 3
    assert rounds[0] == MOST_ROUNDS
    assert LEAST_ROUNDS <= rounds[1] < MOST_ROUNDS
    assert SLOW_ROUNDS <= rounds[2] < LEAST_ROUNDS + SLOW_ROUNDS
    assert clock.now_s < 14 * 1.1


@pytest.mark.parametrize("budget_s", [6, 8, 20])
def test_while_ratios_are_uncertain_the_whole_budget_is_used(budget_s: float) -> None:
    clock = Clock()
    race([Simulated(clock, "a", 2e4), Simulated(clock, "b", 2e4)], CELLS[-1:], budget_s=budget_s)
    assert budget_s * 0.98 < clock.now_s < budget_s * 1.1


def test_a_wrong_gradient_is_named_and_not_timed() -> None:
    clock = Clock()
    wrong = Simulated(clock, "wrong", 1.0, wrong_from_call=0)
    outcomes, _ = race([Simulated(clock, "right", 1.0), wrong], CELLS[:1], budget_s=10)
    (absence,) = outcomes[0].absences
    assert (absence.impl, absence.outcome, absence.stage) == ("wrong", "wrong", "verify")
    assert "times the error bound" in absence.message
    assert wrong.calls_made == 1
    assert [m.impl for m in outcomes[0].measurements] == ["right"]


def test_descents_are_timed_where_they_take_a_moment_only() -> None:
    clock = Clock()
    outcomes, _ = race([Simulated(clock, "a", 100.0), Simulated(clock, "floor", 10.0)], CELLS, budget_s=100)
    steps = {m.impl: m.extra.descent_step_s for m in outcomes[0].measurements}  # 10 µs a call: 10 ms a descent
    assert steps == {"a": pytest.approx([1e-5] * LEAST_ROUNDS), "floor": None}
    assert outcomes[-1].measurements[0].extra.descent_step_s is None  # 1 ms a call: 1 s a descent


def test_a_descent_that_goes_astray_is_wrong() -> None:
    outcomes, _ = race([Simulated(Clock(), "a", 1.0, astray=1e-12)], CELLS[:1], budget_s=10)
    (absence,) = outcomes[0].absences
    assert (absence.outcome, absence.stage) == ("wrong", "descent")
    assert absence.message.startswith("step 1: w is off by")


@pytest.mark.parametrize("most_steps", [0, 3, 20, 999])
def test_a_timed_descent_that_makes_fewer_steps_is_wrong(most_steps: int) -> None:
    """Short ones, which are verified step by step, it makes in full where it makes three steps or more."""
    lazy = Simulated(Clock(), "a", 1.0, most_steps=most_steps)
    outcomes, _ = race([lazy, Simulated(lazy.clock, "b", 1.0)], CELLS[:1], budget_s=10)
    (absence,) = outcomes[0].absences
    assert (absence.impl, absence.outcome, absence.stage) == ("a", "wrong", "descent")
    assert absence.message.startswith("step 1000 of a descent" if most_steps else "step 1")
    assert [one.impl for one in outcomes[0].measurements] == ["b"]


def test_every_timed_descent_is_verified_and_not_the_last_alone() -> None:
    class OnceLazy(Simulated):
        long = 0

        def descend(self, alpha, steps, from_zeros):
            self.long += steps == DESCENT_STEPS
            self.most_steps = 3 if self.long == 2 else None
            return super().descend(alpha, steps, from_zeros)

    outcomes, _ = race([OnceLazy(Clock(), "a", 1.0)], CELLS[:1], budget_s=10)
    (absence,) = outcomes[0].absences
    assert absence.message.startswith("step 1000 of a descent")


def test_one_that_remembers_its_first_result_is_wrong() -> None:
    outcomes, _ = race([Simulated(Clock(), "remembers", 1.0, stale=True)], CELLS[:1], budget_s=10)
    (absence,) = outcomes[0].absences
    assert (absence.outcome, absence.stage) == ("wrong", "verify elsewhere")


@pytest.mark.parametrize(
    ("operation", "ns_per_element", "stage"),
    [("compute_elsewhere", 1.0, "verify elsewhere"), ("single", 3e6, "verify after the race")],
)
def test_one_whose_calls_change_earlier_results_is_wrong(operation: str, ns_per_element: float, stage: str) -> None:
    class Overwriting(Simulated):
        def ask(self, asked, *arguments):
            answer = super().ask(asked, *arguments)
            return structs.replace(answer, overwrites=True) if asked.__name__ == operation else answer

    outcomes, _ = race([Overwriting(Clock(), "reuses", ns_per_element)], CELLS[:1], budget_s=1e3)
    (absence,) = outcomes[0].absences
    assert (absence.outcome, absence.stage, absence.message) == ("wrong", stage, OVERWRITTEN)


def test_one_that_returns_before_it_has_finished_is_wrong() -> None:
    clock = Clock()
    late, cold = Simulated(clock, "late", 1e3, late_s=1e-4), Simulated(clock, "cold", 1e3, late_s=8e-6)
    outcomes, _ = race([late, cold], CELLS[:1], budget_s=10)  # 100 µs a call
    (absence,) = outcomes[0].absences
    assert (absence.impl, absence.outcome, absence.stage) == ("late", "wrong", "finish")
    assert [m.impl for m in outcomes[0].measurements] == ["cold"]


def test_one_that_is_finished_by_chance_now_and_then_is_wrong() -> None:
    outcomes, _ = race([Simulated(Clock(), "late", 1e3, late_s=1e-4, late_times=150)], CELLS[:1], budget_s=10)
    assert [one.stage for one in outcomes[0].absences] == ["finish"]


def test_one_that_was_disturbed_while_some_results_were_read_is_right() -> None:
    outcomes, _ = race([Simulated(Clock(), "disturbed", 1e3, late_s=1e-4, late_times=3)], CELLS[:1], budget_s=10)
    assert [m.impl for m in outcomes[0].measurements] == ["disturbed"]


@pytest.mark.parametrize(("late_s", "is_right"), [(0.0, True), (6e-5, False)])
def test_noise_that_delays_either_result_calls_none_late_and_hides_no_late_one(late_s: float, is_right: bool) -> None:
    """Noise of 20 µs, as by a host that takes the core. 100 races of a call of 1 µs, with few rounds."""

    class Noisy(Simulated):
        noise = np.random.default_rng(0)

        def read(self, calls: int) -> tuple[float, float, bool]:
            return late_s + self.noise.laplace(scale=2e-5), calls * self.call_s, False

    raced = (race([Noisy(Clock(), "a", 10.0)], CELLS[:1], 10, precision=9.9) for _ in range(100))
    assert sum((not outcomes[0].absences) == is_right for outcomes, _ in raced) >= 97


def test_one_that_has_no_core_is_skipped_and_one_that_says_so_itself_has_failed() -> None:
    class Starved(Simulated):
        error: type[WorkerFailed] = WorkerStarved

        def compute(self) -> Computed:
            raise self.error(f"{NO_ANSWER} 30 s and was ended: {STARVED}")

    class Pretending(Starved):
        error = WorkerFailed

    for kind, outcome in ((Starved, "skipped"), (Pretending, "failed")):
        outcomes, _ = race([kind(Clock(), "a", 1e3)], CELLS[:1], budget_s=10)
        assert [(one.outcome, one.stage) for one in outcomes[0].absences] == [(outcome, "first call")]


def test_one_that_remembers_the_last_w_and_b_is_wrong() -> None:
    outcomes, _ = race([Simulated(Clock(), "keeper", 1e3, remembers=True)], CELLS[:1], budget_s=10)
    (absence,) = outcomes[0].absences
    assert (absence.outcome, absence.stage) == ("wrong", "repeat")
    assert absence.message.startswith("caches its results")


def test_one_whose_single_samples_find_the_caches_filled_by_others_is_right() -> None:
    class Cold(Simulated):
        def repeat(self, pairs: int) -> Repeated:
            return Repeated(2.5 * self.call_s if pairs == 1 else self.call_s, self.call_s)

    outcomes, _ = race([Cold(Clock(), "cold", 1e5)], CELLS[:1], budget_s=10)
    (measurement,) = outcomes[0].measurements
    assert measurement.calls == 1


@pytest.mark.parametrize("call_us", [1e3, 1e5, 2e6], ids=["many calls a sample", "single", "slow"])
def test_one_whose_calls_are_interrupted_at_random_is_right(call_us: float) -> None:
    """On a machine so busy that most calls take three times as long, a few ten times and more."""

    class Interrupted(Simulated):
        rng = np.random.default_rng(0)

        def slowdown(self, *shape: int):
            return self.rng.choice([1, 3, 15], p=[0.25, 0.6, 0.15], size=shape)

        def single(self, number: int) -> Single:
            return structs.replace(super().single(number), call_s=self.call_s * self.slowdown())

        def repeat(self, pairs: int) -> Repeated:
            return Repeated(*self.call_s * self.slowdown(2, pairs).min(axis=1))

    for _ in range(20):
        (outcome,), _ = race([Interrupted(Clock(), "interrupted", call_us)], CELLS[:1], budget_s=60)
        assert outcome.absences == []


def test_what_is_skipped_does_not_starve_the_others() -> None:
    clock = Clock()
    outcomes, _ = race([Simulated(clock, "fast", 1.0), Simulated(clock, "hopeless", 1e9)], CELLS, budget_s=120)
    rounds = [len(m.samples_s) for outcome in outcomes for m in outcome.measurements if m.impl == "fast"]
    assert rounds == [MOST_ROUNDS] * len(CELLS)


def test_time_lost_by_hanging_is_not_held_against_the_others() -> None:
    clock = Clock()
    workers = [Simulated(clock, "hung", 1.0, fails_in="prepare", lost_s=30.0), Simulated(clock, "right", 1.0)]
    clock.now_s = 30.0
    costs = Costs()
    budget = Deadline(clock, 20e9)  # long over, but for the 30 s
    (outcome,) = Race(workers, 0, budget, lambda *_: None, costs).run(CELLS[:1])
    assert [m.impl for m in outcome.measurements] == ["right"]


def test_one_that_goes_wrong_during_the_race_is_found_afterwards() -> None:
    outcomes, _ = race([Simulated(Clock(), "drifts", 1.0, wrong_from_call=100_000)], CELLS[:1], budget_s=10)
    (absence,) = outcomes[0].absences
    assert (absence.outcome, absence.stage) == ("wrong", "verify after the race")
    assert outcomes[0].measurements == []


@pytest.mark.parametrize(
    ("fails_in", "stage"),
    [("prepare", "prepare"), ("compute", "first call"), ("calibrate", "calibrate"), ("sample", "race")],
)
def test_a_failure_is_told_with_its_stage_and_costs_only_itself(fails_in: str, stage: str) -> None:
    clock = Clock()
    fails = Simulated(clock, "fails", 1.0, fails_in=fails_in)
    outcomes, _ = race([fails, Simulated(clock, "right", 1.0)], CELLS[:2], budget_s=10)
    for cell, outcome in zip(CELLS, outcomes, strict=False):
        message = f"failed in {fails_in}"
        assert outcome.absences == [Absence(impl="fails", outcome="failed", stage=stage, message=message, cell=cell)]
        assert [m.impl for m in outcome.measurements] == ["right"]


def test_a_cell_beyond_the_memory_is_skipped_with_the_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(available, "memory_bytes", lambda: 100_000)
    outcomes, _ = race([Simulated(Clock(), "a", 1.0)], CELLS, budget_s=10)
    assert [len(outcome.measurements) for outcome in outcomes] == [1, 1, 0]
    assert "needs about 0.0 GB" in outcomes[-1].absences[0].message


def test_a_cell_beyond_the_memory_of_the_gpu_is_skipped_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(race_module, "gpu", lambda: Gpu("G", "1", memory_bytes=100_000, memory_mhz=1, sm_mhz=1))
    clock = Clock()
    outcomes, _ = race([Simulated(clock, "a", 1.0), Simulated(clock, "a@cuda", 1.0)], CELLS, budget_s=10)
    both = ["a", "a@cuda"]
    assert [[one.impl for one in outcome.measurements] for outcome in outcomes] == [both, both, ["a"]]
    assert "0.0 GB are on the GPU: choose fewer" in outcomes[-1].absences[0].message
    outcomes, _ = race([Simulated(clock, "a", 1.0)], CELLS, budget_s=10)
    assert [len(outcome.measurements) for outcome in outcomes] == [1, 1, 1]


def test_a_cell_beyond_the_memory_takes_no_time_from_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it would take to make: nobody is going to make it."""
    monkeypatch.setattr(available, "memory_bytes", lambda: 100_000)
    monkeypatch.setattr(plan.Forecast, "seconds", lambda self, name, cell: 1e6 if cell == CELLS[-1] else 1e-3)
    outcomes, _ = race([Simulated(Clock(), "a", 1.0)], CELLS, budget_s=10)
    assert [len(outcome.measurements) for outcome in outcomes] == [1, 1, 0]


def test_a_limit_that_is_beaten_is_chosen_and_measured_again() -> None:
    """Its first preparation chose a slow way to read X; the second chooses a fast one."""

    class Unlucky(Simulated):
        prepared = 0

        def prepare(self, folder: str) -> float:
            self.prepared += 1
            self.ns_per_element = 4.0 if self.prepared == 1 else 1.0
            return super().prepare(folder)

    clock = Clock()
    outcomes, told = race([Unlucky(clock, FLOOR, 4.0), Simulated(clock, "a", 2.0)], CELLS[-1:], budget_s=1000)
    floor, a = outcomes[0].measurements
    assert told.count("measuring the limit again") == 1
    assert told[2] == "verifying the limit"
    assert floor.samples_s == pytest.approx([1e-5] * LEAST_ROUNDS)
    assert len(a.samples_s) == MOST_ROUNDS + LEAST_ROUNDS
    assert floor.by_round().keys() == {*a.extra.rounds[-LEAST_ROUNDS:]}


def test_a_limit_that_is_beaten_twice_is_measured_with_threads_that_may_move() -> None:
    """Its cores are in use by other programs, which bound threads wait for."""

    class Crowded(Simulated):
        def _work(self, stage: str, calls: int = 1) -> None:
            self.ns_per_element = 4.0 if self.bound else 1.0
            super()._work(stage, calls)

    clock = Clock()
    floor = Crowded(clock, FLOOR, 4.0)
    outcomes, told = race([floor, Simulated(clock, "a", 2.0)], CELLS[-1:], budget_s=1000)
    assert told.count("measuring the limit again") == 2
    assert outcomes[0].measurements[0].samples_s == pytest.approx([1e-5] * LEAST_ROUNDS)
    assert not floor.bound
    race([floor], CELLS[:1], budget_s=10)
    assert floor.bound  # again, in the next cell


def test_a_limit_that_is_slower_when_it_is_measured_again_keeps_its_samples() -> None:
    class Tiring(Simulated):
        prepared = 0

        def prepare(self, folder: str) -> float:
            self.prepared += 1
            self.ns_per_element = 3.0 + self.prepared
            return super().prepare(folder)

    clock = Clock()
    outcomes, told = race([Tiring(clock, FLOOR, 4.0), Simulated(clock, "a", 2.0)], CELLS[-1:], budget_s=1000)
    assert told.count("measuring the limit again") == 2
    assert outcomes[0].measurements[0].samples_s == pytest.approx([4e-5] * MOST_ROUNDS)


def test_a_limit_that_holds_is_measured_once() -> None:
    clock = Clock()
    outcomes, told = race([Simulated(clock, FLOOR, 1.0), Simulated(clock, "a", 1.0)], CELLS[-1:], budget_s=1000)
    assert "measuring the limit again" not in told
    assert [len(one.samples_s) for one in outcomes[0].measurements] == [MOST_ROUNDS] * 2


def test_a_limit_that_fails_as_it_is_measured_again_takes_no_figure_from_the_others() -> None:
    class Failing(Simulated):
        def compute(self):
            self.fails_in = "sample" if self.calls_made else None
            return super().compute()

    clock = Clock()
    outcomes, _ = race([Failing(clock, FLOOR, 4.0), Simulated(clock, "a", 2.0)], CELLS[-1:], budget_s=1000)
    assert [one.impl for one in outcomes[0].measurements] == ["a"]
    assert [(one.impl, one.outcome) for one in outcomes[0].absences] == [(FLOOR, "failed")]


def test_one_that_computes_in_to_native_is_wrong() -> None:
    outcomes, _ = race([Simulated(Clock(), "eager", 10.0, works_early_s=1e-4)], CELLS[-1:], budget_s=100)
    (absence,) = outcomes[0].absences
    assert (absence.outcome, absence.stage) == ("wrong", "convert")
    assert absence.message.startswith("works before it is timed: a call takes 100 µs, and to_native 100 µs more")


@pytest.mark.parametrize("asked_before", [1, 2, 4])
def test_one_that_remembers_its_descents_is_wrong(asked_before: int) -> None:
    outcomes, _ = race([Simulated(Clock(), "again", 1.0, remembers_descents_from=asked_before)], CELLS[:1], 100)
    (absence,) = outcomes[0].absences
    assert (absence.outcome, absence.stage) == ("wrong", "repeat")
    assert absence.message.startswith("caches its descents")


SLOW = sizes.cells([(100, 100)], ["float64"], threads=1)
"""A cell in which a call of 100 µs an element takes a second."""


def test_a_slow_call_is_a_sample_and_none_is_made_for_anything_else() -> None:
    slow = Simulated(Clock(), "slow", 1e5)
    outcomes, _ = race([slow, Simulated(slow.clock, "fast", 1.0)], SLOW, budget_s=5)
    found = {one.impl: one for one in outcomes[0].measurements}
    assert slow.calls_made == len(found["slow"].samples_s) >= SLOW_ROUNDS
    assert found["slow"].extra.rounds[:SLOW_ROUNDS] == [0, 2, 4]
    assert found["slow"].extra.error_over_bound is not None
    assert found["slow"].extra.first_call_s is None
    assert len(found["fast"].samples_s) > LEAST_ROUNDS


@pytest.mark.parametrize(("call", "stage"), [(1, "verify"), (2, "verify sample 2"), (3, "verify sample 3")])
def test_each_gradient_of_a_slow_call_is_verified(call: int, stage: str) -> None:
    outcomes, _ = race([Simulated(Clock(), "slow", 1e5, wrong_from_call=call)], SLOW, budget_s=20)
    assert [(one.outcome, one.stage) for one in outcomes[0].absences] == [("wrong", stage)]


def test_a_slow_call_that_remembers_is_wrong() -> None:
    outcomes, _ = race([Simulated(Clock(), "slow", 1e5, remembers=True)], SLOW, budget_s=20)
    (absence,) = outcomes[0].absences
    assert (absence.outcome, absence.stage) == ("wrong", "repeat")


def test_a_call_that_is_long_enough_for_a_sample_is_made_only_for_samples_and_has_all_rounds() -> None:
    single = Simulated(Clock(), "single", 1e4)  # 0.1 s
    outcomes, _ = race([single, Simulated(single.clock, "fast", 1.0)], SLOW, budget_s=5)
    found = {one.impl: one for one in outcomes[0].measurements}["single"]
    assert single.calls_made == len(found.samples_s) >= LEAST_ROUNDS
    assert found.extra.error_over_bound is not None


@pytest.mark.parametrize("call", [1, 2, 5])
def test_each_of_its_gradients_is_verified(call: int) -> None:
    outcomes, _ = race([Simulated(Clock(), "single", 1e4, wrong_from_call=call)], SLOW, budget_s=20)
    (absence,) = outcomes[0].absences
    assert (absence.outcome, absence.stage) == ("wrong", "verify" if call == 1 else f"verify sample {call}")


@pytest.mark.parametrize(("share", "stages"), [(0.3, ["repeat"]), (0.8, [])])
def test_one_that_remembers_a_part_of_its_work_is_wrong(share: float, stages: list[str]) -> None:
    class Partly(Simulated):
        def single(self, number: int) -> Single:
            again = number > 0 and number % 2 == 0
            return structs.replace(super().single(number), call_s=self.call_s * (share if again else 1))

        def repeat(self, pairs: int) -> Repeated:
            return Repeated(self.call_s, self.call_s * share)

    outcomes, _ = race([Partly(Clock(), "partly", 1e4)], SLOW, budget_s=20)
    assert [one.stage for one in outcomes[0].absences] == stages


def test_a_slow_call_that_is_late_is_wrong_and_one_disturbed_reading_is_not() -> None:
    outcomes, _ = race([Simulated(Clock(), "slow", 1e5, late_s=0.5)], SLOW, budget_s=20)
    assert [one.stage for one in outcomes[0].absences] == ["finish"]

    class Disturbed(Simulated):
        def single(self, number: int) -> Single:
            self.late_s = 0.5 if number == 1 else 0.0
            return super().single(number)

    outcomes, _ = race([Disturbed(Clock(), "slow", 1e5)], SLOW, budget_s=4)
    assert outcomes[0].absences == []


@pytest.mark.parametrize("late_times", [0, 3])
def test_a_slow_call_whose_thread_is_interrupted_while_results_are_read_is_right(late_times: int) -> None:
    """Also if the only other result was late by chance: more are read before it is called late."""
    interrupted = cycle([True, True, False]).__next__
    busy = Simulated(Clock(), "busy", 1e5, late_s=0.5, late_times=late_times, interrupted=interrupted)
    outcomes, _ = race([busy], SLOW, budget_s=4)
    assert [m.impl for m in outcomes[0].measurements] == ["busy"]


@pytest.mark.parametrize("interrupted", [[True, True, False], [True]])
def test_a_slow_call_whose_results_are_all_late_is_wrong_however_often_it_is_interrupted(interrupted) -> None:
    outcomes, _ = race([Simulated(Clock(), "slow", 1e5, late_s=0.5, interrupted=cycle(interrupted).__next__)], SLOW, 4)
    assert [one.stage for one in outcomes[0].absences] == ["finish"]


def test_what_compiles_for_each_size_is_called_before_it_is_timed() -> None:
    """However slow it is: its first call would be no sample."""
    clock = Clock()
    worker = Simulated(clock, "compiles", 1e5)
    costs = Costs(compiles={"compiles": 0.0})
    costs.call.note("compiles", SLOW[0], 1.0)
    (outcome,) = Race([worker], 0, Deadline(clock, math.inf).within(30), lambda *_: None, costs).run(SLOW)
    (found,) = outcome.measurements
    assert found.extra.first_call_s == pytest.approx(1.0)


def test_the_slides_loop_and_the_fastest_are_kept_where_others_are_left_out() -> None:
    clock = Clock()
    others = [Simulated(clock, f"other_{number}", 8e3 + number) for number in range(5)]
    loop = Simulated(clock, "python_loop", 1e5)
    outcomes, _ = race([loop, *others], SLOW, budget_s=4, optional=[one.name for one in others])
    assert {one.impl for one in outcomes[0].measurements} == {"python_loop", "other_0"}
    assert {one.impl for one in outcomes[0].absences} == {one.name for one in others[1:]}


def test_a_small_budget_keeps_all_that_it_can_in_the_size_that_a_report_begins_with() -> None:
    """Otherwise the cheapest entries stay: the smallest sizes."""
    clock = Clock()
    workers = [Simulated(clock, name, ns) for name, ns in (("python_loop", 1e4), ("numba_fused", 5e3))]
    cells = sizes.cells([(10, 100), (100, 100), (1000, 100), (10_000, 100)], ["float64"], threads=1)
    outcomes, _ = race(workers, cells, budget_s=4)
    measured = {one.cell.m: len(outcome.measurements) for outcome in outcomes for one in outcome.measurements}
    assert measured[1000] == len(workers)
    assert measured[100] < len(workers)


def test_a_cell_is_finished_when_its_ratios_are_known_well_enough() -> None:
    clock = Clock()
    outcomes, _ = race([Simulated(clock, "a", 1.0), Simulated(clock, FLOOR, 0.5)], CELLS[:1], 1000, precision=0.05)
    assert [len(one.samples_s) for one in outcomes[0].measurements] == [LEAST_ROUNDS] * 2


def test_a_limit_takes_part_in_each_round_however_long_it_takes() -> None:
    floor = Simulated(Clock(), FLOOR, 1e5)
    outcomes, _ = race([floor, Simulated(floor.clock, "slow", 2e5)], SLOW, budget_s=30)
    rounds = {one.impl: one.extra.rounds for one in outcomes[0].measurements}
    assert rounds[FLOOR][:LEAST_ROUNDS] == [*range(LEAST_ROUNDS)]
    assert {*rounds["slow"]} <= {*rounds[FLOOR]}


def test_what_compiles_for_each_size_is_not_predicted_to_compile_longer_for_more_examples() -> None:
    """XLA takes 0.3 s at any size; ten times as many examples take ten times as long to prepare."""
    costs = Costs()
    pilots = sizes.cells(plan.PILOTS, ["float64"], threads=1)
    small, large = sizes.cells([(1000, 100), (100_000, 100)], ["float64"], threads=1)
    for name in ("compiles", "does not"):
        for cell in pilots:
            costs.enter.note(name, cell, 0.24)
            costs.call.note(name, cell, 1e-4)
    costs.compiles["compiles"] = 0.0
    for name in ("compiles", "does not"):
        costs.note(Candidate(Simulated(Clock(), name, 1.0), 0.03, 0.3, 1e-4, 10, False, 0.9, 1.0, None), small)
    assert costs.least_s("compiles", large) < 1.5
    assert costs.least_s("does not", large) > 5
