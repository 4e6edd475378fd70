"""`gradrace check` as a user meets it, and what CI services read of it: in a repository of its own, real processes."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock
from xml.etree import ElementTree as ET

import msgspec
import psutil
import pytest
from msgspec.structs import replace
from rich.console import Console

from gradrace.bench.gate import check as checking
from gradrace.bench.gate.check import Request
from gradrace.bench.gate.code.changes import Difference, chosen
from gradrace.bench.gate.code.sides import Side
from gradrace.bench.gate.findings import Finding, Report
from gradrace.bench.gate.limits import Rules
from gradrace.bench.paths import ROOT
from gradrace.bench.results import Cell, UnusableInput
from gradrace.cli.gate import Answering
from gradrace.reports.text import ci, gate_text
from gradrace.reports.text.junit import junit
from tests.bench.gate.code.checkouts import git, state
from tests.bench.gate.code.test_environments import made
from tests.gradrace.front_door import gradrace, needs_checkout, refused
from tests.gradrace.test_screen import watched

KEPT = ("numpy_vectorized.py", "numpy_columns.py")
"""Implementations that start quickly; those compiled would be compiled anew for each side."""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository of the project with few implementations, and a folder for temporary files beside it."""
    root = tmp_path / "clone"
    for package in ("gradrace", "impls", "bench", "reports"):
        shutil.copytree(ROOT / package, root / package, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    (root / ".gitignore").write_text("__pycache__/\n")
    for file in (root / "impls").glob("[!_]*.py"):
        if file.name not in (*KEPT, "interface.py", "discovery.py"):
            file.unlink()
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "first")
    (tmp_path / "scratch").mkdir()
    return root


def command(root: Path, *words: str) -> tuple[list[str], dict[str, str]]:
    environment = {**os.environ, "PYTHONPATH": str(root), "COLUMNS": "80", "TMPDIR": str(root.parent / "scratch")}
    for variable in (ci.SUMMARY, ci.ACTIONS):
        environment.pop(variable, None)
    small = ["--m", "10", "--nx", "10", "--budget", "20"]
    return [sys.executable, "-P", "-m", "gradrace", "check", "--against", "HEAD", *small, *words], environment


