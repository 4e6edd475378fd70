"""The costs that are predicted for an implementation under verification, and what is skipped for them."""

from __future__ import annotations

from threading import Semaphore

import pytest

from gradrace.bench.results import Cell
from gradrace.bench.subjects.subject import Subject
from gradrace.bench.workers.client import ProcessWorker
from gradrace.bench.workers.task import Task
from gradrace.impls.discovery import sources


def test_a_prediction_counts_each_size() -> None:
    """An implementation that takes long for an example isn't taken for one that takes long for an entry."""
    (numpy_columns,) = (source for source in sources() if source.name == "numpy_columns")
    subject = Subject(ProcessWorker(numpy_columns, 1, 30), Semaphore())
    for m in (1, 1000):
        for n_x in (1, 100):
            subject.call.note("numpy_columns", Cell(m, n_x), 1e-6 + m * 1e-3)
    assert subject.predicted_s("float64", {}, {(10, 1000): 3}) == pytest.approx(0.03, rel=0.1)
    assert subject.predicted_s("float64", {}, {(1000, 10): 3, (1, 1): 2}) == pytest.approx(3.002, rel=0.1)


@pytest.mark.parametrize(("predicted_s", "answer"), [(0.74, "asked"), (0.9, "would take about 900 ms (predicted)")])
def test_what_would_take_more_than_three_quarters_of_a_second_is_not_asked(
    monkeypatch: pytest.MonkeyPatch, predicted_s: float, answer: str
) -> None:
    (numpy_columns,) = (source for source in sources() if source.name == "numpy_columns")
    subject = Subject(ProcessWorker(numpy_columns, 1, 30), Semaphore())
    monkeypatch.setattr(ProcessWorker, "ask", lambda *_: "asked")
    assert subject._asked(predicted_s, Task.play, "tiles", "float64") == answer
