"""How one key becomes several: in each environment, for each entry of `for_each`; its fields brought together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from kmsgen.blueprint.document import NAME, Document
from kmsgen.blueprint.layers import Fields, overlay
from kmsgen.errors import Problems, did_you_mean
from kmsgen.nodes import Mapping, Node, Scalar, Sequence
from kmsgen.reading.fields import Reader
from kmsgen.reading.scope import Scope

LISTS = frozenset(
    {"admins", "users", "services", "accounts", "guards", "statements", "aliases", "expect", "allow_findings"}
    | {"region", "multi_region"}
)
FIELDS = (
    "description", "account", "region", "partition", "spec", "usage", "origin", "aliases", "rotation",
    "deletion_window", "enabled", "multi_region", "tags", "existing", "custom_key_store", "xks_key_id",
    "renamed_from", "root", "deployer", "admins", "users", "services", "accounts", "guards", "statements", "expect",
    "allow_findings", "for_each", "environments",
)  # fmt: skip
IN_ENVIRONMENT = tuple(name for name in FIELDS if name != "environments")
_OWN_VARIABLES = ("environment", "account", "region", "each")


class Draft(NamedTuple):
    """A key's name, all that is said of it, and the variables that its strings may use."""

    key: Scalar
    name: str
    fields: Fields
    scope: Scope


@dataclass(frozen=True)
class Expansion:
    """One document in one environment, or in none."""

    document: Document
    problems: Problems
    environment: str | None

    def drafts(self) -> Iterator[Draft]:
        """Every key, in the order in which the blueprint has them."""
        reader = Reader(self.problems)
        scope, below = self._scope(reader), self._below(reader)
        seen: dict[str, Scalar] = {}
        for key, node in self.document.keys.values():
            for draft in self._each(key, self._fields(reader, below, key, node), scope):
                if draft.name.lower() in seen:
                    hint = "names are told apart without regard to case: they become file names"
                    related = (("first here", seen[draft.name.lower()].at),)
                    self.problems.error(f"two keys are called `{draft.name}`", key.at, hint, related)
                seen[draft.name.lower()] = key
                yield draft

    def _below(self, reader: Reader) -> Fields:
        """What every key of the environment begins with."""
        below: Fields = {}
        for layer in self.document.defaults:
            self._known(reader, layer, "`defaults`", FIELDS)
            below = overlay(reader, below, layer, own=False, appendable=LISTS)
        for layer in self._layers():
            self._known(reader, layer, f"environment `{self.environment}`", (*IN_ENVIRONMENT, "vars"))
            below = overlay(reader, below, layer, own=False, appendable=LISTS)
        return below

    def _layers(self) -> list[Mapping]:
        return self.document.environments.get(self.environment or "", [])

    @staticmethod
    def _known(reader: Reader, layer: Mapping, what: str, known: tuple[str, ...]) -> None:
        for name, (key, _) in layer.items.items():
            if name.removeprefix("+") not in known:
                hint = did_you_mean(name.removeprefix("+"), known) or f"known: {', '.join(known)}"
                reader.fail(key, f"unknown field `{name}` in {what}", hint)

    def _scope(self, reader: Reader) -> Scope:
        """The environment's name and variables."""
        values: dict[str, str] = {}
        if self.environment is not None:
            values["environment"] = self.environment
        own = Reader(self.problems, Scope(dict(values)))
        for layer in self._layers():
            if "vars" in layer.items:
                for name, (key, node) in reader.mapping(layer.items["vars"][1], "`vars`").items():
                    # What is put in is not looked at again, so the environment's name has to be put in here.
                    text = own.text(node, f"the value of `{name}`")
                    if name in _OWN_VARIABLES or not NAME.fullmatch(name):
                        reader.fail(key, f"`{name}` cannot be the name of a variable")
                    elif text is not None:
                        values[name] = text
        return Scope(values)

    def _fields(self, reader: Reader, below: Fields, key: Scalar, node: Node) -> Fields:
        """All that is said of one key, the strongest word of each."""
        what = f"key `{key.value}`"
        fields = below
        if isinstance(node, Mapping):
            self._known(reader, node, what, FIELDS)
            fields = overlay(reader, below, node, own=True, appendable=LISTS)
            if node.items.keys() & fields.keys() >= {"region", "multi_region"}:  # one of them may clear the other
                hint = "`region: [a, b]` makes independent keys, `multi_region: [a, b]` one key and its replicas"
                reader.fail(node.items["region"][0], "`region` and `multi_region` stand on one key", hint)
        else:
            reader.mapping(node, what)
        own = fields.pop("environments", None) if fields is not below else None
        if own is not None:
            for name, (name_key, layer) in reader.mapping(own.node, "a key's `environments`").items():
                if name not in self.document.environments:
                    near = did_you_mean(name, self.document.environments)
                    reader.fail(name_key, f"unknown environment `{name}`", near or "name it under `environments`")
                if isinstance(layer, Mapping):
                    self._known(reader, layer, f"environment `{name}` of {what}", IN_ENVIRONMENT)
                    if name == self.environment:
                        fields = overlay(reader, fields, layer, own=True, appendable=LISTS)
                else:
                    reader.mapping(layer, f"environment `{name}` of {what}")
        return fields

    def _each(self, key: Scalar, fields: Fields, scope: Scope) -> Iterator[Draft]:
        """The key, or one for each entry of its `for_each`."""
        if "for_each" not in fields:
            yield Draft(key, self._name(key, key.value, scope), fields, scope)
            return
        names_itself = "${each.key}" in key.value
        for each_key, each_values in self._entries(fields["for_each"].node, scope):
            each_scope = scope.with_values({"each.key": each_key, **each_values})
            name = key.value if names_itself else f"{key.value}-{each_key}"
            yield Draft(key, self._name(key, name, each_scope), fields, each_scope)

    def _name(self, key: Scalar, raw: str, scope: Scope) -> str:
        name = scope.expand(raw, key.at, self.problems) if "$" in raw else raw
        reader = Reader(self.problems, scope)
        if reader.name(key) is not None and not NAME.fullmatch(name):
            hint = "letters, digits, `-` and `_`, at most 128: it becomes part of file names"
            reader.fail(key, f"`{name}` cannot be the name of a key", hint)
        return name

    def _entries(self, node: Node, scope: Scope) -> Iterator[tuple[str, dict[str, str]]]:
        reader = Reader(self.problems, scope)
        if isinstance(node, Mapping):
            for name, (_, value) in node.items.items():
                yield name, dict(self._flat(reader, "each.value", value))
        elif isinstance(node, Sequence):
            for item in node.items:
                text = reader.text(item, "a name")
                if text is not None:
                    yield text, {"each.value": text}
        else:
            reader.fail(node, "`for_each` is a list of names, or a mapping of names to values")

    def _flat(self, reader: Reader, prefix: str, node: Node) -> Iterator[tuple[str, str]]:
        if isinstance(node, Mapping):
            for name, (_, value) in node.items.items():
                yield from self._flat(reader, f"{prefix}.{name}", value)
        elif not (isinstance(node, Scalar) and node.is_null):
            text = reader.text(node, f"the value of `{prefix}`")
            if text is not None:
                yield prefix, text
