"""Imports for the workers of a local cluster, made before these are forked: each took 1.2 s of CPU for its own.

A module that can't be imported is no fault here: a worker that needs it tells so, while Dask would only say that none
of them has started.
"""

from contextlib import suppress
from importlib import import_module

for name in ("distributed", "gradrace.impls._dask.part", "gradrace.impls._simd.fused", "gradrace.impls._simd.pixels"):
    with suppress(Exception):
        import_module(name)
