"""Every way to compute the gradient of logistic regression: one file each, named by its technique."""