def check(root: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    line, environment = command(root, *words)
    return subprocess.run(
        line, cwd=root, env={**environment, **variables}, capture_output=True, text=True, check=False, timeout=900
    )


def assert_nothing_left(root: Path) -> None:
    assert list((root.parent / "scratch").iterdir()) == []
    left = [
        process.cmdline() for process in psutil.process_iter(["cmdline"]) if str(root) in str(process.info["cmdline"])
    ]
    assert left == []


def test_without_a_difference_nothing_is_measured(clone):
    told = check(clone)
    assert told.returncode == 0
    assert "No implementation on both sides differs" in " ".join(told.stdout.split())
    assert_nothing_left(clone)


def test_an_example_dropped_is_wrong_and_named_in_every_form(clone, tmp_path):
    file = clone / "impls" / "numpy_vectorized.py"
    file.write_text(file.read_text().replace("z = w @ data.X + b", "z = w @ data.X + b\n    z[-1] = 0"))
    before = state(clone)
    summary, junit, measured = tmp_path / "summary.md", tmp_path / "junit.xml", tmp_path / "check.json"
    actions = {ci.SUMMARY: str(summary), ci.ACTIONS: "true"}
    told = check(clone, "--junit", str(junit), "--json", str(measured), **actions)
    assert told.returncode == 1, told.stderr
    assert "Wrong: numpy_vectorized at m = 1, n_x = 1." in " ".join(told.stdout.split())
    assert "::error file=impls/numpy_vectorized.py,title=wrong%3A numpy_vectorized::" in told.stdout
    assert "numpy_columns" not in told.stdout.replace("the same on both sides: numpy_columns", "")
    assert "| numpy_vectorized | 1 × 1 |" in summary.read_text()
    cases = [(case.get("classname"), case.get("name"), *case) for case in ET.parse(junit).getroot().iter("testcase")]
    assert [case[:2] for case in cases] == [
        ("numpy_columns", "gradient"),
        ("numpy_vectorized", "gradient"),
        ("numpy_vectorized", "m = 10, n_x = 10"),
    ]
    assert [child.tag for case in cases for child in case[2:]] == ["skipped", "failure", "skipped"]
    (finding,) = json.loads(measured.read_text())["findings"]
    assert finding["outcome"] == "wrong"
    assert state(clone) == before
    assert_nothing_left(clone)
    (advised,) = re.findall("`gradrace (.*?)` shows each wrong problem", " ".join(told.stdout.split()))
    line, environment = command(clone)
    verified = [*line[: line.index("check")], *advised.split()]
    detail = subprocess.run(verified, cwd=clone, env=environment, capture_output=True, text=True, check=False)
    assert detail.returncode == 1
    assert "db" in detail.stdout


def test_a_sum_in_another_order_is_neither_wrong_nor_slower(clone):
    """In a terminal, where a bar is shown and then the table."""
    file = clone / "impls" / "numpy_vectorized.py"
    file.write_text(file.read_text().replace("np.sum(dz) / m", "np.sum(dz[::-1]) / m"))
    words = ("check", "--against", "HEAD", "--m", "10", "--nx", "10", "--budget", "200")
    lines = watched(clone, 80, *words, root=clone)
    assert lines[0].split()[0] == "implementation"
    assert "numpy_vectorized differs: numpy_vectorized.py" in lines


def test_one_that_is_new_is_verified(clone):
    """`slow_new` of `test_each_kind_of_change_has_its_answer` is right."""
    added = clone / "impls" / "numpy_more.py"
    shutil.copy(clone / "impls" / "numpy_columns.py", added)
    edit(added, "return J / m, dw / m", "return J / m, 2 * dw / m")
    told = check(clone)
    assert told.returncode == 1
    assert "✗ wrong" in told.stdout


@needs_checkout
@pytest.mark.parametrize(
    ("words", "cause"),
    [
        (["--against", "nonsense"], "no revision 'nonsense'"),
        (["--impl", "nobody"], "nobody"),
        (["--threshold", "-1"], "--threshold"),
        (["--threshold", "nan"], "--threshold"),
        (["--budget", "0"], "--budget"),
        (["--m", "0"], "--m"),
    ],
)
def test_what_cannot_be_used_is_one_line(tmp_path, monkeypatch, words, cause):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    refused(gradrace("check", "--against", "HEAD", "--repo", ROOT, *words), cause)
    assert list(tmp_path.iterdir()) == []


def test_a_check_against_nothing_names_what_to_give():
    refused(gradrace("check"), "nothing to compare with; give --against REV, a git revision, or --against-env DIR")


def test_a_file_that_cannot_be_written_is_one_line_before_anything_is_measured(clone):
    """One line: no progress is told before it."""
    refused(check(clone, "--all", "--json", "/nowhere/check.json"), "/nowhere/check.json")
    assert_nothing_left(clone)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_leaves_nothing_behind(clone, number):
    line, environment = command(clone, "--all", "--impl", "numpy_vectorized", "--budget", "200")
    with subprocess.Popen(line, cwd=clone, env=environment, stderr=subprocess.PIPE, text=True) as process:
        for said in process.stderr:
            if "pair 1" in said:
                break
        process.send_signal(number)
        process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert_nothing_left(clone)


def report(*findings: Finding) -> Report:
    changed = [Difference("fused", ("_tiles.py",)), Difference("fresh", only="this checkout")]
    return Report(
        old="main",
        new="this checkout",
        threshold=0.05,
        budget_s=120,
        seed=0,
        differences=changed,
        findings=list(findings),
        machine={},
        commit={},
    )


SLOWER = Finding(
    impl="fused",
    cell=Cell(1000, 100),
    outcome="slower",
    ratio=1.16,
    low=1.12,
    high=1.19,
    confidence=0.96,
    pairs=[1.16] * 16,
)
UNSURE = Finding(impl="fused", cell=Cell(10, 10), outcome="can't tell", reason="about 20 pairs would tell")


def test_the_terminal_in_80_columns(capsys):
    unsure = msgspec.structs.replace(SLOWER, outcome="can't tell", low=0.86, confidence=0.9)
    wide = msgspec.structs.replace(unsure, impl="numpy_vectorized", cell=Cell(100, 100))
    ci.show(report(SLOWER, UNSURE, wide), Console(width=80))
    told = capsys.readouterr().out
    assert max(map(len, told.splitlines())) <= 80
    assert "✗ slower" in told
    assert "16" in told
    assert "100 × 100 " in told
    assert told.rstrip().endswith("Slower: fused at m = 1000, n_x = 100 (1.16 times the time).")


def test_the_table_names_what_it_counts(capsys):
    runs = msgspec.structs.replace(SLOWER, pairs=[], runs={"seconds": ([1.0] * 5, [1.2] * 7)})
    for finding, words in ((SLOWER, {"pairs", "16"}), (runs, {"runs", "5 : 7"})):
        ci.show(report(finding), Console(width=80))
        for told in (capsys.readouterr().out, ci.markdown(report(finding))):
            assert all(f" {word} " in told for word in words)


@pytest.mark.parametrize(
    ("files", "place"),
    [
        (("_tiles.py",), "file=impls/_tiles.py,"),
        (("_simd/vector.py", "fused.py"), "file=impls/fused.py,"),
        ((), "file=impls/fused.py,"),  # measured with --all
    ],
)
def test_an_annotation_is_at_the_file_that_changed(files, place):
    changed = msgspec.structs.replace(report(SLOWER), differences=[Difference("fused", files)])
    (line,) = ci.github_annotations(changed)
    assert line.startswith(f"::error {place}title=slower%3A fused::fused at m = 1000, n_x = 100 is slower: 1.16 times")


THEIRS = [Difference("fused", ("theirs/fused.py",))]
"""Change of an implementation in another project."""


def test_saved_runs_have_no_file_that_changed():
    (line,) = ci.github_annotations(msgspec.structs.replace(report(SLOWER), differences=THEIRS, code=""))
    assert line.startswith("::error file=theirs/fused.py,")
    (line,) = ci.github_annotations(msgspec.structs.replace(report(SLOWER), differences=[]))
    assert line.startswith("::error title=slower%3A fused::")


@pytest.mark.parametrize(
    "words",
    [["--against", "nonsense"], ["--against", "HEAD", "--threshold", "-1"], ["--against", "HEAD", "--seed", "x"], []],
)
def test_a_refusal_leaves_no_earlier_report(tmp_path, words):
    files = [tmp_path / name for name in ("gate.xml", "gate.json", "gate.md")]
    for file in files:
        file.write_text("of last time")
    options = [
        word for file, name in zip(files, ("junit", "json", "markdown"), strict=True) for word in (f"--{name}", file)
    ]
    assert gradrace("check", *words, *options).returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_a_saved_run_is_no_report_and_a_link_is_left(tmp_path):
    run = tmp_path / "b.json"
    run.write_text('{"machine_info": {}}')
    refused(gradrace("compare", tmp_path, run, "--json", run), "holds a saved run, which isn't deleted")
    assert run.exists()
    link = tmp_path / "link"
    link.symlink_to("kept.json")
    (tmp_path / "kept.json").write_text("of last time")
    assert gradrace("check", "--json", link).returncode == 2
    assert link.is_symlink()


def test_the_markdown_is_written_for_a_comment(tmp_path):
    ci.write(report(SLOWER), {}, ci.Files(markdown=tmp_path / "gate.md"))
    assert (
        (tmp_path / "gate.md").read_text().startswith("## gradrace: this checkout against main\n\n**Slower: fused at")
    )


def test_foreign_names_are_text_everywhere():
    hostile = Finding(impl="</a>|`x`\x1b[31m::error::\n", cell=Cell(1, 1), outcome="failed", reason="<script>\x00,%:")
    assert "<script>" not in ci.markdown(report(hostile))
    changed = msgspec.structs.replace(report(hostile), differences=[Difference(hostile.impl, ("a,b::\n.py",))])
    (line,) = ci.github_annotations(changed)
    assert line.startswith("::error file=impls/a%2Cb%3A%3A .py,title=failed%3A </a>")
    assert "\n" not in line


def test_names_that_are_not_utf_8_are_written(tmp_path) -> None:
    file = Difference("caf\udce9", ("caf\udce9.py",))
    named = msgspec.structs.replace(
        report(replace(SLOWER, impl=file.impl)), differences=[file], caveats=["caf\udce9.txt"]
    )
    files = ci.Files(tmp_path / "a.xml", tmp_path / "a.json", tmp_path / "a.md")
    ci.write(named, {}, files)
    assert json.loads(files.json.read_text())["differences"][0]["impl"] == "caf?"
    assert ET.parse(files.junit).getroot().get("failures") == "1"
    assert "caf" in files.markdown.read_text()


def test_what_is_undecided_is_a_warning() -> None:
    assert [line.partition(" ")[0] for line in ci.github_annotations(report(SLOWER, UNSURE))] == [
        "::error",
        "::warning",
    ]


@pytest.mark.parametrize(
    ("findings", "answer"),
    [
        ([], "passed"),
        ([replace(SLOWER, outcome="same")], "passed"),
        ([replace(SLOWER, outcome="same"), UNSURE], "unknown"),
        ([SLOWER, UNSURE], "failed"),
        ([replace(UNSURE, outcome="skipped")], "unknown"),
        ([replace(UNSURE, outcome="new")], "passed"),
    ],
)
def test_nothing_passes_without_a_measurement(findings: list[Finding], answer: str) -> None:
    assert report(*findings).answer == answer


def test_undecided_cells_pass_if_that_is_allowed_and_slower_ones_do_not() -> None:
    undecided = report(replace(SLOWER, outcome="same"), UNSURE)
    assert [Answering(allowed).status(undecided) for allowed in (False, True)] == [2, 0]
    assert Answering(allow_unknown=True).status(report(SLOWER, UNSURE)) == 1


@pytest.mark.parametrize(
    ("findings", "statuses"),
    [
        ([UNSURE], (2, 0)),
        ([replace(UNSURE, outcome="unavailable", reason="needs a library")], (2, 0)),
        ([SLOWER, UNSURE], (1, 1)),
        ([replace(SLOWER, outcome="same")], (0, 0)),
    ],
)
def test_check_ends_with_the_status_of_its_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, findings: list[Finding], statuses: tuple[int, ...]
) -> None:
    monkeypatch.setattr("gradrace.bench.gate.check.check", lambda *_: report(*findings))
    asked = [("check", "--against", "HEAD", *more) for more in ((), ("--allow-unknown",))]
    assert tuple(gradrace(*words, cwd=tmp_path).returncode for words in asked) == statuses


