"""All interleavings of the threads of a team, in the code of impls/_simd/team.py and descents.py itself.

Each function becomes a generator that stops before each operation on counters and each block of reads and writes of
arrays. A state consists of the counters, the arrays, and where each thread stands. All states that any order of
operations leads to are visited.

Two threads that could access one item next, one of them to write it, race. Without races, threads on processors with
weakly ordered memory see what they see in one of these orders (S. Adve and M. Hill, ISCA 1990), as all operations on
counters are sequentially consistent.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Generator, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations
from typing import Any, NamedTuple

from gradrace.impls._simd import descents, team

ATOMIC = {"load_atomic", "add", "replace"}
BLOCKS = {"accumulate", "step"}
PLACES = "STARTED", "ARRIVED", "BEGUN", "DONE", "STATE", "TREE"

DEAD = {"before"}
"""Numbers that are set again before they are read, wherever a thread stops. With them there are five times the states.
"""

FUNCTIONS = [
    *(team.begin, team.gather, team.gather_in_tree, team.gather_together, team.add_slice, team.finish, team.together),
    descents.make_steps,
]

Operation = tuple[Any, ...]
"""Name and arguments of what a thread does next."""

Position = int
"""Number of a place where a thread stands: the instruction and the numbers of each function that it is in."""


class Fault(AssertionError):
    """Something that no order of operations may lead to."""


class Stops(ast.NodeTransformer):
    """Let functions stop before each operation, with its name and arguments, and go on with its result."""

    within = False
    """Whether this is a loop that adds sums."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        node.decorator_list, node.returns = [], None
        for argument in node.args.args:
            argument.annotation = None
        self.generic_visit(node)
        return node

    def visit_Call(self, node: ast.Call) -> Any:
        self.generic_visit(node)
        assert isinstance(node.func, ast.Name)
        if node.func.id in ATOMIC | BLOCKS:
            return ast.Yield(ast.Tuple([ast.Constant(node.func.id), *node.args], ast.Load()))
        return ast.YieldFrom(node) if node.func.id in {one.__name__ for one in FUNCTIONS} else node

    def visit_For(self, node: ast.For) -> Any:
        """Stop behind the outermost loop that adds sums, with (part, k) of each sum and of what is added to it."""
        within, self.within = self.within, self.within or any(isinstance(one, ast.AugAssign) for one in ast.walk(node))
        self.generic_visit(node)
        if within == self.within:
            return node
        self.within = within
        return [*ast.parse("added = []").body, node, *ast.parse("yield 'add_sums', tuple(added)").body]

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        """Note sums[part, k] += sums[other, k]."""
        if not self.within:
            return self.generic_visit(node)
        assert isinstance(node.target, ast.Subscript)
        assert isinstance(node.value, ast.Subscript)
        return ast.parse(f"added.append((({ast.unparse(node.target.slice)}), ({ast.unparse(node.value.slice)})))").body


def source(function: Callable[..., Any]) -> str:
    """Return the Python source of a compiled function."""
    return inspect.getsource(function.py_func)  # type: ignore[attr-defined]


def compiled(change: Callable[[str], str], *, together: bool) -> dict[str, Any]:
    """Return the generators by name. A thread leaves after one look without a change, or after one for each part.

    More looks lead to no other states: a thread may do nothing for any time before it looks.
    """
    names: dict[str, Any] = {
        **{name: place for place, name in enumerate(PLACES)},
        "LOOKS": 1,
        "PATIENCE": 1,
        "items": lambda array: array,
        "stand_alone": lambda: None,
        "adds_together": lambda *_: together,
    }
    trees = [ast.parse(source(team.steps_made).replace("@njit", ""))]
    trees += [Stops().visit(ast.parse(change(source(function)))) for function in FUNCTIONS]
    for tree in trees:
        exec(compile(ast.fix_missing_locations(tree), "team", "exec"), names)  # noqa: S102  # the project's own code
    assert all(inspect.isgeneratorfunction(names[function.__name__]) for function in FUNCTIONS)
    return names


