"""The two sides of a check as code: which repository and commits, what was changed, and what that can affect."""
