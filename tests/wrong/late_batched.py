"""Calls gather until a result is read, which then computes the newest; older ones wait for their reading."""

from __future__ import annotations

from _plain import gradient, implementation, prepare

from gradrace.impls.interface import Gradient


class Batch:
    def __init__(self):
        self.waiting = []

    def read(self, number):
        entry = self.waiting[number]
        if len(entry) > 3:
            return entry[3]
        entry.append(gradient(*entry[:3]))
        return entry[3]


def gathering(data, w, b):
    inner, batch = data
    batch.waiting.append([inner, w.copy(), b])
    return batch, len(batch.waiting) - 1, None


IMPLEMENTATION = implementation(
    prepare=lambda problem: (prepare(problem), Batch()),
    gradient=gathering,
    to_numpy=lambda batch, number, _: Gradient(*batch.read(number)),
)
