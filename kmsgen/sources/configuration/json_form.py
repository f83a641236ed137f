"""Terraform's configuration in JSON to what it says: the same as in HCL, its strings templates.

https://developer.hashicorp.com/terraform/language/syntax/json
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kmsgen.documents import Document, Path, read_json
from kmsgen.errors import KmsgenError, Location, PolicyError, Problem, Problems
from kmsgen.sources.configuration.hcl import parse_template
from kmsgen.sources.configuration.syntax import (
    Attribute,
    Block,
    Body,
    Chunk,
    Expression,
    Literal,
    Object,
    Span,
    Template,
    Text,
    Tuple,
)

_LABELS = {"resource": 2, "data": 2, "ephemeral": 2, "module": 1, "provider": 1, "variable": 1, "output": 1, "check": 1}
"""How many labels each type of block has; those left out have none."""
_NESTED: dict[str, Mapping[str, Any]] = {
    "aws_iam_policy_document": {
        "statement": {"principals": {}, "not_principals": {}, "condition": {}},
    },
    "provider": {"assume_role": {}, "default_tags": {}, "ignore_tags": {}},
    "aws_kms": {"lifecycle": {}, "timeouts": {}},
}  # fmt: skip
"""Which members are blocks within blocks, where that makes a difference here; all others are taken for attributes."""
_COMMENT = "//"


def parse(text: str, name: str) -> Body:
    """What a file says.

    Raises `PolicyError` with every mistake and its place.
    """
    document = read_json(text, name)
    if not isinstance(document.data, Mapping):
        raise PolicyError(Problem("Terraform's configuration is a JSON object", document.at(())))
    reader = _Reader(document)
    blocks = [
        block
        for type_, value in document.data.items()
        if type_ != _COMMENT
        for block in reader.blocks(type_, value, (type_,), _LABELS.get(type_, 0), ())
    ]
    if reader.problems.errors:
        raise PolicyError(*reader.problems.errors)
    return Body({}, tuple(blocks))


def parse_values(text: str, name: str) -> Body:
    """What a file of variables' values says, in which every member is an attribute and no string a template.

    Raises `PolicyError` with every mistake and its place.
    """
    document = read_json(text, name)
    if not isinstance(document.data, Mapping):
        raise PolicyError(Problem("the values of variables are a JSON object", document.at(())))
    reader = _Reader(document, templates=False)
    return reader.body(document.data, (), {})


class _Fixed(Text):
    """A text all of which stands at one place."""

    __slots__ = ("_place",)

    def __init__(self, text: str, place: Location) -> None:
        super().__init__(place.file, text)
        self._place = place

    def at(self, offset: int, length: int = 1) -> Location:
        """The one place."""
        return self._place


class _Reader:
    def __init__(self, document: Document, *, templates: bool = True) -> None:
        self._document = document
        self._templates = templates
        self.problems = Problems()

    def _span(self, path: Path, text: str = "") -> Span:
        at = self._document.at(path) or Location(self._document.name, 1, 1)
        return Span(_Fixed(text, at), 0, len(text))

    def blocks(self, type_: str, data: Any, path: Path, depth: int, labels: tuple[str, ...]) -> Iterator[Block]:
        """The blocks that a member stands for: an object for each label, and a list for several of the same."""
        if isinstance(data, list):
            for index, item in enumerate(data):
                yield from self.blocks(type_, item, (*path, index), depth, labels)
        elif not isinstance(data, Mapping):
            self.problems.error(f"`{path[-1]}` is an object", self._document.at(path))
        elif depth:
            for label, item in data.items():
                if label != _COMMENT:
                    yield from self.blocks(type_, item, (*path, label), depth - 1, (*labels, label))
        else:
            yield Block(type_, labels, self._span(path), self.body(data, path, _nested(type_, labels)))

    def body(self, data: Mapping[str, Any], path: Path, nested: Mapping[str, Any]) -> Body:
        """A block's body, of whose members `nested` are blocks."""
        attributes: dict[str, Attribute] = {}
        blocks: list[Block] = []
        for name, value in data.items():
            here = (*path, name)
            if name == "dynamic":
                blocks += self.blocks(name, value, here, 1, ())
            elif name in nested:
                for one in self._objects(value, here):
                    inner = self._at(one)
                    blocks.append(Block(name, (), self._span(one), self.body(inner, one, nested[name])))
            elif name != _COMMENT or path == ():
                attributes[name] = Attribute(name, self._span(here), self.expression(value, here))
        return Body(attributes, tuple(blocks))

    def _objects(self, data: Any, path: Path) -> Iterator[Path]:
        items = [(*path, index) for index in range(len(data))] if isinstance(data, list) else [path]
        for one in items:
            if isinstance(self._at(one), Mapping):
                yield one
            else:
                self.problems.error(f"`{path[-1]}` is an object, or a list of objects", self._document.at(one))

    def _at(self, path: Path) -> Any:
        data = self._document.data
        for step in path:
            data = data[step]
        return data

    def expression(self, data: Any, path: Path) -> Expression:
        """A value."""
        if isinstance(data, Mapping):
            pairs = (
                (self._text(name, (*path, name)), self.expression(value, (*path, name))) for name, value in data.items()
            )
            return Object(self._span(path), tuple(pairs))
        if isinstance(data, list):
            items = (self.expression(item, (*path, index)) for index, item in enumerate(data))
            return Tuple(self._span(path), tuple(items))
        return self._text(data, path) if isinstance(data, str) else Literal(self._span(path), data)

    def _text(self, text: str, path: Path) -> Expression:
        span = self._span(path, text)
        if not self._templates or ("${" not in text and "%{" not in text):
            return Template(span, (Chunk(text, 0),) if text else ())
        try:
            return Template(span, parse_template(span.text))
        except KmsgenError as error:
            self.problems.extend(error.problems)
            return Literal(span, None)


def _nested(type_: str, labels: tuple[str, ...]) -> Mapping[str, Any]:
    if type_ in ("resource", "data"):
        return next((inner for kind, inner in _NESTED.items() if labels[0].startswith(kind)), {})
    return _NESTED.get(type_, {})
