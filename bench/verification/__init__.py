"""Is a gradient right? The oracle, the error bound, the hard problems. Starts no process."""
