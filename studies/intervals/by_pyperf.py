"""A benchmark for pyperf, which `studies.intervals.tools` runs."""

from __future__ import annotations

import pyperf

from studies.intervals.prepared import impls, prepared

if __name__ == "__main__":
    runner = pyperf.Runner()
    # The manager process starts the workers and times nothing, so it needs no implementation.
    runner.bench_func("gradient", prepared(*impls()) if runner.parse_args().worker else impls)
