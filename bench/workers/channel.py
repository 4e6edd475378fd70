"""Typed messages through the pipe between a race and its worker processes; never pickles."""

from __future__ import annotations

from multiprocessing.connection import Connection
from typing import Any, TypeAlias, TypeVar, get_origin

import msgspec
import numpy as np
from msgspec import Struct

Value = TypeVar("Value")


class Call(Struct):
    """Request to call an operation of `task.Task` by its name."""

    operation: str
    arguments: list[Any]


class Returned(Struct, tag=True):
    """Reply with the encoded result of an operation."""

    value: msgspec.Raw


class Failed(Struct, tag=True):
    """Reply with the error of an implementation, in one line. missing: whether it needs a package that is missing."""

    message: str
    missing: bool = False


Reply: TypeAlias = Returned | Failed


class Garbled(Exception):
    """Error: the data from the pipe are no message."""


def encoded(value: object) -> object:
    """Return an array as dtype, shape and bytes, so that NaN and every bit are preserved; a NumPy number as a float.

    Raises TypeError if the array holds Python objects, or for other types.
    """
    if isinstance(value, np.floating):
        return float(value)
    if not isinstance(value, np.ndarray):
        raise TypeError(f"a {type(value).__name__} can't be sent")
    if value.dtype.hasobject:
        raise TypeError(f"dw is an array of Python objects, not of numbers: {value.dtype}")
    return value.dtype.str, value.shape, value.tobytes()


def decoded(kind: Any, value: Any) -> object:
    """Return the read-only array, or the NumPy number, that `encoded` made.

    Raises ValueError or TypeError if it made neither.
    """
    if get_origin(kind) is not np.ndarray:
        return np.float64(value)
    dtype, shape, raw = msgspec.convert(value, tuple[str, tuple[int, ...], bytes])
    return np.frombuffer(raw, dtype).reshape(shape)


def returned(value: object) -> Returned:
    """Return the reply that carries a value."""
    return Returned(msgspec.Raw(msgspec.msgpack.encode(value, enc_hook=encoded)))


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
        return reply if isinstance(reply, Failed) else msgspec.msgpack.decode(reply.value, type=kind, dec_hook=decoded)
    except (msgspec.DecodeError, UnicodeDecodeError, BlockingIOError, MemoryError, OverflowError, SyntaxError) as error:
        raise Garbled from error


_CALLS: msgspec.msgpack.Decoder[Call] = msgspec.msgpack.Decoder(Call)
_REPLIES: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)
