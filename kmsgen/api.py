"""The library: what the command line is made of, for programs that make, read and ask about key policies."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kmsgen.blueprint import parse
from kmsgen.compiler.compile import compile_blueprint
from kmsgen.emitters import emit
from kmsgen.emitters.artefact import Artefact, Options
from kmsgen.errors import KmsgenError, Problem, Problems
from kmsgen.files import named, read_text
from kmsgen.policy.key import Bundle, Key
from kmsgen.policy.model import Policy
from kmsgen.policy.read import read_policy
from kmsgen.policy.write import to_document
from kmsgen.semantics.evaluate import Decision, evaluate
from kmsgen.semantics.request import Request
from kmsgen.templates import Library

__all__ = [
    "Artefact",
    "Bundle",
    "Decision",
    "Key",
    "KmsgenError",
    "Library",
    "Options",
    "Policy",
    "Problem",
    "Request",
    "compile_file",
    "emit",
    "evaluate",
    "read_policy",
    "to_document",
]


def compile_file(path: str | Path, templates: Iterable[str | Path] = ()) -> tuple[Bundle, ...]:
    """The keys of a blueprint file, one bundle for each of its environments (one, where it has none).

    `templates` are folders of one's own, before the shipped ones. Raises `KmsgenError` with every mistake in the file
    and in what it includes, each with its place.
    """
    problems, library = Problems(), Library([Path(folder) for folder in templates])
    name, source = named(Path(path), Path(path).parent)
    bundles = tuple(
        compile_blueprint(blueprint, library, problems, name=name, source=source)
        for blueprint in parse(read_text(str(path)), Path(path).as_posix(), read_text, problems)
    )
    if problems.errors:
        raise KmsgenError(*problems.errors)
    return bundles
