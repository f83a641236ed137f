"""`kmsgen init`: a first blueprint that generates as it is, by question or by flags."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from kmsgen.blueprint import parse
from kmsgen.catalog.principals import ACCOUNT, REGION
from kmsgen.cli import render
from kmsgen.compiler.compile import compile_blueprint
from kmsgen.errors import KmsgenError, OutputError, Problem, Problems
from kmsgen.templates import Library

_QUESTIONS: dict[str, tuple[str, str, re.Pattern[str]]] = {
    "account": ("The key's account, twelve digits", "", ACCOUNT),
    "region": ("Its Region", "eu-west-1", REGION),
    "key": ("What the key is called", "app-data", re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")),
    "admin": ("Who manages it (a role of that account)", "role/KeyAdmins", re.compile(r"[^\s\"'#:{}\[\],&*!|>%@`]+")),
    "user": ("Who uses it", "role/App", re.compile(r"[^\s\"'#:{}\[\],&*!|>%@`]+")),
}

_BLUEPRINT = """\
version: 1

accounts:
  main: "{account}"

defaults:
  account: main
  region: {region}
  admins: [{admin}]           # manage the key; cannot use or delete it

keys:
  {key}:
    description: What is encrypted under this key
    aliases: [{key}]
    users:
      - {user}                # encrypt and decrypt; `can: decrypt` for less, `when: {{via: s3}}` for when
    guards: [no-lockout-bypass, minimum-deletion-window]
"""


def run(path: Path, answers: dict[str, str | None]) -> int:
    """Ask for what is missing, write the blueprint, say what to do next; the exit code."""
    if path.exists():
        message = f"`{path.as_posix()}` is there already"
        raise OutputError(Problem(message, hint="name another file: `kmsgen init FILE`"))
    given = {name: _answer(name, answers[name]) for name in _QUESTIONS}
    text = _BLUEPRINT.format(**given)
    _compiles(text, path.as_posix())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise OutputError(Problem(f"`{path.as_posix()}` cannot be written: {error.strerror}")) from error
    render.say(f"wrote {path.as_posix()}")
    render.say(f"next: kmsgen generate {path.as_posix()}   (and `kmsgen catalog roles` for what `can` may say)")
    return 0


def _compiles(text: str, name: str) -> None:
    """Refuse answers that would not make a key."""
    problems = Problems()
    for blueprint in parse(text, name, lambda path: "", problems):
        compile_blueprint(blueprint, Library(), problems, name="keys", source=name)
    if problems.errors:
        raise KmsgenError(*problems.errors)


def _answer(name: str, given: str | None) -> str:
    question, default, shape = _QUESTIONS[name]
    if given is None and sys.stdin.isatty():
        print(f"{question}{f' [{default}]' if default else ''}: ", end="", file=sys.stderr, flush=True)
        given = sys.stdin.readline().strip() or default
    if given is None:
        hint = f"give `--{name}`" + (f", as `--{name} {default}`" if default else "")
        raise KmsgenError(Problem(f"there is nobody to ask for `{name}`", hint=hint))
    if not shape.fullmatch(given):
        raise KmsgenError(Problem(f"`{given}` will not do for `{name}`: {question.lower()}"))
    return given
