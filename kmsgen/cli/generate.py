"""`kmsgen generate`: blueprints to artefacts under `out/`, all of them or none; `--check` only compares."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from kmsgen.blueprint import parse
from kmsgen.cli import collector, manifest, render, workers
from kmsgen.cli.staging import Staging, one_at_a_time
from kmsgen.compiler.compile import compile_blueprint
from kmsgen.emitters import emit
from kmsgen.emitters.artefact import Options
from kmsgen.errors import KmsgenError, OutputError, Problem, Problems, did_you_mean
from kmsgen.files import Input, Inputs, collect, read_text
from kmsgen.templates import Library
from kmsgen.words import counted

_WORTHWHILE = 300_000
"""How many bytes of blueprints several processes are started for: five hundred keys, from where on two won by the clock
even where others wanted the processors too."""
_UNTOUCHED = "choose another folder with `--out`, or move the file away"


@dataclass(frozen=True)
class Settings:
    """What the command line asks for."""

    paths: tuple[str, ...]
    formats: tuple[str, ...] = ("json",)
    out: Path = Path("out")
    options: Options = field(default_factory=Options)
    environments: tuple[str, ...] = ()
    templates: tuple[Path, ...] = ()
    jobs: int = 1
    """How many processes compile at most; what is written never depends on it."""


class Made(NamedTuple):
    """One file that is to be in the output folder."""

    path: str
    """Below the output folder, with `/`."""
    text: str
    entry: manifest.Entry


class _Outcome(NamedTuple):
    """What came of one blueprint file."""

    path: str
    made: list[Made]
    problems: tuple[Problem, ...]
    environments: set[str]


def run(settings: Settings) -> int:
    """Write the artefacts; the exit code."""
    with one_at_a_time(settings.out, render.say), collector.seldom():
        return _run(settings)


def _run(settings: Settings) -> int:
    if Staging.interrupted(settings.out):
        render.say(f"an earlier run was interrupted; it is {Staging.recover(settings.out)}")
    files, inputs = _files(settings)
    before = manifest.read(settings.out)
    staging, entries, counts = Staging(settings.out), dict[str, manifest.Entry](), {"written": 0, "unchanged": 0}
    try:
        for made in _make(settings, files):
            manifest.note(entries, before, made.entry)
            if _read(f"{settings.out}/{made.path}") == made.text:
                counts["unchanged"] += 1
            else:
                staging.add(made.path, made.text)
                counts["written"] += 1
        _refuse_foreign(settings, before, entries)
        orphans, edited = _orphans(settings, inputs, before, entries)
        _say_moves(before, entries)
        listed = manifest.listed(before, entries, orphans)
        if counts["written"] or orphans or not manifest.is_there(settings.out, manifest.pieces(listed)):
            staging.commit(manifest.pieces(listed), sorted(set(orphans) - edited))
    except BaseException:
        staging.discard()
        raise
    for path in sorted(edited):
        render.say(f"warning: `{path}` is no longer made, but was changed since kmsgen wrote it; it is left alone")
    removed = len(orphans) - len(edited)
    render.say(
        f"{settings.out.as_posix()}: {counts['written']} written, {counts['unchanged']} unchanged, {removed} removed"
    )
    return 0


def check(settings: Settings) -> int:
    """Compare what would be made with what is there, and show the difference; 1 where there is one."""
    files, inputs = _files(settings)
    before = manifest.read(settings.out)
    entries: dict[str, manifest.Entry] = {}
    drift = 0
    if Staging.interrupted(settings.out):
        drift += 1
        print(f"{settings.out.as_posix()}: an earlier run was interrupted; run `kmsgen generate` to mend it")
    for made in _make(settings, files):
        manifest.note(entries, before, made.entry)
        there = _read(f"{settings.out}/{made.path}")
        if there != made.text:
            drift += 1
            _show(made.path, there, made.text)
    orphans, _ = _orphans(settings, inputs, before, entries)
    for path in orphans:
        drift += 1
        print(f"{path}: no longer made from any blueprint")
    listed = manifest.listed(before, entries, orphans)
    if not drift and not manifest.is_there(settings.out, manifest.pieces(listed)):
        drift += 1
        _show(manifest.NAME, _read(settings.out / manifest.NAME), "".join(manifest.pieces(listed)))
    if drift:
        render.say(f"{settings.out.as_posix()} is not what the blueprints make: {counted(drift, 'difference')}")
        render.say("run `kmsgen generate` with the same options, and commit what it writes")
    else:
        render.say(f"{settings.out.as_posix()} is what the blueprints make: {counted(len(entries), 'artefact')}")
    return 1 if drift else 0


def to_stdout(settings: Settings) -> int:
    """Print the one artefact that is asked for."""
    made = list(_make(settings, _files(settings)[0]))
    if len(made) != 1:
        listed = ", ".join(f"`{one.path}`" for one in made[:8])
        hint = "name one blueprint with one key, and one format and environment"
        here = f"here are {len(made)}: {listed}" if made else "none is made of this"
        raise OutputError(Problem(f"`--stdout` prints one artefact, and {here}", hint=hint))
    print(made[0].text, end="", flush=True)
    return 0


def _files(settings: Settings) -> tuple[list[Input], Inputs]:
    """The blueprint files, and what else is known of them: apart, so that a file that is done is no longer held."""
    inputs = collect(settings.paths)
    return list(inputs.files), replace(inputs, files=())


def _make(settings: Settings, files: list[Input]) -> Iterator[Made]:
    """Every artefact with its entry in the manifest, blueprint by blueprint; takes the files out of their list.

    Raises `KmsgenError` at the end with every problem of every file; until then nothing may be taken as final.
    """
    problems, library = Problems(), Library(_template_folders(settings))
    progress = _Progress(len(files))
    seen: dict[str, str] = {}
    environments: set[str] = set()
    jobs = settings.jobs if _is_worthwhile(files) else 1
    for outcome in workers.in_order(files, lambda one: _made_of(settings, library, one), jobs):
        progress.step()
        problems.extend(outcome.problems)
        environments |= outcome.environments
        for made in outcome.made:
            low = made.path.lower()
            first = seen.setdefault(made.path if low == made.path else low, outcome.path)
            if first != outcome.path:
                message = f"`{first}` and `{outcome.path}` both make `{made.path}`"
                problems.error(message, hint="rename a blueprint, a key or an environment")
            yield made
    progress.done()
    for name in settings.environments:
        if name not in environments:
            known = sorted(environments)
            hint = did_you_mean(name, known) or (f"known: {', '.join(known)}" if known else "the blueprints have none")
            problems.error(f"no blueprint has an environment `{name}`", hint=hint)
    render.problems(problems.warnings, sys.stderr)
    if problems.errors:
        raise KmsgenError(*problems.errors)


def _is_worthwhile(files: Iterable[Input]) -> bool:
    """Whether there is so much to do that several processes are sooner done, starting them included."""
    if logging.getLogger("kmsgen").isEnabledFor(logging.DEBUG):
        return False  # what is said on the way comes in the order of the work
    return sum(os.path.getsize(one.path) for one in files if os.path.exists(one.path)) >= _WORTHWHILE


def _made_of(settings: Settings, library: Library, one: Input) -> _Outcome:
    """What one blueprint file makes, and what is wrong with it."""
    problems, environments, made = Problems(), set[str](), list[Made]()
    try:
        blueprints = list(parse(read_text(one.path), one.path, read_text, problems))
    except KmsgenError as error:
        problems.extend(error.problems)
        blueprints = []
    for blueprint in blueprints:
        environment = blueprint.environment
        environments |= {environment} if environment is not None else set()
        if settings.environments and environment not in settings.environments:
            continue
        bundle = compile_blueprint(blueprint, library, problems, name=one.name, source=one.source)
        for format_ in settings.formats if bundle.keys else ():
            try:
                for artefact in emit(format_, bundle, settings.options):
                    entry = manifest.entry(artefact, bundle, one.name, environment, format_)
                    made.append(Made(artefact.path, artefact.text, entry))
            except KmsgenError as error:
                problems.extend(error.problems)
    return _Outcome(one.path, made, tuple(problems), environments)


def _template_folders(settings: Settings) -> list[Path]:
    for folder in settings.templates:
        if not folder.is_dir():
            raise OutputError(Problem(f"there is no folder `{folder}`", hint="`--templates` takes a folder"))
    own = Path("templates")
    return [*settings.templates, *([own] if own.is_dir() else [])]


def _read(path: Path | str) -> str | None:
    """A file's text as it is; None where there is none, or where it is no text of ours."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return file.read()
    except (OSError, UnicodeDecodeError):
        return None


