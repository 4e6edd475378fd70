"""A pair of fresh processes, one of each side, measured alternately: gradients and preparations."""
