"""Gradient descent on many machines: a model, a simulation and measurements."""
