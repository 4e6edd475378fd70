"""Recognition of what a source holds: names of arrays, names of labels, axes of images, folders, kinds of files."""
