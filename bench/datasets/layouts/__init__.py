"""Recognition of what a source holds: names of arrays, axes of images, folders of classes, kinds of files."""
