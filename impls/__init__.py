"""Implementations of the gradient of logistic regression: one file each, named by its technique."""

from gradrace.impls._shared.compile_cache import keep_apart

keep_apart()