class State(NamedTuple):
    """Everything that the order of operations changes.

    Attributes:
        counters: The team's counters.
        sums: Sums of each part, as nested additions of (part, number of changes of w before it).
        changes: Number of times that w was changed, or that a gradient was complete.
        made: Step that the threads began with, in this region of Numba's.
        threads: Where each thread stands.
    """

    counters: tuple[int, ...]
    sums: tuple[tuple[Any, ...], ...]
    changes: int
    made: int
    threads: tuple[Position, ...]


@dataclass
class Team:
    """A team of threads, each of which makes a run of consecutive parts one after the other, as a prange does.

    Attributes:
        chunks: Parts of each thread.
        steps: Number of steps of a descent; 0: a gradient.
        together: Whether all threads add the sums, or else pairs.
        change: Change of the source, which is to be found.
    """

    chunks: Sequence[Sequence[int]]
    steps: int
    together: bool
    change: Callable[[str], str] = str
    shapes: set[Any] = field(default_factory=set)
    _positions: dict[Hashable, Position] = field(default_factory=dict)
    _ahead: list[Operation | None] = field(default_factory=list)
    _replayed: list[tuple[int, int, tuple[Any, ...]]] = field(default_factory=list)
    _moves: dict[tuple[Position, Any], Position] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.parts = sum(map(len, self.chunks))
        self.length = max(self.parts, 2) if self.together else 2  # one sum for each slice
        self.names = compiled(self.change, together=self.together)
        self.arrays = [[0] * (self.length - 2), [0] * self.parts, [0] * (len(PLACES) - 1 + self.parts)]

    def explore(self) -> int:
        """Visit all states; return their number. Raises Fault."""
        nothing = tuple((None,) * self.length for _ in range(self.parts))
        first = State((0,) * (len(PLACES) - 1 + self.parts), nothing, 0, 0, self.beginnings(0))
        left, path, ways = set[State](), {first}, [(first, self.moves(first))]
        while ways:
            state, following = ways[-1]
            after = next(following, None)
            if after is None:
                ways.pop()
                path.remove(state)
                left.add(state)
            elif after in path:
                raise Fault("endless")
            elif after not in left:
                path.add(after)
                ways.append((after, self.moves(after)))
        return len(left)

    def moves(self, state: State) -> Iterator[State]:
        """Yield the states after one operation, of any thread; or after the region, if all threads have left."""
        ahead = [self._ahead[position] for position in state.threads]
        for one, other in combinations(filter(None, ahead), 2):
            if races(one, other, self.length):
                raise Fault(f"race: {one}, {other}")
        for thread, operation in enumerate(ahead):
            if operation is not None:
                after, result = self.perform(state, operation)
                position = self.moved(state.threads[thread], result)
                yield after._replace(threads=(*state.threads[:thread], position, *state.threads[thread + 1 :]))
        if not any(ahead):
            yield from self.next_region(state)

    def next_region(self, state: State) -> Iterator[State]:
        """Yield the state in which all threads begin anew, unless all is finished."""
        counters = [*state.counters]
        made = self.names["steps_made"](counters) if self.steps else 0
        if state.changes != made if self.steps else state.changes != 1:
            raise Fault(f"{made} steps are counted, but {state.changes} were made")
        if made < self.steps:
            if made == state.made:
                raise Fault("no step was made")
            yield state._replace(counters=tuple(counters), made=made, threads=self.beginnings(made))

    def perform(self, state: State, operation: Operation) -> tuple[State, Any]:
        """Return the state after an operation, and its result."""
        counters, sums = state.counters, state.sums
        match operation:
            case "load_atomic", place:
                return state, counters[place]
            case "add", place, value:
                return state._replace(counters=put(counters, place, counters[place] + value)), counters[place]
            case "replace", place, old, new:
                found = counters[place] == old
                return (state._replace(counters=put(counters, place, new)) if found else state), found
            case "add_sums", added:
                for (part, k), (other, _) in added:
                    sums = put(sums, part, put(sums[part], k, (sums[part][k], sums[other][k])))
                return state._replace(sums=sums), None
            case "accumulate", part:
                return state._replace(sums=put(sums, part, ((part, state.changes),) * self.length)), None
        self.check(sums[0], state.changes)  # a step, or a gradient
        return state._replace(changes=state.changes + 1), 0

    def check(self, found: tuple[Any, ...], changes: int) -> None:
        """Raise Fault if the sums aren't those of all parts of this step, each once, or added in another order."""
        for value in found:
            if [*leaves(value)] != [(part, changes) for part in range(self.parts)]:
                raise Fault(f"added {value} at step {changes}")
            self.shapes.add(str(value).replace(f" {changes})", ")"))
        if len(self.shapes) > 1:
            raise Fault(f"orders of addition: {self.shapes}")

    def beginnings(self, made: int) -> tuple[Position, ...]:
        """Return where the threads stand before step `made`."""
        return tuple(self.stopped(thread, made, ()) for thread in range(len(self.chunks)))

    def moved(self, position: Position, result: Any) -> Position:
        """Return where a thread stops next, when its operation had this result."""
        if (position, result) not in self._moves:
            thread, made, results = self._replayed[position]
            self._moves[position, result] = self.stopped(thread, made, (*results, result))
        return self._moves[position, result]

    def stopped(self, thread: int, made: int, results: tuple[Any, ...]) -> Position:
        """Return where a thread stops whose operations had these results."""
        generator = self.run(self.chunks[thread], made)
        try:
            operation = plain(next(generator))
            for result in results:
                operation = plain(generator.send(result))
        except StopIteration:
            operation = None
        position = self._positions.setdefault((thread, *frames(generator)), len(self._positions))
        if position == len(self._ahead):
            self._ahead.append(operation)
            self._replayed.append((thread, made, results))
        assert self._ahead[position] == operation
        return position

    def run(self, chunk: Sequence[int], made: int) -> Generator[Operation, Any, None]:
        """Make the parts of one thread, from step `made` on."""
        w, sums, counters = self.arrays
        for part in chunk:
            if self.steps:
                fixed = (None, None, w, w, [0], 1, 1, sums, counters)
                yield from self.names["make_steps"](*fixed, made, self.steps, part)
                continue
            yield from self.names["begin"](sums, self.length, counters)
            yield "accumulate", part, None
            if (yield from self.names["gather"](sums, self.length, part, counters, 0)):
                yield ("step",)


