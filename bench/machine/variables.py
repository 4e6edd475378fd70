"""Environment variables that a race or a training sets, and those that spoil it: for debugging, another processor.

A race that uses a library slowed down by such a variable is refused before anything is timed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from gradrace.bench.machine.available import cores
from gradrace.bench.results import UnusableInput
from gradrace.bench.text import one_line

SLEEPING_POOLS = {
    # Pools that wait for work in a busy loop would take a core from the implementation that is timed next.
    "OMP_WAIT_POLICY": "PASSIVE",
    "KMP_BLOCKTIME": "0",
    # 2^4 clock ticks, OpenBLAS's minimum; its default is 2^26, some 20 ms.
    "OPENBLAS_THREAD_TIMEOUT": "4",
}
"""Environment of each process that computes gradients. Libraries read it when they are loaded."""

PYTHON, GPU = "Python", "a GPU"
"""Names in `Spoiler.library` that aren't libraries: the interpreter, which each race uses, and the GPUs."""

OFF = {"0", "n", "no", "f", "false", "off"}

NUMBA_FILE = Path(".numba_config.yaml")
"""File in the current folder from which Numba reads settings that aren't in the environment."""

STARTS_THREADS = "import numba; numba.get_num_threads()"
"""Program that fails if Numba can't start its threads."""

STARTS_WITHIN_S = 60


def on(value: str) -> bool:
    """Return whether a value switches something on."""
    return value.strip().lower() not in {"", *OFF} and not re.fullmatch(r"\s*[+-]?0+\s*", value)


def off(value: str) -> bool:
    """Return whether a value switches something off."""
    return not on(value) and value.strip() != ""


def holds(pattern: str) -> Callable[[str], bool]:
    """Return a test for values that contain a pattern, regardless of case."""
    return lambda value: re.search(pattern, value, re.IGNORECASE) is not None


def of_another_processor(value: str) -> bool:
    """Return whether a value is LLVM's name of another processor than this one. LLVM takes 17 ms to import."""
    if not (given := value.strip()):
        return False
    from llvmlite.binding import get_host_cpu_name

    return bool(given != get_host_cpu_name())


@dataclass(frozen=True, slots=True)
class Spoiler:
    """Variable that slows a library down if its value passes the test `spoils`.

    effect: what it does to the library, as a verb phrase.
    """

    library: str
    variable: str
    spoils: Callable[[str], bool]
    effect: str


GIVEN = holds(r"\S")

DEBUGS = "runs code for debugging"
OTHER = "makes code for another processor than this one"
LESS = "leaves out optimizations"

SPOILERS = (
    Spoiler("numba", "NUMBA_DISABLE_JIT", on, "turns compilation off"),
    Spoiler("numba", "NUMBA_OPT", holds(r"^\s*[012]\s*$"), LESS),
    Spoiler("numba", "NUMBA_LOOP_VECTORIZE", off, LESS),
    Spoiler("numba", "NUMBA_LLVM_REFPRUNE_PASS", off, LESS),
    Spoiler("numba", "NUMBA_ENABLE_AVX", off, OTHER),
    Spoiler("numba", "NUMBA_CPU_NAME", of_another_processor, OTHER),
    Spoiler("numba", "NUMBA_CPU_FEATURES", GIVEN, OTHER),
    Spoiler("numba", "NUMBA_BOUNDSCHECK", on, "checks each index"),
    Spoiler("numba", "NUMBA_DEBUG", on, DEBUGS),
    Spoiler("numba", "NUMBA_DEBUG_JIT", on, DEBUGS),
    Spoiler("numba", "NUMBA_DEBUG_NRT", on, DEBUGS),
    Spoiler("numba", "NUMBA_DEBUG_ARRAY_OPT_RUNTIME", on, DEBUGS),
    Spoiler("numba", "NUMBA_DEBUGINFO", on, DEBUGS),
    Spoiler("numba", "NUMBA_EXTEND_VARIABLE_LIFETIMES", on, DEBUGS),
    Spoiler("numba", "NUMBA_ENABLE_PROFILING", on, DEBUGS),
    Spoiler("numba", "NUMBA_ENABLE_SYS_MONITORING", on, DEBUGS),
    Spoiler("numba", "NUMBA_NRT_STATS", on, "counts allocations"),
    Spoiler("numba", "NUMBA_TRACE", on, "prints each call"),
    Spoiler("jax", "JAX_DISABLE_JIT", on, "turns compilation off"),
    Spoiler("jax", "JAX_DISABLE_MOST_OPTIMIZATIONS", on, LESS),
    Spoiler("jax", "JAX_DEBUG_NANS", on, "checks each result"),
    Spoiler("jax", "JAX_DEBUG_INFS", on, "checks each result"),
    Spoiler("jax", "JAX_ENABLE_CHECKS", on, DEBUGS),
    Spoiler("jax", "JAX_CHECK_TRACER_LEAKS", on, DEBUGS),
    Spoiler("jax", "XLA_FLAGS", holds(r"xla_(backend_optimization_level=[012]\b|disable_(all_)?hlo_passes)"), LESS),
    Spoiler("jax", "XLA_FLAGS", holds(r"xla_llvm_disable_expensive_passes(?!=(0|false))"), LESS),
    Spoiler("jax", "XLA_FLAGS", holds(r"xla_cpu_max_isa="), OTHER),
    Spoiler("jax", "XLA_FLAGS", holds(r"xla_cpu_multi_thread_eigen=(0|false)"), "takes threads away"),
    Spoiler("jax", "XLA_FLAGS", holds(r"xla_(dump_to|hlo_profile)"), DEBUGS),
    Spoiler("torch", "TORCHDYNAMO_DISABLE", on, "turns compilation off"),
    Spoiler("torch", "TORCH_COMPILE_DISABLE", on, "turns compilation off"),
    Spoiler("torch", "PYTORCH_JIT", off, "turns compilation off"),
    Spoiler("torch", "TORCH_COMPILE_DEBUG", on, DEBUGS),
    Spoiler("torch", "ATEN_CPU_CAPABILITY", holds("default"), OTHER),
    Spoiler("torch", "DNNL_MAX_CPU_ISA", holds(r"^\s*(sse41|avx)\s*$"), OTHER),
    Spoiler("torch", "ONEDNN_MAX_CPU_ISA", holds(r"^\s*(sse41|avx)\s*$"), OTHER),
    Spoiler(GPU, "TRITON_INTERPRET", on, "runs kernels in an interpreter"),
    Spoiler(GPU, "CUDA_LAUNCH_BLOCKING", on, "waits for each kernel"),
    Spoiler("numpy", "NPY_DISABLE_CPU_FEATURES", GIVEN, OTHER),
    Spoiler("numpy", "OPENBLAS_CORETYPE", holds("generic|prescott|core2|penryn|nehalem|atom|sandybridge"), OTHER),
    Spoiler("numpy", "MKL_ENABLE_INSTRUCTIONS", holds(r"sse|avx\s*$"), OTHER),
    Spoiler("numpy", "MKL_CBWR", holds(r"compatible|sse|avx\s*$"), OTHER),
    Spoiler(PYTHON, "PYTHONDEVMODE", GIVEN, "turns Python's development mode on"),  # even 0 switches it on
    Spoiler(PYTHON, "PYTHONMALLOC", holds("debug"), "checks each allocation"),
    Spoiler(PYTHON, "PYTHONTRACEMALLOC", on, "traces each allocation"),
    Spoiler(PYTHON, "PYTHONPERFSUPPORT", on, "turns a profiler's support on"),
    Spoiler(PYTHON, "MALLOC_PERTURB_", on, "overwrites what is allocated"),
    Spoiler(PYTHON, "GLIBC_TUNABLES", holds(r"malloc\.(check|perturb)=[1-9]|hwcaps="), DEBUGS),
    Spoiler(PYTHON, "LD_PRELOAD", holds(r"lib([atm]|ub|l)san|efence|libduma|faketime|malloc_debug"), DEBUGS),
    Spoiler(PYTHON, "DYLD_INSERT_LIBRARIES", holds("gmalloc|san_osx"), DEBUGS),
)

