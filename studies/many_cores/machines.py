"""Machines of the simulation, with published figures."""

from __future__ import annotations

from dataclasses import dataclass

STREAMED = 42 / 51.2
"""Share of a socket's nominal bandwidth that programs reach: 42 GB/s from two channels of DDR4-3200 of an EPYC Rome.

M. Velten and others, Memory Performance of AMD EPYC Rome and Intel Cascade Lake SP Server Processors, ICPE 2022.
"""

MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """One socket.

    Attributes:
        name: Name for tables.
        cores: Number of cores.
        core: Bytes per second that one core reads from the memory.
        socket: Bytes per second that all cores read from the memory.
        cached: Bytes per second that one core reads from its second-level cache.
        private: Bytes of the second-level cache of a core.
        shared: Bytes of the third-level caches.
        from_shared: Bytes per second that one core reads from the third-level cache.
        line_s: Seconds until a core sees what another one has written.
    """

    name: str
    cores: int
    core: float
    socket: float
    cached: float
    private: int
    shared: int
    from_shared: float
    line_s: float


SAPPHIRE_RAPIDS = Machine(
    name="Xeon, Sapphire Rapids, virtual",
    cores=16,
    core=19.9e9,
    socket=119e9,
    cached=90e9,
    private=2 * MEGABYTE,
    shared=0,
    from_shared=20e9,
    line_s=60e-9,
)
"""Machine of docs/scale.md and docs/gpu.md.

One thread of `numba_fused` reads 14.9 GB/s, taken for 0.75 of what a core reads, and 16 read 108 GB/s, for 0.9. Its
third-level cache is shared with other virtual machines, and taken for memory.
"""

GRAVITON2 = Machine(
    name="Graviton2",
    cores=64,
    core=20.9e9,
    socket=STREAMED * 204.8e9,
    cached=73.4e9,
    private=MEGABYTE,
    shared=32 * MEGABYTE,
    from_shared=35.9e9,
    line_s=47e-9,
)
"""Amazon's processor with eight channels of DDR4-3200.

Bandwidth of one core: Arm Learning Paths, Memory subsystem, Streaming bandwidth. line_s: the median of
github.com/nviennot/core-to-core-latency.
"""

MILAN = Machine(
    name="EPYC 7763 (Milan)",
    cores=64,
    core=31e9,
    socket=STREAMED * 204.8e9,
    cached=90e9,
    private=MEGABYTE // 2,
    shared=256 * MEGABYTE,
    from_shared=45e9,
    line_s=107e-9,
)
"""AMD's processor with eight channels of DDR4-3200, and a third-level cache for each eight cores.

core: figure for one thread in vengineer.hatenablog.com, 26 March 2023. line_s: of an EPYC 7R13, between groups of eight
cores, from github.com/nviennot/core-to-core-latency. Bandwidth of caches: assumed to be that of the Intel processors of
docs/performance-trials.md and half of it.
"""

MACHINES = (SAPPHIRE_RAPIDS, GRAVITON2, MILAN)
