"""The front door, as a user meets it: each verb, its answers, its refusals."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from subprocess import CompletedProcess

import msgspec
import numpy as np
import pytest
from typer.models import CommandInfo

from gradrace import options
from gradrace.bench.machine import environment
from gradrace.bench.paths import ROOT
from gradrace.bench.results import FLOORS
from gradrace.bench.results_file import read, read_all, write
from gradrace.cli import main as entrance
from gradrace.cli.app import app, verb_name
from tests.gradrace.front_door import gradrace, refused

NAMES = ["python_loop", "numpy_columns", "numpy_vectorized", "numba_loop", "numba_parallel"]
RACED = "python_loop,numpy_vectorized,numba_loop"
AMPLE_S = "60"
"""A budget that no run here needs, however busy the machine is: small cells end with their last round."""


entrance.register()


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[CompletedProcess[str], Path]:
    """A run that was asked to go on in an empty folder: what it told, and the folder; for all who only read it."""
    folder = tmp_path_factory.mktemp("finished")
    words = ("--m", "10,20,40", "--nx", "5", "--impl", RACED, "--budget", AMPLE_S, "--out", "out", "--resume")
    return gradrace("run", *words, cwd=folder), folder / "out"


@pytest.fixture
def one_less(tmp_path: Path) -> Path:
    """An implementation that is wrong: it divides by one example less."""
    right = (ROOT / "impls" / "numpy_vectorized.py").read_text()
    (tmp_path / "one_less.py").write_text(right.replace("data.Y.size", "data.Y.size - 1"))
    return tmp_path / "one_less.py"


def test_help_and_readme_name_every_verb() -> None:
    told, readme = gradrace("--help"), (ROOT / "README.md").read_text(encoding="utf-8")
    assert told.returncode == 0
    verbs = [verb_name(command) for command in app.registered_commands]
    assert verbs == [*entrance.VERBS]
    for verb in verbs:
        assert verb in told.stdout
        assert f"| `gradrace {verb}" in readme


@pytest.mark.parametrize("verb", app.registered_commands, ids=verb_name)
def test_the_help_of_a_verb_holds_each_word_of_its_docstring_and_no_type_of_python(verb: CommandInfo) -> None:
    """Rich takes words in brackets for markup, and Typer prints types and bounds in a column of their own."""
    shown = gradrace(verb_name(verb), "--help").stdout
    assert " ".join((verb.help or "").replace(r"\[", "[").split()) in " ".join(shown.split())
    assert not re.search(r"<(int|float|str|bool)\b", shown.partition("Options")[2])
    assert "<=x<=" not in shown


def test_the_help_of_all_verbs_shows_no_type_of_a_flag() -> None:
    assert "<bool" not in gradrace("--help").stdout


@pytest.mark.parametrize("verb", app.registered_commands, ids=verb_name)
def test_values_in_the_help_of_a_verb_are_taken(verb: CommandInfo) -> None:
    shown = " ".join(gradrace(verb_name(verb), "--help", COLUMNS="200").stdout.replace("│", " ").split())
    for option, check in (("--dtype DTYPE,...", options.dtypes), ("--dtype DTYPE", options.dtype)):
        told = re.search(rf"{re.escape(option)} (.*?)(?: for two)?\.", shown)
        assert bool(told) == (f"{option} " in shown)
        for words in re.split(", or | or |, ", told[1]) if told else ():
            assert check(words)
    told = re.search(r"--device DEVICE,\.\.\. (.*?) for two;", shown)
    assert bool(told) == ("--device" in shown)
    assert not told or re.split(", or |, ", told[1]) == ["cpu", "cuda", "cpu,cuda"]


@pytest.mark.parametrize(("given", "bound"), [("-1", "at least 0"), (str(2**63), f"at most {2**63 - 1}")])
def test_a_seed_out_of_bounds_is_refused_with_the_bound(given: str, bound: str) -> None:
    refused(gradrace("run", "--seed", given), f"'--seed': {given} is not {bound}")


def test_gradrace_alone_shows_the_verbs_in_the_order_of_a_first_day() -> None:
    shown = gradrace()
    assert (shown.returncode, shown.stderr) == (0, "")
    verbs = [line.split()[1] for line in shown.stdout.splitlines() if re.match(r"│ [a-z]+  +[A-Z]", line)]
    assert verbs[:5] == ["run", "report", "verify", "explain", "train"]
    assert verbs == [*entrance.VERBS]


def test_list_shows_every_implementation_in_80_columns() -> None:
    told = gradrace("list")
    assert told.returncode == 0
    assert all(name in told.stdout for name in NAMES)
    assert max(map(len, told.stdout.splitlines())) <= 80


def test_a_run_leaves_results_a_report_and_figures(finished) -> None:
    told, folder = finished
    assert told.returncode == 0, told.stderr
    assert "--resume: out has no results.json; the run starts from the beginning" in told.stderr
    results = json.loads((folder / "results.json").read_text())
    assert {b["params"]["impl"] for b in results["benchmarks"]} == {"floor", *RACED.split(",")}
    assert len(results["benchmarks"]) == 12
    for benchmark in results["benchmarks"]:
        if benchmark["params"]["impl"] == "floor":
            continue
        assert 0 <= max(benchmark["extra_info"]["error_over_bound"].values()) <= 1
    assert "numpy_vectorized" in told.stdout
    assert len(told.stdout.splitlines()) <= 25
    report = (folder / "report.md").read_text()
    assert all(name in report for name in RACED.split(","))
    assert list(folder.rglob("*.svg"))


def test_pytest_benchmark_compares_results(finished) -> None:
    _, folder = finished
    compare = [sys.executable, "-m", "pytest_benchmark", "compare", "results.json"]
    table = subprocess.run(compare, cwd=folder, capture_output=True, text=True, check=True).stdout
    assert "numba_loop[40-5-float64" in table


def test_a_report_is_written_again(finished, tmp_path: Path) -> None:
    shutil.copy(finished[1] / "results.json", tmp_path / "results.json")
    told = gradrace("report", "results.json", cwd=tmp_path)
    assert told.returncode == 0
    assert (tmp_path / "report.md").exists()
    everything, headline = (
        gradrace("report", "results.json", f"--{how}", cwd=tmp_path) for how in ("verbose", "quiet")
    )
    assert "Against m, at n_x = 5" in everything.stdout
    assert told.stdout.startswith(headline.stdout)


@pytest.mark.parametrize("run", ["run", "run/results.json"])
def test_a_report_is_written_into_the_runs_own_folder(finished, tmp_path: Path, run: str) -> None:
    (tmp_path / "run").mkdir()
    shutil.copy(finished[1] / "results.json", tmp_path / "run" / "results.json")
    assert "Report: run/report.md\n" in gradrace("report", run, cwd=tmp_path).stdout
    assert (tmp_path / "run" / "report.md").exists()
    assert [*tmp_path.iterdir()] == [tmp_path / "run"]


@pytest.mark.parametrize("name", ["report.md", "index.html"])
def test_no_report_replaces_files_that_no_report_has(finished, tmp_path: Path, name: str) -> None:
    shutil.copy(finished[1] / "results.json", tmp_path / "nightly.json")
    (tmp_path / name).write_text("mine")
    sizes = ("--impl", "numpy_vectorized", "--m", "10", "--nx", "3")
    for words in (
        ("report", "nightly.json"),
        ("report", "nightly.json", "nightly.json", "--out", "."),
        ("run", *sizes, "--out", "."),
        ("history", ".", "--out", "."),
        ("train", "breast_cancer", "--iterations", "2", "--out", "."),
    ):
        told = gradrace(*words, cwd=tmp_path)
        refused(told, f"{name}: isn't a report, and would be replaced by one; name a folder with --out")
    assert {one.name for one in tmp_path.iterdir()} == {name, "nightly.json"}
    assert (tmp_path / name).read_text() == "mine"
    assert gradrace("report", "nightly.json", "--out", "new", cwd=tmp_path).returncode == 0
    assert gradrace("report", "nightly.json", "--out", "new", cwd=tmp_path).returncode == 0  # its own are replaced


def test_folders_without_results_are_left_out_of_a_report_of_several(finished, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        shutil.copy(finished[1] / "results.json", tmp_path / name / "results.json")
    told = gradrace("history", ".", cwd=tmp_path)  # writes a folder beside them
    assert "Report: history/report.md" in told.stdout
    refused(told, "too few runs to show a change: 6 of one size are needed, and at most 2 exist; make 4 more of the")
    told = gradrace("report", "history", "one", "two", "--out", "both", cwd=tmp_path)
    assert (told.returncode, told.stderr) == (0, "gradrace: without results, and left out: history\n")
    assert (tmp_path / "both" / "report.md").exists()
    refused(gradrace("report", "history", cwd=tmp_path), "history: no results.json in it")


def test_runs_without_a_measurement_answer_nothing(finished, tmp_path: Path) -> None:
    results = read_all(finished[1] / "results.json")
    limit_alone = [one for one in results.measurements if one.impl in FLOORS]
    for name, measurements in (("some", results.measurements), ("none", []), ("limit", limit_alone)):
        (tmp_path / name).mkdir()
        write(tmp_path / name / "results.json", msgspec.structs.replace(results, measurements=measurements))
    for places in (("none",), ("limit",), ("none", "limit", "--out", "both")):
        told = gradrace("report", *places, cwd=tmp_path)
        refused(told, "nothing was measured; no implementation took part")
        assert f"Report: {places[-1]}/report.md" in told.stdout
    assert gradrace("report", "none", "some", cwd=tmp_path).returncode == 0
    refused(gradrace("report", "limit", "--export", "a.json", cwd=tmp_path), "nothing was measured")
    assert not (tmp_path / "a.json").exists()
    refused(gradrace("run", "--like", "none/results.json", cwd=tmp_path), "that run measured no implementation")
    refused(gradrace("history", "none", cwd=tmp_path), "1 run found, none with the limit")


def test_earlier_results_are_kept(finished, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    shutil.copy(finished[1] / "results.json", tmp_path / "out" / "results.json")
    first = (tmp_path / "out" / "results.json").read_bytes()
    run = ("run", "--m", "10", "--nx", "5", "--impl", "numpy_vectorized", "--budget", AMPLE_S, "--out", "out")
    assert gradrace(*run, cwd=tmp_path).returncode == 0
    assert first in [file.read_bytes() for file in (tmp_path / "out").glob("results-*.json")]


def test_a_wrong_implementation_is_named_not_timed_and_the_status_is_1(one_less: Path) -> None:
    names = "numpy_vectorized,one_less.py"
    words = ("--m", "50", "--nx", "5", "--impl", names, "--budget", AMPLE_S, "--out", "out")
    told = gradrace("run", *words, cwd=one_less.parent)
    assert told.returncode == 1
    assert "one_less" in told.stdout
    results = json.loads((one_less.parent / "out" / "results.json").read_text())
    assert [b["params"]["impl"] for b in results["benchmarks"]] == ["floor", "numpy_vectorized"]
    (absence,) = results["gradrace"]["absences"]
    assert (absence["impl"], absence["outcome"]) == ("one_less", "wrong")


@pytest.mark.slow
def test_one_that_kills_itself_is_named_with_the_signal_and_the_others_finish(tmp_path: Path) -> None:
    right = (ROOT / "impls" / "numpy_vectorized.py").read_text()
    deadly = right.replace("    m = data.Y.size", "    import os\n    os.kill(os.getpid(), 9)\n    m = data.Y.size")
    (tmp_path / "deadly.py").write_text(deadly)
    names = "deadly.py,numpy_vectorized"
    words = ("--m", "20,50", "--nx", "5", "--impl", names, "--budget", AMPLE_S, "--out", "out")
    told = gradrace("run", *words, cwd=tmp_path)
    assert told.returncode == 1
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert [b["params"]["impl"] for b in results["benchmarks"]] == ["floor", "numpy_vectorized"] * 2
    assert all("SIGKILL" in absence["message"] for absence in results["gradrace"]["absences"])
    assert "SIGKILL" in told.stdout


def test_one_whose_library_is_missing_is_refused_if_it_was_named(tmp_path: Path) -> None:
    (tmp_path / "exotic.py").write_text('"""Needs something rare."""\n\nimport no_such_library\nIMPLEMENTATION = None')
    names = "exotic.py,numpy_vectorized"
    told = gradrace("run", "--m", "20", "--nx", "5", "--budget", AMPLE_S, "--out", "out", "--impl", names, cwd=tmp_path)
    assert told.returncode == 2
    assert "numpy_vectorized" in told.stdout  # what could be measured, was
    assert "gradrace: --impl: exotic needs the package 'no_such_library'" in told.stderr


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        (["run", "--impl", "numpy_vectorised"], "did you mean numpy_vectorized"),
        (["run", "--m", "0"], "--m: 0 is less than 1"),
        (["run", "--m", "-3"], "--m: -3 is less than 1"),
        (["run", "--nx", "many"], "--nx: 'many' is not a whole number"),
        (["run", "--dtype", "float16"], "unknown name 'float16'"),
        (["run", "--threads", "0"], "--threads"),
        (["run", "--threads", "two"], "--threads"),
        (["run", "--seed", "-1"], "--seed"),
        (["run", "--budget", "0"], "--budget"),
        (["run", "--budget", "nan"], "--budget"),
        (["run", "--budget", "1e300"], "more than a week"),
        (["run", "--threads", "100000"], "more than the cores allowed"),
        (["run", "--impl", ""], "no name given"),
        (["run", "--out", ""], "no folder is named"),
        (["verify", "--m", "10000000000", "--nx", "5"], "GB are free"),
        (["run", "--colour", "red"], "--colour"),
        (["run", "--quiet", "--verbose"], "--quiet prints only the answer; leave out --verbose"),
        (["verify", "--json", "--verbose"], "--json prints every row; leave out --verbose"),
        (["sprint"], "sprint"),
        (["run", "nothing"], "Got unexpected extra argument(s) (nothing). See"),
        *[([*words, "a" * 5000], "Got unexpected extra argument(s) (aaa") for words in (["run"], ["verify"])],
        (["train", "x", "a" * 5000], f"train takes SOURCE, not also {'a' * 40}; for example: gradrace train --data"),
        *[([verb, ""], "Got unexpected extra argument(s) (). See") for verb in ("run", "verify", "check")],
        (["check", "main"], "main: a revision needs an option here; go on with --against main"),
        (["trian"], "No such command 'trian'. Did you mean 'train'? See"),
        (["report", "none.json"], "none.json"),
        (["train", "--data", "none.h5"], "no such file"),
        (["train", "--data", "."], "no sub-folder with images"),
        (["train"], "--data"),
    ],
)
def test_bad_input_is_refused_in_one_line(tmp_path: Path, words: list[str], cause: str) -> None:
    refused(gradrace(*words, cwd=tmp_path), cause)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    refused(gradrace("run", "--m", "10", "--nx", "5", "--out", "file/out", cwd=tmp_path), "can't be written")
    refused(gradrace("run", "--m", "10", "--nx", "5", "--out", "/proc/out", cwd=tmp_path), "can't be written")


def test_verify_prints_a_row_for_each_implementation_or_problem_and_its_json_says_the_same() -> None:
    words = ("verify", "--quick", "--m", "20,30", "--nx", "3", "--impl", "python_loop,numba_loop", "--dtype", "float64")
    told, everything = gradrace(*words), gradrace(*words, "--verbose")
    assert told.returncode == everything.returncode == 0, told.stderr
    assert "made up, 30 × 3" in everything.stdout
    assert "made up" not in told.stdout
    assert told.stdout.split("\n\n")[0] in everything.stdout
    assert max(map(len, everything.stdout.splitlines())) <= 80
    rows = json.loads(gradrace(*words, "--json").stdout)
    assert [(row["impl"], row["m"]) for row in rows] == [
        (n, m) for m in (20, 30) for n in ("python_loop", "numba_loop")
    ]
    assert all(row["same_bits"] and not row["findings"] for row in rows)
    assert all(0 <= row["error_over_bound"]["dw"] <= 1 for row in rows)


@pytest.mark.slow
def test_a_race_on_real_data_grows_to_all_of_them(tmp_path: Path) -> None:
    table = tmp_path / "ages.csv"
    rng = np.random.default_rng(0)
    rows = [f"{age:.1f},{pulse:.0f},{'yes' if age > 50 else 'no'}" for age, pulse in rng.uniform(20, 90, (120, 2))]
    table.write_text("\n".join(["age,pulse,ill", *rows]))
    words = ("run", "--data", table, "--label", "ill", "--impl", "numpy_vectorized,numba_loop", "--budget", AMPLE_S)
    told = gradrace(*words, "--out", tmp_path / "out")
    assert told.returncode == 0, told.stderr
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    sizes = {(b["params"]["m"], b["params"]["n_x"]) for b in results["benchmarks"]}
    assert sizes == {(12, 2), (40, 2), (120, 2)}
    assert "ages.csv" in (tmp_path / "out" / "report.md").read_text()
    refused(gradrace(*words, "--m", "10"), "--data has sizes of its own; leave out --m")
    refused(gradrace("run", "--data", tmp_path / "none.csv"), "no such file")


def test_a_full_disk_and_memory_end_in_one_line_and_a_mistake_in_its_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def ended_by(error: Exception) -> str:
        def verb(args: list[str], *, standalone_mode: bool, obj: int) -> None:
            raise error

        monkeypatch.setattr(entrance, "app", verb)
        monkeypatch.setattr(entrance, "register", lambda _: None)
        with pytest.raises(SystemExit, match="2"):
            entrance.main(0)
        return capsys.readouterr().err

    full = ended_by(OSError(28, "No space left on device", "gradrace-x/X.npy"))
    assert full.startswith("gradrace: gradrace-x/X.npy: No space left on device; make room")
    assert ended_by(OSError(24, "Too many open files")).endswith("raise the limit, as by `ulimit -n 1024`\n")
    assert ended_by(MemoryError()).startswith("gradrace: out of memory; give smaller")
    with pytest.raises(TypeError, match="a mistake"):
        ended_by(TypeError("a mistake"))


def test_results_record_the_commit_of_the_project_not_of_the_folder_they_are_run_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    here = environment.commit_info()
    monkeypatch.chdir(tmp_path)
    assert environment.commit_info() == here
    assert Path.cwd() == tmp_path
    (tmp_path / "installed").mkdir()
    monkeypatch.setattr(environment, "ROOT", tmp_path / "installed")
    assert environment.commit_info()["id"] == "unversioned"


@pytest.mark.slow
def test_a_new_implementation_is_verified_raced_and_trained_with_from_any_folder(tmp_path):
    """The examples' first page, which `.ci/run` runs, verifies it on all problems."""
    begun = gradrace("new", "mine", cwd=tmp_path)
    assert begun.returncode == 0
    assert begun.stdout.splitlines()[1].split() == ["gradrace", "verify", "--impl", "mine.py"]
    sizes = ("--m", "20", "--nx", "3")
    assert gradrace("verify", "--impl", "mine.py", *sizes, "--quick", cwd=tmp_path).returncode == 0
    asked = ("--impl", "mine.py", "--against", "numpy_vectorized", *sizes, "--budget", AMPLE_S, "--out", "out")
    raced = gradrace("run", *asked, cwd=tmp_path)
    assert raced.returncode == 0, raced.stderr
    assert re.match(r"mine (is|takes) .* numpy_vectorized at m = 20, n_x = 3 ", " ".join(raced.stdout.split()))
    assert {one.impl for one in read(tmp_path / "out" / "results.json").measurements} >= {"mine", "numpy_vectorized"}
    trained = gradrace("train", "--data", "breast_cancer", "--scale", "standardize", "--impl", "mine.py",
                       "--iterations", "5", cwd=tmp_path)  # fmt: skip
    assert trained.returncode == 0, trained.stderr


