"""The front door: runs a verb, and turns what it can't use into one line."""

from __future__ import annotations

import signal
import sys
from io import TextIOWrapper

import typer

from gradrace.cli import gate, learn, look, race
from gradrace.cli.app import INTERRUPTED, app, say

VERBS = (look, race, gate, learn)
"""Importing them fills the app."""

KEPT = {
    "run": "what was finished by then is in its results.json: the same with --resume --out DIR measures the rest",
    "train": "a --model of one implementation is kept: --resume goes on with it; a race keeps nothing",
}


def main() -> None:
    """Run a verb. Input that can't be used, a full disk or memory end in one line on stderr, and exit status 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that can't show µ or × shows ?
    for signum in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, lambda number, _: sys.exit(128 + number))  # so that workers and temporary files go too
    try:
        status = app(standalone_mode=False)
        if status == INTERRUPTED:
            say(f"interrupted; {KEPT.get(sys.argv[1], 'nothing is kept')}")
    except typer.TyperException as error:
        status = say(f"{error.format_message().rstrip('.')}. See `{_called(error)} --help`.")
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        status = say(f"{place}{error.strerror or error}; make room there, or name another folder (TMPDIR, --out)")
    except MemoryError as error:
        status = say(f"{str(error) or 'out of memory'}; give smaller --m or --nx, or fewer implementations")
    except Exception as error:
        from bench.results import UnusableInput

        if not isinstance(error, UnusableInput):
            raise
        status = say(str(error))
    sys.exit(status)


def _called(error: typer.TyperException) -> str:
    """The verb whose words were wrong, as it was called."""
    context = getattr(error, "ctx", None)
    return str(context.command_path) if context else "gradrace"
