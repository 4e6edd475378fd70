"""The NVIDIA GPU as nvidia-smi describes it. The race itself therefore needs no GPU library."""

from __future__ import annotations

import subprocess
from functools import cache

from msgspec import Struct

ASKED = ("name", "driver_version", "memory.total", "clocks.max.memory", "clocks.max.sm")
MIB = 1 << 20
PATIENCE_S = 20.0
"""Timeout of nvidia-smi in seconds."""


class NoGpu(Exception):
    """Error if no GPU can be used. Its text is the reason, in words that can follow a colon."""


class Gpu(Struct, frozen=True):
    """The first GPU; a field is None if the driver doesn't report it.

    memory_bytes: size of the GPU's own memory. memory_mhz, sm_mhz: highest clock rates in MHz.
    """

    name: str
    driver: str
    memory_bytes: int | None
    memory_mhz: int | None
    sm_mhz: int | None


def gpu() -> Gpu:
    """Return the first GPU. Raises NoGpu if there is none that can be used."""
    found = _asked()
    if isinstance(found, NoGpu):
        raise found
    return found


@cache
def _asked() -> Gpu | NoGpu:
    """Return the GPU, or the reason why there is none.

    The result is cached, because a driver that hangs takes PATIENCE_S.
    """
    command = ["nvidia-smi", f"--query-gpu={','.join(ASKED)}", "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    except FileNotFoundError:
        return NoGpu("no NVIDIA driver is installed (nvidia-smi isn't there)")
    except (OSError, subprocess.TimeoutExpired) as error:
        return NoGpu(f"nvidia-smi doesn't answer ({error})")
    lines = told.stdout.strip().splitlines()
    if told.returncode != 0 or not lines:
        return NoGpu(f"nvidia-smi finds none ({(told.stdout + told.stderr).strip().partition(chr(10))[0][:200]})")
    return read(lines[0])


def read(line: str) -> Gpu | NoGpu:
    """Return the GPU that one line of nvidia-smi describes, in the order of ASKED.

    Return NoGpu if the line can't be parsed.
    """
    name, *more = (field.strip() for field in line.split(","))
    if len(more) != len(ASKED) - 1:
        return NoGpu(f"nvidia-smi's answer isn't understood ({line[:200]})")
    driver, total, memory_mhz, sm_mhz = more[0], *map(_number, more[1:])
    return Gpu(name, driver, total * MIB if total else None, memory_mhz, sm_mhz)


def _number(field: str) -> int | None:
    """Return the number of a field, or None for [N/A], which virtual and integrated GPUs report."""
    return int(field) if field.isascii() and field.isdigit() else None
