"""Results of verification: a row for each implementation and problem."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future

from msgspec import Struct
from msgspec.structs import replace

from gradrace.bench.results import BASELINE, Dtype, ErrorOverBound, UnusableInput
from gradrace.bench.subjects.subject import Seen, Subject
from gradrace.bench.verification import judge
from gradrace.bench.verification.hard_problems import DATA, MADE_UP, Exercise
from gradrace.bench.verification.judge import NO_GRADIENT, RAISES, Observation, Trial, Verdict, same_bits
from gradrace.bench.verification.scenes.play import Played
from gradrace.bench.verification.scenes.truth import Right, Truth
from gradrace.bench.workers.process import WorkerFailed, WorkerUnavailable
from gradrace.impls.interface import Gradient

UNAVAILABLE = "unavailable: "
"""Beginning of the reason if an implementation lacks a package or a device."""


class Row(Struct, frozen=True, kw_only=True):
    """Results of one implementation on one problem.

    digits: decimal digits to which (dw, db) agrees with the exact one.
    same_bits: whether its bits equal those of python_loop; None without it.
    findings: the faults; none if all is right.
    begins: the mistake, or where the error begins, for the first wrong problem only.
    skipped: why the problem was skipped.
    failed: whether it raised, died or didn't answer, and so returned nothing that is wrong.
    """

    impl: str
    problem: str
    m: int
    n_x: int
    dtype: Dtype
    error_over_bound: ErrorOverBound | None = None
    digits: float | None = None
    same_bits: bool | None = None
    findings: tuple[str, ...] = ()
    begins: str | None = None
    skipped: str | None = None
    failed: bool = False

    @property
    def lacks(self) -> str | None:
        """Return which package or device is missing, in words, if the problem was skipped for that."""
        told = self.skipped or ""
        return told.removeprefix(UNAVAILABLE) if told.startswith(UNAVAILABLE) else None

    @property
    def returned(self) -> bool:
        """Return whether it returned something that may be wrong: it was loaded, and didn't fail."""
        return self.m > 0 and not self.failed

    @property
    def is_asked_for(self) -> bool:
        """Return whether the problem has a requested size, or real data."""
        return self.problem == MADE_UP or self.problem.startswith(DATA)


def require_verified(rows: Sequence[Row]) -> None:
    """Raise UnusableInput if no implementation was verified: at all, or on a problem of a requested size or real data.

    Of hard problems, any number may be skipped.
    """
    asked = {(row.problem, row.m, row.n_x, row.dtype) for row in rows if row.is_asked_for}
    for key in [*sorted(asked), None]:
        its = [row for row in rows if key in (None, (row.problem, row.m, row.n_x, row.dtype))]
        if its and all(row.skipped for row in its):
            where = f"m = {its[0].m}, n_x = {its[0].n_x}: " if key else ""
            told = f"{where}no implementation was verified ({its[0].impl}: {its[0].skipped})"
            raise UnusableInput(f"{told}; {'give a smaller --m' if key else 'name others with --impl'}")


def not_loaded(name: str, dtype: Dtype, failure: WorkerFailed) -> Row:
    """Return the row of an implementation that can't be loaded.

    A missing package is no fault; any other reason is.
    """
    return _without(Row(impl=name, problem="all", m=0, n_x=0, dtype=dtype), failure)


def _without(blank: Row, failure: Observation | Played | WorkerFailed) -> Row:
    """Return the row of an implementation that returned nothing."""
    if isinstance(failure, WorkerUnavailable):
        return replace(blank, skipped=f"{UNAVAILABLE}{failure}")
    return replace(blank, error_over_bound=NO_GRADIENT, findings=(str(failure),), failed=blank.m > 0)


def judged(seen: Mapping[Subject, Future[Seen]], exercise: Exercise, right: Right) -> Iterator[Row]:
    """Yield a row for each implementation. The results are judged in this process, not in the workers."""
    size = right if isinstance(right, Truth) else right.case.problem
    loop: Gradient | None = None
    for subject, future in seen.items():
        name, one = subject.worker.name, future.result()
        blank = Row(impl=name, problem=exercise.name, m=size.m, n_x=size.n_x, dtype=exercise.dtype)
        if isinstance(one, Observation) and isinstance(right, Trial):
            verdict = judge.judge(one, right)
            loop = verdict.gradient if name == BASELINE else loop
            yield _row_of(blank, verdict, right, loop, subject.begins(exercise, right, verdict))
        elif isinstance(one, Played) and isinstance(right, Truth):
            error, findings = right.judge(one)
            yield replace(blank, error_over_bound=error, findings=tuple(findings), failed=_only_raised(findings))
        elif isinstance(one, str):
            yield replace(blank, skipped=one)
        else:
            yield _without(blank, one)


def _row_of(blank: Row, verdict: Verdict, trial: Trial, loop: Gradient | None, begins: str | None) -> Row:
    gradient = verdict.gradient
    return replace(
        blank,
        error_over_bound=verdict.error_over_bound,
        digits=trial.here.digits(gradient) if gradient else None,
        same_bits=same_bits(gradient, loop) if gradient and loop else None,
        findings=verdict.findings,
        begins=begins,
        failed=_only_raised(verdict.findings),
    )


def _only_raised(findings: Sequence[str]) -> bool:
    """Return whether the only fault is an exception, so that nothing that was returned is wrong."""
    return bool(findings) and all(finding.startswith(RAISES) for finding in findings)
