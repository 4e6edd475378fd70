"""Vectorized machine code through Numba: the fused kernels for floats and for pixels."""