@pytest.mark.parametrize(("finding", "status"), [(SLOWER, 1), (UNSURE, 2), (replace(SLOWER, outcome="same"), 2)])
@pytest.mark.parametrize("broken", ["a file", "the terminal"])
def test_a_report_that_fails_does_so_even_if_it_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, finding: Finding, status: int, broken: str
) -> None:
    monkeypatch.setattr("gradrace.bench.gate.check.check", lambda *_: report(finding))
    if broken == "the terminal":
        monkeypatch.setattr(ci, "show", Mock(side_effect=OSError(28, "No space left on device")))
    words = ["--json", "/dev/full" if broken == "a file" else "found.json"]
    told = gradrace("check", "--against", "HEAD", *words, cwd=tmp_path)
    assert told.returncode == status
    assert "No space left on device" in told.stderr
    assert (tmp_path / "found.json").exists() == (broken == "the terminal")


def test_more_memory_and_limits_are_told() -> None:
    peaks = [(239_000_000, 340_000_000)] * 6
    larger = replace(SLOWER, outcome="more memory", ratio=1.0, peaks=peaks, more_memory=True)
    assert gate_text.headline(report(larger)) == "More memory: fused at m = 1000, n_x = 100 (1.42 times the memory)."
    sentence = "fused at m = 1000, n_x = 100 needs more memory: 1.42 times the memory (340 MB instead of 239 MB)"
    assert gate_text.alarm_text(report(larger), larger) == sentence
    both = replace(SLOWER, peaks=peaks, more_memory=True, threshold=0.1)
    told = gate_text.notes(report(both))
    assert "fused at m = 1000, n_x = 100 also needs 1.42 times the memory (340 MB instead of 239 MB)" in told
    assert "fused at m = 1000, n_x = 100: a slowdown of 10 % passes" in told
    assert (
        gate_text.headline(report(replace(both, outcome="same"))) == "No implementation is too much slower than main."
    )


