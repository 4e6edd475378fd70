"""Location of the package."""

from pathlib import Path

ROOT = Path(__file__).absolute().parents[2]
"""The folder that holds the package gradrace: the checkout, or site-packages. The path isn't resolved: gradrace/bench
is a symbolic link in a checkout, and modules are imported by their names below gradrace.
"""
