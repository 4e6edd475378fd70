"""The files of the attack are what they are said to be: each wrong one is wrong, in the scene that the table names."""

from __future__ import annotations

from collections import Counter

import pytest

from gradrace.bench.paths import ROOT
from gradrace.bench.verification.scenes.play import play
from gradrace.bench.verification.scenes.table import SCENES
from gradrace.bench.verification.scenes.truth import Truth
from gradrace.impls.discovery import Source, load, sources
from tests.attack.__main__ import DTYPES, Check, summary
from tests.attack.table import KINDS, NOT_CAUGHT_YET, RACED_RIGHT, WRONG

FOLDERS = {folder: {source.name for source in sources(ROOT / "tests" / folder)} for folder in ("wrong", "right")}


def shown_by(scene, dtype):
    return [name for name, entry in WRONG.items() if getattr(entry, dtype) == scene]


def findings(truth, scene, implementation):
    return truth.judge(play(implementation, scene))[1]


def test_every_file_is_in_the_table_and_wrong_somewhere():
    assert FOLDERS["wrong"] == WRONG.keys()
    assert all(entry.float64 or entry.float32 for entry in WRONG.values())
    assert {scene for entry in WRONG.values() for scene in entry[1:]} <= {*SCENES, "run", None}


def test_the_page_has_the_table_of_kinds():
    page = (ROOT / "docs" / "what-verify-tries.md").read_text(encoding="utf-8")
    for kind, named in KINDS.items():
        shown = Counter(scene for scenes in named.values() for scene in scenes if scene)
        names = ", ".join("`gradrace run`" if scene == "run" else scene for scene, _ in shown.most_common(3))
        assert f"| {kind} | {len(named)} | {names} |" in page


def test_what_is_known_is_in_the_table():
    assert RACED_RIGHT <= FOLDERS["right"]
    for dtype, names in NOT_CAUGHT_YET.items():
        assert all(getattr(WRONG[name], dtype) for name in names)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("scene", SCENES)
def test_wrong_ones_are_wrong_in_the_scene_that_the_table_names(scene, dtype):
    if names := shown_by(scene, dtype):
        made = SCENES[scene](dtype)
        truth = Truth(made)
        files = {name: ROOT / "tests" / "wrong" / f"{name}.py" for name in names}
        found = {name: findings(truth, made, load(Source(name, file))) for name, file in files.items()}
        assert [name for name, those in found.items() if not those] == []


@pytest.mark.slow
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("scene", SCENES)
def test_a_right_one_is_right_in_every_scene(scene, dtype):
    right = load(Source("own_descent", ROOT / "tests" / "right" / "own_descent.py"))
    made = SCENES[scene](dtype)
    assert findings(Truth(made), made, right) == []


def test_the_last_line_counts_what_was_missed():
    missed, rejected = Check(True, "db_missing", "float64", None), Check(True, "db_missing", "float32", "db is off")
    accepted, refused = Check(False, "kahan", "float64", None), Check(False, "kahan", "float32", "dw is off")
    assert summary([missed, rejected, accepted, refused]) == "1 wrong rejected of 2, 1 right accepted of 2"
    assert [check.is_missed for check in (missed, rejected, accepted, refused)] == [True, False, False, True]
