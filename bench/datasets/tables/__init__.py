"""Readers of tables: text files with separated cells, Parquet, Feather, JSON and svmlight.

Each reader has `read(path, how)` for examples with labels. `read_features(path, wanted)` for examples to classify
returns X (n_x, m), and of a table whose columns have names also `Dataset.gaps`.
"""
