"""Real problems, read from files, from folders of images or by name."""
