"""Race of gradient descents: the implementations that enter, their turns, and the results."""
