"""Decide whether NEW is slower than OLD, or wrong: against a git revision or from saved runs, with error rates."""
