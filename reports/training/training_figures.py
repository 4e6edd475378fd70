"""A training in pictures: its costs, the weights as an image, and the most certain predictions."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gradrace.bench.datasets.formats.dataset import Dataset
from gradrace.bench.text import significant
from gradrace.bench.training.events import Done, Shown
from gradrace.bench.training.model import Model
from gradrace.bench.training.racing.race_results import Raced
from gradrace.reports.figures.canvas import STYLE, Picture, canvas, in_counts
from gradrace.reports.training.race_curves import against_iterations, against_seconds
from gradrace.reports.words import count, plain

CHANNELS = {1: ("weight",), 3: ("weight of red", "weight of green", "weight of blue")}
MOST_SHOWN = 8
"""Maximum number of images in a row of the contact sheet."""

TOP, ROW = 0.75, 0.98
"""Inches of the contact sheet: its title, and a row of images with the text below them."""

BLUE = "#0072b2"


def pictures(done: Done, raced: Raced | None = None) -> list[Picture]:
    """Draw the cost of a training, or the costs of a race.

    For images, the weights and the most certain predictions are drawn too.
    """
    with matplotlib.style.context(STYLE):
        found = [against_seconds(raced), against_iterations(raced)] if raced else [_costs(done.model)]
        if len(done.model.shape) == 3 and done.model.shape[2] in CHANNELS:
            found += [_weights(done.model), _surest(done.model, done.shown)]
        return found


def _costs(model: Model) -> Picture:
    record = model.record
    iterations, costs = zip(*record.costs, strict=True)
    verb = "fell" if costs[-1] < costs[0] else "rose" if costs[-1] > costs[0] else "stayed"
    ends = f"from {significant(costs[0])} to {significant(costs[-1])}"
    title = f"The cost {verb} {ends} in {count(iterations[-1])} iterations"
    figure, axes = canvas(
        title, f"{plain(record.implementation, 60)}, alpha {record.alpha:g}", [], height=3.2, left=0.9, right=2
    )
    axes.plot(iterations, costs, color=BLUE, linewidth=2)
    axes.set(xlabel="iteration", ylabel="cost J", ylim=(0, None))
    in_counts(axes.xaxis)
    axes.grid(visible=True)
    return Picture("costs", title, figure)


def _weights(model: Model) -> Picture:
    """Draw a panel per channel, with one range of colours that is symmetric about 0."""
    names = CHANNELS[model.shape[2]]
    w = model.w.reshape(model.shape).astype(np.float64)
    largest = float(np.abs(w).max()) or 1.0
    title = f"The weights as an image: which pixels indicate {plain(model.classes[1], 30)}"
    meaning = "Orange: bright pixels indicate it; purple: they indicate the other class; white: neither."
    figure = _sheet(title, meaning, inches=3.1)
    for place, name in enumerate(names):
        axes = figure.add_axes((0.03 + place * 0.285, 0.04, 0.265, 0.684))
        shown = axes.imshow(w[:, :, place], cmap="PuOr_r", vmin=-largest, vmax=largest)
        _bare(axes, name)
    bar = figure.colorbar(shown, cax=figure.add_axes((0.03 + len(names) * 0.285, 0.08, 0.015, 0.6)))
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=8)
    return Picture("weights", title, figure)


def _surest(model: Model, shown: Shown) -> Picture:
    """Draw rows of the most certain predictions, right and wrong, for either class."""
    title = "The most certain predictions, right and wrong"
    rows = [(words, places) for words, places in groups(model, shown) if len(places)]
    figure = _sheet(
        title,
        f"Images of the {shown.part} examples; below each is the probability of {plain(model.classes[1], 30)}.",
        inches=TOP + ROW * len(rows),
    )
    top = TOP / (TOP + ROW * len(rows))
    images = iter(_images(model, shown.dataset.some(np.concatenate([places for _, places in rows]))))
    for line, (words, places) in enumerate(rows):
        height = (1 - top) / len(rows)
        bottom = 1 - top - (line + 1) * height
        figure.text(0.025, bottom + 0.55 * height, words, color="0.25", verticalalignment="center")
        for column, place in enumerate(places):
            axes = figure.add_axes((0.24 + column * 0.094, bottom + 0.2 * height, 0.086, 0.78 * height))
            axes.imshow(next(images), cmap="gray")
            _bare(axes, f"{shown.probabilities[place]:.2f}", below=True)
    return Picture("surest", title, figure)


def groups(model: Model, shown: Shown) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the text of each row of the contact sheet, and the indices of its examples, the most certain first."""
    predicted = shown.probabilities > model.threshold
    for right in (True, False):
        for label in (1, 0):
            called = (label == 1) == right
            places = np.flatnonzero((shown.dataset.labels == label) & (predicted == called))
            sure = np.abs(shown.probabilities[places] - model.threshold)
            name, other = (plain(model.classes[k], 16) for k in (label, 1 - label))
            words = f"{name},\ncalled {name}" if right else f"{name},\ncalled {other}"
            yield words, places[np.argsort(-sure, kind="stable")][:MOST_SHOWN]


def _images(model: Model, dataset: Dataset) -> np.ndarray:
    """Return the images with values from 0 to 1, of shape (m, height, width[, 3])."""
    values = dataset.X.T.reshape(-1, *model.shape)
    largest = 255.0 if values.dtype == np.uint8 else float(values.max()) or 1.0
    images = np.clip(values / largest, 0, 1)
    return np.squeeze(images, axis=3) if model.shape[2] == 1 else images


def _sheet(title: str, subtitle: str, *, inches: float) -> Figure:
    """Return a figure for panels, with a title and a subtitle."""
    figure = Figure(figsize=(8.0, inches), facecolor="white")
    figure.text(0.025, 1 - 0.12 / inches, title, fontsize=13, fontweight="bold", verticalalignment="top")
    figure.text(0.025, 1 - 0.38 / inches, subtitle, color="0.35", verticalalignment="top")
    return figure


def _bare(axes: Axes, words: str, *, below: bool = False) -> None:
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    if below:
        axes.set_xlabel(words, fontsize=8, labelpad=2)
    else:
        axes.set_title(words, color="0.25", fontsize=10, pad=4)
