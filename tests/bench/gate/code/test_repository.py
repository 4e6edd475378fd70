"""The git repository of a check: revisions, clones, worktrees, and a git that fails or hangs."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from gradrace.bench.gate.code import trees
from gradrace.bench.gate.code.changes import differences, unseen
from gradrace.bench.gate.code.repository import checkout_of
from gradrace.bench.gate.code.sides import two_sides as sides_of
from gradrace.bench.results import UnusableInput
from tests.bench.gate.code.checkouts import OVER, followed, git, resolve, two_sides


@pytest.mark.parametrize(
    ("revision", "cause"),
    [
        *((revision, f"no revision '{revision}'") for revision in ("nonsense", "", "--help")),
        ("^HEAD", r"no revision '\^HEAD'"),
        ("HEAD:impls", "'HEAD:impls' is a tree, not a commit"),
    ],
)
def test_a_revision_that_is_none_is_one_line(checkout, revision, cause):
    git(checkout, "checkout", "-qb", "other")
    git(checkout, "commit", "-q", "--allow-empty", "-m", "elsewhere")
    git(checkout, "checkout", "-q", "-")
    with pytest.raises(UnusableInput, match=cause) as refused:
        resolve(revision, checkout)
    assert "(other) elsewhere" in followed(refused.value)


def test_a_revision_may_be_the_words_of_its_message_and_a_first_commit_may_be_missing(checkout):
    assert resolve(":/first", checkout) == replace(resolve("HEAD", checkout), name=":/first")
    shutil.rmtree(checkout / ".git")
    git(checkout, "init", "-q")
    with pytest.raises(UnusableInput, match=r"no revision 'HEAD' .*; it has no commit yet; commit the state"):
        resolve("HEAD", checkout)


def test_no_repository_is_one_line(tmp_path):
    with pytest.raises(UnusableInput, match="is in no git repository; change into"):
        resolve("HEAD", tmp_path)


def test_a_revision_without_implementations_is_one_line(checkout):
    git(checkout, "rm", "-rq", "--cached", "impls")
    git(checkout, "commit", "-qm", "none")
    with pytest.raises(UnusableInput, match="has no folder impls") as refused, two_sides("HEAD", checkout):
        pass
    listed = followed(refused.value)
    with two_sides(listed.splitlines()[-1].split()[0], checkout):
        pass
    (checkout / "impls").rename(checkout / "code")
    (checkout / "impls").symlink_to("code")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-qm", "a link")
    with pytest.raises(UnusableInput, match="has no folder impls"), two_sides("HEAD", checkout):
        pass


def test_a_shallow_clone_says_how_to_deepen_it(checkout, tmp_path):
    git(checkout, "commit", "-q", "--allow-empty", "-m", "second")
    first = git(checkout, "rev-parse", "HEAD~1").strip()
    git(checkout, "branch", "other", "HEAD~1")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{checkout}", "shallow")
    for revision in (first, "origin/other"):
        with pytest.raises(UnusableInput, match="this clone is shallow") as refused:
            resolve(revision, tmp_path / "shallow")
    followed(refused.value)
    assert {resolve(revision, tmp_path / "shallow").hash for revision in (first, "origin/other")} == {first}


def test_a_bare_repository_has_no_checkout(checkout, tmp_path):
    git(tmp_path, "clone", "-q", "--bare", str(checkout), "bare")
    with pytest.raises(UnusableInput, match="a repository without a checkout"), two_sides("HEAD", tmp_path / "bare"):
        pass


def test_no_git_is_one_line(checkout, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UnusableInput, match="needs git"):
        resolve("HEAD", checkout)


def test_git_says_its_error_and_not_a_warning_before_it(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(checkout))
    with pytest.raises(UnusableInput, match=r"git can't be used here \(fatal: "):
        checkout_of(checkout)


def test_a_branch_that_is_behind_knows_where_it_left(checkout: Path) -> None:
    """A change of main that the branch lacks would be reported as one of the branch, reversed."""
    here, first = checkout_of(checkout), git(checkout, "rev-parse", "HEAD").strip()
    assert here.fork(here.commit("HEAD")) is None
    git(checkout, "checkout", "-q", "-b", "branch")
    git(checkout, "commit", "-q", "--allow-empty", "-m", "on the branch")
    assert here.fork(here.commit(first)) is None
    git(checkout, "checkout", "-q", "-b", "ahead", first)
    git(checkout, "commit", "-q", "--allow-empty", "-m", "beside it")
    assert here.fork(here.commit("branch")) == first


def test_the_checkout_of_a_worktree_and_of_a_folder_in_it(checkout: Path, tmp_path: Path) -> None:
    git(checkout, "worktree", "add", "-q", "-b", "other", str(tmp_path / "tree"))
    (tmp_path / "tree" / "impls" / "one.py").write_text("X = 1\n")
    for folder in (tmp_path / "tree", tmp_path / "tree" / "impls"):
        assert checkout_of(folder).folder == tmp_path / "tree"
    with two_sides("HEAD", tmp_path / "tree") as sides:
        assert [one.impl for one in differences(sides.old, sides.new) if one.differs] == ["one"]
    with two_sides("HEAD", checkout) as sides:
        assert not any(one.differs for one in differences(sides.old, sides.new))


def test_in_a_hook_of_another_repository_the_folder_counts(checkout: Path, tmp_path: Path, monkeypatch) -> None:
    git(tmp_path, "init", "-q", "other")
    for name, place in {"GIT_DIR": ".git", "GIT_OBJECT_DIRECTORY": ".git/objects", "GIT_SHALLOW_FILE": "x"}.items():
        monkeypatch.setenv(name, str(tmp_path / "other" / place))
    assert checkout_of(checkout).folder == checkout
    assert checkout_of(checkout).commit("HEAD").subject == "first"


def test_a_repository_without_implementations_is_one_line(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    with pytest.raises(UnusableInput, match="has no implementations"):
        checkout_of(tmp_path)


def test_a_repository_of_another_user_is_told_how_to_trust(checkout: Path, monkeypatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(UnusableInput, match=r"git config --global --add safe\.directory"):
        checkout_of(checkout)


def test_attributes_for_archives_change_no_side(checkout: Path) -> None:
    """A file that archives leave out would be missing on OLD's side, and so count as new and not be compared."""
    (checkout / ".gitattributes").write_text("one.py export-ignore\ntwo.py export-subst\n")
    (checkout / "impls" / ".gitattributes").write_text("one.py export-ignore\ntwo.py export-subst\n")
    (checkout / "impls" / "two.py").write_text("X = '$Format:%H$'\n")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-qm", "attributes")
    with two_sides("HEAD", checkout) as sides:
        assert not any(one.differs or one.only for one in differences(sides.old, sides.new))


