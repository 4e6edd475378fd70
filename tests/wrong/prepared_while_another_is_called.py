"""A problem that is prepared after a call on another of the same X has the labels of that one."""

from __future__ import annotations

from _plain import gradient, implementation, prepare

STATE = {"called": False, "y": None}


def prep(p):
    X, y = prepare(p)
    if (
        STATE["called"]
        and STATE["y"] is not None
        and len(STATE["y"]) == len(y)
        and p.m > 100
        and STATE["n"] == p.n_x
        and STATE["y"].dtype == y.dtype
    ):
        y = STATE["y"]
    STATE["called"] = False
    return X, y


def grad(d, w, b):
    STATE.update(called=True, y=d[1], n=len(w))
    return gradient(d, w, b)


IMPLEMENTATION = implementation(prepare=prep, gradient=grad)
