"""Results: cells, measurements, absences, and the run that they belong to.

Raw samples are kept, and every statistic is derived from them on demand. Names carry their units.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta, Struct

FLOOR = "floor"
"""Name of the physical limit (`gradrace.bench.race.floor`) among the measurements."""

ON_GPU = "@cuda"
"""Suffix of the names of implementations that compute on a GPU: jax_jit@cuda."""

FLOOR_CUDA = f"{FLOOR}{ON_GPU}"
"""Name of the physical limit of a GPU (`gradrace.bench.race.floor_cuda`)."""

FLOORS = (FLOOR, FLOOR_CUDA)

Limiting: TypeAlias = Literal["reading", "arithmetic"]
READING: Limiting = "reading"
ARITHMETIC: Limiting = "arithmetic"
"""Kind of a cell's limit: reading X once or the arithmetic alone, whichever takes longer."""

LIMITED_BY, OTHER_PERMILLE = "limit", "other_permille"
"""Facts of a limit: READING or ARITHMETIC, and the time of the other one in thousandths of its own."""

DESCENT_STEPS = 1000

BASELINE = "python_loop"
"""The slide's loop, with which speed-ups and bits are compared."""

MAIN = (BASELINE, "numpy_vectorized", "numba_loop", "numba_fused")
"""The main implementations of the suite: the slide's loop, vectorized, compiled, and compiled to read X once."""

SLIDE = (209, 12_288)
"""The slide's own case (m, n_x): 209 images of 64 × 64 × 3 pixels."""


LARGEST_SIZE = 2**53
"""Largest size. Up to it float64 represents every whole number, so that sizes are exact in predictions, tables and
axes.
"""

Dtype: TypeAlias = Literal["float64", "float32"]
ITEM_BYTES: dict[Dtype, int] = {"float64": 8, "float32": 4}
Outcome: TypeAlias = Literal["unavailable", "skipped", "implausible", "failed", "wrong"]
FAULTS: tuple[Outcome, ...] = ("wrong", "failed", "implausible")
"""Outcomes with which a command ends in exit status 1, the worst first."""

STARVED = "other processes used all cores; try again on a less busy machine"
"""End of the message of a process that gave no answer because it had no core."""

BUDGET_OVER = "was ended at the end of the budget"
"""Message of a process that was still working then."""

Size: TypeAlias = Annotated[int, Meta(ge=1, le=LARGEST_SIZE)]
Round: TypeAlias = Annotated[int, Meta(ge=0)]
Count: TypeAlias = Annotated[int, Meta(ge=0, le=LARGEST_SIZE)]
Share: TypeAlias = Annotated[float, Meta(ge=0, le=1)]
Bytes: TypeAlias = Annotated[int, Meta(ge=0, le=LARGEST_SIZE)]
Seconds: TypeAlias = Annotated[float, Meta(ge=0, le=1e9)]
"""Duration in seconds: 0 if the clock is too coarse for it, 30 years at the most. Limits are checked when a file is
read.
"""

LEAST_S = 1e-12
"""Shortest time in seconds of which a ratio is taken; no clock resolves less."""


def floor_of(impl: str) -> str:
    """Return the name of the limit of the device that an implementation computes on."""
    return FLOOR_CUDA if impl.endswith(ON_GPU) else FLOOR


def shown(impl: str) -> str:
    """Return the name of an implementation or of a limit, as progress shows it."""
    return impl.replace(FLOOR, "the limit", 1) if impl in FLOORS else impl


def limited_by(floor: Measurement) -> Limiting:
    """Return which of the two a limit is. Reading is the only one on a GPU, and in files of older versions."""
    return ARITHMETIC if (floor.extra.facts or {}).get(LIMITED_BY) == ARITHMETIC else READING


def reading_share(floor: Measurement) -> float:
    """Return the time of reading X as a share of a limit's time: 1 if reading is the limit, 0 if it is unknown."""
    if limited_by(floor) == READING:
        return 1.0
    permille = (floor.extra.facts or {}).get(OTHER_PERMILLE)
    return min(max(permille, 0), 1000) / 1000 if isinstance(permille, int) else 0.0


class UnusableInput(Exception):
    """Error: input can't be used. Its text is one line: the cause, then the next step."""


