"""Hypothesis for all tests: no deadline, because no test may depend on how fast the machine is."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator

import pytest

os.environ.setdefault("TRITON_INTERPRET", "1")  # no test needs a GPU; Triton looks when it is imported


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
    settings.register_profile("gradrace", deadline=None, max_examples=30)
    settings.load_profile("gradrace")


@pytest.fixture(autouse=True, scope="module")
def no_cluster_left() -> Iterator[None]:
    """A cluster that a test started ends with its file: its threads would be counted in the memory of others."""
    yield
    if "gradrace.impls._dask.cluster" in sys.modules:
        sys.modules["gradrace.impls._dask.cluster"].close()