def test_a_slower_prepare_is_told() -> None:
    prepares = [(0.02, 0.042)] * 11
    slower = replace(SLOWER, outcome="slower prepare", ratio=1.0, prepares=prepares, slower_prepare=True)
    headline = "Slower prepare: fused at m = 1000, n_x = 100 (2.10 times the time)."
    assert gate_text.headline(report(slower)) == headline
    sentence = "prepare of fused at m = 1000, n_x = 100 is slower: 2.10 times the time (42 ms instead of 20 ms)"
    assert gate_text.alarm_text(report(slower), slower) == sentence
    (line,) = ci.github_annotations(report(slower))
    assert "title=slower prepare%3A fused::prepare of fused at m = 1000" in line
    assert "✗ slower prepare" in ci.markdown(report(slower))
    both = replace(slower, outcome="slower")
    told = "prepare of fused at m = 1000, n_x = 100 is slower, too: 2.10 times the time (42 ms instead of 20 ms)"
    assert told in gate_text.notes(report(both))
    passed = replace(slower, outcome="same", prepares=[(0.02, 0.021)] * 6, slower_prepare=False)
    told = "prepare: at most 1.05 times the time (21 ms instead of 20 ms), of fused at m = 1000, n_x = 100"
    assert told in gate_text.notes(report(passed))


