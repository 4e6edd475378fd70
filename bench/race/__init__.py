"""What is timed, when and for how long; the limit and the cost model."""
