"""The verbs new and make, which write a file to start from."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from gradrace.cli.app import Dtype, app, argument, epilog, flag, option, whole


@app.command(epilog=epilog("new mine", "verify --impl mine.py", "run --impl mine.py --against numba_fused"))
def new(
    name: Annotated[str, argument("NAME", "Name of the implementation, and of its file, NAME.py.")],
) -> None:
    """Write NAME.py, an implementation to start from, here; `verify`, `run` and `train` take it with --impl NAME.py."""
    from gradrace import selection

    file = selection.starter(name)
    typer.echo(f"Wrote {file}, which computes a right gradient. Change it, then run:")
    typer.echo(f"    gradrace verify --impl {file}")
    typer.echo(f"    gradrace run --impl {file} --against numba_fused")


@app.command(epilog=epilog("make X.npy --m 2500000 --nx 12288 --pixels"))
def make(
    file: Annotated[Path, argument("FILE.npy", "File for X; the labels are written beside it.")],
    m: Annotated[str, option("M", "Number of examples.")],
    nx: Annotated[str, option("N", "Number of features.")],
    dtype: Dtype = "float32",
    pixels: Annotated[bool, flag("--pixels", "Write pixels of one byte each, instead of --dtype.")] = False,
    seed: Annotated[int, whole("Seed of the random numbers.", 0)] = 0,
) -> None:
    """Write random examples, as many as the disk holds, to train with an X that is larger than memory."""
    from gradrace import options

    rows, features, precision = options.size("--m", m), options.size("--nx", nx), options.dtype(dtype)

    from gradrace.bench.datasets.make import alpha_of_pixels
    from gradrace.bench.datasets.make import make as make_examples
    from gradrace.reports.text.progress import steps
    from gradrace.reports.text.table import show_sentences
    from gradrace.reports.words import count, memory

    with steps(None, lines=False) as tell:
        labels = make_examples(file, rows, features, precision, seed, tell, pixels=pixels)
    words = ["gradrace", "train", "--data", str(file), "--label", str(labels)]
    words += (
        ["--impl", "numba_pixels", "--alpha", f"{alpha_of_pixels(features):.2g}"]
        if pixels
        else ["--impl", "numba_fused"]
    )
    kind, made_bytes = "uint8" if pixels else precision, file.stat().st_size + labels.stat().st_size
    show_sentences(
        [
            f"{file}: {count(rows)} examples with {count(features)} features each, {kind}; {labels}: their labels",
            f"{memory(made_bytes)} in both; seed {seed}. To train with them:",
        ]
    )
    typer.echo(shlex.join(words))
