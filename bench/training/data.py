"""Request for a training, and its training and test data."""

from __future__ import annotations

import hashlib
import shlex
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import numpy as np

from gradrace.bench.datasets.feature_scaling import scaling
from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions
from gradrace.bench.datasets.formats.stored import is_stored
from gradrace.bench.datasets.layouts.beside import labels_beside
from gradrace.bench.datasets.layouts.names import Part
from gradrace.bench.datasets.read import read
from gradrace.bench.datasets.split import can_split, split
from gradrace.bench.results import Dtype, UnusableInput
from gradrace.bench.text import few
from gradrace.bench.training.curvature import fitting_alpha, would_rise
from gradrace.bench.training.descent import Schedule, State
from gradrace.bench.training.events import Begun, Done, Shown
from gradrace.bench.training.model import Model, Record
from gradrace.bench.training.prediction import Quality, quality, scores, sigmoid
from gradrace.impls.interface import Problem

STANDARDIZED = "features standardized, as the cost would rise with alpha {:g}; to train without: --scale none"
FITTED = "alpha {0:g}, as the cost would rise with {1:g}; to use that: --alpha {1:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Request for a training: its data, its settings, and the file of the model.

    Attributes:
        source: training data.
        schedule: length and learning rate of the descent.
        test_source: test data, or "" for none.
        test_share: share of the examples that become test examples, if not 0.
        how: options for reading the data.
        scale: kind of scaling, or None for the default of the data.
        dtype: precision of the training.
        seed: seed of the split into training and test examples, and of the order of turns in a race.
        model: file of the model, or None.
        resume: whether to continue the training saved in `model`.
        test_label: `how.label` for test_source, if it differs.
        threshold: probability above which an example is predicted to be of class 1.
        fits_alpha: whether another alpha is taken if the cost would rise with that of the schedule.
    """

    source: str
    schedule: Schedule
    test_source: str = ""
    test_share: float = 0.0
    how: ReadOptions = field(default_factory=ReadOptions)
    scale: str | None = None
    dtype: Dtype = "float64"
    seed: int = 0
    model: Path | None = None
    resume: bool = False
    test_label: str | None = None
    threshold: float = 0.5
    fits_alpha: bool = False


class TrainingData:
    """Training and test examples of a request, as problems. Raises UnusableInput if they can't be used.

    Training examples that aren't images are kept only as they are scaled. `request` is the request with the alpha that
    is taken.
    """

    def __init__(self, request: Request) -> None:
        self.request = request
        self.train_set, self.test_set = read_data(request)
        standardizes = request.scale is None and _needs_standardizing(self.train_set, request.schedule.alpha)
        self.scale = scaling("standardize" if standardizes else request.scale, self.train_set)
        is_image = bool(self.train_set.shape)  # only images are looked at as they were read
        self.problem = self.scale.problem(self.train_set, request.dtype, overwrite=not is_image)
        if not is_image:
            self.train_set = replace(self.train_set, X=self.problem.X)
        alpha = request.schedule.alpha
        fitting = fitting_alpha(self.problem, alpha) if request.fits_alpha else None
        if fitting:
            self.request = replace(request, schedule=replace(request.schedule, alpha=fitting))
        standardized = [STANDARDIZED.format(alpha)] if standardizes else []
        self._told = [*standardized, *([FITTED.format(fitting, alpha)] if fitting else [])]

    @property
    def begun(self) -> Begun:
        """Return the event that the data are read."""
        train_set, test_set = self.train_set, self.test_set
        on_disk_bytes = train_set.X.nbytes if is_stored(train_set.X) else 0
        told = list[str]()
        if test_set and self.request.test_source:
            told += test_set.readings if test_set.labels_apart else ()
            told += [f"{self.request.test_source}: {gap}" for gap in test_set.gaps]
        told += self._told if self.request.test_source else [*self._told, *train_set.notes]
        notes = (*train_set.readings, *train_set.gaps, *told)
        return Begun(train_set.m, test_set.m if test_set else 0, train_set.n_x, train_set.classes, on_disk_bytes, notes)

    @cached_property
    def test_problem(self) -> Problem:
        """Return the test examples as a problem, scaled like the training examples."""
        assert self.test_set is not None
        return self.scale.problem(self.test_set, self.request.dtype)

    @cached_property
    def fingerprint(self) -> str:
        """Return the digest of the problem, or "" if no model is saved."""
        return digest(self.problem) if self.request.model else ""

    def model(self, state: State, impl: str, costs: list[tuple[int, float]]) -> Model:
        """Return the classifier at a state of a descent."""
        request, train_set = self.request, self.train_set
        record = Record(
            date=datetime.now(UTC).isoformat(timespec="seconds"),
            implementation=impl,
            dtype=request.dtype,
            alpha=request.schedule.alpha,
            decay=request.schedule.decay,
            data=self.fingerprint,
            costs=costs,
            unnamed=train_set.unnamed,
            threshold=request.threshold,
        )
        about = train_set.shape, train_set.features, train_set.classes
        return Model(state.w, float(state.b), self.scale, *about, record)

    def done(self, model: Model) -> Done:
        """Return the final event: the classifier, its quality in training and testing, and examples to look at."""
        shown, trained = looked_at("train", model, self.train_set, self.problem)
        tested = None
        if self.test_set:
            shown, tested = looked_at("test", model, self.test_set, self.test_problem)
        return Done(model, trained, tested, shown, untested=untested(self.train_set) if tested is None else "")


def untested(train_set: Dataset) -> str:
    """Return the words that the accuracy in training is no estimate for new data, and how to get one."""
    own = next((note.rpartition("; ")[2] for note in train_set.notes if "--test-data" in note), None)
    apart = "train again with --test-share 0.2" if can_split(train_set) else "name other examples with --test-data"
    return f"train accuracy is no estimate for new data; {own or apart}"


def _needs_standardizing(train_set: Dataset, alpha: float) -> bool:
    """Return whether the cost would rise with this alpha unless the features are standardized: not of pixels."""
    X = train_set.X
    return not is_stored(X) and X.dtype != np.uint8 and would_rise(X, train_set.labels, alpha)


def looked_at(part: Part, model: Model, dataset: Dataset, problem: Problem) -> tuple[Shown, Quality]:
    """Return the model's probabilities for the examples of a dataset, with the quality of its predictions.

    problem: the examples of `dataset`, scaled.
    """
    z = scores(problem, model.w, model.b)
    return Shown(part, dataset, sigmoid(z)), quality(problem, z, model.threshold)


def digest(problem: Problem) -> str:
    """Return a hash of a problem's X, Y, precision and scale. For X on disk, its identity is hashed."""
    hashed = hashlib.sha256(f"{problem.dtype} {problem.scale!r} {problem.X.shape}".encode())
    if is_stored(problem.X):
        hashed.update(problem.X.identity.encode())
    for array in [problem.Y] if is_stored(problem.X) else [problem.X, problem.Y]:
        hashed.update(np.ascontiguousarray(array.T if array.flags.f_contiguous else array).data)
    return hashed.hexdigest()


