"""The main job where little is allowed: it does what it is for, or says in one line why not."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradrace.bench.paths import ROOT
from gradrace.bench.results_file import read, write
from tests.reports.conftest import made_up

pytestmark = pytest.mark.slow

IMPLS = "numpy_vectorized,numba_fused"
JOB = [sys.executable, "-m", "gradrace", "run", "--m", "100", "--nx", "10", "--impl", IMPLS, "--budget", "20"]
NOBODY = 65534
GB = 1 << 30


def job(out: Path, *before: str, **how: object) -> subprocess.CompletedProcess[str]:
    """The job, by way of another command perhaps."""
    command = [*before, *JOB, "--out", str(out)]
    kept = {"cwd": ROOT, "capture_output": True, "text": True, "errors": "replace"} | how
    return subprocess.run(command, check=False, **kept)


def assert_done(done: subprocess.CompletedProcess[str], out: Path) -> None:
    """All was measured, and told without a traceback."""
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Traceback" not in done.stderr
    assert {one.impl for one in read(out / "results.json").measurements} == {"floor", *IMPLS.split(",")}


def without(*names: str, **others: str) -> dict[str, str]:
    """The environment without some variables, and with others."""
    return {name: value for name, value in os.environ.items() if name not in names} | others


@pytest.mark.parametrize(
    "environment",
    [
        without("HOME", "TERM", "LANG", LC_ALL="POSIX", NO_COLOR="1"),
        without("LC_ALL", "LC_CTYPE", HOME="/nonexistent", TERM="dumb", LANG="C", COLUMNS="20"),
        without(PATH="/nonexistent"),  # no git, no lscpu
    ],
    ids=["no home, no terminal", "home missing, dumb and narrow terminal", "no programs"],
)
def test_the_environment_may_be_bare(tmp_path: Path, environment: dict[str, str]) -> None:
    assert_done(job(tmp_path, env=environment), tmp_path)


@pytest.mark.parametrize("limit_bytes", [GB // 8, GB // 4, GB // 2, GB, 2 * GB, 16 * GB])
def test_address_space_may_be_short(tmp_path: Path, limit_bytes: int) -> None:
    """`ulimit -v`: below some size Python itself can't start its libraries."""
    limits = (limit_bytes, limit_bytes)
    done = job(tmp_path, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, limits))
    assert "Traceback" not in done.stderr, done.stderr[-3000:]
    if done.returncode == 0:
        assert_done(done, tmp_path)
    else:
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
        assert done.stderr.startswith("gradrace: ")


def test_files_may_be_few(tmp_path: Path) -> None:
    """`ulimit -n`."""
    done = job(tmp_path, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)))
    assert_done(done, tmp_path)


