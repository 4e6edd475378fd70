"""A few of the interruptions that `tests.faults.interruptions` makes by the hundred."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.faults import interruptions
from tests.faults.interruptions import interrupted

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("signum", "after_s"), [(signal.SIGINT, 3.0), (signal.SIGTERM, 4.0), (signal.SIGKILL, 5.0)])
def test_what_was_finished_is_kept_and_the_rest_measured_later(signum, after_s: float, tmp_path: Path) -> None:
    """Wherever in a run that is on this machine: each of them must do, so that nothing depends on its speed."""
    assert interrupted(signum, after_s, tmp_path).faults == ()


def test_a_process_that_lives_on_and_a_cell_that_is_lost_are_seen(tmp_path: Path, monkeypatch) -> None:
    import subprocess
    import sys

    mark = f"{interruptions.os.getpid()}-{tmp_path.name}"
    monkeypatch.setattr(interruptions, "psutil", interruptions.psutil)
    orphan = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], env={interruptions.MARK: mark})
    monkeypatch.setattr(interruptions, "_command", lambda _: [sys.executable, "-c", "raise SystemExit(3)"])
    try:
        faults = interrupted(signal.SIGTERM, 1.0, tmp_path).faults
    finally:
        orphan.kill()
        orphan.wait()
    assert sum("lives on" in fault for fault in faults) == 2
    assert sum("exit status 3" in fault for fault in faults) == 1
    assert sum("is missing" in fault for fault in faults) == len(interruptions.CELLS)
