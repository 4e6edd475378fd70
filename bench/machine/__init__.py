"""The machine itself: what its system tells, what disturbs measurements there, how much of it is ours."""
