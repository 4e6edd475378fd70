"""The command line: one small function a verb; parse, call, print."""
