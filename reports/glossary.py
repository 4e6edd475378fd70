"""The words of reports and their meanings, which docs/glossary.md and every report show."""

GLOSSARY = (
    ("implementation", "one way to compute J, dw and db"),
    ("the slide's loop", "python_loop: the lecture's two nested for-loops, the baseline of every speed-up"),
    ("size, cell", "a number of examples m and of features n_x; a cell also has a precision and a number of threads"),
    ("sample", "one timed stretch of calls, each at its own w and b; its seconds are divided by the number of calls"),
    ("round", "one sample of every implementation, in random order, so that all meet the same disturbances"),
    ("speed-up", "time of the slide's loop / time of the implementation: the median of the ratios within rounds"),
    ("interval", "holds the true median of this run with 95 % confidence, or as written; another run differs more"),
    ("limit", "the least time of any implementation: reading X once or the arithmetic alone, whichever is longer"),
    ("of the limit", "limit / time; at 100 % nothing is left to gain; above, the limit itself was disturbed"),
    ("fastest, tied", "tied with the fastest is what isn't shown to be more than 5 % slower within rounds"),
    ("error / bound", "error against an exact oracle / the largest error that rounding explains; right means ≤ 1"),
    ("noise", "what else the machine did during the run, and how far its medians can be trusted"),
    ("disturbed", "a size with a limit or medians uncertain by more than 15 %, or with more than 30 % slowed rounds"),
    ("cost model", "fitted time as a function of m and n_x: a call, an example, a feature, an element"),
    ("predicted, ≈", "from the cost model, not measured: dashed lines, pale tiles"),
    ("skipped", "left out because it doesn't fit the budget or the memory; the reason is given"),
)
"""(word, meaning), each in one line."""
