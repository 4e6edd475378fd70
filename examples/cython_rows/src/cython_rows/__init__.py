"""The gradient of logistic regression in Cython, as an implementation for gradrace."""
