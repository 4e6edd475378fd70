"""Settings of all tests: Hypothesis without a deadline, as no test may depend on the machine's speed; and two tiers.

Hypothesis draws the same examples at each run, so that a change isn't refused for a fault of another one.
`pytest --hypothesis-profile explore` draws new ones.

`slow` marks tests that start many processes, a browser or a cluster, simulate for long, or run a page of the docs.
`pytest` alone leaves them out, and `pytest -m slow` runs them. A run of a whole tier uses all cores; named files run in
this process, one test after the other.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator

import pytest

os.environ.setdefault("TRITON_INTERPRET", "1")  # no test needs a GPU; Triton looks when it is imported


QUICK = "not slow"
"""Marker expression of addopts."""

MOST_WORKERS = 8
"""Maximum number of workers: each imports everything and collects all tests by itself."""

SLOWEST_SHOWN = 10

SLOW_FIXTURES = {"browser": "starts Chromium", "clone": "copies the project, and races two copies of it"}
SLOW_IMPLEMENTATIONS = {"dask_blocks": "starts a cluster"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --impl, which runs the contract suite for files and for installed implementations."""
    parser.addoption("--impl", metavar="NAME,...", help="implementations for tests/impls/test_contract.py")


def pytest_configure(config: pytest.Config) -> None:
    """Set up Hypothesis. This file may be imported without it, by `pytest-benchmark compare`."""
    try:
        from hypothesis import settings
    except ModuleNotFoundError as error:
        raise pytest.UsageError("the tests need more: .venv/bin/pip install -e '.[test]'") from error

    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # in a shell's background job; children would ignore it, too
        signal.signal(signal.SIGINT, signal.default_int_handler)
    settings.register_profile("explore", deadline=None, max_examples=300)
    settings.register_profile("gradrace", deadline=None, max_examples=30, derandomize=True)
    settings.load_profile("gradrace")  # before Hypothesis loads what --hypothesis-profile names


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Run a whole tier on all cores, and show the slowest tests at the end."""
    if not _is_whole(config) or config.option.usepdb or getattr(config.option, "numprocesses", 0) is not None:
        return
    from gradrace.bench.machine.available import cores

    config.option.numprocesses = min(cores(), MOST_WORKERS)
    config.option.dist = "worksteal"  # neighbours share fixtures, and what Numba compiled
    config.option.benchmark_disable = True  # as pytest-benchmark would by itself, with a warning
    if config.option.durations is None:
        config.option.durations = SLOWEST_SHOWN


def _is_whole(config: pytest.Config) -> bool:
    """Return whether no file is named. The process that the user started decides, not its workers."""
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not hasattr(config, "workerinput")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark tests as slow that use something slow, except those of an implementation named by --impl."""
    for item in items:
        by_name = [] if config.getoption("impl") else _parameters(item)
        if {*getattr(item, "fixturenames", ())} & SLOW_FIXTURES.keys() or {*by_name} & SLOW_IMPLEMENTATIONS.keys():
            item.add_marker("slow")


def _parameters(item: pytest.Item) -> list[str]:
    """Return the parameters of a test: names, and the names of sources."""
    given = item.callspec.params.values() if isinstance(item, pytest.Function) and hasattr(item, "callspec") else ()
    return [name for value in given if isinstance(name := getattr(value, "name", value), str)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print how to run the other tier."""
    if config.option.markexpr == QUICK and _is_whole(config):
        terminalreporter.write_line("This was the quick tier. The slow one: pytest -m slow. Both: pytest -m ''")


@pytest.fixture(autouse=True, scope="module")
def no_cluster_left() -> Iterator[None]:
    """End the cluster that a file's tests started: its threads would count in the memory of other tests."""
    yield
    if "gradrace.impls._dask.cluster" in sys.modules:
        sys.modules["gradrace.impls._dask.cluster"].close()
