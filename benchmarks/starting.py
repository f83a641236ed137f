"""How long the command line takes to start, against a Python that does nothing."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.estate import write_blueprints
from benchmarks.measure import Program, in_turn, kmsgen, python
from benchmarks.settings import Settings
from benchmarks.table import Row, Target

LIMITS = {"--version": Target(6), "--help": Target(6), "generate of one key": Target(15)}


def measure(settings: Settings) -> Iterator[Row]:
    """One row a command."""
    source, out = settings.place / "one", settings.place / "one-out"
    write_blueprints(source, 1)
    nothing = Program("nothing", python("-c", "pass"))
    programs = [
        nothing,
        Program("--version", kmsgen("--version")),
        Program("--help", kmsgen("--help")),
        Program("generate of one key", kmsgen("generate", str(source), "--out", str(out)), out),
    ]
    taken = in_turn(programs, settings.rounds)
    base = taken.pop("nothing")
    for name, each in taken.items():
        what = f"{name} : python -c pass"
        yield Row("start", what, each.times(base), "times", LIMITS[name], each.work(base), each.seconds, each.megabytes)
