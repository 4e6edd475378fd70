"""Remedies for options that don't exist: the option that was meant, with the value that was given."""

from __future__ import annotations

import shlex

import pytest

from tests.gradrace.front_door import gradrace, refused


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("train --test 0.2", "--test; did you mean --test-share 0.2?"),
        ("train --test=0.2", "--test; did you mean --test-share 0.2?"),
        ("train --test-size 0.2", "--test-size; did you mean --test-share 0.2?"),
        ("train --test a.h5", "--test (Possible options: --test-data, --test-label, --test-share)."),
        ("train --iter 'some more'", "--iter; did you mean --iterations 'some more'?"),
        ("run -m 100", "-m; did you mean --m 100?"),
        ("run --quie --m 100", "--quie; did you mean --quiet?"),
        ("verify --fast", "--fast (Possible options: --data)."),
        ("train --learning-rate 3", "--learning-rate."),
    ],
)
def test_an_unknown_option_names_those_that_may_be_meant(given: str, meant: str) -> None:
    refused(gradrace(*shlex.split(given)), f"No such option: {meant}")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("run --budget ten", "--budget: 'ten' is not a number; `gradrace run --help` describes it"),
        ("run --threads=two", "--threads: 'two' is not a whole number; `gradrace run --help` describes it"),
        ("train breast_cancer --alpha 0,5", "--alpha: '0,5' is not a number; `gradrace train --help` describes it"),
        ("train digits --iterations 1.5", "--iterations: '1.5' is not a whole number; `gradrace train --help`"),
    ],
)
def test_a_value_that_is_no_number_is_told(given: str, told: str) -> None:
    refused(gradrace(*given.split()), told)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("compare", "compare takes OLD and NEW; move the runs of each side into a folder of its own"),
        ("compare runs/1 runs/2 runs/3 runs/4", "compare takes OLD and NEW, not also runs/3, …; move the runs"),
        ("compare runs/1", "then: gradrace compare old new"),
        ("history runs/1 runs/2", "history takes DIR, not also runs/2; for example: gradrace history runs"),
        ("explain numba_fused numba_loop", "explain takes IMPL, not also numba_loop; for example: gradrace explain"),
        ("predict model.npz", "predict takes MODEL and INPUT; for example: gradrace predict"),
    ],
)
def test_too_few_or_too_many_arguments_are_answered_with_those_that_a_verb_takes(given: str, wanted: str) -> None:
    refused(gradrace(*given.split()), wanted)