def test_a_sparse_checkout_without_a_helper_is_told_how_to_add_it(checkout: Path) -> None:
    """Implementations would be said to fail without it."""
    git(checkout, "sparse-checkout", "set", "docs")
    with pytest.raises(UnusableInput, match=r"impls/.*\.py is left out of this sparse checkout"):
        checkout_of(checkout)
    git(checkout, "sparse-checkout", "set", "impls/_shared")
    with pytest.raises(UnusableInput, match=r"_room/deeper\.py is left out") as refused, two_sides("HEAD", checkout):
        pass
    followed(refused.value)
    with two_sides("HEAD", checkout) as sides:
        assert not any(one.differs for one in differences(sides.old, sides.new))


def test_files_of_a_commit_that_git_cannot_write_are_one_line(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a full disk, or in a damaged repository."""
    blob = git(checkout, "rev-parse", "HEAD:impls/one.py").strip()
    (checkout / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(UnusableInput) as refused, two_sides("HEAD", checkout):
        pass
    assert "--against: impls of HEAD can't be checked out (error: " in str(refused.value)
    with pytest.raises(subprocess.CalledProcessError) as found:
        followed(refused.value)
    assert blob in found.value.stdout + found.value.stderr


def test_a_filter_that_fails_is_named_with_the_command_that_shows_it(checkout: Path) -> None:
    (checkout / "impls" / ".gitattributes").write_text("*.py filter=bad\n")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-qm", "a filter")
    git(checkout, "config", "filter.bad.smudge", "false")
    git(checkout, "config", "filter.bad.required", "true")
    with (
        pytest.raises(UnusableInput, match="the command of the filter; mend it") as refused,
        two_sides("HEAD", checkout),
    ):
        pass
    assert "filter.bad.smudge false" in followed(refused.value)


def test_a_damaged_index_is_one_line(checkout: Path) -> None:
    """Without git's answer, a kernel in C that was made slower would be green."""
    (checkout / ".git" / "index").write_bytes(b"damaged")
    with pytest.raises(UnusableInput, match=r"^git failed \(fatal: .*index.*see what `git -C .*ls-files.* says"):
        checkout_of(checkout).changed_files(resolve("HEAD", checkout))


def test_git_that_hangs_ends_with_the_budget(checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a filter that waits for a server, or a fetch of files that a partial clone lacks."""
    monkeypatch.setattr(trees, "LEAST_S", 0.5)
    started = tmp_path / "started"
    git(checkout, "config", "filter.slow.smudge", f"touch '{started}'; sleep 1000; cat")
    (checkout / ".gitattributes").write_text("impls/one.py filter=slow\n")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-qm", "second")
    here = checkout_of(checkout, OVER)
    with (
        pytest.raises(UnusableInput, match=r"^`git checkout` hasn't ended within 0 s; see what it wai") as refused,
        sides_of(here.commit("HEAD"), here),
    ):
        pass
    assert started.exists()
    assert "filter.slow.smudge" in followed(refused.value, 1)
    assert not [one for one in psutil.process_iter(["cmdline"]) if str(started) in str(one.info["cmdline"])]


def test_a_monitor_of_files_is_neither_started_nor_believed(checkout: Path, tmp_path: Path) -> None:
    monitor, ran = tmp_path / "monitor", tmp_path / "ran"
    monitor.write_text(f"#!/bin/sh\ntouch '{ran}'\nprintf '1\\0'\n")  # nothing has changed, it says
    monitor.chmod(0o755)
    git(checkout, "config", "core.fsmonitor", str(monitor))
    git(checkout, "status")
    ran.unlink()
    (checkout / "impls" / "one.py").write_text("X = 2\n")
    here = checkout_of(checkout)
    assert here.changed_files(here.commit("HEAD")) == ["impls/one.py"]
    assert "uncommitted" in here.described()
    assert not ran.exists()


def test_attributes_of_the_commit_apply_to_its_files(checkout: Path) -> None:
    """Those of files in Git LFS as well: OLD would read the pointer, and NEW the table."""
    (checkout / ".gitattributes").write_text("impls/*.csv filter=large\n")
    git(checkout, "config", "filter.large.smudge", "sed s/pointer/table/")
    git(checkout, "config", "filter.large.clean", "sed s/table/pointer/")
    (checkout / "impls" / "one.csv").write_text("table\n")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-qm", "second")
    assert git(checkout, "show", "HEAD:impls/one.csv") == "pointer\n"
    (checkout / ".gitattributes").unlink()
    with two_sides("HEAD", checkout) as sides:
        assert not any(one.differs for one in differences(sides.old, sides.new))


def test_a_partial_clone_whose_origin_is_gone_says_so(checkout: Path, tmp_path: Path) -> None:
    git(checkout, "config", "uploadpack.allowFilter", "true")
    (checkout / "impls" / "one.py").write_text("X = 2\n")
    git(checkout, "commit", "-qam", "second")
    git(tmp_path, "clone", "-q", "--filter=blob:none", checkout.as_uri(), "partial")
    partial = tmp_path / "partial"
    checkout.rename(tmp_path / "moved")
    with pytest.raises(UnusableInput, match="this clone is partial; ") as refused, two_sides("HEAD~1", partial):
        pass
    (tmp_path / "moved").rename(checkout)
    followed(refused.value)
    with two_sides("HEAD~1", partial) as sides:
        assert [one.impl for one in differences(sides.old, sides.new) if one.differs] == ["one"]


def test_limits_that_a_partial_clone_cannot_fetch_are_not_taken_for_none(checkout: Path, tmp_path: Path) -> None:
    """A change that loosens them would pass. A clone without folders, `--filter=tree:0`, has no revision to compare."""
    git(checkout, "config", "uploadpack.allowFilter", "true")
    (checkout / "pyproject.toml").write_text("[tool.gradrace.check]\nthreshold = 5\n")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-qm", "second")
    (checkout / "pyproject.toml").write_text("[tool.gradrace.check]\nthreshold = 500\n")
    git(checkout, "commit", "-qam", "third")
    for name, kind in (("blobless", "blob:none"), ("treeless", "tree:0")):
        git(tmp_path, "clone", "-q", f"--filter={kind}", checkout.as_uri(), name)
    checkout.rename(tmp_path / "moved")
    here = checkout_of(tmp_path / "blobless")
    with pytest.raises(UnusableInput, match=r"pyproject\.toml of HEAD~1 can't be checked out \(.*; this clone is part"):
        here.contents_at(here.commit("HEAD~1"), "pyproject.toml")
    with pytest.raises(UnusableInput, match="this clone is partial"), two_sides("HEAD~1", tmp_path / "treeless"):
        pass


def test_without_an_index_only_what_differs_counts(checkout: Path) -> None:
    commit = resolve("HEAD", checkout)
    (checkout / ".git" / "index").unlink()
    assert checkout_of(checkout).changed_files(commit) == []
    (checkout / "impls" / "one.py").write_text("A = 1\n")
    assert checkout_of(checkout).changed_files(commit) == ["impls/one.py"]


def test_git_runs_no_hook_and_does_not_write_the_index(checkout: Path) -> None:
    hook, ran = checkout / ".git" / "hooks" / "post-index-change", checkout.parent / "ran"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch '{ran}'\n")
    hook.chmod(0o755)
    os.utime(checkout / "impls" / "one.py", (1e9, 1e9))  # so that git would refresh what it knows of the file
    index = checkout / ".git" / "index"
    before = index.read_bytes()
    here = checkout_of(checkout)
    with two_sides("HEAD", checkout) as sides:
        here.described()
        assert [*unseen(sides, differences(sides.old, sides.new), here.commit("HEAD"), here)] == []
    assert index.read_bytes() == before
    assert not ran.exists()


def test_files_of_a_copied_checkout_that_have_other_times_only_are_unchanged(checkout: Path, tmp_path: Path) -> None:
    (checkout / "pyproject.toml").write_text("[project]\n")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-qm", "project")
    copy = checkout_of(shutil.copytree(checkout, tmp_path / "copy"))
    os.utime(copy.top / "pyproject.toml", (1e9, 1e9))
    assert copy.changed_files(copy.commit("HEAD")) == []
    assert copy.changed_files(copy.commit("HEAD~1")) == ["pyproject.toml"]


def test_a_file_that_git_assumes_to_be_unchanged_is_seen(checkout: Path) -> None:
    """A kernel in C that was made slower would be green, as only git's answer counts for what is built."""
    git(checkout, "update-index", "--assume-unchanged", "impls/one.py")
    (checkout / "impls" / "one.py").write_text("X = 2\n")
    assert checkout_of(checkout).changed_files(resolve("HEAD", checkout)) == ["impls/one.py"]


def test_a_file_that_a_sparse_checkout_need_not_have_is_seen(checkout: Path) -> None:
    git(checkout, "update-index", "--skip-worktree", "impls/one.py", "impls/two.py")
    (checkout / "impls" / "one.py").write_text("X = 2\n")
    (checkout / "impls" / "two.py").unlink()
    assert checkout_of(checkout).changed_files(resolve("HEAD", checkout)) == ["impls/one.py"]
    with pytest.raises(UnusableInput, match=r"two\.py isn't there, but git skips it") as refused:
        checkout_of(checkout).require_whole(bool)
    followed(refused.value)
    with two_sides("HEAD", checkout) as sides:
        assert [one.impl for one in differences(sides.old, sides.new) if one.only] == ["two"]


def test_a_file_that_changed_in_the_second_in_which_it_was_committed_is_seen(checkout: Path) -> None:
    """git compares times in seconds, and looks into files that aren't older than its index."""
    git(checkout, "config", "core.trustctime", "false")
    file = checkout / "impls" / "_room" / "deeper.py"
    os.utime(file, (1e9, 1e9))
    git(checkout, "update-index", "--refresh")
    os.utime(checkout / ".git" / "index", (1e9, 1e9))
    file.write_text("NUMBER = 2\n")
    os.utime(file, (1e9, 1e9))
    here = checkout_of(checkout)
    assert here.changed_files(here.commit("HEAD")) == ["impls/_room/deeper.py"]