class Cell(Struct, frozen=True, order=True):
    """One problem size: m examples, n_x features, working precision, threads allowed; X of floats or of pixels."""

    m: Size
    n_x: Size
    dtype: Dtype = "float64"
    threads: Size = 1
    pixels: bool = False

    @property
    def elements(self) -> int:
        """Return the number of entries of X."""
        return self.m * self.n_x

    @property
    def X_bytes(self) -> int:
        """Return the bytes of X in the working precision."""
        return self.elements * ITEM_BYTES[self.dtype]

    def __str__(self) -> str:
        return f"m={self.m} n_x={self.n_x} {self.dtype} threads={self.threads}{' pixels' if self.pixels else ''}"


def by_elements(cell: Cell) -> tuple[int, Cell]:
    """Return a sort key that orders cells by the number of entries of X."""
    return cell.elements, cell


class ErrorOverBound(Struct, frozen=True):
    """Error of J, dw (its worst component) and db, in units of the error bound: right means at most 1."""

    J: float
    dw: float
    db: float

    @property
    def worst(self) -> float:
        """Return the largest of the three."""
        return max(self.J, self.dw, self.db)


class Extra(Struct, frozen=True, kw_only=True):
    """Data in addition to pytest-benchmark's own fields; unknown in results that its plug-in wrote."""

    technique: str | None = None
    rounds: list[Round] | None = None
    """Round of each sample: samples of one round are compared with each other."""
    startup_s: Seconds | None = None
    """Seconds to import the libraries and make the first call, on a tiny problem: it includes compilation."""
    prepare_s: Seconds | None = None
    first_call_s: Seconds | None = None
    descent_step_s: list[Seconds] | None = None
    """Seconds per step of descents of DESCENT_STEPS steps, if these are short."""
    peak_rss_bytes: Bytes | None = None
    error_over_bound: ErrorOverBound | None = None
    facts: dict[str, str | int] | None = None
    """Facts from the implementation about its preparation of the problem: workers, examples of a block."""


class Measurement(Struct, frozen=True, kw_only=True):
    """Samples of one implementation in one cell.

    samples_s: seconds per call, one entry a round.
    calls: number of calls that a sample timed.
    """

    impl: str
    cell: Cell
    samples_s: list[float]
    calls: int
    extra: Extra = Extra()

    def by_round(self) -> dict[int, float]:
        """Return {round: seconds}, without times below LEAST_S; empty if the rounds aren't known."""
        pairs = zip(self.extra.rounds or [], self.samples_s, strict=False)
        return {round_: seconds for round_, seconds in pairs if seconds >= LEAST_S}


class Absence(Struct, frozen=True, kw_only=True):
    """An implementation without a figure in a cell (or, with cell None, in any), and the reason.

    outcome: `unavailable` (it can't be loaded), `skipped` (it would not fit the budget or the memory), `implausible`
    (it took less time than the limit), `failed` (it raised, crashed or hung), `wrong` (its gradient is beyond the error
    bound).
    """

    impl: str
    outcome: Outcome
    stage: str
    message: str
    cell: Cell | None = None

    @property
    def is_starved(self) -> bool:
        """Return whether the implementation gave no answer because other processes used all cores."""
        return self.outcome == "skipped" and STARVED in self.message

    @property
    def is_of_the_budget(self) -> bool:
        """Return whether the implementation gave no answer because the budget was over."""
        return BUDGET_OVER in self.message


class Noise(Struct, frozen=True, kw_only=True):
    """Counts of the system while a cell was measured; None if the system doesn't report them.

    stolen: share of the cores' time that other guests of the same hardware took.
    throttled: periods in which the container was stopped.
    overheated: how often cores were slowed down.
    swapped_pages: pages moved from or to the disk.
    """

    cell: Cell
    seconds: Seconds
    stolen: Share | None = None
    throttled: Count | None = None
    overheated: Count = 0
    swapped_pages: Count = 0


class Results(Struct, frozen=True, kw_only=True):
    """One run: its measurements and absences, where and when it was made, and its disturbances.

    machine, commit: pytest-benchmark's machine_info and commit_info, with our own under machine["gradrace"].
    options: the options of the run (seed, budget_s, ...).
    seconds: wall-clock seconds of the run: `starting` the workers, `timed` samples and descents, `all` of it.
    """

    measurements: list[Measurement]
    absences: list[Absence]
    machine: dict[str, Any]
    commit: dict[str, Any]
    datetime: str
    options: dict[str, Any] = {}
    noise: list[Noise] = []
    seconds: dict[str, Seconds] = {}
