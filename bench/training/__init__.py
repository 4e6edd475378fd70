"""Training of classifiers: gradient descents, their comparison and races, the resulting models, and predictions."""
