"""Command line: one small function per verb, which parses options, calls the program and prints the result."""
