"""The verb predict."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gradrace.cli.app import app, argument, epilog, flag, option, set_up_pools


@app.command(epilog=epilog("predict cat.npz photo.jpg", "predict ill.npz patients.csv --csv predictions.csv"))
def predict(
    model: Annotated[Path, argument("MODEL", "File that `train --model` wrote.")],
    inputs: Annotated[list[str], argument("INPUT", "Images, folders of images, or data files.")],
    threshold: Annotated[float | None, option("P", "Predict 1 above this probability; the model's by default.")] = None,
    as_json: Annotated[bool, flag("--json", "Print one JSON row per example.")] = False,
    as_csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write the table to this file, for spreadsheets.")
    ] = None,
) -> None:
    """Predict the class of each example, and the probability of class 1, in images, their folders, or data files.

    The exit status is 2 if no example could be predicted.
    """
    set_up_pools()
    from gradrace import options

    cut = None if threshold is None else options.threshold(threshold)
    options.refuse_given("--csv writes only its file; leave out {}", json=as_json and as_csv)
    options.writable("--csv", as_csv)

    from gradrace.bench.text import note
    from gradrace.bench.training.model import load
    from gradrace.bench.training.prediction import predict as predict_each
    from gradrace.reports.training import predictions as reported

    loaded = load(model)
    chosen = loaded if cut is None else loaded.with_threshold(cut)
    predictions = predict_each(chosen, inputs, note)
    if as_csv:
        reported.write_csv(as_csv, predictions, [model, *inputs])
    elif as_json:
        reported.show_json(predictions)
    else:
        reported.show_table(predictions, chosen.classes)