def put(items: tuple[Any, ...], place: int, value: Any) -> tuple[Any, ...]:
    """Return the items with one of them changed."""
    return (*items[:place], value, *items[place + 1 :])


def leaves(value: Any) -> Iterator[Any]:
    """Yield the parts of nested additions."""
    if value is None or isinstance(value[0], int):
        yield value
    else:
        for one in value:
            yield from leaves(one)


def frames(generator: Any) -> Iterator[Hashable]:
    """Yield where each function stands that a generator is in, and its numbers."""
    while generator is not None and generator.gi_frame is not None:
        frame = generator.gi_frame
        numbers = {name: value for name, value in frame.f_locals.items() if isinstance(value, int) and name not in DEAD}
        yield generator.gi_code.co_name, frame.f_lasti, tuple(sorted(numbers.items()))
        generator = generator.gi_yieldfrom


def plain(operation: Operation) -> Operation:
    """Return an operation without the arrays among its arguments."""
    name, *arguments = operation
    if name in BLOCKS:
        return (name, *arguments[-2:-1]) if name == "accumulate" else (name,)
    return (name, *(arguments[1:] if name in ATOMIC else arguments))


@cache
def races(one: Operation, other: Operation, length: int) -> bool:
    """Return whether one of two operations writes an item of an array that the other one accesses."""
    (reads, writes), (others_reads, others_writes) = (accesses(each, length) for each in (one, other))
    return bool(writes & (others_reads | others_writes) or reads & others_writes)


def accesses(operation: Operation, length: int) -> tuple[set[Any], set[Any]]:
    """Return the items of arrays that an operation reads, and those that it writes."""
    match operation:
        case "add_sums", added:
            return {other for _, other in added}, {own for own, _ in added}
        case "accumulate", part:
            return {"w"}, {(part, k) for k in range(length)}
        case ("step",):
            return {(0, k) for k in range(length)}, {"w"}
    return set(), set()