def read_data(request: Request) -> tuple[Dataset, Dataset | None]:
    """Return the training examples, and the test examples or None.

    Raises UnusableInput if they can't be read, don't fit each other, or if test_share can't be used.
    """
    whole = read(request.source, replace(request.how, guesses=True))
    if request.test_share and is_stored(whole.X):
        raise UnusableInput(
            f"--test-share: {request.source} is read from disk and can't be split; give a --test-data of its own"
        )
    if not request.test_source:
        return split(whole, request.test_share, request.seed) if request.test_share else (whole, None)
    if request.test_share:
        raise UnusableInput(
            "--test-share: the examples to test with come from --test-data already; drop one of the two"
        )
    beside = labels_beside(Path(request.test_source)) if request.how.label is None else None
    if whole.labels_apart and request.test_label is None and not beside:
        raise UnusableInput(f"--test-data: {request.test_source} has no labels; name their file with --test-label")
    test = read(request.test_source, _how_to_test(request, whole))
    return replace(whole, readings=(*whole.readings, *_told_of_test(request, whole, test))), test


def _told_of_test(request: Request, train_set: Dataset, test_set: Dataset) -> tuple[str, ...]:
    """Return the words that name classes which the training data lack. Raises UnusableInput if the data don't fit."""
    source, other = request.source, request.test_source
    if test_set.n_x != train_set.n_x:
        raise UnusableInput(f"{other}: {test_set.n_x} features, not the {train_set.n_x} of {source}")
    if test_set.features != train_set.features:
        raise UnusableInput(f"{other}: its columns differ from those of {source}; give both the same")
    if request.how.positive or _has_several(train_set):
        return _told_of_classes(request, train_set, test_set)
    if test_set.classes != train_set.classes:
        raise UnusableInput(f"{other}: its classes differ from those of {source}; give both the same")
    return ()


def _told_of_classes(request: Request, train_set: Dataset, test_set: Dataset) -> tuple[str, ...]:
    """Return the words that name classes which the training data lack: they count as 0.

    Raises UnusableInput if the test data lack the class that counts as 1.
    """
    one, known = train_set.classes[1], train_set.kinds
    unknown = [kind for kind in test_set.kinds if kind not in known]
    if one in test_set.kinds:
        told = f"{request.test_source}: classes that {request.source} lacks count as 0: {few(unknown)}"
        return (told,) if unknown else ()
    step = "give both the same classes"
    if common := next((kind for kind in test_set.kinds if kind in known), None):
        step = f"add such examples, or go on with --positive {shlex.quote(common)}"
    told = f"no example of {one!r}, the class that counts as 1; its classes are {few(test_set.kinds)}"
    raise UnusableInput(f"{request.test_source}: {told}; {step}")


def _has_several(train_set: Dataset) -> bool:
    return len(train_set.kinds) > 2


def _how_to_test(request: Request, train_set: Dataset) -> ReadOptions:
    """Return the options for reading the test data: the same features and classes as in the training data."""
    how, is_table = request.how, bool(train_set.features)
    return replace(
        how,
        part="test",
        label=request.test_label or train_set.label or (None if train_set.labels_apart else how.label),
        guesses=train_set.labels_apart,
        header=not train_set.unnamed if is_table and train_set.label else how.header,
        drop=(),
        keep=(),
        only=train_set.features,
        positive=how.positive or (train_set.classes[1] if _has_several(train_set) else None),
    )
