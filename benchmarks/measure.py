"""Programs run in turn and measured: seconds, and the most memory they took."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]


class Run(NamedTuple):
    """What one run took."""

    seconds: float
    processor: float
    """Seconds of processor time, which a busy machine changes less."""
    megabytes: float


class Program(NamedTuple):
    """One command, and what is made anew each time it runs."""

    name: str
    command: Sequence[str]
    makes: Path | None = None
    """A folder that is not there when it starts."""
    exit_code: int = 0
    environment: Mapping[str, str] = {}


class Taken(NamedTuple):
    """What the runs of a program took, in the order of the rounds."""

    runs: tuple[Run, ...]

    @property
    def seconds(self) -> float:
        """The median."""
        return statistics.median(run.seconds for run in self.runs)

    @property
    def processor(self) -> float:
        """The median of processor time."""
        return statistics.median(run.processor for run in self.runs)

    @property
    def megabytes(self) -> float:
        """The most of any run."""
        return max(run.megabytes for run in self.runs)

    def times(self, other: Taken) -> float:
        """How many times as long as another program: the median over the pairs of each round."""
        pairs = zip(self.runs, other.runs, strict=True)
        return statistics.median(mine.seconds / theirs.seconds for mine, theirs in pairs)

    def work(self, other: Taken) -> float:
        """The same, of processor time."""
        pairs = zip(self.runs, other.runs, strict=True)
        return statistics.median(mine.processor / theirs.processor for mine, theirs in pairs)


def python(*arguments: str) -> tuple[str, ...]:
    """The command that runs this Python."""
    return (sys.executable, *arguments)


def kmsgen(*arguments: str) -> tuple[str, ...]:
    """The command that runs kmsgen as it is here."""
    return python("-m", "kmsgen", *arguments)


def in_turn(programs: Sequence[Program], rounds: int, *, warm: bool = True) -> dict[str, Taken]:
    """Every program once a round, one after the other, so that whatever else the machine does hits all alike."""
    if warm:
        for program in programs:
            _run(program)
    runs = [[_run(program) for program in programs] for _ in range(rounds)]
    return {program.name: Taken(tuple(row[at] for row in runs)) for at, program in enumerate(programs)}


def _run(program: Program) -> Run:
    if program.makes is not None:
        shutil.rmtree(program.makes, ignore_errors=True)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **program.environment}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # users have compiled modules, and so has the warm-up
    before = time.perf_counter()
    child = subprocess.Popen(
        program.command,
        cwd=tempfile.gettempdir(),  # this repository has a configuration, which is not what is measured
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert child.stderr is not None
    said = child.stderr.read()
    _, status, used = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - before
    child.returncode = os.waitstatus_to_exitcode(status)
    child.stderr.close()
    if child.returncode != program.exit_code:
        sys.exit(f"{program.name} ended with {child.returncode}: {said.decode(errors='replace')[-2000:]}")
    processor = used.ru_utime + used.ru_stime
    return Run(seconds, processor, used.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10))
