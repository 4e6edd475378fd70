"""Files of MATLAB: those before version 7.3, and text in the HDF5 files of later ones."""
