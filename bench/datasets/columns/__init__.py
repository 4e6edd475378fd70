"""Columns of a table: which one holds the labels, which ones are features, and what is wrong with them."""
