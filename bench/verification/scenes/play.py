"""Playing a scene: record an implementation's gradients, the ends of its descents, and harm, without judging them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from gradrace.bench.stepping import descend, end
from gradrace.bench.verification.judge import CHANGES, OVERWRITTEN, RAISES, raised, same_bits
from gradrace.bench.verification.reference import Point
from gradrace.bench.verification.scenes.scene import Call, Scene
from gradrace.impls.discovery import missing_package
from gradrace.impls.interface import FloatArray, Gradient, Implementation, Malformed, Problem

AnyImplementation = Implementation[Any, Any, Any]


@dataclass(slots=True)
class Ended:
    """Ends of a descent: the first, and the one after further steps, if there are any, with the gradient there."""

    points: list[Point]
    gradient: Gradient | None = None


@dataclass(slots=True)
class Played:
    """Results of a scene, up to the first exception.

    gradients: one for each call of the scene, or two if a call isn't in place.
    ends: one for each descent.
    lengths: the two ends of each long descent: made at once, and in parts.
    harm: changes of inputs and earlier results, and exceptions; a line each.
    """

    gradients: list[Gradient] = field(default_factory=list)
    ends: list[Ended] = field(default_factory=list)
    lengths: list[list[Point]] = field(default_factory=list)
    harm: list[str] = field(default_factory=list)


def play(implementation: AnyImplementation, scene: Scene) -> Played:
    """Prepare the scene's problems, make its calls and descents, and check inputs and results for changes.

    Raises ModuleNotFoundError if the implementation needs a package that is missing.
    """
    played = Played()
    with warnings.catch_warnings(), np.errstate(all="ignore"), _unharmed(scene, played):
        warnings.simplefilter("ignore")
        try:
            _act(implementation, scene, played)
        except Malformed as error:
            played.harm.append(raised(error))
        except Exception as error:  # an implementation may raise anything
            if missing_package(error):
                raise
            played.harm.append(f"{RAISES}{raised(error)}")
    return played


class _Prepared:
    """The scene's problems, prepared at once, or each when it is first used."""

    def __init__(self, implementation: AnyImplementation, scene: Scene) -> None:
        self._implementation, self._scene = implementation, scene
        first = scene.problems[0]
        self._memory = (first.X.copy(order="K"), first.Y.copy()) if scene.refilled else None
        self._known: dict[int, Any] = {}
        self._rubbish: list[Any] = []
        if not (scene.late or scene.refilled):
            for number in range(len(scene.problems)):
                self.data(number)

    def data(self, number: int) -> Any:
        """Return the prepared problem of this number."""
        if number not in self._known:
            problem = self._scene.problems[number]
            if self._memory is not None:
                problem = _refilled(problem, *self._memory)
            if self._scene.dropped:
                self._known.clear()
                problem = replace(problem, X=problem.X.copy(order="K"), Y=problem.Y.copy())
            self._known[number] = self._implementation.prepare(problem)
            if self._scene.dropped:
                del problem
                self._rubbish = [np.full_like(one, 7) for one in _arrays(self._scene) for _ in range(4)]
        return self._known[number]

    def each(self, act: Callable[[Any], object]) -> None:
        """Call a function with the data of each problem that is prepared now."""
        for data in self._known.values():
            act(data)


@dataclass(slots=True)
class _Calls:
    """Calls so far. results: in the implementation's own types. weights: each w as it was laid out, and a copy."""

    results: list[Any] = field(default_factory=list)
    weights: list[tuple[FloatArray, FloatArray]] = field(default_factory=list)


def _act(implementation: AnyImplementation, scene: Scene, played: Played) -> None:
    """Make the calls, with the descents after the first half of them, until harm is found.

    All results and all w are read again at the end, when the implementation has reused any buffers.
    """
    prepared, made, half = _Prepared(implementation, scene), _Calls(), len(scene.calls) // 2
    _call(implementation, scene.calls[:half], prepared, played, made)
    if implementation.facts is not None:
        prepared.each(implementation.facts)
    if not played.harm:
        _descend(implementation, scene, prepared, played)
    if not played.harm:
        _call(implementation, scene.calls[half:], prepared, played, made)
    if played.harm:
        return
    again = [implementation.read(result) for result in made.results]
    if not all(map(same_bits, again, played.gradients)):
        played.harm.append(OVERWRITTEN)
    latest = {id(array): (array, copy) for array, copy in made.weights}
    if not all(np.array_equal(array, copy) for array, copy in latest.values()):
        played.harm.append(f"{CHANGES}the w of an earlier call")


