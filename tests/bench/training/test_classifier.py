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
from gradrace.bench.training.classifier import train
from gradrace.bench.training.data import Request
from gradrace.bench.training.descent import Schedule, State
from gradrace.bench.training.events import Begun, Done, Note, Resumed
from gradrace.bench.training.model import Model, load
from gradrace.bench.training.prediction import predict
from gradrace.impls.discovery import Source, sources

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
    """Nobody listens."""


def named(impl: str) -> Source:
    return next(source for source in sources() if source.name == impl)


def done(training: Request, impl: str = "numba_loop") -> Done:
    *_, last = train(training, named(impl), hear)
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

    def tell(words: str) -> None:
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
    found = [one.probability for one in predict(load(tmp_path / "model.npz"), [str(tmp_path / "a.npz")])]
    np.testing.assert_allclose(found, 1 / (1 + np.exp(-(X @ model.w + model.b))), rtol=1e-14)


def test_test_data_of_another_kind_are_refused(training, tmp_path):
    np.savez(tmp_path / "names.npz", X=X, y=np.where(Y == 1, "yes", "no"))
    with pytest.raises(UnusableInput, match="other classes than"):
        done(training(test_source=str(tmp_path / "names.npz"), test_share=0.0))
    np.savez(tmp_path / "narrow.npz", X=X[:, :2], y=Y)
    with pytest.raises(UnusableInput, match="2 features, not the 3"):
        done(training(test_source=str(tmp_path / "narrow.npz"), test_share=0.0))
    np.save(tmp_path / "X.npy", X)
    with pytest.raises(UnusableInput, match=r"an \.npy has no labels"):
        done(training(test_source=str(tmp_path / "X.npy"), test_share=0.0))
    with pytest.raises(UnusableInput, match="drop one of the two"):
        done(training(test_source=str(tmp_path / "names.npz")))


def test_what_rounding_does_at_rest_is_no_rise(training, monkeypatch):
    for rise, noted in ((3e-15, False), (4e-14, True)):
        states = [State(100 * place, 0.5 * (1 + rise * place), np.zeros(3), np.float64(0)) for place in range(2)]
        monkeypatch.setattr(classifier, "descend", lambda *_, states=states: iter(states))
        events = train(training(schedule=Schedule(alpha=1e-3, iterations=100)), named("numba_loop"), hear)
        notes = [event.words for event in events if isinstance(event, Note)]
        assert bool(notes) == noted
        assert all("that comes of rounding alone; --tolerance stops" in words for words in notes)


def test_an_early_stop_is_told_and_a_resumption_with_nothing_to_do(training):
    *_, note, ended = train(
        training(schedule=Schedule(alpha=0.3, iterations=500, tolerance=0.9)), named("numba_loop"), hear
    )
    assert note == Note(100, "stopped at iteration 100: the last steps lowered the cost by less than 90 %")
    assert ended.notes == (note.words,)
    done(training())
    *_, nothing, ended = train(training(resume=True), named("numba_loop"), hear)
    assert nothing == Note(500, "nothing was done: 500 iterations are made; give more than that")
    assert ended.seconds is None


def test_a_cost_that_rises_is_explained_once(training, monkeypatch):
    costs = [0.7, 0.8, 0.6, 0.9]
    states = [State(100 * place, J, np.zeros(3), np.float64(0)) for place, J in enumerate(costs)]
    monkeypatch.setattr(classifier, "descend", lambda *_: iter(states))
    events = list(train(training(schedule=Schedule(alpha=300.0, iterations=300)), named("numba_loop"), hear))
    assert [event.J for event in events if isinstance(event, State)] == costs
    (rose,) = [event for event in events if isinstance(event, Note)]
    assert rose.iteration == 100
    assert rose.words.startswith("the cost rose: alpha 300 is too large: the curvature here allows")
    assert events[-1].notes == (rose.words,)