THREADS = re.compile(r"[A-Z]+_(NUM|MAXIMUM)_THREADS")
"""Variables that limit the threads of a library."""

THREADING = ("NUMBA_THREADING_LAYER", "NUMBA_THREADING_LAYER_PRIORITY")


def bounded_threads(environment: MutableMapping[str, str]) -> list[str]:
    """Set each variable that asks for more threads than the cores allowed here, or for no number, to that number.

    Libraries read them when they are loaded: Numba starts as many threads, and GNU's OpenMP fails. Returns a message
    for each.
    """
    given = {name: value for name, value in {**_settings(NUMBA_FILE), **environment}.items() if THREADS.fullmatch(name)}
    allowed, told = cores() if given else 0, []
    for name, value in given.items():
        first = value.partition(",")[0].strip()  # OpenMP takes a list, of which the first is the outermost
        if value.strip() and not (first.isdecimal() and 1 <= int(first) <= allowed):
            environment[name] = str(allowed)
            several = "cores are" if allowed > 1 else "core is"
            told.append(f"{name}={one_line(value)[:40]}: {allowed} {several} allowed here; {allowed} threads are used")
    return told


def require_unspoiled(libraries: Collection[str], *, on_gpu: bool = False) -> None:
    """Raise UnusableInput with a one-line message if the environment slows down a library that a race uses.

    It is also raised if a chosen threading layer of Numba can't be loaded.
    """
    used = {PYTHON, *libraries, *([GPU] if on_gpu else [])}
    for line in spoilt(used):
        raise UnusableInput(line)
    given = [name for name in THREADING if os.environ.get(name, "").strip() not in ("", "default")]
    if given and "numba" in used and not _threads_start():
        value = one_line(os.environ[given[0]])
        raise UnusableInput(f"{given[0]}={value[:40]} can't be loaded, so Numba has no threads: unset it")


def spoilt(used: Collection[str], environment: Mapping[str, str] = os.environ) -> Iterator[str]:
    """Yield a message for each variable that slows down one of the used libraries."""
    given = {**_settings(NUMBA_FILE), **environment}
    for one in SPOILERS:
        value = given.get(one.variable, "")
        if one.library in used and one.spoils(value):
            said = f"{one.variable}={one_line(value)[:40]} {one.effect}"
            yield f"{said}: unset it" if one.variable in environment else f"{said}: take it out of {NUMBA_FILE}"


def _settings(file: Path) -> dict[str, str]:
    """Return the settings in Numba's file as environment variables; empty if it is missing or can't be read."""
    try:
        if not file.is_file():
            return {}
        read = import_module("yaml").safe_load(file.read_text(encoding="utf-8"))
        return {f"NUMBA_{str(name).upper()}": str(value) for name, value in read.items()}
    except Exception:  # Numba itself reports what is wrong
        return {}


def _threads_start() -> bool:
    """Return whether Numba can start its threads in this environment. The test runs in a process of its own."""
    command = [sys.executable, "-P", "-c", STARTS_THREADS]
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=STARTS_WITHIN_S)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
