"""How long `diff` takes: of keys that did not change, against reading both sides; and of keys that did."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import partial

from benchmarks.estate import mutated, name_of, policy, write_blueprints, write_policies
from benchmarks.measure import Program, Taken, in_turn, kmsgen, python
from benchmarks.semantics import large as largest
from benchmarks.semantics import spent
from benchmarks.settings import Settings
from benchmarks.table import Row, Target
from kmsgen.policy.read import read_policy
from kmsgen.semantics.compare import compare

UNCHANGED, MEMORY = Target(1.5), Target(150)


def measure(settings: Settings) -> Iterator[Row]:
    """Policies against policies, blueprints against policies, and everything changed; then the slowest comparisons."""
    ours: dict[int, Taken] = {}
    for count in settings.sizes(of=(1_000, 10_000)):
        rows, ours[count] = _folders(settings, count)
        yield from rows
    if len(ours) > 1:
        fewer, most = ours
        what = f"{most:,} keys : {fewer:,} keys"
        large, small = ours[most], ours[fewer]
        by_cpu = large.processor / small.processor
        yield Row("diff", f"time, {what}", large.seconds / small.seconds, processor=by_cpu)
        yield Row("diff", f"memory, {what}", large.megabytes / small.megabytes)
    yield from _worst()


def _folders(settings: Settings, count: int) -> tuple[list[Row], Taken]:
    place = settings.place
    same, other, changed, blueprints = (place / name for name in ("same", "other", "changed", "blueprints"))
    write_policies(same, count)
    shutil.copytree(same, other)
    write_policies(changed, count, changed=True)
    write_blueprints(blueprints, count)
    sides = {"policies": (same, other), "blueprints": (blueprints, other), "changed": (changed, same)}
    programs = []
    for name, (planned, current) in sides.items():
        reading = python("-m", "benchmarks.peers.reading", str(planned), str(current))
        programs.append(Program(f"read {name}", reading))
        arguments = ("diff", str(planned), "--current", str(current))
        programs.append(Program(name, kmsgen(*arguments), exit_code=int(name == "changed")))
    taken = in_turn(programs, settings.turns(count), warm=False)
    rows, limited = [], count >= 10_000
    for name, what in (("policies", "unchanged policies"), ("blueprints", "unchanged keys, blueprints : policies")):
        each = taken[name]
        ratio = each.times(taken[f"read {name}"])
        said = f"{count:,} {what} : reading both sides"
        rows.append(
            Row("diff", said, ratio, "times", UNCHANGED, each.work(taken[f"read {name}"]), each.seconds, each.megabytes)
        )
        if limited:
            rows.append(Row("diff", f"memory, {count:,} {what}", each.megabytes, "MB", MEMORY))
    each, read = taken["changed"], taken["read changed"]
    rate, by_cpu = count / (each.seconds - read.seconds), count / (each.processor - read.processor)
    said = f"comparisons, {count:,} changed policies"
    rows.append(Row("diff", said, rate, "a second", None, by_cpu, each.seconds, each.megabytes))
    for folder in (same, other, changed, blueprints):
        shutil.rmtree(folder)
    return rows, taken["policies"]


def _worst() -> Iterator[Row]:
    """The slowest of the changes to the keys here, and two policies at the limit of 32 KB."""
    kinds = ("another principal", "an action more", "a condition less", "a statement less")
    old = read_policy(policy(name_of(0)))
    times = {}
    for number, kind in enumerate(kinds):
        new = read_policy(mutated(name_of(0), number))
        times[kind] = min(spent(partial(compare, old, new)) for _ in range(5))
    slowest = max(times, key=lambda kind: times[kind])
    yield Row("diff", f"slowest change of a key: {slowest}", times[slowest] * 1e3, "ms")
    yield Row(
        "diff", "two policies of 32 KB that differ in a condition", spent(partial(compare, *largest())) * 1e3, "ms"
    )
