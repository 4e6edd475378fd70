"""Training: descents watched, compared and raced, the classifiers they end with, and what these predict."""
