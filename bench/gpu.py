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
    """The first GPU. memory_bytes: all that is its own. memory_mhz, sm_mhz: its highest clocks."""

    name: str
    driver: str
    memory_bytes: int
    memory_mhz: int
    sm_mhz: int


@cache
def gpu() -> Gpu:
    """The first GPU; asked once. Raises NoGpu."""
    command = ["nvidia-smi", f"--query-gpu={','.join(ASKED)}", "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    except FileNotFoundError as error:
        raise NoGpu("no NVIDIA driver is installed (nvidia-smi isn't there)") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoGpu(f"nvidia-smi doesn't answer ({error})") from error
    lines = told.stdout.strip().splitlines()
    if told.returncode != 0 or not lines:
        raise NoGpu(f"nvidia-smi finds none ({(told.stdout + told.stderr).strip().partition(chr(10))[0][:200]})")
    return read(lines[0])


def read(line: str) -> Gpu:
    """What one line of nvidia-smi's says, in the order of ASKED. Raises NoGpu if it says anything else."""
    fields = [field.strip() for field in line.split(",")]
    try:
        name, driver, *numbers = fields
        total, memory_mhz, sm_mhz = map(int, numbers)
    except ValueError as error:
        raise NoGpu(f"nvidia-smi's answer isn't understood ({line[:200]})") from error
    return Gpu(name, driver, total * MIB, memory_mhz, sm_mhz)
