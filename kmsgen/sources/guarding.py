"""The guard that makes a statement of a blueprint's key, and the key as its blueprint makes it with a wider guard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

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
from kmsgen.sources.editing import Edited, compared, key_at, opener
from kmsgen.sources.model import Options, SourceKey
from kmsgen.sources.reading import text_of


class Wider(NamedTuple):
    """A value more for a parameter of a guard, or another one."""

    parameter: str
    value: str | int
    many: bool
    """Whether it is one more."""


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

    def widened(self, wider: Wider) -> tuple[Any, ...]:
        """The items with one value more for a parameter, or with this value for it."""
        item = self.items[self.place]
        given = item[self.name] if isinstance(item, dict) else {}
        old = given.get(wider.parameter)
        olds = [] if old is None else old if isinstance(old, list) else [old]
        values = [*olds, wider.value] if wider.many and olds else wider.value
        made = {self.name: {**given, wider.parameter: values}}
        return (*self.items[: self.place], made, *self.items[self.place + 1 :])


Author = Guard | Literal["by hand"]


def author_of(key: SourceKey, statement: Statement) -> Author | None:
    """What a key's blueprint makes a statement of: one of its guards, or a statement that stands there; else None.

    None as well where the blueprint is not at hand.
    """
    places = {(one.file, one.line, one.column) for one in statement.origin}
    for intent in _intents(key):
        for place, entry in enumerate(intent.guards):
            if (entry.at.file, entry.at.line, entry.at.column) in places:
                items = tuple(_plain_item(one) for one in intent.guards)
                return Guard(entry.name, entry.at, _field(key, entry), items, place, intent.at.line)
        if any((one.at.file, one.at.line) in {place[:2] for place in places} for one in intent.statements):
            return "by hand"
    return None


def widened(
    key: SourceKey, guard: Guard, wider: Wider, options: Options, text: str | None = None
) -> Edited | KmsgenError | None:
    """The key as its blueprint makes it where a guard has a value more; what the compiler refuses; None for no change.

    A guard from defaults is widened for this key alone; `text` takes the place of what the blueprint says, where it has
    an entry more. Nothing is written.
    """
    path = key.where.rpartition(":")[0]
    try:
        files, templates = collect([path]).files, blueprint.library(options.templates)
        before = blueprint.compiled([(one, read_text) for one in files], templates, options)
        inputs = [(one, read_text if text is None else opener(one.path, text)) for one in files]
        there = guard if text is None else _moved(key, guard, text)
        after = blueprint.compiled(inputs, templates, options, _widening(there, wider))
    except KmsgenError as error:
        return error
    return compared(key, guard.field or "guards", before, after)


def _moved(key: SourceKey, guard: Guard, text: str) -> Guard:
    """The guard where it stands in another text of its blueprint, in which nothing else of it has changed."""
    for intent in _intents(key, text):
        return replace(guard, at=intent.guards[guard.place].at, key_line=intent.at.line)
    return guard


def _widening(guard: Guard, wider: Wider) -> Callable[[Blueprint], Blueprint]:
    """What gives a guard the value."""

    def entry(one: TemplateEntry) -> TemplateEntry:
        if one.at != guard.at:
            return one
        given, old = Given(wider.value, one.at), one.parameters.get(wider.parameter)
        olds = () if old is None else old.value if isinstance(old.value, tuple) else (old,)
        new = {wider.parameter: Given((*olds, given), one.at) if wider.many else given}
        return one._replace(parameters={**one.parameters, **new}, names={**one.names, wider.parameter: one.at})

    def changed(made: Blueprint) -> Blueprint:
        keys = (
            replace(one, guards=tuple(map(entry, one.guards))) if guard.field or one.at.line == guard.key_line else one
            for one in made.keys
        )
        return replace(made, keys=tuple(keys))

    return changed


def _intents(key: SourceKey, text: str | None = None) -> Iterator[KeyIntent]:
    """The key in its blueprint, or in another text of that, where it is at hand."""
    path, _, line = key.where.rpartition(":")
    if key.kind != "blueprint" or not line.isdigit():
        return
    try:
        blueprints = parse(text_of(path) if text is None else text, path, read_text, Problems())
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
