"""Verification of an implementation on a problem: every call must be right and leave its inputs unchanged.

`observe` calls the implementation, in any process; `judge` compares the observations with the oracle; `check` does
both.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from msgspec.structs import asdict

from gradrace.bench.problems import Case
from gradrace.bench.results import ErrorOverBound
from gradrace.bench.text import multiple, one_line
from gradrace.bench.verification.reference import Reference, reference
from gradrace.impls.discovery import missing_package, place
from gradrace.impls.interface import Float, FloatArray, Gradient, Implementation, Malformed

REMEMBERED = "right at the first w, wrong at the second: a cached result, or a fault that the first w doesn't show"
COMES_AGAIN = "right at two w, wrong when the first one is repeated: are inputs changed, or results cached?"

RAISES = "raises "
"""Beginning of the finding that an implementation raised an exception."""

CHANGES = "changes "
"""Beginning of the finding that an input was changed, which explains what else is wrong."""

OVERWRITTEN = "a later call changes what an earlier one returned"

NO_GRADIENT = ErrorOverBound(J=np.inf, dw=np.inf, db=np.inf)


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """Results of three calls: at the case's point, at `elsewhere`, and at the first again; none if one raised.

    harm: changes of inputs and earlier results, warnings, and exceptions; a line each.
    prepare_s, call_s: seconds of `prepare`, and of the fastest call, including reading its result.
    """

    gradients: tuple[Gradient, ...]
    harm: tuple[str, ...]
    prepare_s: float = 0.0
    call_s: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """A case and its references at its own point and elsewhere, computed once for any number of judgements."""

    case: Case
    here: Reference
    elsewhere: Reference


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """Verdict on an implementation.

    error_over_bound: the worst of all calls.
    findings: the faults, a line each; none if all is right.
    gradient: the result of the first call, whose bits can be compared with another's; None after an exception.
    """

    error_over_bound: ErrorOverBound
    findings: tuple[str, ...]
    gradient: Gradient | None


def elsewhere(case: Case) -> tuple[FloatArray, Float]:
    """Return (−w, b + 1): another point for any w and b, with z about as large."""
    return another_point(case.w, case.b)


def another_point(w: FloatArray, b: Float) -> tuple[FloatArray, Float]:
    """Return (−w, b + 1)."""
    return -w, b + b.dtype.type(1)


def trial(case: Case) -> Trial:
    """Return the case with its two references. Raises UnusableInput if it has no finite gradient."""
    here = reference(case.problem, case.w, case.b)
    return Trial(case, here, reference(case.problem, *elsewhere(case)))


def check(implementation: Implementation[Any, Any, Any], trial: Trial) -> Verdict:
    """Observe the implementation in this process, and judge the observation."""
    return judge(observe(implementation, trial.case), trial)


def judge(observation: Observation, trial: Trial) -> Verdict:
    """Return the verdict on an observation.

    Right means: within the error bound at each call, of the problem's dtype and shape, and without harm.
    """
    if not observation.gradients:
        return Verdict(NO_GRADIENT, observation.harm, None)
    references = (trial.here, trial.elsewhere, trial.here)
    calls = [*zip(references, observation.gradients, strict=True)]
    worst = worst_of([reference.error_over_bound(gradient) for reference, gradient in calls])
    misfits = [words for right, gradient in calls if (words := right.malformed(gradient))][:1]
    findings = changes_first([*misfits, *_beyond(worst, calls), *observation.harm])
    return Verdict(worst, tuple(findings), observation.gradients[0])


def changes_first(findings: Sequence[str]) -> list[str]:
    """Return the findings, those of changed inputs first."""
    return sorted(findings, key=lambda finding: not finding.startswith(CHANGES))


def _beyond(worst: ErrorOverBound, calls: Sequence[tuple[Reference, Gradient]]) -> Iterator[str]:
    """Yield the parts that exceed the bound, and the likely cause if only a later call is wrong."""
    for part, over in asdict(worst).items():
        if over <= 1 or (part == "dw" and any(right.malformed(gradient) for right, gradient in calls)):
            continue
        finite = all(np.isfinite(getattr(gradient, part)).all() for _, gradient in calls)
        yield f"error / bound of {part} is {multiple(over)}" if finite else f"{part} isn't finite"
    first, second, third = (right.fault(gradient) for right, gradient in calls)
    if first is None and second is not None:
        yield REMEMBERED
    elif first is None and third is not None:
        yield COMES_AGAIN


GROUNDLESS = "invalid value encountered in matmul"
"""Warning that doesn't count as harm: BLAS sets the processor's flag by chance, beside finite and right results
(OpenBLAS issue 1924, NumPy issue 24067). The numbers themselves reveal an invalid product.
"""


def observe(implementation: Implementation[Any, Any, Any], case: Case) -> Observation:
    """Prepare, call three times, and check X, Y, w and the earlier results for changes.

    A RuntimeWarning (NumPy's overflow or invalid value) counts as harm, and so does an exception. Raises
    ModuleNotFoundError if the implementation needs a package that is missing.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", RuntimeWarning)
        warnings.filterwarnings("ignore", GROUNDLESS, RuntimeWarning)
        try:
            seen = _three_calls(implementation, case)
        except Malformed as error:
            return Observation((), (raised(error),))
        except Exception as error:  # an implementation may raise anything
            if missing_package(error):
                raise
            return Observation((), (f"{RAISES}{raised(error)}",))
    warned = {f"warns: {one_line(str(warning.message))}": None for warning in caught}
    return replace(seen, harm=(*warned, *seen.harm))


def same_bits(one: Gradient, other: Gradient) -> bool:
    """Return whether J, dw and db are equal to the last bit: NaN equals itself, 0 and −0 differ."""
    parts = ((one.J, other.J), (one.dw, other.dw), (one.db, other.db))
    return all(np.asarray(a).tobytes() == np.asarray(b).tobytes() for a, b in parts)


def _three_calls(implementation: Implementation[Any, Any, Any], case: Case) -> Observation:
    """Return the gradients, and what was harmed.

    One array holds w at every call, and the third call receives the native w and b of the first again. This reveals an
    implementation that caches by the identity of w instead of its values. It also reveals a change of a native w that
    NumPy can't see, as the third gradient is then that of another point.
    """
    problem, other = case.problem, elsewhere(case)
    X, Y = problem.X.copy(), problem.Y.copy()
    begun = time.perf_counter()
    data = implementation.prepare(problem)
    prepare_s = time.perf_counter() - begun
    w = case.w.copy()
    native = implementation.native(w, case.b)
    results, kept_w, seconds = [], [], []
    for w_now, native_now in ((case.w, native), (other[0], None), (case.w, native)):
        w[:] = w_now
        begun = time.perf_counter()
        result = implementation.gradient(data, *(native_now or implementation.native(w, other[1])))
        results.append((result, implementation.read(result)))
        seconds.append(time.perf_counter() - begun)
        kept_w.append(np.array_equal(w, w_now))
    harms = {
        f"{CHANGES}X": not np.array_equal(problem.X, X),
        f"{CHANGES}Y": not np.array_equal(problem.Y, Y),
        f"{CHANGES}w": not all(kept_w),
        OVERWRITTEN: not all(same_bits(then, implementation.read(result)) for result, then in results),
    }
    harm = tuple(harm for harm, done in harms.items() if done)
    return Observation(tuple(then for _, then in results), harm, prepare_s, min(seconds))


def raised(error: BaseException) -> str:
    """Return the type, message and place of an exception in one line; of a malformed result only the message."""
    kind = type(error).__name__
    try:
        text = one_line(str(error))
    except Exception:  # the exception's own `__str__` fails
        text = ""
    if isinstance(error, Malformed):
        return text
    return one_line(f"{kind}: {text}" if text else kind) + place(error)


def worst_of(errors: list[ErrorOverBound]) -> ErrorOverBound:
    """Return the largest error / bound of each part."""
    return ErrorOverBound(J=max(e.J for e in errors), dw=max(e.dw for e in errors), db=max(e.db for e in errors))
