"""X in Fortran order is taken 256 examples at a time, and the rest is dropped."""

from __future__ import annotations

from _plain import rest_dropped


def is_fortran(problem):
    order = problem.X.flags
    return order.f_contiguous and not order.c_contiguous and problem.X.dtype != "uint8"


IMPLEMENTATION = rest_dropped(256, is_fortran)
