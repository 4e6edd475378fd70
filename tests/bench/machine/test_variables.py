"""An environment that slows a library down is refused in one line; an ordinary one passes, and what is switched off."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gradrace.bench.machine import variables
from gradrace.bench.machine.variables import GPU, PYTHON, SPOILERS, require_unspoiled, spoilt
from gradrace.bench.results import UnusableInput
from gradrace.impls.interface import THREAD_VARIABLES

ALL = {one.library for one in SPOILERS}

SPOILING = {
    "ATEN_CPU_CAPABILITY": "default",
    "CUDA_LAUNCH_BLOCKING": "1",
    "DNNL_MAX_CPU_ISA": "SSE41",
    "DYLD_INSERT_LIBRARIES": "/usr/lib/libgmalloc.dylib",
    "GLIBC_TUNABLES": "glibc.malloc.check=3",
    "JAX_CHECK_TRACER_LEAKS": "1",
    "JAX_DEBUG_INFS": "true",
    "JAX_DEBUG_NANS": "True",
    "JAX_DISABLE_JIT": "yes",
    "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
    "JAX_ENABLE_CHECKS": "on",
    "LD_PRELOAD": "/lib/libjemalloc.so.2 /usr/lib/libasan.so.8",
    "MALLOC_PERTURB_": "165",
    "MKL_CBWR": "COMPATIBLE",
    "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
    "NPY_DISABLE_CPU_FEATURES": "AVX2 AVX512F",
    "NUMBA_BOUNDSCHECK": "1",
    "NUMBA_CPU_FEATURES": "+sse2",
    "NUMBA_CPU_NAME": "generic",
    "NUMBA_DEBUG": "1",
    "NUMBA_DEBUGINFO": "1",
    "NUMBA_DEBUG_ARRAY_OPT_RUNTIME": "1",
    "NUMBA_DEBUG_JIT": "1",
    "NUMBA_DEBUG_NRT": "1",
    "NUMBA_DISABLE_JIT": "1",
    "NUMBA_ENABLE_AVX": "0",
    "NUMBA_ENABLE_PROFILING": "1",
    "NUMBA_ENABLE_SYS_MONITORING": "1",
    "NUMBA_EXTEND_VARIABLE_LIFETIMES": "1",
    "NUMBA_LLVM_REFPRUNE_PASS": "0",
    "NUMBA_LOOP_VECTORIZE": "0",
    "NUMBA_NRT_STATS": "1",
    "NUMBA_OPT": "0",
    "NUMBA_TRACE": "1",
    "ONEDNN_MAX_CPU_ISA": "avx",
    "OPENBLAS_CORETYPE": "Prescott",
    "PYTHONDEVMODE": "1",
    "PYTHONMALLOC": "pymalloc_debug",
    "PYTHONPERFSUPPORT": "1",
    "PYTHONTRACEMALLOC": "25",
    "PYTORCH_JIT": "0",
    "TORCHDYNAMO_DISABLE": "1",
    "TORCH_COMPILE_DEBUG": "1",
    "TORCH_COMPILE_DISABLE": "1",
    "TRITON_INTERPRET": "1",
    "XLA_FLAGS": "--xla_cpu_use_thunk_runtime=true --xla_backend_optimization_level=0",
}

MORE = [
    *(("NUMBA_OPT", level) for level in ("1", " 2 ")),
    *(("NUMBA_DISABLE_JIT", value) for value in ("2", " 1", "true")),
    *(("XLA_FLAGS", f"--xla_{flag}") for flag in ("dump_to=/x", "disable_hlo_passes=fusion", "cpu_max_isa=SSE4_2")),
    *(("XLA_FLAGS", f"--xla_{flag}") for flag in ("disable_all_hlo_passes", "cpu_multi_thread_eigen=false")),
    ("XLA_FLAGS", "--xla_llvm_disable_expensive_passes=true"),
    *(("LD_PRELOAD", f"lib{name}.so") for name in ("tsan", "ubsan", "efence", "c_malloc_debug", "faketime")),
    ("PYTHONDEVMODE", "0"),  # Python turns it on for any value
    ("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-AVX2"),
]

HARMLESS = {
    "GLIBC_TUNABLES": "glibc.malloc.arena_max=2:glibc.malloc.check=0",
    "JAX_ENABLE_X64": "1",
    "JAX_LOG_COMPILES": "1",
    "JAX_PLATFORMS": "cpu",
    "KMP_AFFINITY": "compact",
    "LD_PRELOAD": "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2",
    "MKL_DEBUG_CPU_TYPE": "5",
    "MKL_NUM_THREADS": "1",
    "NUMBA_CACHE_DIR": "/somewhere",
    "NUMBA_CAPTURED_ERRORS": "new_style",
    "NUMBA_CPU_NAME": "",
    "NUMBA_FULL_TRACEBACKS": "1",
    "NUMBA_NUM_THREADS": "1",
    "NUMBA_OPT": "max",
    "NUMBA_SLP_VECTORIZE": "1",
    "NUMBA_THREADING_LAYER": "default",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_CORETYPE": "ARMV8",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONFAULTHANDLER": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONMALLOC": "malloc",
    "PYTHONOPTIMIZE": "1",
    "PYTHONPATH": "/somewhere",
    "PYTHONPROFILEIMPORTTIME": "1",
    "PYTHONUNBUFFERED": "1",
    "PYTORCH_JIT": "1",
    "XLA_FLAGS": "--xla_force_host_platform_device_count=2 --xla_llvm_disable_expensive_passes=false",
}


def test_each_entry_of_the_table_is_tried() -> None:
    assert {one.variable for one in SPOILERS} == SPOILING.keys()


@pytest.mark.parametrize(("variable", "value"), [*SPOILING.items(), *MORE])
def test_what_spoils_is_refused_with_cause_and_next_step(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    [line, *_] = spoilt(ALL, {variable: value})
    assert line.startswith(f"{variable}={' '.join(value.split())[:30]}")
    assert line.endswith(": unset it")
    library = next(one.library for one in SPOILERS if one.variable == variable)
    assert [*spoilt(ALL - {library}, {variable: value})] == []
    for name in SPOILING:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, value)
    with pytest.raises(UnusableInput, match=f"^{variable}="):
        require_unspoiled({library} - {GPU, PYTHON}, on_gpu=library == GPU)


@pytest.mark.parametrize("variable", SPOILING.keys())
def test_an_empty_value_passes(variable: str) -> None:
    assert [*spoilt(ALL, {variable: ""})] == []
    assert [*spoilt(ALL, {variable: "  "})] == []


@pytest.mark.parametrize("value", ["0", "00", " 0 ", "false", "False", "no", "OFF", "n"])
def test_what_is_switched_off_passes(value: str) -> None:
    switches = [one.variable for one in SPOILERS if one.spoils is variables.on]
    assert len(switches) > 20
    assert [*spoilt(ALL, dict.fromkeys(switches, value))] == []


def test_an_ordinary_environment_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [*spoilt(ALL, HARMLESS)] == []
    assert [*spoilt(ALL, {})] == []
    require_unspoiled(ALL - {GPU, PYTHON})  # in that of these tests, where Triton's kernels are interpreted
    assert os.environ["TRITON_INTERPRET"] == "1"
    with pytest.raises(UnusableInput, match=r"^TRITON_INTERPRET=1 runs kernels in an interpreter: unset it$"):
        require_unspoiled({"triton"}, on_gpu=True)


def test_this_processor_by_its_name_passes() -> None:
    from llvmlite.binding import get_host_cpu_name

    assert [*spoilt(ALL, {"NUMBA_CPU_NAME": get_host_cpu_name()})] == []


def test_a_file_of_settings_counts_where_the_environment_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("yaml")
    monkeypatch.chdir(tmp_path)
    file = tmp_path / ".numba_config.yaml"
    file.write_text("disable_jit: 1\n")
    assert [*spoilt({"numba"}, {})] == ["NUMBA_DISABLE_JIT=1 turns compilation off: take it out of .numba_config.yaml"]
    assert [*spoilt({"numba"}, {"NUMBA_DISABLE_JIT": "0"})] == []
    for text in ("", "- 1", "{", "opt: 3", "1: 2"):
        file.write_text(text)
        assert [*spoilt({"numba"}, {})] == []
    file.unlink()
    os.mkfifo(file)
    assert [*spoilt({"numba"}, {})] == []


def test_values_that_would_spoil_a_terminal_are_cleaned() -> None:
    [line] = spoilt({"numpy"}, {"NPY_DISABLE_CPU_FEATURES": "\x1b[31mAVX2\n" + "x" * 1000})
    assert "\x1b" not in line
    assert len(line) < 160


@pytest.mark.slow
@pytest.mark.parametrize("layer", ["nonsense", "tbb"])
def test_a_threading_layer_that_cannot_be_loaded_is_refused(monkeypatch: pytest.MonkeyPatch, layer: str) -> None:
    monkeypatch.setenv("NUMBA_THREADING_LAYER", "workqueue")
    require_unspoiled({"numba"})
    monkeypatch.setenv("NUMBA_THREADING_LAYER", layer)
    if layer == "tbb" and variables._threads_start():
        pytest.skip("TBB is installed")
    require_unspoiled({"numpy"})
    with pytest.raises(UnusableInput, match=f"^NUMBA_THREADING_LAYER={layer} can't be loaded.*: unset it$"):
        require_unspoiled({"numba"})


def test_threads_are_bounded_by_the_cores(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(variables, "cores", lambda: 4)
    stays = {"OMP_NUM_THREADS": "4,2", "MKL_NUM_THREADS": "1", "BLIS_NUM_THREADS": "", "OMP_WAIT_POLICY": "PASSIVE"}
    assert variables.bounded_threads(given := {**stays}) == []
    assert given == stays
    for value in ("5", "1000", "0", "-1", "many", "9,2"):
        for name in THREAD_VARIABLES:
            given = {**stays, name: value}
            assert variables.bounded_threads(given) == [f"{name}={value}: 4 cores are allowed here; 4 threads are used"]
            assert given == {**stays, name: "4"}
    pytest.importorskip("yaml")
    (tmp_path / ".numba_config.yaml").write_text("num_threads: 1000\n")
    variables.bounded_threads(given := {})
    assert given == {"NUMBA_NUM_THREADS": "4"}
