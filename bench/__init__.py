"""Measures: problems, the oracle, verification, the race. Knows implementations only by interface and discovery."""
