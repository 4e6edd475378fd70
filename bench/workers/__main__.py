"""A worker process, as `python -m gradrace.bench.workers`: see `worker`.

Processes that an implementation spawns import the main module of this one again, unless it is called `__main__`. They
need none of it, and it took each of Dask's workers 0.36 s of CPU.
"""

from gradrace.bench.workers.worker import main

main()
