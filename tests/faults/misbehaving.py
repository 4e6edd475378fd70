"""Implementations that misbehave: the fault, its place, and the message that a race must have."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gradrace.bench.results import Outcome
from gradrace.impls.discovery import Source
from tests.bench.implementations import write

STAGES = ("prepare", "first call", "sample")
"""Places of a fault: in `prepare`, in the first call after it, in the first call of the third sample."""

FAILED = {"prepare": "prepare", "first call": "first call", "sample": "race"}
"""Stage that a race names, by the place of a fault that ends the operation."""

WRONG = {"prepare": "verify", "first call": "verify", "sample": "verify after the race"}
"""Stage that a race names, by the place of a fault that makes later results wrong."""

SPOILED = WRONG | {"first call": "verify elsewhere"}
"""Stage that a race names, by the place of a fault that changes inputs of later calls."""

MARK = "GRADRACE_FAULTS"
"""Environment variable that marks the processes that a test has started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A way to misbehave.

    lines: what it does, in `prepare(problem)` or in `gradient(problem, w, b)` before (J, dw, db) is returned.
    in_prepare: what it does in `prepare`, where that differs; empty if it can't be done there.
    lasting: it does so in every call from then on, not once.
    outcome, told: what the race has to say, and the pattern of its message; nothing of a fault that does no harm.
    at: the stage that it names. hangs: it never answers again.
    """

    name: str
    lines: str
    in_prepare: str | None = None
    lasting: bool = False
    outcome: Outcome | None = None
    told: str = ""
    at: Mapping[str, str]
    hangs: bool = False

    def lies_in(self, stage: str) -> bool:
        """Return whether the fault is possible in this place."""
        return stage != "prepare" or self.in_prepare != ""

    def write(self, folder: Path, stage: str) -> Source:
        """Write an implementation that is right except for this fault in this place."""
        faulty = self.lines if self.in_prepare is None else self.in_prepare
        return write(
            folder,
            self.name,
            top=f"{IMPORTS}\nSTAGE, LASTING = {stage!r}, {self.lasting}\n{WATCH}",
            prepare="begin()\n" + (faulty if stage == "prepare" else ""),
            gradient=f"if due():\n{textwrap.indent(self.lines, '    ')}",
        )


IMPORTS = """
import ctypes, functools, hashlib, resource, shutil, stat, subprocess, sys, tempfile, threading
from dataclasses import replace
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
"""

WATCH = '''
done, samples, latest, kept = False, 0, None, []

def begin():
    """Begin a new case, without a fault so far."""
    global done, samples
    done, samples = False, 0

def due():
    """Return whether this call has the fault."""
    global done, samples, latest
    if done:
        return LASTING
    if STAGE == "sample" and (call := asked()).operation == "sample" and call is not latest:
        samples, latest = samples + 1, call
    done = STAGE == "first call" or samples == 3
    return done

def asked():
    """Return the call that the worker is about to answer."""
    frame = sys._getframe()
    while frame.f_code.co_name != "serve":
        frame = frame.f_back
    return frame.f_locals["call"]

def share():
    """Make shared memory, and keep it."""
    kept.append(SharedMemory(f"{os.environ['GRADRACE_FAULTS']}-{os.getpid()}-{len(kept)}", create=True, size=1000))

def babble(words):
    """Write into the pipe of the answers."""
    for fd in map(int, os.listdir("/proc/self/fd")):
        try:
            if stat.S_ISSOCK(os.fstat(fd).st_mode):
                os.write(fd, words)
        except OSError:
            pass
'''


def failing(name: str, lines: str, told: str) -> Fault:
    """Return a fault after which the operation fails."""
    return Fault(name=name, lines=lines, outcome="failed", told=told, at=FAILED)


def ending(name: str, lines: str, told: str) -> Fault:
    """Return a fault that ends the process, which is started again for the next cell."""
    return Fault(name=name, lines=lines, outcome="failed", told=rf"^its process {told}", at=FAILED)


def hanging(name: str, lines: str) -> Fault:
    """Return a fault after which no answer comes; the implementation isn't called again."""
    return Fault(name=name, lines=lines, outcome="failed", told="gave no answer within", at=FAILED, hangs=True)


def returning(name: str, lines: str, told: str, in_prepare: str) -> Fault:
    """Return a fault after which results are wrong. in_prepare: lines that make them wrong from the beginning."""
    return Fault(name=name, lines=lines, in_prepare=in_prepare, lasting=True, outcome="wrong", told=told, at=WRONG)


def spoiling(name: str, lines: str, in_prepare: str | None = None) -> Fault:
    """Return a fault that changes inputs, so that later results are those of another problem."""
    return Fault(
        name=name, lines=lines, in_prepare=in_prepare, outcome="wrong", told="is off by|changes the w", at=SPOILED
    )


def harmless(name: str, lines: str) -> Fault:
    """Return a fault that does no harm: the implementation is measured as usual."""
    return Fault(name=name, lines=lines, at={})


SLEEP = "while True: time.sleep(1000)"

EAT = """
held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (held + 2**26, resource.getrlimit(resource.RLIMIT_AS)[1]))
hoard = []
while True: hoard.append(bytearray(2**22))
"""

SINK = """
resource.setrlimit(resource.RLIMIT_STACK, (2**23, resource.getrlimit(resource.RLIMIT_STACK)[1]))
sys.setrecursionlimit(10**9)
def sink(*_): return functools.reduce(sink, (0, 0))
sink()
"""

