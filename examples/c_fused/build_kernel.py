"""Makes c_fused._kernel of gradient.h: a C function for each kind of X and working precision."""

from __future__ import annotations

from cffi import FFI

KINDS = {
    "doubles": ("double", "double"),
    "floats": ("float", "float"),
    "pixels_doubles": ("uint8_t", "double"),
    "pixels_floats": ("uint8_t", "float"),
}
"""The functions, with the types of X's entries and of everything else."""

DECLARED = """
void {name}(const {item} *X, const {real} *Y, const {real} *w, {real} b, size_t m, size_t n, {real} *out);
"""

DEFINED = """
#define NAME {name}
#define ITEM {item}
#define REAL {real}
#include "gradient.h"
#undef NAME
#undef ITEM
#undef REAL
"""

# It is compiled where it will run, hence for this very processor (-march=native: leave it out of wheels for others).
# No -ffast-math: it would let the compiler take subnormals for 0, in the whole process. Only the sums that gradient.h
# names may be taken in any order, and -fopenmp-simd is what has the compiler read these names; no threads come of it.
FLAGS = ["-O3", "-march=native", "-fopenmp-simd"]


def for_each_kind(text: str) -> str:
    """The text once for each of `KINDS`."""
    return "".join(text.format(name=name, item=item, real=real) for name, (item, real) in KINDS.items())


ffi = FFI()
ffi.cdef(for_each_kind(DECLARED))
ffi.set_source(
    "c_fused._kernel",
    "#include <stdint.h>" + for_each_kind(DEFINED),
    include_dirs=["src/c_fused"],
    extra_compile_args=FLAGS,
    libraries=["m"],
    depends=["src/c_fused/gradient.h", "build_kernel.py"],  # an edit of these is compiled by the next `pip install`
)
