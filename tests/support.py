"""What many tests need: compiling a blueprint from text, and asking a policy."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kmsgen.blueprint import parse
from kmsgen.compiler.compile import compile_blueprint, compile_key
from kmsgen.compiler.shared import shared
from kmsgen.errors import BlueprintError, Problem, Problems
from kmsgen.policy.key import Bundle, Key
from kmsgen.policy.model import Origin, Policy
from kmsgen.semantics.evaluate import Decision, evaluate
from kmsgen.semantics.request import Request
from kmsgen.templates import Library

ROOT = Path(__file__).parent.parent
OWN, OTHER = "111122223333", "444455556666"
REGION = "eu-west-1"
LIBRARY = Library()
"""The shipped templates, each read once."""

HEAD = f"""\
version: 1
organization: o-a1b2c3d4e5
accounts: {{own: "{OWN}", other: "{OTHER}"}}
defaults: {{account: own, region: {REGION}}}
"""


def compiled(
    text: str, files: Mapping[str, str] | None = None, library: Library | None = None
) -> tuple[tuple[Bundle, ...], tuple[Problem, ...]]:
    """The bundles that a blueprint makes, one for each environment, and every problem."""

    def open_file(name: str) -> str:
        if files is None or name not in files:
            raise BlueprintError(Problem(f"there is no file `{name}`"))
        return files[name]

    problems = Problems()
    bundles = tuple(
        compile_blueprint(blueprint, library or Library(), problems, name="test", source="test.yaml")
        for blueprint in parse(text, "test.yaml", open_file, problems)
    )
    return bundles, tuple(problems)


def bundle(text: str, library: Library | None = None, files: Mapping[str, str] | None = None) -> Bundle:
    """The one bundle that a blueprint makes, which must be without problems."""
    bundles, problems = compiled(text, files, library)
    assert not problems, "\n".join(map(str, problems))
    assert len(bundles) == 1
    return bundles[0]


def keys(text: str, library: Library | None = None) -> dict[str, Key]:
    """The keys of a blueprint by name (and Region, where there are several)."""
    made = bundle(text, library)
    return {key.name if made.times[key.name] == 1 else f"{key.name}.{key.region}": key for key in made.keys}


def each_key(
    text: str, library: Library | None = None, *, sharing: bool
) -> tuple[list[tuple[Key | None, list[tuple[Origin, ...]]]], list[Problem]]:
    """Every key, each with templates that have seen no other, or with those that have; and where statements come from."""
    problems, templates = Problems(), library or LIBRARY
    made = []
    shared(templates).clear()
    for blueprint in parse(text, "test.yaml", lambda name: "", problems):
        for intent in blueprint.keys:
            if not sharing:
                shared(templates).clear()
            key = compile_key(intent, templates, problems)
            made.append((key, [one.origin for one in key.policy.statements] if key else []))
    return made, list(problems)


def only_policy(fields: str, library: Library | None = None) -> Policy:
    """The policy of one key with these fields, given as the lines of a YAML mapping, and an admin to hold it."""
    body = "".join(f"    {line}\n" for line in fields.splitlines())
    admins = "" if "admins:" in fields else "    admins: [role/Admin]\n"
    (key,) = keys(f"{HEAD}keys:\n  key:\n{admins}{body}", library).values()
    return key.policy


def messages(text: str, files: Mapping[str, str] | None = None, library: Library | None = None) -> list[str]:
    """Every problem as `line:column: message`."""
    _, problems = compiled(text, files, library)
    return [f"{one.at.line}:{one.at.column}: {one.message}" if one.at else one.message for one in problems]


def role(name: str, account: str = OWN) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


def decide(policy: Policy, caller: str, action: str, **context: str | tuple[str, ...]) -> Decision:
    """A decision; context keys are written with `__` for `:` and `_sl_` for `/`."""
    named = {key.replace("_sl_", "/").replace("__", ":"): value for key, value in context.items()}
    return evaluate(policy, Request(caller, action, named), key_account=OWN)


def access(policy: Policy, caller: str, action: str, context: Mapping[str, str | tuple[str, ...]] | None = None) -> str:
    """`direct`, `delegated` or `none`."""
    return evaluate(policy, Request(caller, action, context or {}), key_account=OWN).access


def shut(monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    """Let nobody look into a folder: not even root, whom no permission keeps out."""
    scandir: Any = os.scandir

    def scanned(path: Any) -> Any:
        if path == folder:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", scanned)
