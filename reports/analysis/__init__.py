"""Statistics and tables of results."""
