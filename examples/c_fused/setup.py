"""What pyproject.toml can't say yet: that cffi builds a module of C when the package is installed."""

from setuptools import setup

setup(cffi_modules=["build_kernel.py:ffi"])
