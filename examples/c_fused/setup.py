"""Build the C module by cffi when the package is installed, which pyproject.toml can't express yet."""

from setuptools import setup

setup(cffi_modules=["build_kernel.py:ffi"])
