"""The NVIDIA GPU, as its driver tells: asked by nvidia-smi, so that the race itself needs no GPU library."""

from __future__ import annotations

import subprocess
from functools import cache

from msgspec import Struct

ASKED = ("name", "driver_version", "memory.total", "clocks.max.memory", "clocks.max.sm")
MIB = 1 << 20
PATIENCE_S = 20.0
"""How long the driver may take to answer."""


class NoGpu(Exception):
    """There is none that can be used. Its text says why, in words that can follow a colon."""


class Gpu(Struct, frozen=True):
    """The first GPU. memory_bytes: all of its own. memory_mhz, sm_mhz: its highest clocks. None: it doesn't tell."""

    name: str
    driver: str
    memory_bytes: int | None
    memory_mhz: int | None
    sm_mhz: int | None


def gpu() -> Gpu:
    """The first GPU. Raises NoGpu."""
    found = _asked()
    if isinstance(found, NoGpu):
        raise found
    return found


@cache
def _asked() -> Gpu | NoGpu:
    """What the driver says, or why there is nobody to ask; once, as a driver that hangs takes PATIENCE_S."""
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
    """What one line of nvidia-smi's says, in the order of ASKED."""
    name, *more = (field.strip() for field in line.split(","))
    if len(more) != len(ASKED) - 1:
        return NoGpu(f"nvidia-smi's answer isn't understood ({line[:200]})")
    driver, total, memory_mhz, sm_mhz = more[0], *map(_number, more[1:])
    return Gpu(name, driver, total * MIB if total else None, memory_mhz, sm_mhz)


def _number(field: str) -> int | None:
    """None for [N/A], which virtual and integrated GPUs say."""
    return int(field) if field.isascii() and field.isdigit() else None
