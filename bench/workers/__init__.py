"""Worker processes: one implementation in each, started, called, ended."""
