"""Helpers that implementations of several families share: layouts, lists, tensors, the compile cache."""
