"""Trainings and their races on a terminal, in pictures and as a report."""
