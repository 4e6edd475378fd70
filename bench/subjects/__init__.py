"""Implementations under verification: each in its own worker process, and the results as rows."""
