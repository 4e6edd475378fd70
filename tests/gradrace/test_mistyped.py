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
    refused(gradrace(*shlex.split(given)), f"No such option: {meant} See ")
