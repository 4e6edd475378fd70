"""Entry point of the command line: run a verb, and report unusable input in one line."""

from __future__ import annotations

import gc
import signal
import sys
from importlib import import_module
from io import TextIOWrapper
from time import perf_counter_ns

import typer

from gradrace.cli.app import INTERRUPTED, UNUSABLE, WRONG, Call, app, say, verb_name, what_failed

VERBS = {
    "run": "run",
    "report": "report",
    "verify": "verify",
    "explain": "show",
    "train": "train",
    "predict": "predict",
    "list": "show",
    "new": "write",
    "check": "gate",
    "compare": "gate",
    "history": "show",
    "doctor": "show",
    "make": "write",
}
"""Modules of the verbs, in the order of `gradrace --help`: the verbs that a newcomer needs come first."""

LEAST_ADDRESS_SPACE = 1_000_000_000
"""Minimum address space in bytes: OpenBLAS hung with 512 MB, and failed with 128 MB."""

CLOSED = 128 + 13
"""Exit status, that of SIGPIPE, if the output is closed, as by `| head`. Typer and Rich exit with 1 then, which would
say that an implementation is wrong. A verb's own exit status is returned, and raises nothing.
"""

stopped: list[int] = []
"""Signals that have asked this process to end."""


def main(begun_ns: int | None = None) -> None:
    """Run a verb, and exit with its status.

    Unusable input, a full disk or too little memory gives one line on stderr and exit status 2.

    Args:
        begun_ns: Time at which the command began, on time.perf_counter_ns; now by default.
    """
    call = Call(perf_counter_ns() if begun_ns is None else begun_ns)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that can't show µ or × shows ?
    for signum in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        if signal.getsignal(signum) != signal.SIG_IGN:
            signal.signal(signum, _stop)
    try:
        status = _status(call) if _has_room() else UNUSABLE
    except SystemExit as error:
        if error.code != WRONG:
            raise
        status = CLOSED
    except Exception:
        if not stopped:
            raise
        status = 128 + stopped[0]  # a signal while a library is imported may surface as any exception
    if status == INTERRUPTED:
        say(f"interrupted; {call.kept}")
    gc.freeze()  # freeing every object takes 0.45 s with scikit-learn and pandas, this 0.05 s
    sys.exit(status)


def _has_room() -> bool:
    """Return whether `ulimit -v` leaves room for the libraries: without it, NumPy's threads hang or die at import."""
    try:
        import resource
    except ModuleNotFoundError:
        return True
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY or limit >= LEAST_ADDRESS_SPACE:
        return True
    say(f"`ulimit -v`: {limit / 1e6:.0f} MB of address space, but NumPy and Numba need 1 GB to start; raise it")
    return False


def _stop(number: int, _: object) -> None:
    """Raise the exception that ends the program cleanly, with its workers and temporary files."""
    stopped.append(number)
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    sys.exit(128 + number)


def register(word: str = "--help") -> None:
    """Import the module that registers a verb; those of all verbs, 20 ms, if the word is no verb."""
    for module in [VERBS[word]] if word in VERBS else {*VERBS.values()}:
        import_module(f"gradrace.cli.{module}")
    app.registered_commands.sort(key=lambda verb: [*VERBS].index(verb_name(verb)))


def _status(call: Call) -> int:
    """Run the verb, and return its exit status."""
    words = sys.argv[1:] or ["--help"]
    try:
        register(words[0])
        return int(app(words, standalone_mode=False, obj=call) or 0)
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        called = context.command_path if context else "gradrace"
        from gradrace.mistyped import remedy

        return say(remedy(error) or f"{_sentence(error)} See `{called} --help`.")
    except OSError as error:
        return say(what_failed(error))
    except MemoryError as error:
        return say(f"{str(error) or 'out of memory'}; give smaller --m or --nx, or fewer implementations")
    except Exception as error:
        from gradrace.bench.results import UnusableInput

        if not isinstance(error, UnusableInput):
            raise
        return say(str(error))


def _sentence(error: typer.TyperException) -> str:
    """Return what was wrong, with one mark at its end: "Did you mean 'train'?" needs no full stop."""
    told = error.format_message().rstrip(".")
    return told if told.endswith("?") else f"{told}."
