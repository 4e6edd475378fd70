"""`python -m tests.fuzz READER`: read as many hostile files as the time allows, and print the counts in one line."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fuzz.findings import Tally, keep_crash
from tests.fuzz.inputs import known
from tests.fuzz.mutators import MUTATORS
from tests.fuzz.scratch import memory

MOST_CRASHES = 20
"""Maximum number of crashes of the engine; after each one it is started again."""

LIMITS = ("-timeout=60", "-rss_limit_mb=6000", "-max_len=65536", "-len_control=0", "-print_final_stats=0")
"""Options of libFuzzer: seconds for one input, memory of the process in MB, bytes of an input."""

LIBRARIES = ("atheris", "numpy", "pandas", "msgspec", "h5py", "pyarrow", "zarr", "pillow")


@dataclass(frozen=True)
class Outcome:
    """Result for one reader. executions: inputs read. findings: tracebacks and crashes. corpus: inputs kept."""

    reader: str
    executions: int
    seconds: int
    findings: int
    corpus: int
    date: str
    versions: dict[str, str]

    def __str__(self) -> str:
        told = f"{self.reader}: {self.executions:,} executions in {self.seconds} s, {self.findings} findings"
        return f"{told}, {self.corpus} inputs in the corpus"


def main() -> int:
    """Fuzz a reader and print the counts; return exit status 1 if there are findings."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz a reader as a command.")
    parser.add_argument("reader", choices=sorted(MUTATORS))
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--runs", type=int, default=-1, help="inputs to read; as many as the time allows if not given")
    parser.add_argument("--seed", type=int, default=0, help="of libFuzzer; 0 chooses one")
    parser.add_argument("--corpus", type=Path, help="a folder that keeps what is found, to go on from another time")
    parser.add_argument("--findings", type=Path, default=Path("fuzz-findings"), help="where inputs go that fail")
    parser.add_argument("--record", type=Path, help="a file of JSON, to which a line is added")
    asked = parser.parse_args()
    with TemporaryDirectory(prefix="gradrace-fuzz-", dir=memory()) as scratch:
        outcome = _fuzz(asked, Path(scratch))
    print(outcome)
    if asked.record:
        with asked.record.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(asdict(outcome)) + "\n")
    return int(outcome.findings > 0)


def _fuzz(asked: argparse.Namespace, scratch: Path) -> Outcome:
    """Run the engine until the time is over; start it again after a crash."""
    corpus = asked.corpus or scratch / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(known(asked.reader)):
        (corpus / f"known-{number}").write_bytes(data)
    findings = asked.findings / asked.reader
    tally = Tally(scratch / "tally")
    begun, crashes = time.monotonic(), 0
    while crashes < MOST_CRASHES:
        left = round(asked.seconds - (time.monotonic() - begun))
        runs = asked.runs if asked.runs < 0 else asked.runs - tally.counts().executions
        if left <= 0 or runs == 0:
            break
        told = [f"-max_total_time={left}", f"-runs={runs}", f"-seed={asked.seed}", *LIMITS, str(corpus)]
        status = _engine([asked.reader, str(scratch / "tally"), str(findings), *told], scratch)
        if status == 0:
            break
        crashes += 1
        keep_crash(findings, tally.counts().last, status)
    counts = tally.counts()
    return Outcome(
        reader=asked.reader,
        executions=counts.executions,
        seconds=round(time.monotonic() - begun),
        findings=counts.failures + crashes,
        corpus=len([*corpus.iterdir()]),
        date=datetime.now(UTC).date().isoformat(),
        versions={"python": sys.version.split()[0], **{name: version(name) for name in LIBRARIES}},
    )


def _engine(words: list[str], scratch: Path) -> int:
    """Run the engine and return its exit status. Its output goes into a log, whose end is printed if it fails."""
    log = scratch / "log"
    with log.open("wb") as stream:
        command = [sys.executable, "-m", "tests.fuzz.engine", *words, f"-artifact_prefix={scratch}/"]
        variables = {**os.environ, "TMPDIR": str(scratch)}
        status = subprocess.run(command, stdout=stream, stderr=stream, env=variables, check=False).returncode
    if status:
        print(log.read_text(errors="replace")[-1000:], file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