SPIN = """
def spin():
    while True: hashlib.pbkdf2_hmac("sha256", b"", b"", 10**6)
if not kept:
    kept.append(threading.Thread(target=spin, daemon=True))
    kept[0].start()
"""

REMOVE = """
for folder in Path(tempfile.gettempdir()).glob("gradrace-*"): shutil.rmtree(folder, ignore_errors=True)
"""

UNSPEAKABLE = """
class Unspeakable(Exception):
    def __str__(self): raise TypeError("no words")
raise Unspeakable
"""

FAULTS = [
    failing(
        "raises", "raise ValueError('no such luck\\nat all')", r"^ValueError: no such luck \(raises\.py, line \d+\)$"
    ),
    failing(
        "raises_a_screenful",
        r"raise ValueError('\n\x1b[31m\ud800[/red] <b>|' + 'no ' * 10**6)",
        r"^ValueError: \[31m \[/red\] <b>\|no no .*… ",
    ),
    failing("raises_what_it_cannot_say", UNSPEAKABLE, "^Unspeakable "),
    failing("raises_unheard", "sys.stderr.close(); raise ValueError('unheard')", "^ValueError: unheard "),
    failing("interrupts", "raise KeyboardInterrupt", "^KeyboardInterrupt "),
    failing("raises_no_exception", "raise type('Odd', (BaseException,), {})('odd')", "^Odd: odd "),
    failing("exits", "sys.exit(3)", "^SystemExit: 3 "),
    failing("recurses", "def sink(): sink()\nsink()", "^RecursionError: maximum recursion depth exceeded"),
    failing("eats_memory", EAT, "^MemoryError "),
    ending("exits_at_once", "os._exit(3)", r"exited with status 3$"),
    ending("exits_in_garbage", "os.write(1, bytes(range(256)) * 99); os._exit(4)", r"exited with status 4 \(.+\)$"),
    ending("closes_files", "os.closerange(3, 300)", r"exited with status 1 \(OSError: .*Bad file descriptor\)$"),
    ending("closes_everything", "os.closerange(0, 300)", "exited with status 1$"),
    ending("segfaults", "ctypes.string_at(0)", "was killed by SIGSEGV$"),
    ending("sinks", SINK, "was killed by SIGSEGV$|^RecursionError"),
    ending("is_killed", "os.kill(os.getpid(), signal.SIGKILL)", "was killed by SIGKILL$"),
    ending("kills_its_group", "os.killpg(0, signal.SIGTERM)", "was killed by SIGTERM$"),
    ending("dies_namelessly", "os.kill(os.getpid(), signal.SIGRTMIN + 3)", r"was killed by signal \d+$"),
    ending("forks_and_dies", f"if os.fork() == 0:\n    os.setsid()\n    {SLEEP}\nos._exit(5)", "exited with status 5$"),
    ending("shares_and_dies", "share()\nos._exit(6)", "exited with status 6$"),
    hanging("sleeps", SLEEP),
    hanging("sleeps_through_sigterm", f"signal.signal(signal.SIGTERM, signal.SIG_IGN)\n{SLEEP}"),
    hanging("stops", "os.kill(os.getpid(), signal.SIGSTOP)"),
    failing("babbles", r"babble(b'\0\0\0\5hello')", "^something else than an answer came through its pipe"),
    failing("stutters", r"babble(b'\0\0\1\0hello')", "^something else than an answer came through its pipe"),
    returning("nan", "J, dw, db = np.nan, dw * np.nan, np.nan", "isn't finite", "problem.X[0] = np.nan"),
    returning(
        "shape", "dw = dw[:, None]", r"^dw is float64 of shape \(4, 1\), not|off by", "problem.X[:] = problem.X[::-1]"
    ),
    returning("empty", "dw = dw[:0]", r"^dw is float64 of shape \(0,\), not", ""),
    returning(
        "dtype",
        "dw = dw.astype(np.float32)",
        r"^dw is float32 of shape \(4,\), not float64|off by",
        "problem = replace(problem, X=problem.X.astype(np.float32))",
    ),
    Fault(
        name="nothing",
        lines="return None",
        lasting=True,
        outcome="failed",
        told="^(AttributeError|TypeError): .*None|^returns None, not J, dw, db",
        at={"prepare": "first call", "first call": "first call", "sample": "race"},
    ),
    spoiling("changes_X", "problem.X[:] *= 2"),
    spoiling("changes_Y", "problem.Y[:] = 1 - problem.Y"),
    spoiling("changes_w", "w += 1", in_prepare=""),
    harmless("prints", "print('x' * 3_000_000, flush=True)"),
    harmless("prints_garbage", "os.write(1, bytes(range(256)) * 10_000)"),
    harmless("raises_numpys_errors", "np.seterr(all='raise')"),
    harmless("clears_its_environment", "os.environ.clear()"),
    harmless("goes_where_nothing_is", "os.chdir(tempfile.mkdtemp())\nos.rmdir(os.getcwd())"),
    harmless("removes_the_case", REMOVE),
    harmless("spins", SPIN),
    harmless("shares", "share()"),
    harmless("forks", f"if os.fork() == 0:\n    {SLEEP}"),
    harmless("forks_and_returns", "os.fork()"),
    harmless("forks_a_session", f"if os.fork() == 0:\n    os.setsid()\n    {SLEEP}"),
    harmless("forks_a_daemon", f"if os.fork() == 0:\n    os.setsid()\n    if os.fork(): os._exit(0)\n    {SLEEP}"),
    harmless("starts_a_program", "subprocess.Popen(['sleep', '1000'], start_new_session=True)"),
]
