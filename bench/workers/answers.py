"""What the operations of `task.Task` return: structs of plain numbers and text, which travel through a pipe."""

from __future__ import annotations

from msgspec import Struct

from gradrace.bench.workers.channel import Packed
from gradrace.impls.interface import Gradient


class Computed(Struct):
    """A gradient, and the seconds that its call took."""

    call_s: float
    packed: Packed

    @property
    def gradient(self) -> Gradient:
        """The gradient as it was computed."""
        return self.packed.gradient


class Sampled(Struct):
    """call_s: seconds of one call. late_s: extra seconds to read the last result, compared with a finished one.

    changes_w: whether a call changed the w that it was given.
    """

    call_s: float
    late_s: float
    changes_w: bool = False


class Single(Sampled, kw_only=True):
    """The sample of a single call, and the gradient that it returned."""

    packed: Packed


class Repeated(Struct):
    """Seconds of the quickest call at new points, and of the quickest one at a point that was just seen."""

    new_s: float
    again_s: float


class Calibrated(Struct):
    """calls: how many make a sample. call_s: about how long one takes. cores: how many it keeps busy meanwhile."""

    calls: int
    call_s: float
    cores: float


class Descended(Struct):
    """step_s: seconds per step. w (n_x,) and b: where the descent ended."""

    step_s: float
    w: bytes
    b: float


class Advanced(Struct):
    """seconds: of all the steps. J: the cost where they ended. w (n_x,) and b: where that is."""

    seconds: float
    J: float
    w: bytes
    b: float


class Observed(Struct):
    """What `judge.observe` saw. prepare_s, call_s: seconds of `prepare`, and of the fastest call."""

    prepare_s: float
    call_s: float
    gradients: list[Packed]
    harm: list[str]


class Ended(Struct):
    """Where a descent ended, as in `play.Ended`. points: w (n_x,) and b."""

    points: list[tuple[Packed, float]]
    gradient: Packed | None


class Played(Struct):
    """What `play.play` saw."""

    gradients: list[Packed]
    ends: list[Ended]
    lengths: list[list[tuple[Packed, float]]]
    harm: list[str]


class Forgotten(Struct):
    """peak_rss_bytes: the most memory that the process held in this case; None where the system doesn't tell.

    facts: what the implementation tells of what it made of the case.
    """

    peak_rss_bytes: int | None
    facts: dict[str, str | int] = {}
