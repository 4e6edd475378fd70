"""Names that say whether a column of a table holds the labels: usual names, and words of labels and of outcomes."""

from __future__ import annotations

from collections.abc import Collection

from gradrace.bench.datasets.layouts.features import words_of

FEATURES_TOO = frozenset(
    {
        *("category", "condition", "default", "deposit", "income", "output", "quality", "response", "result"),
        *("status", "stroke", "type"),
    }
)
"""Usual names of labels, in lower case, that a feature may have, too."""

STRICT = frozenset(("target", "label", "labels", "survived", "outcome", "diagnosis", "churn", "exited", "attrition"))
"""Usual names that hold the labels wherever they stand, and whatever stands last."""

LABELS = (
    FEATURES_TOO
    | STRICT
    | {
        *(
            "approved",
            "class",
            "classe",
            "classes",
            "is_spam",
            "potability",
            "purchased",
            "sentiment",
            "spam",
            "species",
        ),
        *("variety", "y"),
    }
)
"""Usual names, in lower case, of columns that hold the labels."""

RATINGS = frozenset(("rating", "grade", "decision", "verdict", "evaluation"))
"""Names, in lower case, of a last column that holds the labels, if it has few values."""

WORDS = LABELS - FEATURES_TOO - {"y"} | {
    *("fraud", "fraudulent", "klasse", "klass", "ziel", "zielklasse", "clase", "etiqueta", "objetivo", "cible"),
    *("etichetta", "kelas", "класс", "метка", "类别", "标签", "ラベル"),
}
"""Words, in lower case, in names of columns that hold labels, such as isFraud, class_label and Attrition_Flag."""

SURE_OUTCOMES = frozenset(
    {
        *("accepted", "admitted", "bought", "cancelled", "canceled", "cardio", "chd", "clicked", "converted", "death"),
        *("deceased", "defaulted", "delinquent", "denied", "deny", "died", "disease", "event", "hazardous", "hired"),
        *("left", "passed", "placed", "promoted", "readmitted", "recid", "recurrence", "rejected", "relapse"),
        *("revenue", "subscribed", "tomorrow", "won"),
    }
)
OUTCOMES = SURE_OUTCOMES | {"default", "stroke"}
"""Words, in lower case, of outcomes, in names such as `default.payment.next.month` and `TenYearCHD`.

A status or a result is more often that of a feature: `marital_status`, `test_result`.
"""

PAST = frozenset({"before", "past", "prev", "previous", "previously", "prior"})
"""Words, in lower case, beside which a usual word isn't that of the labels, as in `previous_target`."""

NO_OUTCOMES = PAST | {"family", "history", "mode", "time", "type"}
"""Words, in lower case, beside which an outcome isn't that of the example, as in `prior_event`."""


def is_one_of(name: str, names: Collection[str]) -> bool:
    """Return whether a name, without blanks around it and in lower case, is one of these."""
    return name.strip().lower() in names


def may_be_feature(name: str) -> bool:
    """Return whether a name is one of `FEATURES_TOO`."""
    return is_one_of(name, FEATURES_TOO)


def has_word(name: str) -> bool:
    """Return whether a name holds one of `WORDS`, and none of `PAST`."""
    return not WORDS.isdisjoint(words_of(name)) and not is_of_past(name)


def is_of_past(name: str) -> bool:
    """Return whether a name holds one of `PAST`."""
    return not PAST.isdisjoint(words_of(name))


def has_outcome(name: str, outcomes: Collection[str]) -> bool:
    """Return whether a name holds a word of an outcome, and none of `NO_OUTCOMES`. In `eye_left`, it is a side."""
    words = words_of(name)
    found = words[:1] if words[-1:] == ["left"] else words
    return any(word in outcomes for word in found) and NO_OUTCOMES.isdisjoint(words)


def has_usual_name(name: str) -> bool:
    """Return whether a name is one of `LABELS`, or holds one of `WORDS`."""
    return is_one_of(name, LABELS) or has_word(name)
