"""Refusal of a table: all that is wrong in it in one line, and the options that go on."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path

from gradrace.bench.datasets.columns.by_name import listed, shown
from gradrace.bench.datasets.columns.gathered import Gathered
from gradrace.bench.datasets.columns.plan import planned
from gradrace.bench.datasets.doubts import parts
from gradrace.bench.datasets.doubts.numbering import BY_NAME, COUNTS, INCREASES
from gradrace.bench.datasets.doubts.remedies import without_symbols
from gradrace.bench.datasets.formats.classes import doubt, one_of
from gradrace.bench.datasets.formats.labels import LEAST_DIFFERENT, check_are_classes
from gradrace.bench.results import UnusableInput
from gradrace.bench.text import few

RECIPE = "docs/how-to/your-own-data.md#text-and-missing-values"
"""Page with the recipe for categories and missing values."""

OF_LABELS = "the labels in another form"
"""Reason why a column that repeats the labels is no feature."""


@dataclass
class Findings:
    """Faults of a table, and the parts of the command that avoid them.

    Attributes:
        path: file of the table.
        causes: what is wrong.
        options: parts of the command.
        others: what else could be done.
        unlabelled: what to do if the label of an example is missing, or "".
        numbers: words with the command that makes numbers of all columns, or "".
        is_text: whether the file is text that an editor changes.
    """

    path: Path
    causes: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    unlabelled: str = ""
    numbers: str = ""
    is_text: bool = False

    def add(self, cause: str, option: str = "", other: str = "") -> None:
        """Add a fault, the option that avoids it, and an alternative."""
        self.causes.append(cause)
        self.options += [option] if option else []
        self.others += [other] if other else []

    def guessed(self, label: str | None, names: Sequence[str]) -> str | None:
        """Return the likely column of labels, if there is one, and add that it has to be named."""
        if label is not None:
            option = f"--label {shlex.quote(label)}"
            self.add("the column of labels isn't named", option, f"name another: {shown(names)}")
        return label

    def add_columns(
        self,
        table: Gathered,
        keep: AbstractSet[str],
        *,
        whole: bool = True,
        drops: bool = True,
        repeating: Sequence[str] = (),
        features: Sequence[str] = (),
    ) -> None:
        """Add the columns of text, with missing numbers, those that number the examples, and those that repeat labels.

        If the table decides, it leaves these out itself, and makes numbers of categories, so that only doubtful ones
        are added. It asks about a column without a name that doesn't count: an area in pixels has as many values.

        Args:
            table: features, as read.
            keep: columns that are features.
            whole: whether the table was read to its end; only then is it known which columns are constant or doubtful.
            drops: whether columns can be dropped. To predict they can't, and examples that lack a number are noted.
            repeating: columns that repeat the labels.
            features: names of the features that the examples must have, or () for all.
        """
        missing = [name for name in table.names if name in table.missing and name not in table.text]
        why = table.numbering(keep)
        counting = [*why]
        others = {*table.text, *counting, *keep, *(() if table.decides else missing)}
        repeated = [name for name in repeating if name not in others]
        all_of_them = whole and drops
        if table.decides:
            reasons = {reason: [name for name in why if why[name] == reason] for reason in (COUNTS, INCREASES, BY_NAME)}
            asked = reasons.pop(BY_NAME) if table.unnamed else []
            reasons |= {OF_LABELS: repeated, parts.REASON: table.parts({*keep, *repeated})}
            plan = planned(table, reasons, fixed=bool(features))
            lacking = plan.excess if whole else []
            useless = {*asked, *lacking, *(table.constant() if len(plan.left) < len(table.names) else ())}
            if whole and not (table.text or asked or lacking) and (features or {*plan.left} - useless):
                plan.carry_out(table, features)
                return
            if features or {*plan.left} - useless:
                missing, counting, repeated, all_of_them = lacking, asked, [], False  # the others need no option
            else:
                table.text.update({name: table.texts[name].example() for name in (*plan.free, *plan.taken)})
        if missing and not drops:
            table.note_lacking(missing)
            missing = []
        self._add_unusable(table, missing, counting, repeated, all_of_them=all_of_them, drops=drops)

    def _add_unusable(
        self,
        table: Gathered,
        missing: Sequence[str],
        counting: Sequence[str],
        repeated: Sequence[str],
        *,
        all_of_them: bool,
        drops: bool,
    ) -> None:
        """Add the columns that can't be used, with the options that leave them out.

        all_of_them: whether constant columns are named, too.
        """
        doubtful = [name for name in table.names if name in {*counting, *repeated}]
        if not (table.text or missing or doubtful):
            return
        constant = table.constant() if all_of_them else []
        wrong = {*table.text, *missing, *doubtful, *constant}
        dropped = [name for name in table.names if name in wrong]
        self._say_columns(table, missing, counting, constant, repeated)
        if not drops:
            self.others.append(f"make them numbers: {RECIPE}")
        elif len(dropped) == len(table.names) and not (table.text or missing):
            self.options.append(f"--keep {listed(doubtful)}")  # no other feature is left
        elif len(dropped) == len(table.names):
            step = self.numbers or f"make them numbers by {RECIPE}"
            self.options, self.others = [], [f"no feature is left without them: {step}"]
        else:
            self.options.append(f"--drop {listed(dropped)}")
            if doubtful:
                self.others.append(f"--keep {listed(doubtful)} if {_it(doubtful)}")
            if signs := without_symbols(self.path, table.text) if self.is_text else "":
                self.others.append(signs)
            if table.text or missing:
                self.others.append(f"make them numbers: {RECIPE}")

    def add_classes(self, names: Sequence[str], m: int, label: str, remedy: str = "") -> None:
        """Add that there are more than two classes.

        m: number of examples. label: column that was taken for the labels, or "" if it was named. remedy: what to do if
        they are numbers rather than classes.
        """
        check_are_classes(self.path, names)
        if LEAST_DIFFERENT <= m == len(names):
            raise UnusableInput(
                f"{self.path}: all {m} labels differ, so they are no classes; name another column with --label"
            )
        of_label = f" in {label!r}" if label else ""
        others = ["name another column of labels with --label" if label else "", remedy]
        self.add(f"{len(names)} classes ({few(names)}){of_label}{doubt(names)}", one_of(names))
        self.others += filter(None, others)
        self.others += ["correct them first"] if doubt(names) else []

    def add_unlabelled(self, example: int, remedy: str) -> None:
        """Add that an example has no label, so that no option goes on.

        example: its number, which counts from 1. remedy: words with the command that drops such examples, or "".
        """
        self.causes.insert(0, f"the label of example {example} is missing")
        self.unlabelled = remedy or f"drop the example: {RECIPE}"

    def check_likely(self, label: str, classes: Sequence[str]) -> None:
        """Raise UnusableInput if the likely column of labels, which has to be named, has a single class."""
        if self.causes and len(classes) == 1:
            told = f"all labels in {label!r} are {classes[0]}"
            raise UnusableInput(
                f"{self.path}: {told}; a classifier needs two classes: name another column with --label"
            )

    def refuse(self) -> None:
        """Raise UnusableInput if anything is wrong."""
        if self.causes:
            steps = [f"go on with {' '.join(self.options)}"] if self.options else []
            advice = ", or ".join([*steps, *self.others])
            advice = self.unlabelled or advice
            raise UnusableInput(f"{self.path}: {'; '.join(self.causes)}; {advice}")

    def _say_columns(
        self,
        table: Gathered,
        missing: Sequence[str],
        counting: Sequence[str],
        constant: Sequence[str],
        repeated: Sequence[str],
    ) -> None:
        text = [f"{name} ({table.text[name][:20]!r})" for name in table.names if name in table.text]
        kinds = {
            "not numeric": text,
            "numbers are missing": missing,
            "constant": constant,
            COUNTS: counting,
            OF_LABELS: repeated,
        }
        self.causes += [f"{words}: {few(names)}" for words, names in kinds.items() if names]


def _it(names: Sequence[str]) -> str:
    return "they are features" if len(names) > 1 else "it is a feature"
