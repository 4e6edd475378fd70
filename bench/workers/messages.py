"""What the race and its worker processes say to each other: typed messages, never pickles."""

from __future__ import annotations

from multiprocessing.connection import Connection
from typing import TypeAlias

import msgspec
import numpy as np
from msgspec import Struct

from gradrace.bench.verification.hard_problems import Exercise
from gradrace.impls.interface import Gradient


class Prepare(Struct, tag=True):
    """Load the case in this folder and prepare it."""

    folder: str


class Compute(Struct, tag=True):
    """Call the gradient once, and time it: at the case's own point, or `judge.elsewhere`."""

    elsewhere: bool = False


class Calibrate(Struct, tag=True):
    """Find how many calls make a sample of at least least_s seconds."""

    least_s: float


class Sample(Struct, tag=True):
    """Take one sample of so many calls."""

    calls: int


class Descend(Struct, tag=True):
    """Make so many steps of a descent with learning rate alpha from the case's w and b, and time them."""

    alpha: float
    steps: int


class Advance(Struct, tag=True):
    """Make so many steps with learning rate alpha from where the last ones ended, at first from zeros; time them."""

    alpha: float
    steps: int


class Observe(Struct, tag=True):
    """Make this case and observe three calls."""

    exercise: Exercise


class Last(Struct, tag=True):
    """Return the gradient that the last call of the last sample computed."""


class BeLate(Struct, tag=True):
    """See how much longer a fresh result takes to be read than one that is finished beyond doubt."""


class Forget(Struct, tag=True):
    """Let go of the case and all that was made of it."""


class Ready(Struct, tag=True):
    """The implementation is loaded."""

    technique: str


class Prepared(Struct, tag=True):
    """prepare_s: seconds that prepare took."""

    prepare_s: float


class Packed(Struct):
    """A gradient on its way: dw travels as bytes, so that NaN and every bit survive."""

    J: float
    dw: bytes
    dtype: str
    shape: tuple[int, ...]
    db: float


class Computed(Struct, tag=True):
    """A gradient, and the seconds its call took."""

    call_s: float
    packed: Packed

    @property
    def gradient(self) -> Gradient:
        """The gradient as it was computed."""
        return unpack(self.packed)


class Descended(Struct, tag=True):
    """step_s: seconds per step. w (n_x,) and b: where it ended."""

    step_s: float
    w: bytes
    b: float


class Advanced(Struct, tag=True):
    """seconds: of all the steps. J: the cost where they ended. w (n_x,) and b: where that is."""

    seconds: float
    J: float
    w: bytes
    b: float


class Observed(Struct, tag=True):
    """What `judge.observe` saw, and the seconds that took, the making of the case not counted."""

    seconds: float

    gradients: list[Packed]
    harm: list[str]


class Calibrated(Struct, tag=True):
    """calls: how many make a sample. call_s: about how long one takes. cores: how many it keeps busy meanwhile."""

    calls: int
    call_s: float
    cores: float


class Sampled(Struct, tag=True):
    """call_s: seconds per call."""

    call_s: float


class Late(Struct, tag=True):
    """late_s: the least of several trials."""

    late_s: float


class Forgotten(Struct, tag=True):
    """peak_rss_bytes: the most memory that the process held in this case; None where the system doesn't tell.

    facts: what the implementation tells of what it made of the case.
    """

    peak_rss_bytes: int | None
    facts: dict[str, str | int] = {}


class Failed(Struct, tag=True):
    """The implementation raised: one line. missing: it can't be loaded for want of a package."""

    message: str
    missing: bool = False


class Garbled(Exception):
    """What came through the pipe is no message."""


Request: TypeAlias = Prepare | Compute | Calibrate | Sample | Last | BeLate | Forget | Descend | Advance | Observe
Reply: TypeAlias = (
    Ready | Prepared | Computed | Calibrated | Sampled | Late | Forgotten | Descended | Advanced | Observed | Failed
)


def pack(gradient: Gradient) -> Packed:
    """A gradient to be sent."""
    dw = np.asarray(gradient.dw)
    if dw.dtype.hasobject:
        raise TypeError(f"dw is an array of Python objects, not of numbers: {dw.dtype}")
    return Packed(float(gradient.J), dw.tobytes(), dw.dtype.str, dw.shape, float(gradient.db))


def unpack(packed: Packed) -> Gradient:
    """The gradient that was sent."""
    return Gradient(packed.J, np.frombuffer(packed.dw, dtype=packed.dtype).reshape(packed.shape), packed.db)


def send(connection: Connection, message: Request | Reply) -> None:
    """Send one message. Raises OSError if nobody is there."""
    connection.send_bytes(msgspec.msgpack.encode(message))


def receive_request(connection: Connection) -> Request:
    """Wait for a request. Raises EOFError if nobody is there any more."""
    return _REQUESTS.decode(connection.recv_bytes())


def receive_reply(connection: Connection) -> Reply:
    """Wait for a reply. Raises EOFError if nobody is there any more, Garbled if something else has come."""
    try:
        return _REPLIES.decode(connection.recv_bytes())
    except (msgspec.DecodeError, UnicodeDecodeError, BlockingIOError, MemoryError, OverflowError) as error:
        raise Garbled from error


_REQUESTS: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_REPLIES: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)
