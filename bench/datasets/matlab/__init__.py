"""Files of MATLAB: those before version 7.3."""
