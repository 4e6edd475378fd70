"""A training as a whole: interrupted, it goes on to the same bits; what would not be the same training is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from gradrace.bench.results import UnusableInput
from gradrace.bench.training import classifier
from gradrace.bench.training.classifier import WrongDescent, train
from gradrace.bench.training.comparison import Compared, compare
from gradrace.bench.training.data import Request
from gradrace.bench.training.descent import Schedule, State
from gradrace.bench.training.events import Begun, Done, Note, Resumed
from gradrace.bench.training.model import Model, load
from gradrace.bench.training.prediction import predict
from gradrace.impls.discovery import Source, everyone

RNG = np.random.default_rng(0)
X = RNG.standard_normal((40, 3))
Y = (X[:, 0] + 0.5 * RNG.standard_normal(40) > 0).astype(int)


@pytest.fixture
def training(tmp_path: Path) -> Callable[..., Request]:
    np.savez(tmp_path / "a.npz", X=X, y=Y)

    def make(iterations: int = 500, **changed: object) -> Request:
        plain = Request(
            source=str(tmp_path / "a.npz"),
            test_share=0.25,
            schedule=Schedule(alpha=0.3, iterations=iterations, decay=0.1),
            model=tmp_path / "model.npz",
        )
        return replace(plain, **changed)  # type: ignore[arg-type]

    return make


def hear(*_: object) -> None:
    """Ignore the progress."""


def named(impl: str) -> Source:
    return everyone()[impl]


def done(training: Request, impl: str | Source = "numba_loop") -> Done:
    *_, last = train(training, impl if isinstance(impl, Source) else named(impl), hear)
    assert isinstance(last, Done)
    return last


@pytest.mark.parametrize("impl", ["numpy_vectorized", "numba_loop", "numba_fused"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_an_interrupted_training_resumes_to_the_bit(training, impl, dtype):
    whole = done(training(dtype=dtype), impl).model
    seconds = count(0, 2_000_000_000)
    events = train(training(dtype=dtype), named(impl), hear, lambda: next(seconds))
    while not (isinstance(state := next(events), State) and state.iteration == 200):
        pass
    events.close()
    began, resumed, first, *_, last = train(training(dtype=dtype, resume=True), named(impl), hear)
    assert (type(began), resumed, first.iteration) == (Begun, Resumed(200), 300)
    assert last.model.w.tobytes() == whole.w.tobytes()
    assert last.model.b == whole.b
    assert last.model.record.costs == whole.record.costs
    assert [iteration for iteration, _ in whole.record.costs] == [0, 100, 200, 300, 400, 500]


def test_the_descent_takes_what_its_steps_take(training):
    """Not what verifying takes, nor a note on a cost that rises: with X on disk that took longer than the steps."""
    now = [0]

    def tell(words: str, left_s: float | None = None) -> None:
        now[0] += 10**9 if words.startswith("iteration") else 10**12

    def clock() -> int:
        return now[0]

    events = train(training(iterations=300), named("numba_loop"), tell, clock)
    for event in events:
        now[0] += 10**12  # whoever listens takes his time
        last = event
    assert last.seconds == pytest.approx(3)


def test_a_finished_training_is_lengthened(training):
    done(training(iterations=150))
    longer = done(training(iterations=300, resume=True)).model
    whole = done(training(iterations=300)).model
    assert longer.w.tobytes() == whole.w.tobytes()
    assert [iteration for iteration, _ in longer.record.costs] == [0, 100, 150, 200, 300]


def test_a_training_of_something_else_is_not_resumed(training, tmp_path):
    with pytest.raises(UnusableInput, match="no such file"):
        done(training(resume=True))
    with pytest.raises(UnusableInput, match="--resume: name the model"):
        done(training(resume=True, model=None))
    done(training(iterations=100))
    np.savez(tmp_path / "b.npz", X=X + 1, y=Y)
    with pytest.raises(UnusableInput, match="trained with implementation numba_loop; give the same"):
        done(training(resume=True), "numpy_vectorized")
    for changed, name in [
        ({"dtype": "float32"}, "dtype"),
        ({"schedule": Schedule(alpha=0.2, iterations=300, decay=0.1)}, "alpha"),
        ({"schedule": Schedule(alpha=0.3, iterations=300)}, "decay"),
        ({"source": str(tmp_path / "b.npz")}, "other data"),
        ({"seed": 1}, "other data"),
        ({"scale": "255"}, "other data"),
    ]:
        with pytest.raises(UnusableInput, match=f"trained with {name}"):
            done(training(resume=True, **changed))


def test_data_that_cannot_be_read_leave_an_earlier_model(training, tmp_path):
    done(training(iterations=100))
    before = (tmp_path / "model.npz").read_bytes()
    with pytest.raises(UnusableInput, match="no such file"):
        done(training(source=str(tmp_path / "none.npz")))
    assert (tmp_path / "model.npz").read_bytes() == before


def test_the_file_predicts_what_the_training_ended_with(training, tmp_path):
    model: Model = done(training()).model
    found = [one.probability for one in predict(load(tmp_path / "model.npz"), [str(tmp_path / "a.npz")], print)]
    np.testing.assert_allclose(found, 1 / (1 + np.exp(-(X @ model.w + model.b))), rtol=1e-14)


def test_test_data_of_another_kind_are_refused(training, tmp_path):
    np.savez(tmp_path / "names.npz", X=X, y=np.where(Y == 1, "yes", "no"))
    with pytest.raises(UnusableInput, match="its classes differ from those of"):
        done(training(test_source=str(tmp_path / "names.npz"), test_share=0.0))
    np.savez(tmp_path / "narrow.npz", X=X[:, :2], y=Y)
    with pytest.raises(UnusableInput, match="2 features, not the 3"):
        done(training(test_source=str(tmp_path / "narrow.npz"), test_share=0.0))
    np.save(tmp_path / "X.npy", X)
    with pytest.raises(UnusableInput, match="has no labels; name the file that has them with --test-label"):
        done(training(test_source=str(tmp_path / "X.npy"), test_share=0.0))
    with pytest.raises(UnusableInput, match="drop one of the two"):
        done(training(test_source=str(tmp_path / "names.npz")))


def test_what_rounding_does_at_rest_is_no_rise(training, monkeypatch):
    for rise, noted in ((3e-15, False), (4e-14, True)):
        states = [State(100 * place, 0.5 * (1 + rise * place), np.zeros(3), np.float64(0)) for place in range(2)]
        monkeypatch.setattr(classifier, "descend", lambda *_, states=states: iter(states))
        monkeypatch.setattr(classifier, "compare", lambda *_: Compared(100))
        events = train(training(schedule=Schedule(alpha=1e-3, iterations=100)), named("numba_loop"), hear)
        notes = [event.words for event in events if isinstance(event, Note)]
        assert bool(notes) == noted
        assert all("is small enough, so rounding is the cause; --tolerance stops" in words for words in notes)


def test_an_early_stop_is_told_and_a_resumption_with_nothing_to_do(training):
    *_, note, ended = train(
        training(schedule=Schedule(alpha=0.3, iterations=500, tolerance=0.9)), named("numba_loop"), hear
    )
    assert note == Note(100, "stopped at iteration 100: the last steps lowered the cost by less than 90 %")
    assert ended.notes == (note.words,)
    done(training())
    *_, nothing, ended = train(training(resume=True), named("numba_loop"), hear)
    assert nothing == Note(500, "nothing was done: iteration 500 was reached before; give more --iterations")
    assert ended.seconds is None


def test_a_cost_that_rises_is_explained_once(training, monkeypatch):
    costs = [0.7, 0.8, 0.6, 0.9]
    states = [State(100 * place, J, np.zeros(3), np.float64(0)) for place, J in enumerate(costs)]
    monkeypatch.setattr(classifier, "descend", lambda *_: iter(states))
    monkeypatch.setattr(classifier, "compare", lambda *_: Compared(300))
    events = list(train(training(schedule=Schedule(alpha=300.0, iterations=300)), named("numba_loop"), hear))
    assert [event.J for event in events if isinstance(event, State)] == costs
    (rose,) = [event for event in events if isinstance(event, Note)]
    assert rose.iteration == 100
    assert rose.words.startswith("the cost rose: alpha 300 is too large: these features allow ")
    assert events[-1].notes == (rose.words,)


DESCENDS = """
import numpy as np
from gradrace import Implementation, Technique
from gradrace.impls import numpy_vectorized

