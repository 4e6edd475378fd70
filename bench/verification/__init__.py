"""Verification of gradients: the oracle, the error bound, the hard problems. Starts no process."""
