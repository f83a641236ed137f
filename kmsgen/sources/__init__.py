"""Where policies come from: a SOURCE as the user writes it, told apart by what it is, to the keys in it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from kmsgen.documents import read_json, read_large_json, read_yaml
from kmsgen.errors import KmsgenError, Problem, Problems, did_you_mean
from kmsgen.files import collect
from kmsgen.sources import aws, blueprint, cloudformation, git, policy, terraform
from kmsgen.sources.content import NO_SOURCE, Content, is_hcl, is_plan, of_json, of_yaml
from kmsgen.sources.files import CONFIGURATION, Files
from kmsgen.sources.folder import members, module_files
from kmsgen.sources.model import Loaded, Options, SourceKey, distinct, of_one_run
from kmsgen.sources.reading import text_of

_GIT = re.compile(r"git:(?P<revision>[^:]+)(?::(?P<path>.*))?", re.DOTALL)
_AWS = re.compile(r"aws(?::(?P<profile>[^@]+))?(?:@(?P<region>[a-z0-9-]+))?")
_JSON, _YAML = (".json",), (".yaml", ".yml", ".template")


class Source(NamedTuple):
    """One kind of source."""

    summary: str
    load: Callable[[str, Options], Loaded]


def load(source: str, options: Options | None = None) -> Loaded:
    """The keys of a SOURCE; with `#KEY` at its end, the one key that answers to it.

    Raises `KmsgenError` with everything that is wrong with it.
    """
    options = of_one_run(options)
    place, wanted = divided(source)
    found = SOURCES[kind_of(place)].load(place, options)
    return found if wanted is None else replace(found, keys=(pick(found.keys, wanted, place),))


def batches(source: str, options: Options | None = None) -> Iterator[Callable[[], Loaded]]:
    """What loads the keys of a SOURCE, a file of a folder at a time: so that nobody has to hold all of them at once.

    Each raises `KmsgenError` with everything that is wrong with its part. Names are distinct in each part alone.
    """
    options = of_one_run(options)
    if kind_of(source) != "folder":
        yield lambda: load(source, options)
        return
    blueprints = []
    for path in members(source, options.manifests):
        if path.endswith((".yaml", ".yml")) and _is_blueprint(path):
            blueprints.append(path)
        else:
            yield lambda path=path: _member(path, options)  # type: ignore[misc]
    if blueprints:
        wanted = {os.path.realpath(path) for path in blueprints}
        files = [one for one in collect([source]).files if os.path.realpath(one.path) in wanted]
        for keys in blueprint.one_by_one(files, options):
            yield lambda keys=keys: Loaded(keys())  # type: ignore[misc]


def _is_blueprint(path: str) -> bool:
    try:
        return of_yaml(text_of(path)) is not Content.TEMPLATE
    except KmsgenError:
        return False  # told when it is loaded


def divided(source: str) -> tuple[str, str | None]:
    """A SOURCE and the key that it picks.

    >>> divided("blueprints/orders.yaml#orders")
    ('blueprints/orders.yaml', 'orders')
    """
    place, mark, wanted = source.rpartition("#")
    return (source, None) if not mark or os.path.exists(source) else (place, wanted)


def kind_of(place: str) -> str:
    """Which of `SOURCES` a place is."""
    if place == "-":
        return "stdin"
    if _GIT.fullmatch(place):
        return "git"
    if _AWS.fullmatch(place):
        return "aws"
    return "folder" if os.path.isdir(place) else "file"


def pick(keys: tuple[SourceKey, ...], wanted: str, place: str) -> SourceKey:
    """The one key that answers to a word.

    Raises `KmsgenError` where there is none, or where there are several.
    """
    found = [key for key in keys if key.name == wanted] or [key for key in keys if key.answers_to(wanted)]
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(f"`{key.name}`" for key in found)
        raise KmsgenError(Problem(f"`{wanted}` may mean several keys of `{place}`: {listed}", hint="name one of them"))
    known = [key.name for key in keys]
    there = f"there {'is' if len(known) == 1 else 'are'} {_some(known)}" if known else "there are no keys at all"
    hint = did_you_mean(wanted, known) or there
    raise KmsgenError(Problem(f"`{place}` has no key `{wanted}`", hint=hint))


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return ", ".join(f"`{name}`" for name in names[:8]) + more


def _file(place: str, options: Options) -> Loaded:
    if not os.path.exists(place):
        raise KmsgenError(_nowhere(place))
    if place.endswith((".tfstate", ".tfplan")):
        raise KmsgenError(Problem(f"`{place}` is no source: {NO_SOURCE['terraform']}", hint=NO_SOURCE["hint"]))
    return _text(text_of(place), place, options)


def _member(path: str, options: Options) -> Loaded:
    """The keys of a file in a folder, or of a folder in it that is a Terraform module."""
    if not os.path.isdir(path):
        return _text(text_of(path), path, options)
    return _module(module_files(path), options)


def _nowhere(place: str) -> Problem:
    """Why there is nothing at a place."""
    kinds = "a SOURCE is a file, a folder, `git:REV[:PATH]`, `aws[:PROFILE][@REGION]`, or `-`"
    if not place:
        return Problem("a SOURCE is empty", hint=kinds)
    if os.path.islink(place):
        return Problem(f"`{place}` is a link that leads nowhere", hint="mend it, or name what it is to lead to")
    folder, name = os.path.split(place)
    try:
        beside = os.listdir(folder or ".")
    except OSError:
        beside = []
    near = did_you_mean(name, beside, likeness=0.8)
    return Problem(f"there is no file or folder `{place}`", hint=near or kinds)


def _text(text: str, name: str, options: Options) -> Loaded:
    """The keys in a text, which is told apart by its content."""
    if name == "-" and not text.strip():
        hint = "pipe a blueprint, a key policy, a template, a plan or a state into it"
        raise KmsgenError(Problem("there is nothing on standard input", hint=hint))
    beside = module_files(os.path.dirname(name)) if name.endswith(CONFIGURATION) and os.path.isfile(name) else None
    other = _other(text, name, options, beside)
    if other is not None:
        return other
    if not os.path.isfile(name):  # standard input, or a pipe
        return Loaded(blueprint.from_text(text, name, options))
    return Loaded(blueprint.load(collect([name]).files, options))


def _other(text: str, name: str, options: Options, beside: Files | None) -> Loaded | None:
    """The keys in a text that is no blueprint, which may refer to the files beside it; None for one that is."""
    start = text.lstrip()[:1]
    if name.endswith(CONFIGURATION) or (not name.endswith((*_JSON, *_YAML)) and is_hcl(text)):
        content = Content.CONFIGURATION
    elif name.endswith(_JSON) or (start == "{" and not name.endswith((".yaml", ".yml"))):
        document = read_large_json(text, name) if is_plan(text) else read_json(text, name)
        content = of_json(document)
    elif of_yaml(text) is Content.TEMPLATE:
        document, content = read_yaml(text, name), Content.TEMPLATE
    else:
        return None
    if content is Content.CONFIGURATION:
        from kmsgen.sources import configuration  # only Terraform's own files need it

        return configuration.load_file(name, text, beside, options)
    if content is Content.TEMPLATE:
        return cloudformation.load(document, options)
    return terraform.load(document, options) if content is Content.TERRAFORM else Loaded(policy.load(document, options))


def _module(files: Files, options: Options) -> Loaded:
    """The keys of a Terraform module."""
    from kmsgen.sources import configuration

    return configuration.load(files, options)


def _folder(place: str, options: Options) -> Loaded:
    """Every key of every file in a folder; blueprints are read together, as `generate` reads them."""
    found, problems = list[SourceKey](), Problems()
    notes: list[str] = []
    blueprints = []
    for path in members(place, options.manifests):
        try:
            if path.endswith((".yaml", ".yml")) and of_yaml(text_of(path)) is not Content.TEMPLATE:
                blueprints.append(path)
                continue
            loaded = _member(path, options)
            found += options.kept(loaded.keys)
            notes += loaded.notes
        except KmsgenError as error:
            problems.extend(error.problems)
    try:
        wanted = {os.path.realpath(path) for path in blueprints}
        files = [one for one in collect([place]).files if os.path.realpath(one.path) in wanted] if blueprints else []
        found += blueprint.load(files, options) if files else ()
    except KmsgenError as error:
        problems.extend(error.problems)
    if problems.errors:
        raise KmsgenError(*problems.errors)
    return Loaded(distinct(found), tuple(notes))


def _stdin(place: str, options: Options) -> Loaded:
    return _text(text_of(place), place, options)


def _git(place: str, options: Options) -> Loaded:
    found = _GIT.fullmatch(place)
    assert found is not None
    return git.load(found["revision"], found["path"] or None, options, git.Readers(_other, _module))


def _aws(place: str, options: Options) -> Loaded:
    found = _AWS.fullmatch(place)
    assert found is not None
    return aws.load(found["profile"], found["region"], options)


SOURCES: dict[str, Source] = {
    "file": Source("a blueprint, a key policy, a CloudFormation template, Terraform's files, a plan or a state", _file),
    "folder": Source("all of these in a folder", _folder),
    "git": Source("the blueprints as of a revision: git:REV[:PATH]", _git),
    "aws": Source("the keys of an account: aws[:PROFILE][@REGION]", _aws),
    "stdin": Source("standard input: -", _stdin),
}
"""The kinds of source, and how each is loaded."""

__all__ = [
    "SOURCES",
    "Loaded",
    "Options",
    "Path",
    "Source",
    "SourceKey",
    "batches",
    "divided",
    "kind_of",
    "load",
    "pick",
]