plain = numpy_vectorized.IMPLEMENTATION

def descend(data, w, b, alpha, steps):
    for number in range({steps}):
        _, dw, db = plain.gradient(data, w, b)
        w, b = w - w.dtype.type({alpha}) * dw, b - w.dtype.type({alpha}) * db
    return w, b

IMPLEMENTATION = Implementation(
    technique=Technique.VECTORIZED, prepare=plain.prepare, gradient=plain.gradient, descend=descend
)
"""


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    ("steps", "alpha"),
    [("min(steps, 50)", "alpha"), ("steps - 1", "alpha"), ("steps", "1.01 * alpha"), ("steps", "alpha / (1 + number)")],
)
def test_a_descent_that_leaves_the_limit_is_wrong_and_its_model_goes(training, tmp_path, dtype, steps, alpha):
    file = tmp_path / "mine.py"
    file.write_text(DESCENDS.format(steps=steps, alpha=alpha))
    request = training(dtype=dtype)
    with pytest.raises(
        WrongDescent, match=r"its costs up to iteration 500 are off by \S+ times what rounding can explain"
    ):
        done(request, Source("mine", file))
    assert not request.model.exists()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_right_descent_of_ones_own_is_right_also_where_it_was_resumed(training, tmp_path, dtype):
    file = tmp_path / "mine.py"
    file.write_text(DESCENDS.format(steps="steps", alpha="alpha"))
    mine = Source("mine", file)
    assert done(training(iterations=200, dtype=dtype), mine).notes == ()
    assert done(training(iterations=500, dtype=dtype, resume=True), mine).notes == ()


def test_a_comparison_goes_as_far_as_the_descent_took_and_is_told_where_it_goes_nowhere(training):
    problem = classifier.TrainingData(training()).problem
    schedule = Schedule(alpha=0.3, iterations=500, decay=0.1)
    costs = [
        (state.iteration, state.J) for state in train(training(), named("numba_loop"), hear) if isinstance(state, State)
    ]
    step_ns = count(0, 10_000_000)
    assert compare(problem, schedule, costs, 8.0, lambda: next(step_ns)).iteration == 200
    step_ns = count(0, 10_000_000_000)
    assert compare(problem, schedule, costs, 8.0, lambda: next(step_ns)) == Compared(
        0, why="its first 100 iterations would take 3000 s"
    )


def test_features_are_in_memory_once(training):
    data = classifier.TrainingData(training(scale="standardize"))
    assert data.train_set.X is data.problem.X


def test_a_descent_that_was_not_compared_is_told(training, monkeypatch):
    monkeypatch.setattr(classifier, "compare", lambda *_: Compared(0, why="X is on disk"))
    *_, note, last = train(training(), named("numba_loop"), hear)
    assert note == Note(500, "the descent was not compared with a reference descent: X is on disk")
    assert last.notes == (note.words,)
