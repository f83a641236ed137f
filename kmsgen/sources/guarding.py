"""The guard that makes a statement of a blueprint's key, and the key as its blueprint makes it with a wider guard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from kmsgen import nodes
from kmsgen.blueprint import parse
from kmsgen.blueprint.intent import Blueprint, KeyIntent
from kmsgen.blueprint.model import Given, TemplateEntry
from kmsgen.errors import KmsgenError, Location, Problems
from kmsgen.files import collect, read_text
from kmsgen.nodes import Mapping, Node, Scalar
from kmsgen.policy.model import Statement
from kmsgen.policy.reference import Reference
from kmsgen.sources import blueprint
from kmsgen.sources.editing import Edited, compared, key_at
from kmsgen.sources.model import Options, SourceKey
from kmsgen.sources.reading import text_of


@dataclass(frozen=True)
class Guard:
    """One item of a key's guards."""

    name: str
    at: Location
    field: str | None
    """The key's own list that it stands in, `guards` or `+guards`; None where the key has it from elsewhere."""
    items: tuple[Any, ...]
    """All guards of the key in their order, as plain data of a blueprint; None for one that has a stack's reference."""
    place: int
    """Which of them it is."""
    key_line: int
    """The line of the key."""

    def widened(self, parameter: str, value: str | int, *, many: bool) -> tuple[Any, ...]:
        """The items with one value more for a parameter, or with this value for it."""
        item = self.items[self.place]
        given = item[self.name] if isinstance(item, dict) else {}
        old = given.get(parameter)
        olds = [] if old is None else old if isinstance(old, list) else [old]
        wider = {self.name: {**given, parameter: [*olds, value] if many and olds else value}}
        return (*self.items[: self.place], wider, *self.items[self.place + 1 :])


Author = Guard | Literal["by hand"]


def author_of(key: SourceKey, statement: Statement, options: Options) -> Author | None:
    """What a key's blueprint makes a statement of: one of its guards, or a statement that stands there; else None.

    None as well where the blueprint is not at hand.
    """
    places = {(one.file, one.line, one.column) for one in statement.origin}
    for intent in _intents(key, options):
        for place, entry in enumerate(intent.guards):
            if (entry.at.file, entry.at.line, entry.at.column) in places:
                items = tuple(_plain_item(one) for one in intent.guards)
                return Guard(entry.name, entry.at, _field(key, entry), items, place, intent.at.line)
        if any((one.at.file, one.at.line) in {place[:2] for place in places} for one in intent.statements):
            return "by hand"
    return None


def widened(
    key: SourceKey, guard: Guard, parameter: str, value: str | int, *, many: bool, options: Options
) -> Edited | KmsgenError | None:
    """The key as its blueprint makes it where a guard has a value more; what the compiler refuses; None for no change.

    A guard from defaults is widened for this key alone. Nothing is written.
    """

    def entry(one: TemplateEntry) -> TemplateEntry:
        if one.at != guard.at:
            return one
        given, old = Given(value, one.at), one.parameters.get(parameter)
        olds = () if old is None else old.value if isinstance(old.value, tuple) else (old,)
        wider = Given((*olds, given), one.at) if many else given
        return one._replace(parameters={**one.parameters, parameter: wider}, names={**one.names, parameter: one.at})

    def changed(made: Blueprint) -> Blueprint:
        keys = (
            replace(one, guards=tuple(map(entry, one.guards))) if guard.field or one.at.line == guard.key_line else one
            for one in made.keys
        )
        return replace(made, keys=tuple(keys))

    path = key.where.rpartition(":")[0]
    try:
        files, templates = collect([path]).files, blueprint.library(options.templates)
        inputs = [(one, read_text) for one in files]
        before = blueprint.compiled(inputs, templates, options)
        after = blueprint.compiled(inputs, templates, options, changed)
    except KmsgenError as error:
        return error
    return compared(key, guard.field or "guards", before, after)


def _intents(key: SourceKey, options: Options) -> Iterator[KeyIntent]:
    """The key in its blueprint, where that is at hand."""
    path, _, line = key.where.rpartition(":")
    if key.kind != "blueprint" or not line.isdigit():
        return
    try:
        blueprints = parse(text_of(path), path, read_text, Problems())
    except KmsgenError:
        return
    for made in blueprints:
        for one in made.keys:
            mine = (made.environment, one.name, one.account, one.region)
            if mine == (key.environment, key.names[0], key.facts.account, key.facts.region):
                yield one


def _field(key: SourceKey, entry: TemplateEntry) -> str | None:
    """The list of the key's own text in which an item stands; None where it stands elsewhere."""
    path, _, line = key.where.rpartition(":")
    if entry.at.file != path:
        return None
    root, _ = nodes.read(text_of(path), path)
    found = key_at(root, int(line))
    lists = found[1].items.items() if found is not None and isinstance(found[1], Mapping) else ()
    for name, (_, node) in lists:
        if any((one.line, one.column) == (entry.at.line, entry.at.column) for one in _scalars(node)):
            return name
    return None


def _scalars(node: Node) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, Mapping):
        for name, value in node.items.values():
            yield name
            yield from _scalars(value)
    elif isinstance(node, nodes.Sequence):
        for item in node.items:
            yield from _scalars(item)


def _plain_item(entry: TemplateEntry) -> Any:
    """An item of `guards` as plain data; None where a part of it is a reference into a stack."""
    if not entry.parameters:
        return entry.name
    given = {name: _plain(value) for name, value in entry.parameters.items()}
    return None if None in given.values() else {entry.name: given}


def _plain(given: Given) -> Any:
    if isinstance(given.value, tuple):
        values = [_plain(one) for one in given.value]
        return None if None in values else values
    return given.value if isinstance(given.value, str | int) and not isinstance(given.value, Reference) else None
