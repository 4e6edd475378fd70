"""Build c_fused._kernel from gradient.h: a C function for each kind of X and working precision."""

from __future__ import annotations

from cffi import FFI

KINDS = {
    "doubles": ("double", "double"),
    "floats": ("float", "float"),
    "pixels_doubles": ("uint8_t", "double"),
    "pixels_floats": ("uint8_t", "float"),
}
"""Types of X's entries and of all other numbers, by the function's name."""

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

# The code is compiled for the processor of this machine (-march=native): leave this flag out of wheels for others.
# -ffast-math is left out, because it would flush subnormals to 0 in the whole process. -fopenmp-simd lets the compiler
# reorder the sums that gradient.h names, and starts no threads.
FLAGS = ["-O3", "-march=native", "-fopenmp-simd"]


def for_each_kind(text: str) -> str:
    """Return the text, filled in for each of `KINDS`."""
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
