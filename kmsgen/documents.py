"""JSON or YAML text to plain data, with the place at which each part of it stands."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Pairs
from dataclasses import dataclass, field
from typing import Any

from kmsgen import json_text, nodes
from kmsgen.errors import KmsgenError, Location
from kmsgen.json_text import Decimal, Path
from kmsgen.nodes import Mapping, Node, Scalar, Sequence

__all__ = ["Decimal", "Document", "Path", "read_json", "read_large_json", "read_yaml"]


@dataclass(frozen=True)
class Document:
    """Data, and where it comes from."""

    data: Any
    name: str
    places: Pairs[Path, Location] = field(default_factory=dict, repr=False)
    """A member of an object stands where its name does, an item of a list where it begins itself."""

    def at(self, path: Path) -> Location | None:
        """The place of what a path leads to, or of the nearest thing above it."""
        while (place := self.places.get(path)) is None and path:
            path = path[:-1]
        return place

    def below(self, path: Path) -> Document:
        """The part that a path leads to, as a document."""
        data = self.data
        for step in path:
            data = data[step]
        return Document(data, self.name, _Below(self.places, path))


class _Below(Pairs[Path, Location]):
    """The places in a part of a document, each looked up when it is asked for: a template has a part for every key."""

    def __init__(self, places: Pairs[Path, Location], path: Path) -> None:
        self._places = places
        self._path = path

    def __getitem__(self, path: Path) -> Location:
        return self._places[*self._path, *path]

    def __iter__(self) -> Iterator[Path]:
        size = len(self._path)
        return (one[size:] for one in self._places if one[:size] == self._path)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def read_json(text: str, name: str) -> Document:
    """The data of a JSON text, strictly by the standard, and no name twice in one object.

    Raises `PolicyError` with every mistake and its place; what is no JSON at all is told at its first mistake.
    """
    data, places = json_text.parse(text, name)
    return Document(data, name, places)


def read_large_json(text: str, name: str) -> Document:
    """The same, faster, and without places but for those of mistakes."""
    data, places = json_text.parse_large(text, name)
    return Document(data, name, places)


def read_yaml(text: str, name: str) -> Document:
    """The data of a YAML text: every scalar as the text it is, a tag (`!Ref x`) as the function that it stands for.

    Raises `KmsgenError` with every mistake and its place.
    """
    root, problems = nodes.read(text, name)
    if problems:
        raise KmsgenError(*problems)
    places: dict[Path, Location] = {(): root.at if root is not None else Location(name, 1, 1)}
    data = None if root is None else _plain(root, (), places)
    return Document(data, name, places)


def _plain(node: Node, path: Path, places: dict[Path, Location]) -> Any:
    if node.tag is not None:
        function = node.tag.removeprefix("!")
        function = function if function in ("Ref", "Condition") else f"Fn::{function}"
        here = (*path, function)
        places[here] = node.at
        argument = _untagged(node, here, places)
        if function == "Fn::GetAtt" and isinstance(argument, str):
            argument = argument.split(".", 1)
        return {function: argument}
    return _untagged(node, path, places)


def _untagged(node: Node, path: Path, places: dict[Path, Location]) -> Any:
    if isinstance(node, Mapping):
        made: dict[str, Any] = {}
        for name, (key, value) in node.items.items():
            places[*path, name] = key.at
            made[name] = _plain(value, (*path, name), places)
        return made
    if isinstance(node, Sequence):
        items = []
        for index, item in enumerate(node.items):
            places[*path, index] = item.at
            items.append(_plain(item, (*path, index), places))
        return items
    assert isinstance(node, Scalar)
    return None if node.is_null else node.value
