"""Arrays arrive through the pipe as they were sent, and nothing but arrays passes for one."""

from __future__ import annotations

from multiprocessing import Pipe

import msgspec
import numpy as np
import pytest

from gradrace.bench.verification.judge import same_bits
from gradrace.bench.verification.reference import Point
from gradrace.bench.verification.scenes.play import Ended, Played
from gradrace.bench.workers import channel
from gradrace.impls.interface import Gradient


def sent(value: object, kind: type) -> object:
    ours, theirs = Pipe()
    channel.send(theirs, channel.returned(value))
    return channel.receive(ours, kind)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int8])
@pytest.mark.parametrize("shape", [(3,), (), (3, 1), (0,)])
def test_a_gradient_keeps_every_bit_its_dtype_and_its_shape(dtype: type, shape: tuple[int, ...]) -> None:
    dw = np.full(shape, -0.0 if dtype is np.int8 else np.nan).astype(dtype)
    given = Gradient(J=-0.0, dw=dw, db=float("nan"))
    found = sent(given, Gradient)
    assert isinstance(found, Gradient)
    assert same_bits(found, given)
    assert (found.dw.dtype, found.dw.shape) == (dw.dtype, dw.shape)


def test_what_was_played_arrives_whole() -> None:
    point = Point(np.array([1.5, -0.0], np.float32), np.float32(0.1))
    given = Played([Gradient(1.0, np.ones(2), 2.0)], [Ended([point]), Ended([point], Gradient(1.0, point.w, 2.0))])
    given.lengths.append([point, point])
    found = sent(given, Played)
    assert isinstance(found, Played)
    assert [end.points[0].b for end in found.ends] == [np.float64(np.float32(0.1))] * 2
    assert [end.gradient is None for end in found.ends] == [True, False]
    assert found.lengths[0][1].w.tobytes() == point.w.tobytes()


def test_an_array_of_python_objects_is_refused() -> None:
    with pytest.raises(TypeError, match="an array of Python objects, not of numbers"):
        channel.returned(Gradient(1.0, np.array([None]), 2.0))


@pytest.mark.parametrize(
    "dw",
    [
        ["O", [1], b"12345678"],
        ["<f8", [2], b"12345678"],
        ["none", [1], b"1"],
        ["i4,(", [1], b"1234"],  # which NumPy reads as Python
        ["<f8", [1], b"1"],
        [1, 2],
        "1",
        None,
    ],
)
def test_a_reply_without_an_array_is_garbled(dw: object) -> None:
    ours, theirs = Pipe()
    channel.send(theirs, channel.Returned(msgspec.Raw(msgspec.msgpack.encode({"J": 1.0, "dw": dw, "db": 2.0}))))
    with pytest.raises(channel.Garbled):
        channel.receive(ours, Gradient)
