"""`kmsgen init`: a first blueprint that generates and checks clean, by question, by flags, or from keys that exist."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from kmsgen.analysis import engine
from kmsgen.analysis.subject import ANY_DAY
from kmsgen.cli import import_, init_answers, render
from kmsgen.cli.schema import is_schema, schema_text
from kmsgen.cli.writing import write
from kmsgen.errors import KmsgenError, OutputError, Problem
from kmsgen.importer.text import scalar
from kmsgen.sources import Options, SourceKey, blueprint

SCHEMA = ".kmsgen-schema.json"
"""Beside the blueprint: hidden, so that whoever reads the folder's policies passes it by."""

_EDITORS = f"# yaml-language-server: $schema={SCHEMA}\n"
_BLUEPRINT = """\
version: 1

accounts:
  main: {account}

defaults:
  account: main
  region: {region}
  # They manage the key; they cannot use it or delete it.
  admins: [{admin}]

keys:
  {key}:
    description: What is encrypted under this key
    aliases: [{key}]
    users:
      # Encrypts and decrypts; `can: decrypt` for less, `when: {{via: s3}}` for when (`kmsgen catalog roles`).
      - {user}
    guards: [no-lockout-bypass, minimum-deletion-window]
"""


@dataclass(frozen=True)
class Settings:
    """What the command line asks for."""

    path: Path
    answers: Mapping[str, str | None]
    """What flags say, by the name of the question."""
    sources: tuple[str, ...] = ()
    """Keys that exist, to begin from."""
    options: Options = field(default_factory=Options)


def run(settings: Settings) -> int:
    """Write the blueprint and the schema beside it, say what to do next; the exit code."""
    path = settings.path
    if path.exists():
        hint = "name another file: `kmsgen init FILE`"
        raise OutputError(Problem(f"`{path.as_posix()}` is there already", hint=hint))
    text, said = _imported(settings) if settings.sources else _answered(settings)
    write(path, f"{_EDITORS}{text}", new=True)
    render.say(render.safe(f"wrote {path.as_posix()}"))
    _write_schema(path.parent / SCHEMA, settings.options)
    for line in (*said, *_next(settings)):
        render.say(render.safe(line))
    return 0


def _answered(settings: Settings) -> tuple[str, list[str]]:
    """The blueprint that the answers make, and what `check` would say of it."""
    answers = init_answers.gather(settings.answers)
    text = _BLUEPRINT.format(**{name: scalar(answer) for name, answer in answers.items()})
    try:
        keys = blueprint.from_text(text, settings.path.as_posix(), settings.options)
    except KmsgenError as error:
        # The file is not there yet, so nobody could look up the place.
        raise KmsgenError(*(replace(one, at=None, related=()) for one in error.problems)) from error
    return text, [f"`kmsgen check` says {line}" for key in keys for line in _findings(key)]


def _findings(key: SourceKey) -> Iterator[str]:
    for result in engine.check([key], engine.Settings(ANY_DAY)):
        yield from (f"{one.code} ({one.severity}): {one.message}" for one in result.findings)


def _imported(settings: Settings) -> tuple[str, list[str]]:
    """The blueprint of keys that exist, and how that went."""
    if given := [name for name in ("key", "admin", "user") if settings.answers[name] is not None]:
        flags = ", ".join(f"`--{name}`" for name in given)
        raise KmsgenError(Problem(f"the keys of `--from` bring what {flags} would say", hint="leave one of them out"))
    options = replace(settings.options, account=settings.answers["account"], region=settings.answers["region"])
    made, notes = import_.imported(import_.Settings(settings.sources, options=options))
    told = (line.replace("`--tighten`", "`kmsgen import --tighten`") for line in import_.summary(made))
    return made.text, [*notes, *told]


def _write_schema(path: Path, options: Options) -> None:
    """Write the schema, over an older one; a file of somebody else's stays."""
    if path.is_file() and not is_schema(path.read_text(encoding="utf-8", errors="replace")):
        render.say(render.safe(f"warning: `{path.as_posix()}` is no schema of kmsgen; it is left alone"))
        return
    write(path, schema_text(blueprint.library(options.templates)))
    render.say(render.safe(f"wrote {path.as_posix()}, which tells editors what may stand in blueprints"))


def _next(settings: Settings) -> Iterator[str]:
    path = shlex.quote(settings.path.as_posix())
    yield "next:"
    if not settings.sources:
        yield f"  kmsgen explain {path}    # who can do what with it"
    elif len(settings.sources) == 1 and settings.sources[0] != "-":
        flags = "".join(f" --{name} {said}" for name in ("account", "region") if (said := settings.answers[name]))
        given = settings.options.parameters.values.items()
        flags += "".join(f" --parameter {shlex.quote(f'{name}={value}')}" for name, value in given)
        yield f"  kmsgen diff {path} --current {shlex.quote(settings.sources[0])}{flags}   # that nothing changes"
    yield f"  kmsgen check {path}      # what is wrong with it"
    yield f"  kmsgen generate {path}   # its policy, into out/"
