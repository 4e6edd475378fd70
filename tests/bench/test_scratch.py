"""Locks and temporary folders: one user at a time, and nothing left behind for long."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from errno import ENOSPC
from pathlib import Path
from socket import gethostname

import pytest

from gradrace.bench import scratch
from gradrace.bench.lock import InUse, locked
from gradrace.bench.paths import ROOT
from gradrace.bench.scratch import replaced


def test_a_locked_folder_is_refused_until_it_is_let_go(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(InUse), locked(tmp_path):
        pass
    with locked(tmp_path):
        assert [*tmp_path.iterdir()] == []


def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    program = "import sys, pathlib\nfrom gradrace.bench.lock import locked\n"
    program += f"with locked(pathlib.Path({str(tmp_path)!r})):\n"
    program += "    print('held', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(InUse), locked(tmp_path):
            pass
        holder.kill()
    with locked(tmp_path):
        pass


HERE = f"{scratch.PREFIX}{gethostname()}"
LEFT, YOUNG, ELSEWHERE = f"{HERE}-left", f"{HERE}-young", f"{scratch.PREFIX}another-host-left"


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_scratch_folder_is_gone_afterwards(temporary: Path) -> None:
    with scratch.scratch() as folder:
        (folder / "X.npy").write_bytes(b"0")
    assert [*temporary.iterdir()] == []


def test_what_a_thread_writes_after_an_interruption_is_gone_as_well(temporary: Path) -> None:
    """As a worker's thread does, which saves the case again if it is missing."""
    program = (
        "import threading, time\nfrom gradrace.bench.scratch import scratch\n"
        "def write():\n"
        "    while folder.exists(): time.sleep(0.01)\n"
        "    folder.mkdir(); (folder / 'X.npy').write_bytes(b'0'); print('written', flush=True)\n"
        "with scratch() as folder:\n"
        "    threading.Thread(target=write).start()\n"
        "    raise KeyboardInterrupt\n"
    )
    variables = {**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-P", "-c", program]
    told = subprocess.run(command, env=variables, capture_output=True, text=True, check=False, timeout=60)
    assert told.stdout == "written\n"
    assert told.stderr.endswith("KeyboardInterrupt\n")
    assert [*temporary.iterdir()] == []


def test_what_a_killed_run_left_is_swept_up_and_nothing_else(temporary: Path) -> None:
    for name in (LEFT, YOUNG, ELSEWHERE, "gradrace-numba-cache", "somebody-elses"):
        (temporary / name).mkdir()
        (temporary / name / "X.npy").write_bytes(b"0")
        if name != YOUNG:
            os.utime(temporary / name, (0, 0))
    with scratch.scratch() as living:
        os.utime(living, (0, 0))
        scratch.sweep()
        assert living.exists()
    assert {path.name for path in temporary.iterdir()} == {
        YOUNG,
        ELSEWHERE,
        "gradrace-numba-cache",
        "somebody-elses",
    }


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    file, link = tmp_path / "a.csv", tmp_path / "link"
    with replaced(file) as stream:
        stream.write(b"old")
        assert not file.exists()
    with pytest.raises(OSError, match="No space left") as raised, replaced(file) as stream:  # noqa: PT012
        stream.write(b"ne")
        raise OSError(ENOSPC, os.strerror(ENOSPC))
    assert raised.value.filename == str(file)
    assert file.read_bytes() == b"old"
    link.symlink_to(file)
    with replaced(link) as stream:
        stream.write(b"new")
    assert link.is_symlink()
    assert file.read_bytes() == b"new"
    assert {path.name for path in tmp_path.iterdir()} == {"a.csv", "link"}
