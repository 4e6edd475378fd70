"""Recipes of docs/how-to/ci and the project's own workflow: pinned, bounded, and run as far as no service is needed."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from gradrace.bench.paths import ROOT

CI = ROOT / "docs" / "how-to" / "ci"
WORKFLOWS = [CI / "gate.yml", CI / "nightly.yml", *sorted((ROOT / ".github" / "workflows").glob("*.yml"))]


def read(file: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(file.read_text()))


def steps(file: Path) -> list[dict[str, Any]]:
    return [step for job in read(file)["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_a_workflow_is_pinned_and_bounded(file: Path) -> None:
    """A tag can be moved to other code; a hang costs six hours by default."""
    contents = read(file)
    assert "concurrency" in contents
    assert all(0 < job["timeout-minutes"] <= 60 for job in contents["jobs"].values())
    used = re.findall(r"uses: (\S+?)@(\S+)( # v\d+\.\d+\.\d+)?$", file.read_text(), re.MULTILINE)
    assert len(used) == sum("uses" in step for step in steps(file)) > 0
    assert all(re.fullmatch("[0-9a-f]{40}", revision) and version for _, revision, version in used)
    caches = [step["with"].get("cache") for step in steps(file) if "setup-python" in step.get("uses", "")]
    assert caches
    assert {*caches} == {"pip"}
    checkouts = [step.get("with", {}) for step in steps(file) if "actions/checkout" in step.get("uses", "")]
    assert all(with_["persist-credentials"] is False for with_ in checkouts)


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_no_foreign_text_is_pasted_into_a_script(file: Path) -> None:
    assert [step["run"] for step in steps(file) if "${{" in step.get("run", "")] == []


@pytest.mark.parametrize("tool", ["actionlint", "zizmor"])
def test_linters_have_nothing_to_say(tool: str) -> None:
    program = shutil.which(tool, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if program is None:
        pytest.skip(f"{tool} isn't installed")
    words = ["--offline"] if tool == "zizmor" else []
    told = subprocess.run([program, *words, *WORKFLOWS], cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr


def script(name: str) -> str:
    """The commands with which a recipe compares, without those that install."""
    if name == "gate.yml":
        (step,) = [step for step in steps(CI / name) if step.get("name") == "Compare"]
        return str(step["run"])
    if name == "gitlab-ci.yml":
        gate = read(CI / name)["gate"]
        return "\n".join([*gate["before_script"][2:], *gate["script"]])
    return "\n".join(re.findall("sh '([^']*)'", (CI / name).read_text())[1:])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gate.yml", "gitlab-ci.yml", "Jenkinsfile"])
def test_a_recipe_compares_and_leaves_the_files_that_it_names(tmp_path: Path, name: str) -> None:
    clone, origin = tmp_path / "clone", tmp_path / "origin"
    for words in (
        ["clone", "--quiet", "--bare", str(ROOT), str(origin)],
        ["-C", str(origin), "branch", "base", "HEAD"],  # services check out a commit, not a branch
        ["clone", "--quiet", str(origin), str(clone)],
    ):
        subprocess.run(["git", *words], check=True)
    program(clone / ".venv" / "bin" / "gradrace", f'exec "{sys.executable}" -P -m gradrace "$@"')
    targets = dict.fromkeys(("BASE", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "CHANGE_TARGET"), "base")
    variables = {**os.environ, **targets, "PYTHONPATH": str(clone)}
    told = subprocess.run(
        ["bash", "-euc", script(name)], cwd=clone, env=variables, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    assert (clone / "gate.xml").read_bytes().startswith(b"<?xml")
    assert (clone / "gate.md").read_text().startswith("## gradrace: ")
    text = (CI / name).read_text()
    assert text.count("gate.xml") >= 2 or "gate.*" in text


GH = """
printf '%s\\n' "$*" >>calls
case "$*" in *--paginate*) cat comments ;; esac
"""


@pytest.mark.parametrize(
    ("there", "call"),
    [("", "--method POST repos/a/b/issues/7/comments"), ("31\n42\n", "--method PATCH repos/a/b/issues/comments/42")],
)
def test_the_comment_is_posted_once_and_then_updated(tmp_path: Path, there: str, call: str) -> None:
    (step,) = [step for step in steps(CI / "gate.yml") if step.get("name") == "Comment"]
    program(tmp_path / "bin" / "gh", GH)
    (tmp_path / "comments").write_text(there)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    variables = {"PATH": path, "GITHUB_REPOSITORY": "a/b", "NUMBER": "7"}
    subprocess.run(["bash", "-euc", step["run"]], cwd=tmp_path, env=variables, check=True)
    listed, posted = (tmp_path / "calls").read_text().splitlines()
    assert "--paginate repos/a/b/issues/7/comments --jq" in listed
    assert posted == f"api {call} -F body=@gate.md --silent"


def test_the_comment_is_found_by_how_it_begins() -> None:
    from gradrace.bench.gate.findings import Report
    from gradrace.reports.text.ci import markdown

    (step,) = [step for step in steps(CI / "gate.yml") if step.get("name") == "Comment"]
    (beginning,) = re.findall(r'startswith\("([^"]*)"\)', step["run"])
    assert markdown(Report(old="main", new="here", threshold=0.05, findings=[])).startswith(beginning)


def program(file: Path, commands: str) -> None:
    file.parent.mkdir(parents=True)
    file.write_text(f"#!/bin/sh\n{commands}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
