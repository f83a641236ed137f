"""How long `generate` takes: against the floor, and against other programs that build the same keys."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from benchmarks.estate import STATEMENTS, write_blueprints
from benchmarks.measure import Program, Taken, in_turn, kmsgen, python
from benchmarks.settings import Settings
from benchmarks.table import Row, Target

PER_FILE = 100
PEERS = Path(__file__).parent / "peers"
OURS, FLOOR, TROPOSPHERE, CDK = "kmsgen", "floor", "troposphere", "aws-cdk-lib"
LIMITS = {FLOOR: Target(2.0), TROPOSPHERE: Target(0.8)}
"""At ten thousand keys, one file each."""
MEMORY, LINEAR, GROWTH = Target(150), Target(11), Target(1.3)


def measure(settings: Settings) -> Iterator[Row]:
    """Every number of keys, one file each and many a file; then how time and memory grow."""
    ours: dict[int, Taken] = {}
    for count in settings.sizes():
        taken = _taken(settings, count, per_file=1)
        ours[count] = taken[OURS]
        yield from _rows(f"{count:,} keys", count, taken)
    for count in settings.sizes(of=(1_000, 10_000)):
        yield from _rows(f"{count:,} keys, {PER_FILE} a file", 0, _taken(settings, count, PER_FILE))
    if len(ours) > 1:
        *_, fewer, most = ours
        yield from _growth(fewer, ours[fewer], most, ours[most])


def one_process() -> tuple[str, ...]:
    """The option that keeps `generate` to one process, where it has one."""
    said = subprocess.run(kmsgen("generate", "--help"), capture_output=True, text=True, check=True).stdout
    return ("--jobs", "1") if "--jobs" in said else ()


def _taken(settings: Settings, count: int, per_file: int) -> dict[str, Taken]:
    source, out = settings.place / f"blueprints-{count}-{per_file}", settings.place / "generated"
    write_blueprints(source, count, per_file)
    programs = [
        Program(OURS, kmsgen("generate", str(source), "--out", str(out), *one_process()), out),
        Program(FLOOR, python("-m", "benchmarks.peers.floor", str(source), str(out)), out),
    ]
    if per_file == 1 and settings.has("troposphere") and settings.has("awacs"):
        programs.append(Program(TROPOSPHERE, python("-m", "benchmarks.peers.troposphere", str(count), str(out)), out))
    if per_file == 1 and (command := cdk(settings, count, out)) is not None:
        programs.append(command)
    taken = in_turn(programs, settings.turns(count), warm=count <= 100)
    shutil.rmtree(out)
    shutil.rmtree(source)
    return taken


def cdk(settings: Settings, count: int, out: Path) -> Program | None:
    """What builds the keys with aws-cdk-lib; None where that cannot be had."""
    found = settings.node_modules
    if found is None or shutil.which("node") is None or not (found / CDK).is_dir():
        said = f"{CDK} is left out: there is no node, or `--node-modules` does not lead to it (docs/benchmarks.md)"
        if said not in settings.left_out:
            settings.left_out.append(said)
        return None
    shape = settings.place / "shape.json"
    shape.write_text(json.dumps([one._asdict() for one in STATEMENTS]), encoding="utf-8")
    command = ("node", str(PEERS / "cdk.cjs"), str(shape), str(count), str(out))
    return Program(CDK, command, out, environment={"NODE_PATH": str(found)})


def _rows(what: str, count: int, taken: dict[str, Taken]) -> Iterator[Row]:
    ours = taken[OURS]
    for name, each in taken.items():
        if name != OURS:
            target = LIMITS.get(name) if count >= 10_000 else None
            by_cpu, said = ours.work(each), f"{what} : {name}"
            yield Row("generate", said, ours.times(each), "times", target, by_cpu, ours.seconds, ours.megabytes)
    for name, each in taken.items():
        if name != OURS:
            value = each.seconds * 1e3
            yield Row(
                "generate",
                f"  {name} itself, {what}",
                value,
                "ms",
                None,
                each.processor * 1e3,
                each.seconds,
                each.megabytes,
            )
    if count >= 10_000:
        yield Row("generate", f"memory, {what}", ours.megabytes, "MB", MEMORY)


def _growth(fewer: int, small: Taken, most: int, large: Taken) -> Iterator[Row]:
    known = (fewer, most) == (1_000, 10_000)
    what = f"{most:,} keys : {fewer:,} keys"
    yield Row("generate", f"time, {what}", large.seconds / small.seconds, "times", LINEAR if known else None,
              large.processor / small.processor)  # fmt: skip
    yield Row("generate", f"memory, {what}", large.megabytes / small.megabytes, "times", GROWTH if known else None)