def _call(
    implementation: AnyImplementation, calls: Sequence[Call], prepared: _Prepared, played: Played, made: _Calls
) -> None:
    for call in calls:
        before = made.weights[-1][0] if made.weights else np.empty(0)
        w = _lay_out(before, call.point.w, in_place=call.in_place)
        data = prepared.data(call.problem)
        native = implementation.native(w, call.point.b)
        for _ in range(1 if call.in_place else 2):  # the second time with the same native w
            made.results.append(implementation.gradient(data, *native))
            played.gradients.append(implementation.read(made.results[-1]))
        made.weights.append((w, w.copy()))
        if not np.array_equal(w, call.point.w):
            played.harm.append(f"{CHANGES}w in call {len(made.weights)}")
            return


def _descend(implementation: AnyImplementation, scene: Scene, prepared: _Prepared, played: Played) -> None:
    """Make the descents, and read all ends again after the last one."""
    ends: list[tuple[Any, Point]] = []
    for descent in scene.descents:
        data, at = prepared.data(descent.problem), descent.start
        ended = Ended([])
        for count in [descent.steps, descent.again][: 2 if descent.again else 1]:
            given = at.w.copy()
            native = descend(implementation, data, given, at.b, descent.alpha, count)
            if not np.array_equal(given, at.w):
                played.harm.append(f"{CHANGES}the w that {count} steps of a descent are given")
                return
            at = _end(implementation, native, given)
            ends.append((native, at))
            ended.points.append(at)
        if descent.again:
            result = implementation.gradient(data, *implementation.native(at.w.copy(), at.b))
            ended.gradient = implementation.read(result)
        played.ends.append(ended)
    if not all(_same(_end(implementation, native, found.w), found) for native, found in ends):
        played.harm.append("a later descent changes the w or b that an earlier one returned")
    for long in scene.long if implementation.descend is not None else ():
        data, at = prepared.data(long.problem), long.start
        go = partial(descend, implementation, data, alpha=long.alpha)
        whole = _end(implementation, go(at.w.copy(), at.b, count=long.part * long.parts), at.w)
        for _ in range(long.parts):
            at = _end(implementation, go(at.w.copy(), at.b, count=long.part), at.w)
        played.lengths.append([whole, at])


def _end(implementation: AnyImplementation, native: tuple[Any, Any], start: FloatArray) -> Point:
    """Return a copy of the present end of a descent."""
    w, b = end(implementation, native, start)
    return Point(np.array(w), b)


def _same(one: Point, other: Point) -> bool:
    return np.array_equal(one.w, other.w, equal_nan=True) and np.array_equal(one.b, other.b, equal_nan=True)


@contextmanager
def _unharmed(scene: Scene, played: Played) -> Iterator[None]:
    """Record which X and Y were changed, and restore the scene."""
    arrays = _arrays(scene)
    copies = [array.copy() for array in arrays]
    yield
    for number, (array, copy) in enumerate(zip(arrays, copies, strict=True)):
        if not np.array_equal(array, copy):
            played.harm.append(f"{CHANGES}{'XY'[number % 2]}")
            array.flags.writeable = True
            array[...] = copy


def _arrays(scene: Scene) -> list[FloatArray]:
    """Return X and Y of each problem."""
    return [array for problem in scene.problems for array in (problem.X, problem.Y)]


def _lay_out(before: FloatArray, w: FloatArray, *, in_place: bool) -> FloatArray:
    """Return w in the array of the previous call, or in its own array."""
    if not in_place or before.shape != w.shape:
        return w.copy()
    before[:] = w
    return before


def _refilled(problem: Problem, X: FloatArray, Y: FloatArray) -> Problem:
    np.copyto(X, problem.X)
    np.copyto(Y, problem.Y)
    return replace(problem, X=X, Y=Y)
