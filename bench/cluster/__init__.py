"""What a step costs on many workers: measured here, in closed form, and simulated event by event."""
