"""The last block is the last m modulo 1000 examples: all of them where there are none."""

from __future__ import annotations

from _plain import last_block_is_all

IMPLEMENTATION = last_block_is_all(1000)