@pytest.fixture
def unshare() -> str:
    """The program that gives a process a view of the file system of its own."""
    program = shutil.which("unshare")
    if program is None or subprocess.run([program, "-m", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no views of the file system of one's own are allowed here")
    return program


def test_a_full_disk_ends_in_one_line_and_keeps_what_was_there(tmp_path: Path, unshare: str) -> None:
    """A disk of 40 kB, which results fill in the second or third cell."""
    out, kept = tmp_path / "out", tmp_path / "kept"
    out.mkdir()
    small = f'mount -t tmpfs -o size=40k none {out} && {{ "$@"; status=$?; cp -r {out} {kept}; exit $status; }}'
    command = [*JOB, "--out", str(out)]
    command[command.index("--m") + 1] = "10,20,30,40,50,60"
    done = subprocess.run(
        [unshare, "-m", "sh", "-c", small, "sh", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert "No space left on device; make room there" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert read(kept / "results.json").measurements
    assert [path.name for path in kept.iterdir()] == ["results.json"]


def test_a_run_is_told_though_its_report_finds_no_room(tmp_path: Path, unshare: str) -> None:
    """A disk of 1 MB holds the results, but not the page."""
    out, kept = tmp_path / "out", tmp_path / "kept"
    out.mkdir()
    small = f'mount -t tmpfs -o size=1m none {out} && {{ "$@"; status=$?; cp -r {out} {kept}; exit $status; }}'
    command = [unshare, "-m", "sh", "-c", small, "sh", *JOB, "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.endswith(f"{out}/results.json holds the results: make room, then gradrace report {out}")
    assert "numpy_vectorized" in done.stdout
    assert "Report:" not in done.stdout
    again = [sys.executable, "-m", "gradrace", "report", str(kept)]
    assert subprocess.run(again, cwd=ROOT, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("file", ["m.npz", "p.csv", "e.json"])
def test_a_full_disk_is_named_with_the_file_and_nothing_is_left(tmp_path: Path, unshare: str, file: str) -> None:
    (disk := tmp_path / "disk").mkdir()
    write(tmp_path / "results.json", made_up())
    words = {
        "m.npz": ["train", "breast_cancer", "--iterations", "5", "--model"],
        "p.csv": ["predict", "m.npz", "breast_cancer", "--csv"],
        "e.json": ["report", ".", "--export"],
    }
    program = [sys.executable, "-m", "gradrace"]
    if file == "p.csv":
        made = [*program, *words["m.npz"], "m.npz"]
        assert subprocess.run(made, cwd=tmp_path, env=without(PYTHONPATH=str(ROOT)), check=False).returncode == 0
    filled = f"mount -t tmpfs -o size=8k none {disk} && head -c 8192 /dev/zero > {disk}/fill"
    full = f'{filled}; "$@"; status=$?; ls -A {disk}; exit $status'
    command = [unshare, "-m", "sh", "-c", full, "sh", *program, *words[file], str(disk / file)]
    done = subprocess.run(
        command, cwd=tmp_path, env=without(PYTHONPATH=str(ROOT)), capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert f"{disk / file}" in done.stderr.splitlines()[-1]
    assert "No space left on device" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert done.stdout.splitlines()[-1] == "fill"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may write nothing")
def test_the_checkout_may_be_read_only(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    os.chown(out, NOBODY, NOBODY)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.owner() == "root" and not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o011)
    try:
        program = [sys.executable, "-c", f"import os; os.listdir({str(ROOT)!r})"]
        subprocess.run(program, user=NOBODY, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("nobody else may read the checkout, or run this Python")
    done = job(out, user=NOBODY, group=NOBODY, env=without("NUMBA_CACHE_DIR", HOME="/nonexistent"))
    assert_done(done, out)


def test_the_system_may_tell_nothing_of_the_processor(tmp_path: Path, unshare: str) -> None:
    hidden = 'mount --bind /dev/null /proc/cpuinfo && exec "$@"'
    assert_done(job(tmp_path, unshare, "-m", "sh", "-c", hidden, "sh"), tmp_path)


@pytest.fixture
def half_a_core() -> Iterator[Path]:
    """A control group of half a core."""
    for root, files in (
        ("/sys/fs/cgroup", {"cpu.max": "50000 100000"}),
        ("/sys/fs/cgroup/cpu", {"cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": "50000"}),
    ):
        group = Path(root) / f"gradrace-test-{os.getpid()}"
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            if all((group / name).exists() for name in files):  # or it is a folder like any other
                for name, text in files.items():
                    (group / name).write_text(text)
                yield group
                return
        finally:
            group.rmdir()
    pytest.skip("no control group can be made here")


def test_half_a_core_is_enough_and_is_warned_of(tmp_path: Path, half_a_core: Path) -> None:
    join = f'echo $$ > {half_a_core}/cgroup.procs && exec "$@"'
    done = job(tmp_path, "sh", "-c", join, "sh")
    assert_done(done, tmp_path)
    assert "the quota pays for 0.5" in " ".join(done.stderr.split())
    assert any("quota" in warning for warning in read(tmp_path / "results.json").machine["gradrace"]["warnings"])