def test_a_slowdown_that_only_all_cells_show_is_told() -> None:
    told = gate_text.notes(report(replace(SLOWER, together=True), replace(UNSURE, outcome="same")))
    assert "gradients of fused: shown by all cells together, which takes fewer pairs than each cell alone" in told
    assert not any("together" in line for line in gate_text.notes(report(SLOWER)))
    told = gate_text.notes(report(replace(SLOWER, together=True), SLOWER, replace(SLOWER, steps=100)))
    line = "gradients of fused: some cells shown by all cells together, which takes fewer pairs than each cell alone"
    assert line in told


def test_descents_that_were_timed_at_the_sizes_in_turns_are_told() -> None:
    passed = replace(UNSURE, outcome="same", steps=100, screened=True, reason=None)
    line = "descents of fused: sizes that were timed in turns share their ratio and interval"
    assert line in gate_text.notes(report(passed))
    assert line not in gate_text.notes(report(replace(passed, screened=False)))


def test_a_slower_descent_is_told() -> None:
    slower = replace(SLOWER, steps=178)
    told = report(replace(SLOWER, outcome="same", ratio=1.0), slower)
    headline = "Slower: descent of fused at m = 1000, n_x = 100 (1.16 times the time)."
    assert gate_text.headline(told) == headline
    (line,) = ci.github_annotations(told)
    assert "::descent of fused at m = 1000, n_x = 100 is slower: 1.16 times the time" in line
    assert "| fused | 1000 × 100 descent |" in ci.markdown(told)
    cases = [(case.get("name"), len(case)) for case in ET.fromstring(junit(told)).iter("testcase")]
    assert {("m = 1000, n_x = 100", 0), ("m = 1000, n_x = 100, descent", 1)} <= {*cases}


