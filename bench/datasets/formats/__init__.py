"""Readers of files: each format in memory, and on disk where it can be read block by block."""
