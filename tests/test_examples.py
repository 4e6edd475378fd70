"""The examples: right, and as their pages say: every shell block of the READMEs is run as it stands, in a copy.

That compiles C and installs packages, which takes minutes and a network: GRADRACE_BUILDS_EXAMPLES=1 asks for it, as
`.ci/run` does.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gradrace.bench.paths import ROOT
from gradrace.bench.problems import pixels
from gradrace.bench.verification.hard_problems import case
from gradrace.bench.verification.judge import check, trial
from gradrace.impls.discovery import Source, load
from tests.docs.snippets import SHOWN, snippets

EXAMPLES = ROOT / "examples"
READMES = sorted(EXAMPLES.rglob("README.md"))
PATIENCE_S = 1800


def run_blocks(readme: Path, folder: Path, variables: dict[str, str]) -> str:
    """Run the page's commands in one shell, and return their output. All of them must succeed."""
    script = "".join(block.code for block in snippets(readme) if block.language == "sh")
    told = subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", script],
        cwd=folder,
        env=variables | {"COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert told.returncode == 0, told.stdout[-4000:] + told.stderr[-4000:]
    return told.stdout


def files(folder: Path) -> set[Path]:
    """All that lies in a folder, but for what Python keeps of what it imported."""
    return {file.relative_to(folder) for file in folder.rglob("*") if "__pycache__" not in file.parts}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as git would check it out, with what isn't committed yet: building leaves nothing in the original."""
    if not os.environ.get("GRADRACE_BUILDS_EXAMPLES"):
        pytest.skip("GRADRACE_BUILDS_EXAMPLES isn't set: this installs packages and compiles C, for minutes")
    if shutil.which("cc") is None:
        pytest.skip("there is no C compiler, cc")
    folder = tmp_path_factory.mktemp("stranger") / "gradrace"
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0"):
        if name and ((ROOT / name).is_file() or (ROOT / name).is_symlink()):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name, follow_symlinks=False)
    return folder


@pytest.fixture(scope="module")
def told(copy: Path) -> str:
    """Return the output of the first page, which makes the others' environment and builds nothing in the checkout."""
    ours, before = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME"), files(copy / "examples")
    told = run_blocks(EXAMPLES / "README.md", copy, {k: v for k, v in os.environ.items() if k not in ours})
    assert files(copy / "examples") == before
    return told


def test_the_first_page_ends_in_answers(told: str) -> None:
    """How fast anybody is, and whether a busy machine measures all within the budget, is not for a test to say."""
    assert re.search(r"^quick is right on \d+ problems", told, re.MULTILINE)
    assert re.search(r"^\w+ .*numba_fused.* at m = 1000, n_x = 100 \(", told, re.MULTILINE)
    listed = {line.split()[0] for line in told.splitlines() if line.strip()}
    assert {"c_fused", "cython_rows", "numba_fused"} <= listed
    passed = re.search(r"^(\d+) passed", told, re.MULTILINE)
    assert passed is not None
    assert int(passed[1]) > 100  # all of the contract, four times


@pytest.mark.parametrize("readme", [page for page in READMES if page.parent != EXAMPLES], ids=lambda p: p.parent.name)
@pytest.mark.usefixtures("told")
def test_an_examples_own_page_runs_in_its_folder(copy: Path, readme: Path) -> None:
    folder, environment = copy / readme.parent.relative_to(ROOT), copy / ".venv"
    path = f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}"
    variables = {**os.environ, "PATH": path, "VIRTUAL_ENV": str(environment), "PYTHONPATH": ""}
    told = run_blocks(readme, folder, variables)
    assert re.search(r"^\w+ is right on \d+ problems", told, re.MULTILINE)
    assert re.search(r"^\w+ .* at m = 1000, n_x = 100 \(", told, re.MULTILINE)


def test_no_command_stands_in_a_block_that_is_not_run() -> None:
    """Fenced blocks of commands are shell. An unclosed fence would hide the rest of the page."""
    for readme in READMES:
        found = snippets(readme)
        assert {block.language for block in found} <= {"sh", *SHOWN}, readme
        assert {block.reason for block in found} == {None}, readme
        assert readme.read_text().count("```") == 2 * len(found), readme


def test_a_command_that_fails_fails_the_page(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text("# A page\n\n```sh\nfalse\ntrue\n```\n")
    with pytest.raises(AssertionError, match="false"):
        run_blocks(page, tmp_path, {**os.environ})
    page.write_text("```sh\nword=there\n```\nand\n```toml\nfalse\n```\nthen\n```sh\necho $word\n```\n")
    assert run_blocks(page, tmp_path, {**os.environ}) == "there\n"


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_plain_python_is_right(dtype) -> None:
    implementation = load(Source("by_map", EXAMPLES / "plain" / "by_map.py"))
    for given in (case(12, 3, dtype), case(20, 5, dtype, largest_z=1000.0, order="strided"), pixels(5, 27, dtype)):
        assert check(implementation, trial(given)).findings == ()
