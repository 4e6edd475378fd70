"""Imports of the workers of a local cluster, made once before they are forked; each took 1.2 s of CPU for its own.

A module that can't be imported is no error here. A worker that needs it reports it, while Dask would only say that no
worker has started.
"""

from contextlib import suppress
from importlib import import_module

for name in ("distributed", "gradrace.impls._dask.part", "gradrace.impls._simd.fused", "gradrace.impls._simd.pixels"):
    with suppress(Exception):
        import_module(name)
