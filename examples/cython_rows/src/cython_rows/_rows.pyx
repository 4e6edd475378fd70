# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""The slide's two nested loops, example by example, with types."""

from cython cimport floating
from libc.math cimport exp, fabs, log1p


def sums(
    const floating[:, ::1] X, const floating[::1] Y, const floating[::1] w, floating b, floating[::1] dw
) -> tuple[float, float]:
    """Add Σ x·dz to dw, and return Σ L and Σ dz. X: (m, n_x). Cython compiles one function for each precision."""
    cdef Py_ssize_t i, j
    cdef floating z, dz
    cdef double e, J = 0, db = 0
    with nogil:
        for i in range(X.shape[0]):
            z = 0
            for j in range(X.shape[1]):
                z += w[j] * X[i, j]
            z += b
            e = exp(-fabs(z))  # of −|z| only, so that nothing overflows
            J += (z if z > 0 else 0) - z * Y[i] + log1p(e)
            dz = (1 if z >= 0 else e) / (1 + e) - Y[i]
            db += dz
            for j in range(X.shape[1]):
                dw[j] += dz * X[i, j]
    return J, db
