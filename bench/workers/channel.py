"""Typed messages through the pipe between a race and its worker processes; never pickles."""

from __future__ import annotations

from multiprocessing.connection import Connection
from typing import Any, TypeAlias, TypeVar

import msgspec
import numpy as np
from msgspec import Struct

from gradrace.impls.interface import Gradient

Value = TypeVar("Value")


class Call(Struct):
    """Request to call an operation of `task.Task` by its name."""

    operation: str
    arguments: list[Any]


class Returned(Struct, tag=True):
    """Reply with the encoded result of an operation."""

    value: msgspec.Raw


class Failed(Struct, tag=True):
    """Reply with the error of an implementation, in one line. missing: whether it can't be loaded without a package."""

    message: str
    missing: bool = False


Reply: TypeAlias = Returned | Failed


class Garbled(Exception):
    """Error: the data from the pipe are no message."""


class Packed(Struct):
    """A gradient as it is sent: dw as bytes, so that NaN and every bit are preserved."""

    J: float
    dw: bytes
    dtype: str
    shape: tuple[int, ...]
    db: float

    @property
    def gradient(self) -> Gradient:
        """Return the gradient that was sent."""
        return Gradient(self.J, np.frombuffer(self.dw, dtype=self.dtype).reshape(self.shape), self.db)


def pack(gradient: Gradient) -> Packed:
    """Return a gradient in the form that can be sent. Raises TypeError if dw holds Python objects."""
    dw = np.asarray(gradient.dw)
    if dw.dtype.hasobject:
        raise TypeError(f"dw is an array of Python objects, not of numbers: {dw.dtype}")
    return Packed(float(gradient.J), dw.tobytes(), dw.dtype.str, dw.shape, float(gradient.db))


def returned(value: object) -> Returned:
    """Return the reply that carries a value."""
    return Returned(msgspec.Raw(msgspec.msgpack.encode(value)))


def send(connection: Connection, message: Call | Reply) -> None:
    """Send one message. Raises OSError if the other end is closed."""
    connection.send_bytes(msgspec.msgpack.encode(message))


def receive_call(connection: Connection) -> Call:
    """Wait for a request. Raises EOFError if the other end is closed."""
    return _CALLS.decode(connection.recv_bytes())


def receive(connection: Connection, kind: type[Value]) -> Value | Failed:
    """Wait for a reply and return its value of this type. Raises Garbled, or EOFError if the other end is closed."""
    try:
        reply = _REPLIES.decode(connection.recv_bytes())
        return reply if isinstance(reply, Failed) else msgspec.msgpack.decode(reply.value, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, BlockingIOError, MemoryError, OverflowError) as error:
        raise Garbled from error


_CALLS: msgspec.msgpack.Decoder[Call] = msgspec.msgpack.Decoder(Call)
_REPLIES: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)
