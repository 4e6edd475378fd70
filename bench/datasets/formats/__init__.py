"""Readers of files, one module for each format, and the classes for a dataset and for X on disk.

Each reader has `read(path, how)` for examples with labels and `read_features(path, wanted)` for examples to classify. A
reader whose X can stay on disk also has `open_stored(path, how)`.
"""
