"""Measures: problems, the oracle, verification, the race. Knows implementations only through `impls.interface`."""
