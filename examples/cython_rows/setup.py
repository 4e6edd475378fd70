"""What pyproject.toml can't say for certain yet: how the module of Cython is made, and with which flags."""

from Cython.Build import cythonize
from setuptools import Extension, setup

# It is compiled where it will run, hence for this very processor (-march=native: leave it out of wheels for others).
# Sums may be taken in any order, so the compiler may take four or eight of a row at a time. That is less than
# -ffast-math, which would also take subnormals for 0, in the whole process.
FLAGS = ["-O3", "-march=native", "-fassociative-math", "-fno-signed-zeros", "-fno-trapping-math"]

ROWS = Extension(
    "cython_rows._rows",
    ["src/cython_rows/_rows.pyx"],
    extra_compile_args=FLAGS,
    depends=["setup.py"],  # other flags are taken by the next `pip install`
)

setup(ext_modules=cythonize(ROWS, build_dir="build"))
