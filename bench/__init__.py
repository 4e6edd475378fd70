"""Measurement: problems, the oracle, verification, the race. Uses implementations only by interface and discovery."""
