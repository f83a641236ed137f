"""A Terraform module's own files as a source: its KMS keys, as far as the files alone tell of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from kmsgen.errors import KmsgenError
from kmsgen.sources.configuration.functions import UnworkableError
from kmsgen.sources.configuration.module import Module, parse, put_together, read_module, with_values
from kmsgen.sources.configuration.policies import Policies
from kmsgen.sources.configuration.providers import Where, places, provider_of
from kmsgen.sources.configuration.resources import Reader
from kmsgen.sources.configuration.syntax import Call, inside
from kmsgen.sources.configuration.undecided import UndecidedError
from kmsgen.sources.configuration.values import Values, symbol_of
from kmsgen.sources.estate import ALIAS, KEYS, POLICY, Estate
from kmsgen.sources.files import CONFIGURATION, Files
from kmsgen.sources.model import Loaded, Options, SourceKey, distinct, facts_of_arn, symbols
from kmsgen.words import snake

__all__ = ["files_read", "load", "load_file"]

_SHOWN = 5
"""How many modules a note names."""
_READING = ("file", "templatefile", "filebase64", "filesha256", "filebase64sha256", "filemd5")
_CALL = re.compile(rf"\b(?:{'|'.join(_READING)})\s*\(")


def load(files: Files, options: Options) -> Loaded:
    """The keys of the module in a folder.

    Raises `KmsgenError` with every mistake in its files.
    """
    module = read_module(files)
    if module.twice:
        raise KmsgenError(*module.twice)
    return _loaded(module, files.folder, options)


def files_read(files: Files) -> frozenset[str]:
    """The paths of the files that a module reads itself, as far as that is written out; none where it has mistakes."""
    try:
        texts = (files.read(files.path(name)) for name in files.names if name.endswith(CONFIGURATION))
        if not any(map(_CALL.search, texts)):
            return frozenset()
        module = read_module(files)
    except KmsgenError:
        return frozenset()  # told when it is loaded
    values = Values(module, {})
    found: set[str] = set()
    for body in module.bodies:
        for one in inside(body):
            if isinstance(one, Call) and one.function in _READING and one.arguments:
                with suppress(UndecidedError, UnworkableError):
                    found.add(values.file(one, {}))
    return frozenset(found)


def load_file(path: str, text: str, files: Files | None, options: Options) -> Loaded:
    """The keys of one file of a module: those that are made in it, and those whose policy is.

    What it refers to is looked up in the module's other `files`; a text without a folder stands for itself. Raises
    `KmsgenError` with every mistake in the files.
    """
    if files is None:
        alone = put_together(Files("", (), _no_files), [parse(text, path)], {})
        return _loaded(alone, path, options)
    module = read_module(files)
    notes: tuple[str, ...] = ()
    if module.twice:
        first = module.twice[0]
        notes = (f"{path}: read by itself, as its folder is no module: {first.message} ({first.at})",)
        module = put_together(files, [parse(text, path)], {})
        if module.twice:
            raise KmsgenError(*module.twice)
    found = _loaded(module, path, options)
    kept = tuple(key for key in found.keys if path in _files(key))
    return Loaded(kept, (*notes, *found.notes))


def _no_files(path: str) -> str:
    raise NotImplementedError(path)


def _files(key: SourceKey) -> Iterator[str]:
    for at in (key.at, key.place(()) if key.place is not None else None):
        if at is not None:
            yield at.file


def _loaded(module: Module, name: str, options: Options) -> Loaded:
    of_keys = frozenset(
        provider_of(block)
        for address, block in module.resources.items()
        if address.partition(".")[0] in (*KEYS, POLICY)
    )
    options.parameters.meet(module.variables)
    module = with_values(module, options.parameters.values)
    where = places(module.providers, of_keys, options)
    values = Values(module, where)
    reader = Reader(values, Policies(values))
    found = [one for one in reader.all() if one.type in (*KEYS, POLICY, ALIAS)]
    keys = [_named(_with_arn(one), options) for one in Estate(name, options.account, options.region, found).all_keys()]
    made = _references(values)
    keys = [replace(key, references=made, notes=(*key.notes, *_unknown(key))) for key in keys]
    return Loaded(distinct(keys), tuple(_notes(name, module, values, [where[one] for one in sorted(of_keys)], options)))


def _with_arn(key: SourceKey) -> SourceKey:
    """The key with the symbol for its ARN, where its policy names itself by that."""
    statements = key.policy.statements if key.policy is not None else ()
    named = {one for statement in statements for one in statement.resources | statement.not_resources}
    own = next((one for one in sorted(named) if one.endswith(f":key/{symbol_of(key.name)}")), None)
    return key if own is None or key.arn is not None else replace(key, facts=replace(key.facts, arn=own))


def _unknown(key: SourceKey) -> Iterator[str]:
    for text in symbols(key.policy) if key.policy is not None else ():
        yield f"`{text}` is only known to Terraform"


def _references(values: Values) -> dict[str, str]:
    """The expression for each ARN that the module makes or is given, where there is one alone."""
    by_arn: dict[str, list[str]] = {}
    for expression, arn in values.made.items():
        by_arn.setdefault(arn, []).append(expression)
    return {arn: names[0] for arn, names in by_arn.items() if len(names) == 1}


def _notes(name: str, module: Module, values: Values, where: list[Where], options: Options) -> Iterator[str]:
    if values.used:
        listed = ", ".join(f"`{one}`" for one in sorted(values.used))
        yield f"{name}: variables are taken at their defaults: {listed}; `--parameter NAME=VALUE` says otherwise"
    if any(one.account is not None and one.region is None for one in where) and options.region is None:
        yield f"{name}: the partition is taken to be `aws`; `--region` tells otherwise"
    if module.calls:
        first = next(iter(module.calls.values())).span.at
        shown = ", ".join(f"`module.{one}`" for one in list(module.calls)[:_SHOWN])
        more = f" and {len(module.calls) - _SHOWN} more" if len(module.calls) > _SHOWN else ""
        yield f"{first.file}:{first.line}: keys that {shown}{more} may make are not seen"


def _named(key: SourceKey, options: Options) -> SourceKey:
    """The key with the names and the place that the manifest beside a generated file has for it."""
    made = None if key.at is None else options.manifests.entry(key.at.file)
    about = None if made is None else _entry(key, made.keys)
    if made is None or about is None:
        return key
    base = str(about.get("key"))
    facts = replace(
        key.facts,
        account=about.get("account") or key.facts.account,
        region=about.get("region") or key.facts.region,
        arn=facts_of_arn(about.get("existing")).arn or key.arn,
    )
    return replace(
        key,
        name=f"{made.environment}/{base}" if made.environment else base,
        names=(*key.names, key.name, base, f"{made.blueprint}/{base}"),
        environment=made.environment,
        facts=facts,
    )


def _entry(key: SourceKey, listed: tuple[Any, ...]) -> Any:
    label = key.name.partition(".")[2]
    exact = [one for one in listed if snake(f"{one.get('key')}_{one.get('region')}") == label]
    plain = [one for one in listed if snake(str(one.get("key"))) == label]
    return next(iter((*exact, *plain)), None)
