"""A race of descents: who enters, whose turn it is, what came of it."""
