"""Files of MATLAB: those before version 7.3."""

REFUSED = 3
"""Exit status of the process that reads a file, if the last line it writes is a refusal for the user."""
