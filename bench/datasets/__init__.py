"""Real problems: from files, from folders of images, and by name."""