def _refuse_foreign(settings: Settings, before: dict[str, manifest.Entry], entries: dict[str, manifest.Entry]) -> None:
    """Files that kmsgen did not write are never written over."""
    problems = Problems()
    for path, one in entries.items():
        target = f"{settings.out}/{path}"
        if path in before or not os.path.exists(target):
            continue
        there = _read(target)
        if there is None or manifest.digest(there) != one.sha256:
            message = f"`{(settings.out / path).as_posix()}` is there already, and kmsgen did not write it"
            problems.error(message, hint=_UNTOUCHED)
    if problems.errors:
        raise OutputError(*problems.errors)


def _orphans(
    settings: Settings, inputs: Inputs, before: dict[str, manifest.Entry], entries: dict[str, manifest.Entry]
) -> tuple[list[str], set[str]]:
    """What an earlier run wrote and this one, which knows all there is of it, does not make; and those edited since."""
    orphans = [
        path
        for path, one in before.items()
        if path not in entries
        and one.format in settings.formats
        and inputs.covers(one.blueprint)
        and (not settings.environments or one.environment in settings.environments)
    ]
    edited = {
        path
        for path in orphans
        if (there := _read(settings.out / path)) is not None and manifest.digest(there) != before[path].sha256
    }
    return orphans, edited


def _say_moves(before: dict[str, manifest.Entry], entries: dict[str, manifest.Entry]) -> None:
    """A key that comes to be in another CloudFormation template leaves one stack and is made anew in another."""
    old, new = _templates_of(before), _templates_of(entries)
    moved = sorted(place for place, path in new.items() if place in old and old[place] != path)
    for format_, blueprint, key in moved[:10]:
        path, was = new[format_, blueprint, key], old[format_, blueprint, key]
        name, _, region = key.partition(".")
        where = f" in {region}" if region else ""
        render.say(f"warning: key `{name}`{where} moves between stacks: from `{was}` to `{path}`")
    if len(moved) > 10:
        render.say(f"warning: and {len(moved) - 10} more")
    if moved:
        render.say("  hint: the old stack keeps its key (`DeletionPolicy: Retain`); import it into the new one")


