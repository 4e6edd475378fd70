"""Every block of code in README and docs runs, page by page, or says why not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from gradrace.bench.paths import ROOT
from tests.docs.snippets import RUN, SHOWN, Snippet, hurried, snippets

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
LONGEST_S = 300
MOST_BUDGET_S = 6


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks() -> Iterator[tuple[Path, Snippet]]:
    for page in PAGES:
        for snippet in snippets(page):
            yield page, snippet


@pytest.fixture
def stranger(tmp_path: Path) -> Path:
    """A folder of somebody who follows a page: this interpreter's environment, and files that the pages speak of."""
    (tmp_path / ".venv").symlink_to(Path(sys.executable).parent.parent)
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", ROOT, tmp_path / "clone"], check=True)
    rng = np.random.default_rng(0)
    for part in ("train", "test"):
        with h5py.File(tmp_path / f"{part}.h5", "w") as file:
            file[f"{part}_set_x"] = rng.integers(0, 256, (20, 8, 8, 3)).astype(np.uint8)
            file[f"{part}_set_y"] = np.arange(20) % 2
            file["list_classes"] = np.array([b"non-cat", b"cat"])
    Image.fromarray(rng.integers(0, 256, (40, 40, 3)).astype(np.uint8)).save(tmp_path / "photo.jpg")
    for file in ("impls", "bench", "tests", "reports", "studies", "docs", "examples", ".git"):
        if (tmp_path / "clone" / file).exists():
            (tmp_path / file).symlink_to(tmp_path / "clone" / file)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [page for page in PAGES if any(one.reason is None for one in snippets(page))], ids=name
)
def test_what_a_page_tells_to_do_works(page: Path, stranger: Path) -> None:
    """Its shell blocks one after the other, in one folder; its Python blocks as one program."""
    program = Path(sys.executable).parent
    environment = {
        **os.environ,
        "PATH": f"{program}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "80",
        "MPLBACKEND": "agg",
    }
    python = ""
    for snippet in snippets(page):
        if snippet.reason is not None or snippet.language not in RUN:
            continue
        code = hurried(snippet.code, MOST_BUDGET_S)
        python += code if snippet.language == "python" else ""
        (stranger / "page.py").write_text(python)
        command = ["bash", "-euc", code] if snippet.language == "sh" else [sys.executable, "page.py"]
        done = subprocess.run(
            command, cwd=stranger, env=environment, capture_output=True, text=True, check=False, timeout=LONGEST_S
        )
        assert done.returncode == 0, f"{name(page)}:{snippet.line}\n{done.stdout[-1500:]}{done.stderr[-1500:]}"


def test_every_block_has_a_language_and_what_is_not_run_has_a_reason() -> None:
    for page, snippet in blocks():
        assert snippet.language in RUN + SHOWN, f"{name(page)}:{snippet.line} has no language"
        if snippet.reason is not None:
            assert len(snippet.reason) > 10, f"{name(page)}:{snippet.line}"


def test_a_block_that_fails_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "text\n\n```sh\nfalse\n```\n\n<!-- not run: takes an hour -->\n```sh\nsleep 3600\n```\n```toml\na = 1\n```\n"
    )
    found = snippets(page)
    assert [(one.line, one.language, one.code, one.reason) for one in found] == [
        (4, "sh", "false\n", None),
        (9, "sh", "sleep 3600\n", "takes an hour"),
        (12, "toml", "a = 1\n", None),
    ]


def test_nothing_but_budgets_and_verifications_is_hurried() -> None:
    code = "gradrace run --budget 900 --m 1000 --out a\ngradrace.race(mine, m=100, budget_s=5)\nverify(1)\n"
    assert hurried(code, 6) == code.replace("900", "6")
    verified = "gradrace verify --m 5\nfound = gradrace.verify(mine)\n"
    assert hurried(verified, 6) == "gradrace verify --quick --m 5\nfound = gradrace.verify(mine, quick=True)\n"
    assert hurried("cd a && gradrace run --m 5\n", 6) == "cd a && gradrace run --budget 6 --m 5\n"
