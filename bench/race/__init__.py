"""Timing of a race: schedule, budget, limits and cost models."""
