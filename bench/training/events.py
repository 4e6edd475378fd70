"""Events of a training: the data are read, a state is reached, the classifier is done."""

from __future__ import annotations

from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.formats.dataset import Dataset
from gradrace.bench.datasets.layouts.names import Part
from gradrace.bench.training.descent import State
from gradrace.bench.training.model import Model
from gradrace.bench.training.prediction import Quality
from gradrace.bench.training.stream import Traffic


class Tell(Protocol):
    """Callback for a progress bar."""

    def __call__(self, what: str, left_s: float | None = None, /) -> None:
        """Show the current activity, and the seconds until the end of the training.

        If left_s is None, the previous estimate stays.
        """


def later(tell: Tell, seconds: float) -> Tell:
    """Return a callback that adds `seconds` to each estimate, for an activity that is followed by another."""

    def told(what: str, left_s: float | None = None, /) -> None:
        tell(what, None if left_s is None else left_s + seconds)

    return told


class Begun(NamedTuple):
    """Event: the data are read.

    Fields are the numbers of examples and features, the names of the classes, the bytes of X that stay on disk, and
    remarks on the source.
    """

    m_train: int
    m_test: int
    n_x: int
    classes: tuple[str, str]
    on_disk_bytes: int = 0
    notes: tuple[str, ...] = ()


class Resumed(NamedTuple):
    """Event: the training continues an earlier one after this iteration."""

    iteration: int


class Note(NamedTuple):
    """Remark on a descent: that the cost rose or that it stopped early, with the reason.

    out_of_time: whether it stopped because the budget is used up.
    """

    iteration: int
    words: str
    out_of_time: bool = False


class Shown(NamedTuple):
    """Examples to look at, with P(y = 1 | x) of each, (m,): test examples, or else training examples."""

    part: Part
    dataset: Dataset
    probabilities: NDArray[np.float64]


class Reading(NamedTuple):
    """Throughput of X on disk: that of the descent, and the limit, measured by reading alone."""

    descent: Traffic
    limit: Traffic


class Done(NamedTuple):
    """Event: the classifier is done.

    Attributes:
        model: the classifier.
        train: its quality in training.
        test: its quality in testing, or None without test examples.
        shown: examples to look at.
        notes: words of all notes.
        seconds: time of the steps and the looks at the cost, without verification; None if it was not measured.
        reading: throughput of X on disk; None if X was in memory.
        untested: without test examples, how to get an estimate for new data.
    """

    model: Model
    train: Quality
    test: Quality | None
    shown: Shown
    notes: tuple[str, ...] = ()
    seconds: float | None = None
    reading: Reading | None = None
    untested: str = ""


Event: TypeAlias = Begun | Resumed | State | Note | Done
