"""For all tests: Hypothesis without a deadline, as no test may depend on how fast the machine is; and two tiers.

Hypothesis draws the same examples at each run, so that a change isn't refused for what another one made;
`pytest --hypothesis-profile explore` draws new ones.

`slow` marks what starts many processes, a browser or a cluster, simulates for long, or runs a whole page of
the docs. `pytest` alone leaves that out, `pytest -m slow` runs it. A run of a whole tier takes all cores; files that
are named run in this process, one test after the other.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator

import pytest

os.environ.setdefault("TRITON_INTERPRET", "1")  # no test needs a GPU; Triton looks when it is imported


QUICK = "not slow"
"""What addopts asks for by -m."""

MOST_WORKERS = 8
"""Each imports everything and collects all tests by itself."""

SLOWEST_SHOWN = 10

SLOW_FIXTURES = {"browser": "starts Chromium", "clone": "copies the project, and races two copies of it"}
SLOW_IMPLEMENTATIONS = {"dask_blocks": "starts a cluster"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """The contract suite also for what `gradrace verify --impl` takes: files of one's own, names of installed ones."""
    parser.addoption("--impl", metavar="NAME,...", help="whom tests/impls/test_contract.py holds to the contract")


def pytest_configure(config: pytest.Config) -> None:
    """Not at import: `pytest-benchmark compare` imports this file too, where the test extra may not be installed."""
    try:
        from hypothesis import settings
    except ModuleNotFoundError as error:
        raise pytest.UsageError("the tests need more: .venv/bin/pip install -e '.[test]'") from error

    if (
        signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    ):  # a shell's background job, whose children would ignore it too
        signal.signal(signal.SIGINT, signal.default_int_handler)
    settings.register_profile("explore", deadline=None, max_examples=300)
    settings.register_profile("gradrace", deadline=None, max_examples=30, derandomize=True)
    settings.load_profile("gradrace")  # before Hypothesis loads what --hypothesis-profile names


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """A whole tier runs on all cores, and ends in what took longest."""
    if not _is_whole(config) or config.option.usepdb or getattr(config.option, "numprocesses", 0) is not None:
        return
    from gradrace.bench.machine.available import cores

    config.option.numprocesses = min(cores(), MOST_WORKERS)
    config.option.dist = "worksteal"  # neighbours share fixtures, and what Numba compiled
    config.option.benchmark_disable = True  # as pytest-benchmark would by itself, with a warning
    if config.option.durations is None:
        config.option.durations = SLOWEST_SHOWN


def _is_whole(config: pytest.Config) -> bool:
    """Whether no file is named; to be decided by whom the user started, not by his workers."""
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not hasattr(config, "workerinput")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark as slow what uses something slow; whoever names an implementation by --impl wants to see it tested."""
    for item in items:
        by_name = [] if config.getoption("impl") else _parameters(item)
        if {*getattr(item, "fixturenames", ())} & SLOW_FIXTURES.keys() or {*by_name} & SLOW_IMPLEMENTATIONS.keys():
            item.add_marker("slow")


def _parameters(item: pytest.Item) -> list[str]:
    """What a test is given by `parametrize`: names, and sources of implementations by theirs."""
    given = item.callspec.params.values() if isinstance(item, pytest.Function) and hasattr(item, "callspec") else ()
    return [name for value in given if isinstance(name := getattr(value, "name", value), str)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """How to run the rest."""
    if config.option.markexpr == QUICK and _is_whole(config):
        terminalreporter.write_line("This was the quick tier. The slow one: pytest -m slow. Both: pytest -m ''")


@pytest.fixture(autouse=True, scope="module")
def no_cluster_left() -> Iterator[None]:
    """A cluster that a test started ends with its file: its threads would be counted in the memory of others."""
    yield
    if "gradrace.impls._dask.cluster" in sys.modules:
        sys.modules["gradrace.impls._dask.cluster"].close()
