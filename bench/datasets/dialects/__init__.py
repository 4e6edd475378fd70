"""Dialects of text files with a table: compression, encoding, comments, separator, header, notation of numbers."""
