"""X that outgrows memory: it stays in its file, and is read a run of examples at a time."""