def test_a_wrong_implementation_of_ones_own_is_told(tmp_path):
    gradrace("new", "mine", cwd=tmp_path)
    file = tmp_path / "mine.py"
    file.write_text(file.read_text().replace("dz = a - data.Y", "dz = data.Y - a"))
    told = gradrace("verify", "--impl", "mine.py", "--m", "20", "--nx", "3", "--quick", cwd=tmp_path)
    assert told.returncode == 1
    assert "mine" in told.stdout


def test_an_explanation_of_a_file_says_what_proves_the_code(tmp_path: Path) -> None:
    """The formula beside a line goes by a name, which a wrong sign doesn't change."""
    assert gradrace("new", "mine", cwd=tmp_path).returncode == 0
    file = tmp_path / "my own.py"
    right = (tmp_path / "mine.py").read_text()
    file.write_text(right.replace("dz = a - ", "dz = -a + "))
    assert file.read_text() != right
    told = gradrace("explain", file.name, cwd=tmp_path).stdout
    assert re.search(r"dz = -a \+ .*dz = a − y", told)
    (command,) = re.findall(r"to prove that the code is right:\n    gradrace (.*)", told, re.IGNORECASE)
    verified = gradrace(*shlex.split(command), "--quick", cwd=tmp_path)
    assert verified.returncode == 1
    assert "dw has the wrong sign" in verified.stdout
    assert "prove" not in gradrace("explain", "numpy_columns", cwd=tmp_path).stdout
