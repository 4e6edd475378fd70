"""Many results over time: changes of each implementation, commit by commit."""
