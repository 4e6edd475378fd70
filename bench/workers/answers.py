"""Results of the operations of `task.Task`, which are sent through a pipe."""

from __future__ import annotations

from msgspec import Struct

from gradrace.impls.interface import Gradient


class Computed(Struct):
    """A gradient, the seconds of its call, and whether the call changed the result of the one before."""

    call_s: float
    gradient: Gradient
    overwrites: bool = False


class Sampled(Struct):
    """One sample of several calls.

    call_s: seconds of one call.
    late_s: extra seconds to read the last result, compared with a finished one.
    timed_s: seconds of all timed calls.
    interrupted: whether the system took the core from the thread while it read, which is part of late_s then.
    changes_w: whether a call changed the w that was passed to it.
    overwrites: whether a single call changed the result of the one before.
    """

    call_s: float
    late_s: float
    timed_s: float
    interrupted: bool = False
    changes_w: bool = False
    overwrites: bool = False


class Single(Sampled, kw_only=True):
    """The sample of a single call, and the gradient that it returned."""

    gradient: Gradient


class Repeated(Struct):
    """Seconds of the fastest call at new points, and of the fastest one at a point already used."""

    new_s: float
    again_s: float


class Calibrated(Struct):
    """Calibration of a sample.

    calls: number of calls in a sample.
    call_s: approximate seconds of one call.
    threads: number of threads that the calls keep busy.
    """

    calls: int
    call_s: float
    threads: float


class Descended(Struct):
    """A timed descent.

    step_s: seconds per step.
    w (n_x,) and b: where the descent ended.
    threads: number of threads that it kept busy.
    """

    step_s: float
    w: bytes
    b: float
    threads: float = 1.0


class Advanced(Struct):
    """Further steps of a descent.

    seconds: seconds of all steps together.
    J: cost after the last step.
    w (n_x,) and b: where the steps ended.
    """

    seconds: float
    J: float
    w: bytes
    b: float


class Forgotten(Struct):
    """Memory and facts of a case that was released.

    peak_rss_bytes: peak memory of the process in this case; None if the system doesn't report it.
    facts: what the implementation reports about its preparation of the case.
    """

    peak_rss_bytes: int | None
    facts: dict[str, str | int] = {}
