"""Share of the limit with 4 to 64 threads, simulated for a few real machines."""
