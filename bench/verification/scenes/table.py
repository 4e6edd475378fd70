"""Problems, points and sequences of calls, each of which clearly reveals a kind of mistake.

Hard problems are called three times each. A scene has several problems at once, many points, many calls, and descents.
tests/attack/table.py lists the wrong implementations that each scene reveals.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from gradrace.bench.results import Dtype
from gradrace.bench.verification.scenes import basic, descents, near, shapes, sweeps, tiny, values
from gradrace.bench.verification.scenes.scene import Scene

SCENES: dict[str, Callable[[Dtype], Scene]] = {
    "remainders": partial(basic.tiles, 203, 13),
    "points": basic.points,
    "together": basic.together,
    "refilled": basic.refilled,
    "diagonal": basic.diagonal,
    "alike 0": partial(basic.alike, 0, 17),
    "alike 1": partial(basic.alike, 1, 17),
    "one 0": partial(basic.alike, 0, 1),
    "one 1": partial(basic.alike, 1, 1),
    "tiles, long": partial(basic.tiles, 1031, 131),
    "tiles, wide": partial(basic.tiles, 131, 1031, order="F"),
    "tiles, whole": partial(basic.tiles, 1024, 128),
    "sizes": basic.sizes,
    "orders": basic.orders,
    "scaled pixels": basic.pixel_problems,
    "magnitudes": basic.magnitudes,
    "separated": basic.separated,
    "lone entries": basic.lone_entries,
    "many features": basic.many_features,
    "nearly the same points": near.points,
    "one weight at a time": near.one_weight_at_a_time,
    "nearly the same problems": near.problems,
    "equal entries": values.equal_entries,
    "whole numbers": values.whole_numbers,
    "extremes": values.extremes,
    "pixels, fine": values.fine_pixels,
    "blocks of features": values.blocks_of_features,
    "round sizes": values.round_sizes,
    "late": shapes.late,
    "together, large": shapes.large_together,
    "points, wide": shapes.wide_points,
    "blocks": shapes.blocks,
    "images": shapes.images,
    "edges": shapes.long_edges,
    "labels and weights": sweeps.labels,
    "both precisions": sweeps.precisions,
    "many problems": sweeps.numbers_of_problems,
    "refilled, Fortran order": partial(sweeps.refilled, 500, 11, "F"),
    "refilled, wide": partial(sweeps.refilled, 5, 23, "C"),
    "numbers of examples": sweeps.examples,
    "numbers of features": sweeps.features,
    "numbers of images": partial(sweeps.examples, pixels=True),
    "numbers of pixels": partial(sweeps.features, pixels=True),
    "both large": sweeps.both,
    "views": sweeps.views,
    "parts": sweeps.parts,
    "exponents": tiny.exponents,
    "particular values": tiny.particular_values,
    "confused points": tiny.confused_points,
    "prepared again": tiny.prepared_again,
    "dropped": tiny.dropped,
    "small sizes": tiny.small_sizes,
    "pairs of sizes": tiny.pairs_of_sizes,
    "confident": tiny.confident,
    "descents": partial(descents.descents, 29, 6),
    "descents, wide": partial(descents.descents, 7, 131),
    "descents, long": partial(descents.descents, 131, 3),
    "descents, layouts": descents.layouts,
    "descents, with calls": descents.with_calls,
    "descents, sizes": sweeps.descents,
    "many steps": descents.many_steps,
    "starts": descents.starts,
    "learning rates": descents.learning_rates,
    "at rest": descents.at_rest,
    "many ends": tiny.many_ends,
    "large costs": tiny.large_costs,
    "many calls": basic.many_calls,
}
"""{name: function that makes the scene for a precision}, roughly from the cheapest on."""
