"""A descent over X on disk: the same as in memory within the bound, and refusals of what it can't do."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import count

import numpy as np
import pytest

from gradrace.bench import problems
from gradrace.bench.datasets.feature_scaling import scaling
from gradrace.bench.datasets.formats.dataset import ReadOptions
from gradrace.bench.datasets.make import make
from gradrace.bench.datasets.read import read
from gradrace.bench.results import UnusableInput
from gradrace.bench.training.classifier import train
from gradrace.bench.training.curvature import too_large
from gradrace.bench.training.data import Request, untested
from gradrace.bench.training.descent import Schedule, State
from gradrace.bench.training.descent import train as descend
from gradrace.bench.training.events import Begun, Done, Note
from gradrace.bench.training.prediction import predict
from gradrace.bench.training.stream import Blocks, Streamed, Traffic, blocks_of, read_alone
from gradrace.bench.verification.reference import WrongGradient, reference
from gradrace.impls.discovery import Unavailable, load, sources
from gradrace.impls.interface import Implementation, Problem, Technique

M, N_X = 300, 12
BY_NAME = {source.name: source for source in sources()}


def hear(*_: object) -> None:
    """Ignore the progress."""


@pytest.fixture(params=["float32", "float64", "pixels"])
def how(request, tmp_path):
    """Made-up examples in X.npy, and how they are read: from disk."""
    pixels = request.param == "pixels"
    labels = make(tmp_path / "X.npy", M, N_X, "float64" if pixels else request.param, 1, hear, pixels=pixels)
    return ReadOptions(label=str(labels), memory_bytes=1)


def training(tmp_path, how, **changed: object) -> Request:
    plain = Request(
        source=str(tmp_path / "X.npy"),
        how=how,
        schedule=Schedule(alpha=0.1, iterations=25),
    )
    return replace(plain, **changed)  # type: ignore[arg-type]


def problem_of(tmp_path, how, dtype="float64") -> Problem:
    dataset = read(str(tmp_path / "X.npy"), how)
    return scaling(None, dataset).problem(dataset, dtype)


@pytest.mark.parametrize(
    ("impl", "block_bytes"),
    [
        *((name, 1000) for name in BY_NAME if name != "python_graph"),  # which takes 10 s a block
        ("numba_fused", 1 << 24),  # all in one block
    ],
)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_gradient_is_that_of_memory_within_the_bound(tmp_path, how, impl, dtype, block_bytes):
    try:
        implementation = load(BY_NAME[impl])
    except Unavailable as reason:
        pytest.skip(str(reason))
    problem = problem_of(tmp_path, how, dtype)
    whole = problem_of(tmp_path, replace(how, memory_bytes=None), dtype)
    w = np.random.default_rng(0).standard_normal(N_X).astype(dtype)
    b = w.dtype.type(0.25)
    streamed = Streamed(implementation, block_bytes).as_implementation()
    found = streamed.read(streamed.gradient(streamed.prepare(problem), w, b))
    assert reference(whole, w, b).fault(found) is None
    assert reference(problem, w, b).fault(found) is None  # which reads from disk too


def test_a_training_from_disk_ends_where_one_in_memory_does(tmp_path, how):
    events = list(train(training(tmp_path, how), BY_NAME["numba_fused"], hear))
    *_, in_memory = train(training(tmp_path, replace(how, memory_bytes=None)), BY_NAME["numba_fused"], hear)
    begun, *states, done = events
    assert isinstance(begun, Begun)
    assert begun.on_disk_bytes > 0
    assert [state.iteration for state in states if isinstance(state, State)] == [0, 10, 20, 25]
    assert isinstance(done, Done)
    reading = done.reading
    assert reading.descent.bytes == (1 + 4 + 25) * begun.on_disk_bytes  # to verify, for the costs, for the steps
    assert reading.limit.bytes == begun.on_disk_bytes
    assert done.model.w == pytest.approx(in_memory.model.w, rel=1e-12)
    assert done.train == in_memory.train


def test_an_interrupted_one_resumes_to_the_bit_but_not_on_another_file(tmp_path, how):
    kept = {"model": tmp_path / "model.npz"}
    *_, whole = train(training(tmp_path, how, **kept), BY_NAME["numba_fused"], hear)
    seconds = count(0, 2_000_000_000)
    events = train(training(tmp_path, how, **kept), BY_NAME["numba_fused"], hear, lambda: next(seconds))
    while not (isinstance(state := next(events), State) and state.iteration == 10):
        pass
    events.close()
    resumed = training(tmp_path, how, resume=True, **kept)
    *_, last = train(resumed, BY_NAME["numba_fused"], hear)
    assert last.model.w.tobytes() == whole.model.w.tobytes()
    X = np.load(tmp_path / "X.npy")
    np.save(tmp_path / "X.npy", X)
    with pytest.raises(UnusableInput, match="trained with other data"):
        list(train(resumed, BY_NAME["numba_fused"], hear))


def test_the_model_predicts(tmp_path, how):
    kept = training(tmp_path, how, model=tmp_path / "model.npz")
    *_, done = train(kept, BY_NAME["numba_fused"], hear)
    found = [one.probability for one in predict(done.model, [str(tmp_path / "X.npy")], print)]
    assert found == pytest.approx(done.shown.probabilities.tolist(), rel=1e-9)


def test_an_alpha_too_large_is_explained_by_some_blocks(tmp_path):
    labels = make(tmp_path / "X.npy", M, N_X, "float32", 1, hear)
    large = training(
        tmp_path, ReadOptions(label=str(labels), memory_bytes=1), schedule=Schedule(alpha=90.0, iterations=40)
    )
    rose = [event for event in train(large, BY_NAME["numba_fused"], hear) if isinstance(event, Note)]
    assert f"({M} of the examples were examined; others may allow less); try --alpha " in rose[0].words


def test_what_some_examples_allow_is_not_what_all_do(tmp_path, monkeypatch):
    """The large ones stand last but one: an alpha that those looked at allow isn't called a matter of rounding."""
    X, y = np.random.default_rng(0).standard_normal((90, 3)), np.arange(90) % 2
    X[60:80] *= 30
    np.save(tmp_path / "X.npy", X)
    np.save(tmp_path / "y.npy", y)
    monkeypatch.setattr("gradrace.bench.training.curvature.BLOCK_BYTES", 10 * 3 * 8)
    dataset = read(str(tmp_path / "X.npy"), ReadOptions(label=str(tmp_path / "y.npy"), memory_bytes=1))
    told = too_large(scaling(None, dataset).problem(dataset), 0.5)
    assert told.startswith("alpha 0.5 is too large: these features allow ")
    assert "(40 of the examples were examined; others may allow less); try --alpha " in told


