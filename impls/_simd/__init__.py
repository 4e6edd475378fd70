"""Vectorized machine code through Numba: the fused kernels of floats and of pixels."""
