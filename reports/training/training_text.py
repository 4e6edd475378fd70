"""A training and its predictions on a terminal, as plain lines that other programs can read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from rich.console import Console

from gradrace.bench.text import duration, note
from gradrace.bench.training.descent import State
from gradrace.bench.training.events import Begun, Done, Event, Note, Reading, Resumed
from gradrace.bench.training.prediction import Quality
from gradrace.reports.text.table import print_line
from gradrace.reports.words import plain


def show(events: Iterable[Event], console: Console | None = None) -> Done | None:
    """Print a training while it runs; return its end."""
    done, say = None, partial(print_line, console or Console())
    for event in events:
        match event:
            case Begun(m_train, m_test, n_x):
                tested = f", m_test {m_test}" if m_test else ""
                zero, one = called(event.classes)
                say(f"m_train {m_train}{tested}, n_x {n_x}; class 1: {one}, class 0: {zero}")
                for words in event.notes:
                    note(words)
                if event.on_disk_bytes:
                    say(f"X of {gigabytes(event.on_disk_bytes)} stays on disk; it is read block by block")
            case State(iteration, J):
                say(f"iteration {iteration}  cost {J:.6f}")
            case Resumed(iteration):
                say(f"resumed at iteration {iteration}")
            case Note(_, words):
                note(words)
            case Done():
                done = event
                _show_end(say, event)
    return done


def _show_end(say: Callable[[str], None], end: Done) -> None:
    if end.seconds is not None:
        note(f"the descent took {duration(end.seconds)}")
    if end.reading is not None:
        note(how_fast(end.reading))
    for name, quality in (("train", end.train), ("test", end.test)):
        if quality is not None:
            _show_quality(say, name, quality, called(end.model.classes))
    if end.untested:
        note(end.untested)
    costs = end.model.record.costs
    if end.notes and costs[-1][1] > costs[0][1]:
        ends = f"{costs[0][1]:.6f} to {costs[-1][1]:.6f}"
        note(f"the cost rose from {ends}: don't use this model; {_step(end.notes)}")


def _step(notes: Sequence[str]) -> str:
    """Return the advice of the note that the cost rose, which stands a screen above the end; of none, a general one."""
    rose = (words.rpartition("; ")[2] for words in notes if words.startswith("the cost rose"))
    return next(rose, "train again with a smaller --alpha")


def _show_quality(say: Callable[[str], None], name: str, quality: Quality, classes: tuple[str, str]) -> None:
    say(f"{name} accuracy  {100 * quality.accuracy:.2f} %; {always(quality, classes)}")
    say(f"{name} precision {hundredths(quality.precision)}, recall {hundredths(quality.recall)}")
    cost = "unknown" if quality.cost is None else f"{quality.cost:.6f}"
    say(f"{name} cost {cost}, ROC AUC {area(quality)}")
    rows = [(classes[0], quality.true_0, quality.false_1), (classes[1], quality.false_0, quality.true_1)]
    width, heads = max(map(len, classes)), [f"called {kind}" for kind in classes]
    say(f"  {'':{width}}  {heads[0]}  {heads[1]}")
    for kind, zeros, ones in rows:
        say(f"  {kind:{width}}  {zeros:{len(heads[0])}}  {ones:{len(heads[1])}}")


def area(quality: Quality) -> str:
    """Return the area under the ROC curve as text, or "unknown" if the examples are of one class."""
    return "unknown" if quality.roc_auc is None else f"{quality.roc_auc:.4f}"


def always(quality: Quality, classes: Sequence[str]) -> str:
    """Return the accuracy of always predicting the most frequent class, as text."""
    kind, share = quality.majority
    return f"always predicting {classes[kind]}: {100 * share:.2f} %"


def called(classes: tuple[str, str]) -> tuple[str, str]:
    """Return the names of both classes, short enough for a table of 80 columns."""
    return plain(classes[0], 20), plain(classes[1], 20)


def how_fast(reading: Reading) -> str:
    """Return the rate at which X was read from disk, and its share of the limit, as text."""
    descent, limit = reading
    return (
        f"read {gigabytes(descent.bytes)} at {gigabytes(descent.rate)}/s, "
        f"{100 * descent.rate / limit.rate:.0f} % of the limit: reading alone {gigabytes(limit.rate)}/s"
    )


def gigabytes(count: float) -> str:
    """Return bytes as text in GB of 10⁹ bytes."""
    return f"{count / 1e9:.2f} GB"


def hundredths(share: float | None) -> str:
    """Return a share to a hundredth of a per cent, or "unknown" for None, which is the share of nothing."""
    return "unknown" if share is None else f"{100 * share:.2f} %"