def test_the_sample_has_the_first_blocks_and_the_last(tmp_path, how):
    problem = problem_of(tmp_path, how)
    blocks = blocks_of(problem, 70 * N_X * problem.X.dtype.itemsize)
    sample = blocks.sample()
    assert sample.runs == [(0, 70), (70, 140), (140, 210), (280, 300)]
    assert (blocks.whole, sample.whole, sample.m) == (True, False, 230)
    part = sample.in_memory()
    assert (part.X[:, 210:] == problem.X[:, 280:]).all()
    assert (part.Y[:, 210:] == problem.Y[:, 280:]).all()
    assert len(blocks_of(problem, 1 << 24).sample().runs) == 1


def wrong_beyond(examples: int) -> Implementation[Problem, np.ndarray, float]:
    """Right in blocks of up to so many examples, and twice too large in larger ones."""

    def gradient(problem: Problem, w: np.ndarray, b: float) -> tuple[float, np.ndarray, float]:
        right = load(BY_NAME["numpy_vectorized"])
        found = right.read(right.gradient(right.prepare(problem), w, w.dtype.type(b)))
        return found.J, found.dw * (1 + (problem.m > examples)), found.db

    return Implementation(technique=Technique.VECTORIZED, prepare=lambda problem: problem, gradient=gradient)


def test_an_implementation_that_takes_one_buffer_for_another_is_found(tmp_path):
    """Blocks are read into two buffers by turns: the third has the first one's address."""
    how = ReadOptions(label=str(make(tmp_path / "X.npy", M, N_X, "float64", 1, hear)), memory_bytes=1)
    right, prepared = load(BY_NAME["numpy_vectorized"]), dict[int, Problem]()

    def prepare(problem: Problem) -> Problem:
        copy = Problem(problem.X.copy(), problem.Y, problem.dtype, problem.scale)
        return prepared.setdefault(problem.X.ctypes.data, copy)

    def gradient(problem: Problem, w: np.ndarray, b: float) -> tuple[float, np.ndarray, float]:
        found = right.read(right.gradient(right.prepare(problem), w, w.dtype.type(b)))
        return found.J, found.dw, found.db

    caching = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient)
    streamed = Streamed(caching, 75 * N_X * problem_of(tmp_path, how).X.dtype.itemsize).as_implementation()
    with pytest.raises(WrongGradient):
        list(descend(streamed, problem_of(tmp_path, how), Schedule(alpha=0.1, iterations=1)))


@pytest.mark.parametrize("scale", ["standardize", "255"])
def test_a_training_scaled_in_another_way_is_not_resumed(tmp_path, how, scale):
    kept = training(tmp_path, how, model=tmp_path / "model.npz", scale=scale)
    list(train(kept, BY_NAME["numba_fused"], hear))
    with pytest.raises(UnusableInput, match="trained with other data"):
        list(train(replace(kept, scale="none", resume=True), BY_NAME["numba_fused"], hear))


