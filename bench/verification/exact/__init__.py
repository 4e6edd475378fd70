"""The oracle: the gradient in twice the precision of float64, compiled, and the magnitudes of its error bound."""