def test_what_differs_and_was_not_asked_for_is_told() -> None:
    changed = [Difference("fused", ("fused.py",)), Difference("loop", ("loop.py",)), Difference("gone", only="main")]
    told = msgspec.structs.replace(report(replace(SLOWER, outcome="same")), differences=changed)
    assert "not measured, as --impl leaves it out: loop" in gate_text.notes(told)
    assert not any("--impl" in line for line in gate_text.notes(msgspec.structs.replace(told, differences=changed[:1])))


def test_an_implementation_that_is_new_is_right_and_not_said_to_be_compared() -> None:
    new = replace(SLOWER, outcome="new", reason="right", ratio=None)
    answer = "Right, and in this checkout only, so that no speed was compared: fused."
    assert gate_text.headline(report(new, new)) == answer
    assert gate_text.headline(report(new, replace(SLOWER, outcome="same"))).startswith("No implementation is more")


def test_an_implementation_that_is_asked_for_and_was_removed_is_no_pass(tmp_path: Path) -> None:
    changed, new = [Difference("gone", only="main"), Difference("loop")], Side("this checkout", tmp_path)
    assert chosen(changed, new, ["loop"], everyone=False)[0] == ["loop"]
    with pytest.raises(UnusableInput, match="gone is in main only, so it can't be measured; leave it out"):
        chosen(changed, new, ["loop", "gone"], everyone=False)


def test_the_answer_says_how_much_could_be_told() -> None:
    same, unsure = replace(SLOWER, outcome="same"), replace(UNSURE, more_s=70.0)
    assert gate_text.headline(report(same, unsure)).startswith("Can't tell: 1 of 2 cells is not more than 5 % slower")
    told = gate_text.what_would_tell(report(same, unsure))
    assert told.endswith("about 20 pairs would tell; `--budget 190` may tell it; `--allow-unknown` lets it pass")
    long = replace(
        unsure, reason="gave no answer within 30 s and was ended, and OLD took about 10 s: the machine is to blame"
    )
    told = gate_text.what_would_tell(report(same, long))
    assert told.startswith("1 of 2 cells is undecided, for the reason above; `--budget 190` may tell it; ")
    late = msgspec.structs.replace(report(same, unsure, replace(unsure, more_s=None)), begun_s=200.0)
    told = gate_text.what_would_tell(late)
    assert told.endswith("`--budget 270` may tell 1 of them; `--allow-unknown` lets them pass")


