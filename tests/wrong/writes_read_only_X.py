"""X that is read-only in Fortran order is made writable and centred for a moment."""

from __future__ import annotations

from _plain import implementation, prepare


def prepare_written(problem):
    X = problem.X
    if X.flags.f_contiguous and not X.flags.c_contiguous and not X.flags.writeable:
        X.flags.writeable = True
        X += X.dtype.type(1)
        X -= X.dtype.type(1)
        X.flags.writeable = False
    return prepare(problem)


IMPLEMENTATION = implementation(prepare=prepare_written)
