"""Entry point of `gradrace` and `python -m gradrace`: run the command line, and exit quietly on an interrupt."""

import sys
from time import perf_counter_ns


def main() -> None:
    """Import the command line and run it. An interrupt while libraries are imported is no error: exit status 130."""
    begun_ns = perf_counter_ns()
    try:
        from gradrace.cli.main import main as enter

        enter(begun_ns)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