def _templates_of(entries: dict[str, manifest.Entry]) -> dict[tuple[str, str, str], str]:
    return {
        (one.format, f"{one.environment or ''}/{one.blueprint}", f"{key['key']}.{key.get('region', '')}"): one.path
        for one in entries.values()
        if one.sharded
        for key in one.keys
    }


def _show(path: str, there: str | None, made: str) -> None:
    import difflib  # only drift needs it

    if there is None:
        print(f"{path}: missing")
        return
    lines = difflib.unified_diff(
        there.splitlines(keepends=True), made.splitlines(keepends=True), f"a/{path}", f"b/{path}"
    )
    print("".join(line if line.endswith("\n") else f"{line}\n" for line in lines), end="")


@dataclass
class _Progress:
    """A counter on a terminal, for runs long enough to wonder about."""

    total: int
    _done: int = 0
    _shown: bool = False
    _clock: Callable[[], float] = time.monotonic
    _started: float = field(default_factory=time.monotonic)

    def step(self) -> None:
        """One more file."""
        self._done += 1
        if sys.stderr.isatty() and self._done % 50 == 0 and self._clock() - self._started > 1:
            self._shown = True
            print(f"\r{self._done} of {self.total} blueprints", end="", file=sys.stderr)

    def done(self) -> None:
        """Take the counter away."""
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr)
