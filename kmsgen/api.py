"""The library: what the command line is made of, for programs that make, read and ask about key policies."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from kmsgen.analysis import engine
from kmsgen.analysis.baseline import Baseline, read_baseline
from kmsgen.analysis.denial.explain import Explanation, Supplement
from kmsgen.analysis.denial.model import Denial
from kmsgen.analysis.denial.parse import parse as parse_denial
from kmsgen.analysis.engine import KeyFindings
from kmsgen.analysis.expectations import ExpectationResult
from kmsgen.analysis.explain import Explanation as KeyAccess
from kmsgen.analysis.explain import explain as explain_key
from kmsgen.analysis.finding import Finding
from kmsgen.analysis.guardrails.file import read_guardrails, twice
from kmsgen.analysis.guardrails.model import Guardrail
from kmsgen.analysis.registry import meant
from kmsgen.analysis.subject import ANY_DAY, Asked
from kmsgen.analysis.suppressions import refused
from kmsgen.blueprint import parse
from kmsgen.changes import KeyChange, Report, report
from kmsgen.compiler.compile import compile_blueprint
from kmsgen.emitters import emit
from kmsgen.emitters.artefact import Artefact, Options
from kmsgen.errors import KmsgenError, Problem, Problems
from kmsgen.files import named, read_text
from kmsgen.importer import Imported, ImportedKey, import_keys
from kmsgen.policy.key import Bundle, Key
from kmsgen.policy.model import Policy, Statement, condition
from kmsgen.policy.read import read_policy
from kmsgen.policy.read import read_text as read_policy_text
from kmsgen.policy.write import to_document
from kmsgen.semantics.compare import compare
from kmsgen.semantics.compare_alike import compare_alike
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
from kmsgen.sources.parameters import Parameters
from kmsgen.templates import Library
from kmsgen.why import explain_denial

__all__ = [
    "Always",
    "Artefact",
    "Baseline",
    "Bundle",
    "Comparison",
    "Decision",
    "Denial",
    "Difference",
    "ExpectationResult",
    "Explanation",
    "Finding",
    "Guardrail",
    "Imported",
    "ImportedKey",
    "Key",
    "KeyAccess",
    "KeyChange",
    "KeyFacts",
    "KeyFindings",
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
    "Statement",
    "Supplement",
    "callers",
    "check",
    "compare",
    "compile_file",
    "condition",
    "diff",
    "emit",
    "evaluate",
    "explain",
    "explain_denial",
    "import_keys",
    "load_baseline",
    "load_guardrails",
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
    source: str,
    *,
    account: str | None = None,
    region: str | None = None,
    templates: Iterable[str | Path] = (),
    parameters: Mapping[str, str] | None = None,
) -> tuple[SourceKey, ...]:
    """The keys of a SOURCE as the command line takes it: a path, `git:REV[:PATH]`, `aws[:PROFILE][@REGION]`, `…#KEY`.

    `account` and `region` are those of keys whose source does not say them; `parameters` are values of parameters of
    CloudFormation stacks, by name. Raises `KmsgenError` with everything that
    is wrong with the source; a key whose policy alone cannot be read is there, with the reason.
    """
    given = Parameters(dict(parameters or {}))
    options = SourceOptions(account, region, tuple(Path(folder) for folder in templates), given)
    keys = load_keys(source, options).keys
    if unmet := tuple(given.unmet()):
        raise KmsgenError(*unmet)
    return keys


def diff(planned: Sequence[SourceKey], current: Sequence[SourceKey]) -> Report:
    """What becomes of each key when the planned side takes the place of the current one.

    Raises `KmsgenError` where it is not clear which key is which.
    """
    return report(planned, current, compare_alike)


def check(
    keys: Sequence[SourceKey],
    *,
    today: datetime.date | None = None,
    caller: str | None = None,
    rules: Iterable[str] = (),
    guardrails: Sequence[Guardrail] = (),
    baseline: Baseline | None = None,
) -> Iterator[KeyFindings]:
    """What is wrong with keys that belong together, key by key: those of one source, as `load_source` gives them.

    `today` is the day by which dates are judged (the machine's, unless given), `caller` the ARN of who applies the
    policies. `rules` are codes, names or the beginnings of codes; all rules apply where there are none. What
    `guardrails` demand is proved whichever rules apply. Raises `KmsgenError` where a rule does not exist, or where a
    source accepts findings that cannot be accepted.
    """
    chosen = {rule for word in rules for rule in meant(word)}
    if chosen and guardrails:
        chosen.update(rule for name in engine.OF_GUARDRAILS for rule in meant(name))
    settings = engine.Settings(
        Asked(today or datetime.date.today(), caller),
        tuple(sorted(chosen, key=lambda rule: rule.code)) if chosen else None,
        tuple(guardrails),
        baseline or Baseline(),
    )
    return engine.check(keys, settings)


def explain(keys: Sequence[SourceKey]) -> Iterator[KeyAccess]:
    """Who can do what with keys that belong together, and when, key by key; with what is found wrong on any day."""
    for checked in engine.check(keys, engine.Settings(ANY_DAY)):
        yield explain_key(checked.key, checked.findings)


def load_guardrails(*paths: str | Path, templates: Iterable[str | Path] = ()) -> tuple[Guardrail, ...]:
    """The guardrails of files; `templates` are folders of one's own, whose roles they may name.

    Raises `KmsgenError` with every mistake in every file, each with its place.
    """
    library, problems = Library([Path(folder) for folder in templates]), Problems()
    roles, found = {role.name: role.bound for role in library.all("roles")}, list[Guardrail]()
    for path in paths:
        try:
            found += read_guardrails(read_text(str(path)), Path(path).as_posix(), roles)
        except KmsgenError as error:
            problems.extend(error.problems)
    problems.extend(twice(found))
    if problems.errors:
        raise KmsgenError(*problems.errors)
    return tuple(found)


def load_baseline(path: str | Path) -> Baseline:
    """The findings that a baseline file accepts.

    Raises `KmsgenError` with every mistake in it, each with its place.
    """
    return read_baseline(read_text(str(path)), Path(path).as_posix(), refused)