def test_tolerance_is_of_100_iterations_on_disk_too(tmp_path, how):
    resting = Schedule(alpha=0.1, iterations=1000, tolerance=0.02)
    *_, on_disk = train(training(tmp_path, how, schedule=resting), BY_NAME["numba_fused"], hear)
    in_memory = training(tmp_path, replace(how, memory_bytes=None), schedule=resting)
    *_, expected = train(in_memory, BY_NAME["numba_fused"], hear)
    assert on_disk.model.record.costs[-1][0] == expected.model.record.costs[-1][0] < 1000
    assert on_disk.notes == (expected.notes[0], "the descent was not compared with a reference descent: X is on disk")


def test_a_resumption_with_nothing_to_do_reads_nothing(tmp_path, how):
    kept = training(tmp_path, how, model=tmp_path / "model.npz")
    list(train(kept, BY_NAME["numba_fused"], hear))
    *_, again = train(replace(kept, resume=True), BY_NAME["numba_fused"], hear)
    assert again.seconds is None
    assert again.notes[0].startswith("nothing was done")


def test_a_file_that_changes_meanwhile_is_told(tmp_path, how):
    events = train(training(tmp_path, how), BY_NAME["numba_fused"], hear)
    next(events)
    os.utime(tmp_path / "X.npy", ns=(1, 1))
    with pytest.raises(UnusableInput, match="changed while it was read"):
        list(events)


def test_test_data_on_disk_have_labels_of_their_own(tmp_path, how):
    labels = make(tmp_path / "T.npy", 100, N_X, "float64", 2, hear)
    tested = training(tmp_path, how, test_source=str(tmp_path / "T.npy"))
    with pytest.raises(UnusableInput, match="has no labels; name their file with --test-label"):
        list(train(tested, BY_NAME["numba_fused"], hear))
    *_, done = train(replace(tested, test_label=str(labels)), BY_NAME["numba_fused"], hear)
    assert done.test.true_0 + done.test.true_1 + done.test.false_0 + done.test.false_1 == 100


def test_a_wrong_gradient_is_found_before_the_first_step(tmp_path, how):
    problem = problem_of(tmp_path, how)
    for examples, wrong in ((M, False), (M - 1, True)):
        streamed = Streamed(wrong_beyond(examples)).as_implementation()
        descent = descend(streamed, problem, Schedule(alpha=0.1, iterations=1))
        if wrong:
            with pytest.raises(WrongGradient, match="dw is off"):
                list(descent)
        else:
            assert len(list(descent)) == 2


def test_numbers_that_are_not_finite_are_named(tmp_path):
    X, y = problems.made_up(M, N_X).problem.X.T.copy(), np.arange(M) % 2
    X[270, 3] = np.nan
    np.save(tmp_path / "X.npy", X)
    np.save(tmp_path / "y.npy", y)
    problem = problem_of(tmp_path, ReadOptions(label=str(tmp_path / "y.npy"), memory_bytes=1))
    streamed = Streamed(load(BY_NAME["numpy_vectorized"]), 100 * N_X * 8).as_implementation()
    with pytest.raises(UnusableInput, match=r"X\.npy: X is not finite in examples 200 to 299"):
        streamed.gradient(streamed.prepare(problem), np.zeros(N_X), np.float64(0))


def test_a_share_to_test_with_is_refused_and_not_advised(tmp_path, how):
    assert untested(read(str(tmp_path / "X.npy"), how)).endswith("; name other examples with --test-data")
    with pytest.raises(UnusableInput, match="give a --test-data of its own"):
        list(train(training(tmp_path, how, test_share=0.2), BY_NAME["numba_fused"], hear))


def test_reading_alone_stops_at_its_limit(tmp_path):
    labels = make(tmp_path / "X.npy", M, N_X, "float32", 1, hear)
    problem = problem_of(tmp_path, ReadOptions(label=str(labels), memory_bytes=1))
    blocks = blocks_of(problem, 10 * N_X * 4)
    ticks = count(0, 1_000_000_000)
    assert read_alone(blocks, lambda: next(ticks), 5.0).bytes == 6 * 10 * N_X * 4
    assert read_alone(blocks, lambda: next(ticks)).rates[0] == pytest.approx(11 * 10 * N_X * 4 / 12)


def test_the_rate_is_the_median_of_whole_passes_after_the_first(tmp_path, how):
    traffic = Traffic()
    traffic.note(20, 10 * 10**9)
    assert traffic.rate == 2.0
    for seconds in (1, 2, 4):
        traffic.note(20, seconds * 10**9)
    assert (traffic.bytes, traffic.rate) == (80, 10.0)
    streamed = Streamed(load(BY_NAME["numpy_vectorized"]), 10 * N_X)
    data = streamed.as_implementation().prepare(problem_of(tmp_path, how))
    assert isinstance(data, Blocks)
    streamed.gradient(data.sample(), np.zeros(N_X), np.float64(0))
    assert streamed.traffic.bytes == 0
    streamed.gradient(data, np.zeros(N_X), np.float64(0))
    assert streamed.traffic.bytes == data.X.nbytes