def test_an_error_of_gradrace_itself_is_one_line_and_never_1(tmp_path, monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("numba_pixels")

    monkeypatch.setattr("gradrace.bench.gate.check.check", broken)
    refused(gradrace("check", "--against", "HEAD"), "an error of gradrace itself (KeyError: 'numba_pixels'")
    monkeypatch.setattr("gradrace.bench.gate.runs.compare.compare", broken)
    refused(gradrace("compare", tmp_path, tmp_path), "an error of gradrace itself")


def test_an_error_at_import_is_one_line_and_never_1(tmp_path, monkeypatch) -> None:
    for module in ("gradrace.bench.gate.check", "gradrace.bench.gate.runs.compare"):
        monkeypatch.setitem(sys.modules, module, None)
    refused(gradrace("check", "--against", "HEAD"), "an error of gradrace itself (ModuleNotFoundError")
    refused(gradrace("compare", tmp_path, tmp_path), "an error of gradrace itself (ModuleNotFoundError")


def test_what_every_implementation_imports_has_to_be_loadable(clone) -> None:
    (clone / "impls" / "interface.py").write_text("raise ValueError('broken')\n")
    answer = gradrace("check", "--against", "HEAD", "--repo", clone)
    refused(answer, "no implementation of this checkout can be loaded (ValueError: broken); mend impls/interface.py")


def test_outside_a_repository_it_is_one_line(tmp_path, monkeypatch) -> None:
    refused(gradrace("check", "--against", "HEAD", cwd=tmp_path), "is in no git repository")
    refused(gradrace("check", "--against", "HEAD", "--repo", tmp_path / "nowhere"), "is no folder")
    monkeypatch.setattr(Path, "cwd", Mock(side_effect=FileNotFoundError))
    refused(gradrace("check", "--against", "HEAD", cwd=tmp_path), "the current folder isn't there any more; change")


@pytest.mark.slow
def test_a_worktree_is_compared_and_not_the_installation(clone) -> None:
    git(clone, "worktree", "add", "-q", "-b", "other", str(clone.parent / "tree"))
    file = clone.parent / "tree" / "impls" / "numpy_vectorized.py"
    file.write_text(file.read_text().replace("z = w @ data.X + b", "z = w @ data.X + b\n    z[-1] = 0"))
    line, environment = command(clone)
    told = subprocess.run(
        line, cwd=clone.parent / "tree", env=environment, capture_output=True, text=True, check=False, timeout=900
    )
    assert told.returncode == 1, told.stderr
    assert "Wrong: numpy_vectorized" in " ".join(told.stdout.split())
    assert check(clone).returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize(("old", "new"), [(True, False), (True, True)])
def test_what_hangs_on_old_too_is_no_fault_of_new(clone, *, old: bool, new: bool) -> None:
    file = clone / "impls" / "numpy_vectorized.py"
    right = file.read_text()
    hanging = "import time\ntime.sleep(1000)\n" + right.replace("from __future__ import annotations\n", "")
    file.write_text(hanging if old else right)
    git(clone, "commit", "-qam", "hangs")
    file.write_text(hanging + "\nA = 1\n" if new else right)
    told = check(clone)
    assert told.returncode == 2, told.stdout + told.stderr
    assert_nothing_left(clone)


@pytest.mark.slow
def test_a_library_that_is_absent_is_no_answer(clone) -> None:
    file = clone / "impls" / "numpy_vectorized.py"
    file.write_text(file.read_text().replace("import numpy as np", "import numpy as np\nimport absent_library"))
    told = check(clone)
    assert told.returncode == 2, told.stdout + told.stderr
    assert "absent_library" in told.stdout


@pytest.mark.slow
def test_packages_of_another_environment_are_compared(clone: Path) -> None:
    """In the other environment NumPy computes wrong logarithms."""
    line = "import numpy; numpy.log1p = lambda x, right=numpy.log1p: 1.5 * right(x)"
    told = check(clone, "--against-env", str(made(clone.parent / "env", line)), "--impl", "numpy_vectorized")
    assert told.returncode == 1, told.stdout + told.stderr
    assert "Wrong: numpy_vectorized" in told.stdout
    assert re.search(r"numpy [\d.]+ → 99\.0: used by numpy_columns and numpy_vectorized", " ".join(told.stdout.split()))
    assert_nothing_left(clone)


def test_a_change_cannot_loosen_the_limits_that_it_is_checked_by(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(old: Side, new: Side, request: Request, tell: object, changed: object, limits: Rules) -> Report:
        return replace(report(), threshold=limits.of("numpy_columns").threshold)

    def threshold(percent: int, name: str = "numpy_columns") -> tuple[float, bool]:
        text = f"[tool.gradrace.check.impl.{name}]\nthreshold = {percent}\n"
        (clone / "pyproject.toml").write_text(text)
        found = checking.check(request, lambda *_: None)
        line = "pyproject.toml loosens limits: HEAD's stricter ones apply until the change is merged"
        return found.threshold, line in found.caveats

    monkeypatch.setattr(checking, "check_sides", told)
    request = Request("HEAD", [Cell(10, 10)], None, 20.0, 1, 0, repository=clone)
    assert threshold(30) == (0.05, True)
    assert threshold(3) == (0.03, False)
    git(clone, "add", "-A")
    git(clone, "commit", "-qm", "stricter")
    assert threshold(4) == (0.03, True)
    assert threshold(2) == (0.02, False)
    with pytest.raises(UnusableInput, match="unknown name 'numpy_colums'; did you mean numpy_columns"):
        threshold(30, "numpy_colums")


def test_a_change_of_the_check_itself_is_told(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    request = Request("HEAD", [Cell(10, 10)], None, 20.0, 1, 0, repository=clone)
    (clone / "bench" / "stats.py").write_text("X = 1\n")
    assert not any("bench/" in line for line in checking.check(request, lambda *_: None).caveats)
    monkeypatch.setattr(checking, "ROOT", clone)
    told = [line for line in checking.check(request, lambda *_: None).caveats if line.startswith("bench/")]
    line = (
        "bench/, which measures both sides, differs from HEAD, too; to measure without this change, install gradrace "
        f"from HEAD elsewhere and call it with --repo {clone}"
    )
    assert told == [line]
    git(clone, "checkout", "-q", "bench")
    assert not any("bench/" in line for line in checking.check(request, lambda *_: None).caveats)


def edit(file: Path, before: str, after: str) -> None:
    assert before in file.read_text()
    file.write_text(file.read_text().replace(before, after))


def a_word(clone: Path) -> None:
    edit(clone / "impls" / "numpy_vectorized.py", '"""NumPy', '"""A word more. NumPy')


def renamed(clone: Path) -> None:
    git(clone, "mv", "impls/numpy_vectorized.py", "impls/numpy_matrix.py")


def deleted(clone: Path) -> None:
    git(clone, "rm", "-q", "impls/numpy_vectorized.py")


def packaged(clone: Path) -> None:
    (clone / "impls" / "numpy_vectorized").mkdir()
    git(clone, "mv", "impls/numpy_vectorized.py", "impls/numpy_vectorized/__init__.py")


def dependency(clone: Path) -> None:
    (clone / "pyproject.toml").write_text("[project]\ndependencies = ['numpy>=9']\n")


def slower(clone: Path) -> None:
    """Make `gradient` slower, and let `prepare` allocate memory that is never used."""
    edit(clone / "impls" / "numpy_vectorized.py", "    return Arrays(", "    np.ones(3_000_000)\n    return Arrays(")
    wait = "    import time; time.sleep(0.001)\n    z = w @ data.X + b"
    edit(clone / "impls" / "numpy_vectorized.py", "    z = w @ data.X + b", wait)


def dying(clone: Path) -> None:
    """It is right in the requested cells, and dies at a size that none of them has."""
    dies = "    import os\n    if data.Y.size == 51: os._exit(3)\n    z = w @ data.X + b"
    edit(clone / "impls" / "numpy_vectorized.py", "    z = w @ data.X + b", dies)


def slow_new(clone: Path) -> None:
    added = clone / "impls" / "numpy_more.py"
    shutil.copy(clone / "impls" / "numpy_vectorized.py", added)
    wait = "    import time; time.sleep(1e-6 * data.X.size)\n    z = w @ data.X + b"
    edit(added, "    z = w @ data.X + b", wait)


NEW = "(?=.*✓ new)(?=.*numpy_more is in this checkout only)"
"""Words of the answer, in any order."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "status", "told"),
    [
        (a_word, 0, "numpy_vectorized isn't measured: only comments, docstrings or annotations differ"),
        (renamed, 0, "numpy_matrix was numpy_vectorized"),
        (deleted, 0, "numpy_vectorized is in HEAD only"),
        (packaged, 2, r"skipped: its code is in impls/numpy_vectorized/__init__\.py, where no implementation is found"),
        (dependency, 0, "pyproject.toml differs, which isn't compared"),
        (dying, 1, "Failed: numpy_vectorized at m = 51"),
        (slower, 1, r"also needs [\d.]+ times the memory .*Slower: numpy_vectorized at m = 10, n_x = 10"),
        (slow_new, 0, rf"{NEW}.*numpy_more is measured at m = [\d,]+, n_x = 100 instead of m = 100,000, n_x = 100"),
    ],
)
def test_each_kind_of_change_has_its_answer(
    clone: Path, change: Callable[[Path], None], status: int, told: str
) -> None:
    change(clone)
    sizes = ["--m", "1000,100000", "--nx", "100"] if change is slow_new else []
    answer = check(clone, *sizes, "--budget", "250")  # it ends as soon as all is decided
    assert answer.returncode == status, answer.stdout + answer.stderr
    assert re.search(told, " ".join(answer.stdout.split()))
    assert_nothing_left(clone)
