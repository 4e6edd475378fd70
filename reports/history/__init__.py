"""Many results over time: what became of each implementation, commit by commit."""
