"""Readers of files, one module for each format.

Each has `read(path, how)` for examples with labels and `read_features(path, wanted)` for examples to classify; where X
can stay on disk, also `open_stored(path, how)`.
"""
