"""Reads results, never measures: results -> table -> figure or text."""
