"""The library: what the command line is made of, for programs that make, read and ask about key policies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from kmsgen.analysis.denial.explain import Explanation, Supplement
from kmsgen.analysis.denial.model import Denial
from kmsgen.analysis.denial.parse import parse as parse_denial
from kmsgen.blueprint import parse
from kmsgen.changes import KeyChange, Report, report
from kmsgen.compiler.compile import compile_blueprint
from kmsgen.emitters import emit
from kmsgen.emitters.artefact import Artefact, Options
from kmsgen.errors import KmsgenError, Problem, Problems
from kmsgen.files import named, read_text
from kmsgen.importer import Finding, Imported, ImportedKey, import_keys
from kmsgen.policy.key import Bundle, Key
from kmsgen.policy.model import Policy
from kmsgen.policy.read import read_policy
from kmsgen.policy.read import read_text as read_policy_text
from kmsgen.policy.write import to_document
from kmsgen.semantics.compare import compare
from kmsgen.semantics.difference import Comparison, Difference
from kmsgen.semantics.evaluate import Decision, evaluate
from kmsgen.semantics.prove import (
    Always,
    Never,
    NeverBoth,
    Proof,
    Requests,
    callers,
    no_public_access,
    only_accounts,
    prove,
    separate_duties,
)
from kmsgen.semantics.request import Request
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources import Options as SourceOptions
from kmsgen.sources import SourceKey
from kmsgen.sources import load as load_keys
from kmsgen.templates import Library
from kmsgen.why import explain_denial

__all__ = [
    "Always",
    "Artefact",
    "Bundle",
    "Comparison",
    "Decision",
    "Denial",
    "Difference",
    "Explanation",
    "Finding",
    "Imported",
    "ImportedKey",
    "Key",
    "KeyChange",
    "KeyFacts",
    "KmsgenError",
    "Library",
    "Never",
    "NeverBoth",
    "Options",
    "Policy",
    "Problem",
    "Proof",
    "Report",
    "Request",
    "Requests",
    "SourceKey",
    "Supplement",
    "callers",
    "compare",
    "compile_file",
    "diff",
    "emit",
    "evaluate",
    "explain_denial",
    "import_keys",
    "load_source",
    "no_public_access",
    "only_accounts",
    "parse_denial",
    "prove",
    "read_policy",
    "read_policy_text",
    "separate_duties",
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


def load_source(
    source: str, *, account: str | None = None, region: str | None = None, templates: Iterable[str | Path] = ()
) -> tuple[SourceKey, ...]:
    """The keys of a SOURCE as the command line takes it: a path, `git:REV[:PATH]`, `aws[:PROFILE][@REGION]`, `…#KEY`.

    `account` and `region` are those of keys whose source does not say them. Raises `KmsgenError` with everything that
    is wrong with the source; a key whose policy alone cannot be read is there, with the reason.
    """
    options = SourceOptions(account, region, tuple(Path(folder) for folder in templates))
    return load_keys(source, options).keys


def diff(planned: Sequence[SourceKey], current: Sequence[SourceKey]) -> Report:
    """What becomes of each key when the planned side takes the place of the current one.

    Raises `KmsgenError` where it is not clear which key is which.
    """
    return report(planned, current, compare)
