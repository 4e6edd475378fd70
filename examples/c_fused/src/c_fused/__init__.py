"""The gradient of logistic regression in C, as an implementation for gradrace."""
