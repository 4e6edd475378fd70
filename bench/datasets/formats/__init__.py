"""Readers of files, one module for each format; and the data set and the X on disk that they make.

Each has `read(path, how)` for examples with labels and `read_features(path, wanted)` for examples to classify; where X
can stay on disk, also `open_stored(path, how)`.
"""
