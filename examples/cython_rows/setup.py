"""Build the Cython module with its flags, which pyproject.toml can't express reliably yet."""

from Cython.Build import cythonize
from setuptools import Extension, setup

# The code is compiled for the processor of this machine (-march=native): leave this flag out of wheels for others.
# The next three let the compiler reorder sums, and so compute four or eight terms at a time. -ffast-math is left out,
# because it would also flush subnormals to 0 in the whole process.
FLAGS = ["-O3", "-march=native", "-fassociative-math", "-fno-signed-zeros", "-fno-trapping-math"]

ROWS = Extension(
    "cython_rows._rows",
    ["src/cython_rows/_rows.pyx"],
    extra_compile_args=FLAGS,
    depends=["setup.py"],  # so that the next `pip install` uses changed flags
)

setup(ext_modules=cythonize(ROWS, build_dir="build"))
