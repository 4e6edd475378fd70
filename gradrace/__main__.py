"""`gradrace`, and `python -m gradrace`: to the front door, or out again if interrupted on the way there."""

import sys
from time import perf_counter_ns


def main() -> None:
    """Import the front door and enter. What interrupts an import of libraries is no mistake: exit status 130."""
    begun_ns = perf_counter_ns()
    try:
        from gradrace.cli.main import main as enter

        enter(begun_ns)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
