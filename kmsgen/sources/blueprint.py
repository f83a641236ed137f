"""Blueprints as a source: compiled as `generate` would, every key of every environment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from kmsgen.blueprint import parse
from kmsgen.blueprint.grammar import Directory, Grammar, RefusedError
from kmsgen.blueprint.intent import Blueprint, KeyIntent
from kmsgen.blueprint.model import Who
from kmsgen.catalog.principals import ACCOUNT, SERVICE_PRINCIPAL
from kmsgen.errors import BlueprintError, KmsgenError, Location, Problem, Problems
from kmsgen.files import Input, read_text
from kmsgen.policy.key import Key
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources.model import Options, SourceKey, distinct, id_of, symbols
from kmsgen.templates import Library

Opener = Callable[[str], str]
Changed = Callable[[Blueprint], Blueprint]
"""What is made of a blueprint before it is compiled."""

_NOWHERE = Location("", 1, 1)
_SOME_REGION, _SOME_DIGITS = "eu-west-1", "0" * 16


def library(templates: Sequence[Path]) -> Library:
    """The templates that apply: those that are named, then the user's own, then the shipped ones."""
    for folder in templates:
        if not folder.is_dir():
            raise BlueprintError(Problem(f"there is no folder `{folder}`", hint="`--templates` takes a folder"))
    own = Path("templates")
    return Library([*templates, *([own] if own.is_dir() else [])])


def load(files: Iterable[Input], options: Options) -> tuple[SourceKey, ...]:
    """The keys of blueprint files.

    Raises `BlueprintError` with every mistake in every file.
    """
    return compiled(((one, read_text) for one in files), library(options.templates), options)


def one_by_one(files: Iterable[Input], options: Options) -> Iterator[Callable[[], tuple[SourceKey, ...]]]:
    """What loads the keys of each file, with templates that are read once."""
    templates = library(options.templates)
    for one in files:
        yield lambda one=one: compiled([(one, read_text)], templates, options)  # type: ignore[misc]


def from_text(text: str, name: str, options: Options) -> tuple[SourceKey, ...]:
    """The keys of one blueprint's text; its includes are files."""
    one = Input(name, name, name)

    def opener(path: str) -> str:
        return text if path == name else read_text(path)

    return compiled([(one, opener)], library(options.templates), options)


def compiled(
    inputs: Iterable[tuple[Input, Opener]],
    templates: Library,
    options: Options | None = None,
    changed: Changed = lambda blueprint: blueprint,
) -> tuple[SourceKey, ...]:
    """The keys of blueprints whose text, and whose includes', an opener gives; `changed` has a say in what they ask."""
    problems, found, options = Problems(), list[SourceKey](), options or Options()
    for one, open_file in inputs:
        try:
            blueprints = parse(open_file(one.path), one.path, open_file, problems)
        except KmsgenError as error:
            problems.extend(error.problems)
            continue
        for blueprint in map(changed, blueprints):
            if options.refused is not None:
                _see_accepted(blueprint, options.refused, problems)
            found += options.kept(_keys(blueprint, one, templates, problems))
    if problems.errors:
        raise BlueprintError(*problems.errors)
    return distinct(found)


def _see_accepted(blueprint: Blueprint, refused: Callable[[str], Problem | None], problems: Problems) -> None:
    """Tell of findings that cannot be accepted, or of no rule there is."""
    for one in dict.fromkeys(one for intent in blueprint.keys for one in intent.allow_findings):
        if (problem := refused(one.rule)) is not None:
            problems.add(replace(problem, at=one.at))


def _keys(blueprint: Blueprint, one: Input, templates: Library, problems: Problems) -> Iterator[SourceKey]:
    from kmsgen.compiler.compile import compile_blueprint  # other sources are read without these
    from kmsgen.sources.expectations import expectations

    bundle = compile_blueprint(blueprint, templates, problems, name=one.name, source=one.source)
    intents = {(intent.name, intent.account, intent.region): intent for intent in blueprint.keys}
    for key in bundle.keys:
        intent = intents[key.name, key.account, key.region]
        expected = tuple(expectations(intent, templates, problems))
        yield replace(_source_key(key, intent, blueprint.environment, one), expected=expected)


def _source_key(key: Key, intent: KeyIntent, environment: str | None, one: Input) -> SourceKey:
    existing = key.existing
    arn = existing if existing and existing.startswith("arn:") else None
    facts = KeyFacts(account=key.account, region=key.region, arn=arn)
    if not existing:  # of a key that is managed elsewhere the blueprint cannot know for certain
        made = {"spec": key.spec, "usage": key.usage, "origin": key.origin}
        facts = replace(facts, **made, multi_region=bool(key.replication))
    unknown = tuple(symbols(key.policy))
    notes = [f"`{text}` is only known once its stack is made" for text in unknown]
    return SourceKey(
        name=f"{environment}/{key.name}" if environment else key.name,
        policy=key.policy,
        kind="blueprint",
        where=f"{one.path}:{key.at.line}",
        facts=facts,
        key_id=id_of(existing),
        aliases=key.aliases,
        settings={} if existing else _settings(key),
        names=(key.name, f"{one.name}/{key.name}"),
        environment=environment,
        renamed_from=key.renamed_from,
        notes=tuple(notes),
        at=key.at,
        is_primary=key.replication == "primary" if key.replication else None,
        accepted=intent.allow_findings,
        resolve=lambda text: principal(text, intent.directory),
    )


def _settings(key: Key) -> dict[str, object]:
    settings: dict[str, object] = {
        "description": key.description or "",
        "enabled": key.enabled,
        "rotation": key.rotation,
        "deletion_window": key.deletion_window,
        "multi_region": bool(key.replication),
        "tags": dict(key.tags),
        "aliases": list(key.aliases),
        "spec": key.spec,
        "usage": key.usage,
        "origin": key.origin,
    }
    if key.replication == "replica":
        del settings["rotation"]  # its primary's
    return settings


def principal(text: str, directory: Directory) -> str:
    """The principal of a request that a text means: a blueprint's word, an ARN, an account, a service.

    Raises `KmsgenError` where it means none.
    """
    if text in ("*", "anonymous") or ACCOUNT.fullmatch(text) or SERVICE_PRINCIPAL.fullmatch(text):
        return text
    try:
        return _arn(directory.find(text, _NOWHERE), directory.grammar)
    except RefusedError as refused:
        raise KmsgenError(Problem(refused.message, hint=refused.hint)) from refused


def _arn(who: Who, grammar: Grammar) -> str:
    if who.arn:
        return str(who.arn)
    # A permission set's role ends in digits that only AWS knows, which no policy can tell apart.
    pattern = who.patterns[0]
    return pattern.replace("*", _SOME_REGION).replace("?" * len(_SOME_DIGITS), _SOME_DIGITS)
