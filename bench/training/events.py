"""Events of a training: the data are read, a state is reached, the classifier is done."""

from __future__ import annotations

from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.formats.dataset import Dataset, Part
from gradrace.bench.training.descent import State
from gradrace.bench.training.model import Model
from gradrace.bench.training.prediction import Quality
from gradrace.bench.training.stream import Traffic


class Tell(Protocol):
    """Callback for a progress bar."""

    def __call__(self, what: str, left_s: float | None = None, /) -> None:
        """Show what is being done, and that all will be over in so many seconds; None: as was told before."""


def later(tell: Tell, seconds: float) -> Tell:
    """Return a callback for what takes so many seconds less than all: something follows it."""

    def told(what: str, left_s: float | None = None, /) -> None:
        tell(what, None if left_s is None else left_s + seconds)

    return told


class Begun(NamedTuple):
    """The data are read: the numbers of examples and features, what 0 and 1 stand for, and what of X stays on disk."""

    m_train: int
    m_test: int
    n_x: int
    classes: tuple[str, str]
    on_disk_bytes: int = 0


class Resumed(NamedTuple):
    """It goes on from an earlier training, after so many iterations."""

    iteration: int


class Note(NamedTuple):
    """What a reader should know of the descent: that the cost rose, or that it stopped early, and why.

    out_of_time: whether it stopped as the budget is used up.
    """

    iteration: int
    words: str
    out_of_time: bool = False


class Shown(NamedTuple):
    """Examples that can be looked at, with P(y = 1 | x) of each: those to test with, or else those trained with."""

    part: Part
    dataset: Dataset
    probabilities: NDArray[np.float64]


class Reading(NamedTuple):
    """X on disk: what the descent read, and what can be read with nothing else to do."""

    descent: Traffic
    limit: Traffic


class Done(NamedTuple):
    """The classifier, how good it is in training and in testing, and examples to look at.

    notes: the words of all. seconds: what the steps took, with looks at the cost but without verifying; None if nobody
    measured it. reading: of X on disk; None if it was in memory.
    """

    model: Model
    train: Quality
    test: Quality | None
    shown: Shown
    notes: tuple[str, ...] = ()
    seconds: float | None = None
    reading: Reading | None = None


Event: TypeAlias = Begun | Resumed | State | Note | Done
