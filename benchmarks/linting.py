"""How long `check` takes over the same keys, against linters on the policies that they compile to."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator

from benchmarks.estate import templates, write_blueprints, write_policies
from benchmarks.measure import Program, in_turn, kmsgen, python
from benchmarks.settings import Settings
from benchmarks.table import Row, Target

PARLIAMENT, CFN_LINT = "parliament", "cfn-lint"
RATE = Target(5, at_least=True)
SAMPLE = 100
"""So many keys are given to cfn-lint, and one; the difference is what a key costs it."""


def measure(settings: Settings) -> Iterator[Row]:
    """Whole programs, their start included; then what is extrapolated."""
    for count in settings.sizes(of=(1_000, 10_000)):
        yield from _policies(settings, count)
    yield from _cfn_lint(settings)


def _policies(settings: Settings, count: int) -> Iterator[Row]:
    policies, blueprints = settings.place / "policies", settings.place / "blueprints"
    write_policies(policies, count)
    write_blueprints(blueprints, count)
    programs = [
        Program("policies", kmsgen("check", str(policies), "--account", "111122223333")),
        Program("blueprints", kmsgen("check", str(blueprints))),
    ]
    if settings.has(PARLIAMENT):
        programs.append(Program(PARLIAMENT, python("-m", "benchmarks.peers.parliament", str(policies))))
    taken = in_turn(programs, settings.turns(count) if count <= 1_000 else 1, warm=False)
    for kind in ("policies", "blueprints"):
        ours = taken[kind]
        what = f"{count:,} {kind}" if kind == "policies" else f"{count:,} keys in {kind}"
        rate = count / ours.seconds
        yield Row("check", what, rate, "a second", None, count / ours.processor, ours.seconds, ours.megabytes)
        if PARLIAMENT in taken:
            target = RATE if kind == "policies" else None
            theirs = taken[PARLIAMENT]
            faster, by_cpu = 1 / ours.times(theirs), 1 / ours.work(theirs)
            yield Row("check", f"rate, {what} : {PARLIAMENT}", faster, "times", target, by_cpu)
    if PARLIAMENT in taken:
        theirs = taken[PARLIAMENT]
        value = count / theirs.seconds
        what = f"  {PARLIAMENT} itself, {count:,} policies"
        yield Row("check", what, value, "a second", None, count / theirs.processor, theirs.seconds, theirs.megabytes)
    shutil.rmtree(policies)
    shutil.rmtree(blueprints)


def _cfn_lint(settings: Settings) -> Iterator[Row]:
    if not settings.has("cfnlint"):
        return
    programs = []
    for count in (1, SAMPLE):
        (template,) = templates(count)
        path = settings.place / f"template-{count}.json"
        path.write_text(json.dumps(template), encoding="utf-8")
        programs.append(
            Program(f"{CFN_LINT} {count}", python("-c", "from cfnlint.runner import main; main()", str(path)))
        )
        programs.append(Program(f"kmsgen {count}", kmsgen("check", str(path), "--account", "111122223333")))
    taken = in_turn(programs, 3)
    start, whole = taken[f"{CFN_LINT} 1"], taken[f"{CFN_LINT} {SAMPLE}"]
    each = (whole.seconds - start.seconds) / (SAMPLE - 1)
    ours = taken[f"kmsgen {SAMPLE}"]
    value = 1 / ours.times(whole)
    yield Row(
        "check",
        f"rate, a template of {SAMPLE} keys : {CFN_LINT}",
        value,
        "times",
        None,
        1 / ours.work(whole),
        ours.seconds,
    )
    what = f"  {CFN_LINT} itself, {settings.keys:,} keys, extrapolated from {SAMPLE}"
    yield Row(
        "check", what, start.seconds + each * settings.keys, "seconds", None, None, whole.seconds, whole.megabytes
    )
