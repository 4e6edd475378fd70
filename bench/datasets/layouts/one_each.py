"""Folders with a file of numbers, text or sound for each example: the command that makes one file of them."""

from __future__ import annotations

from pathlib import Path

from gradrace.bench.datasets.layouts.commands import free, go_on
from gradrace.bench.datasets.layouts.folders import is_part
from gradrace.bench.datasets.layouts.listing import files_in, folders_in

ARRAYS = (
    "import numpy, pathlib; files = sorted(pathlib.Path({folder!r}).glob('*/*.npy')); "
    "numpy.savez({whole!r}, X=[numpy.load(file) for file in files], y=[file.parent.name for file in files])"
)

TEXTS = (
    "import numpy; from sklearn.datasets import load_files; "
    "from sklearn.feature_extraction.text import CountVectorizer; "
    "found = load_files({folder!r}, encoding='utf-8', decode_error='replace', allowed_extensions=['.txt']); "
    "numpy.savez({whole!r}, X=CountVectorizer(max_features=1000).fit_transform(found.data).toarray(), "
    "y=numpy.array(found.target_names)[found.target])"
)
"""Program that counts the most frequent words of texts."""

SOUNDS = (
    "import numpy, pathlib, scipy.io.wavfile, scipy.signal; "
    "files = sorted(pathlib.Path({folder!r}).glob({pattern!r})); "
    "heard = [(sound := scipy.io.wavfile.read(file)[1]).reshape(len(sound), -1)[:, 0] for file in files]; "
    "numpy.savez({whole!r}, y=[{label} for file in files], "
    "X=[numpy.log1p(scipy.signal.welch(one, nperseg=min(256, len(one)), nfft=256)[1]) for one in heard])"
)
"""Program that computes the power of sounds at 129 frequencies, of the first channel."""

KINDS = {".npy": ("arrays", ARRAYS), ".txt": ("texts", TEXTS), ".wav": ("sounds", SOUNDS)}
"""Kinds of files and programs, by the suffix of the files."""

LEAST_CLASSES, MOST_CLASSES = 2, 100


def told_of(folder: Path) -> str | None:
    """Return what a folder holds, and the command that makes a file of it, or None if it isn't known.

    The classes are its sub-folders, or of sounds the beginnings of the files' names before a `_`.
    """
    inner, beside = [file for one in folders_in(folder) for file in _visible(one)], _visible(folder)
    suffixes = {file.suffix.lower() for file in inner or beside}
    what, program = KINDS.get(next(iter(suffixes)), ("", "")) if len(suffixes) == 1 else ("", "")
    classes = {file.parent.name for file in inner} or {file.name.partition("_")[0] for file in beside}
    if not (program and LEAST_CLASSES <= len(classes) <= MOST_CLASSES) or any(is_part(file.parent) for file in inner):
        return None
    if not inner and program is not SOUNDS:
        return None
    label, pattern = ("file.parent.name", "*/*") if inner else ("file.name.partition('_')[0]", "*")
    new, suffix = free(f"{folder}.npz"), (inner or beside)[0].suffix
    made = program.format(folder=str(folder), whole=new, pattern=f"{pattern}{suffix}", label=label)
    return f"is a folder of {what}, one for each example; {go_on(new, made)}"


def _visible(folder: Path) -> list[Path]:
    return [file for file in files_in(folder) if not file.name.startswith(".")]
