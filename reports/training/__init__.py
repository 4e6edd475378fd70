"""Trainings and races of trainings on a terminal, in pictures and as a report."""
