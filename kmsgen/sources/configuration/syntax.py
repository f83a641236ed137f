"""Terraform configuration as it is written: blocks, attributes, expressions, each with its place; nothing worked out.

https://developer.hashicorp.com/terraform/language/syntax/configuration
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kmsgen.errors import Location
from kmsgen.nodes import Source


class Text(Source):
    """A file's text, whose places are told by offsets."""

    __slots__ = ("_starts",)

    def __init__(self, name: str, text: str) -> None:
        super().__init__(name, text)
        self._starts: list[int] | None = None

    def at(self, offset: int, length: int = 1) -> Location:
        """The place of the character at an offset from 0."""
        if self._starts is None:
            ends = [0]
            while (end := self.text.find("\n", ends[-1])) >= 0:
                ends.append(end + 1)
            self._starts = ends
        line = bisect_right(self._starts, offset)
        start = self._starts[line - 1]
        end = self._starts[line] if line < len(self._starts) else len(self.text)
        return Location(self.name, line, offset - start + 1, length, self.text[start:end].rstrip("\r\n"))


class Span(NamedTuple):
    """A piece of a text."""

    text: Text
    start: int
    length: int

    @property
    def at(self) -> Location:
        """Its place; of what goes over several lines, where it begins."""
        within = self.text.text.find("\n", self.start, self.start + self.length)
        return self.text.at(self.start, self.length if within < 0 else max(within - self.start, 1))

    @property
    def written(self) -> str:
        """What stands there."""
        return self.text.text[self.start : self.start + self.length]


class Chunk(NamedTuple):
    """A run of characters that mean themselves, or one escape."""

    text: str
    start: int
    """The offset at which it stands."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A value as it is written."""

    span: Span


@dataclass(frozen=True, slots=True)
class Literal(Expression):
    """A number, a boolean, or null."""

    value: Any


@dataclass(frozen=True, slots=True)
class Template(Expression):
    """A text, with expressions in it."""

    parts: tuple[Chunk | Expression, ...]

    @property
    def literal(self) -> str | None:
        """The text of one without expressions."""
        texts = [one.text for one in self.parts if isinstance(one, Chunk)]
        return "".join(texts) if len(texts) == len(self.parts) else None


@dataclass(frozen=True, slots=True)
class Tuple(Expression):
    """`[a, b]`."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Object(Expression):
    """`{name = value}`."""

    pairs: tuple[tuple[Expression, Expression], ...]


@dataclass(frozen=True, slots=True)
class Traversal(Expression):
    """`aws_iam_role.app[0].arn`: a name, and what is taken of it; `[*]` is None."""

    root: str
    steps: tuple[str | Expression | None, ...]


@dataclass(frozen=True, slots=True)
class Taken(Expression):
    """What is taken of an expression that is no name: `f(x)[0].arn`."""

    whole: Expression
    steps: tuple[str | Expression | None, ...]


@dataclass(frozen=True, slots=True)
class Call(Expression):
    """`jsonencode(…)`."""

    function: str
    arguments: tuple[Expression, ...]
    spread: bool
    """Whether the last argument is a list of arguments: `f(x...)`."""


@dataclass(frozen=True, slots=True)
class Conditional(Expression):
    """`condition ? then : other`."""

    condition: Expression
    then: Expression
    other: Expression


@dataclass(frozen=True, slots=True)
class Operation(Expression):
    """`a == b`, or `!a`."""

    operator: str
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class For(Expression):
    """`[for a in b : c if d]`, or with a `key` `{for a in b : key => c}`."""

    names: tuple[str, ...]
    source: Expression
    key: Expression | None
    value: Expression
    condition: Expression | None
    grouped: bool


@dataclass(frozen=True, slots=True)
class Other(Expression):
    """What is not worked out: `what` says what it is."""

    what: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """`name = value`."""

    name: str
    span: Span
    """Where its name stands."""
    value: Expression


@dataclass(frozen=True, slots=True)
class Body:
    """What stands in a file or a block."""

    attributes: dict[str, Attribute] = field(default_factory=dict)
    blocks: tuple[Block, ...] = ()

    def all(self, type_: str) -> Iterator[Block]:
        """The blocks of a type."""
        return (one for one in self.blocks if one.type == type_)


@dataclass(frozen=True, slots=True)
class Block:
    """`type "label" { … }`."""

    type: str
    labels: tuple[str, ...]
    span: Span
    """Where its head stands."""
    body: Body


def unwrapped(expression: Expression) -> Expression:
    """What stands alone in `"${…}"`, which is the same as without."""
    while isinstance(expression, Template) and len(expression.parts) == 1:
        (only,) = expression.parts
        if isinstance(only, Chunk):
            break
        expression = only
    return expression


def inside(value: Expression | Body) -> Iterator[Expression]:
    """Every expression in an expression or a body, itself included."""
    if isinstance(value, Body):
        for attribute in value.attributes.values():
            yield from inside(attribute.value)
        for block in value.blocks:
            yield from inside(block.body)
        return
    yield value
    for name in value.__dataclass_fields__:
        yield from _expressions(getattr(value, name))


def _expressions(value: Any) -> Iterator[Expression]:
    if isinstance(value, Expression):
        yield from inside(value)
    elif isinstance(value, tuple) and not isinstance(value, Span | Chunk):
        for one in value:
            yield from _expressions(one)


def short(expression: Expression) -> str:
    """An expression as it is written, on one line."""
    text = " ".join(expression.span.written.split())
    return text if len(text) <= 60 else f"{text[:57]}…"


def may_lack(expression: Expression) -> bool:
    """Whether something is taken of what may not have it: of a variable, or of one of several modules."""
    if not isinstance(expression, Traversal):
        return False
    counted = any(isinstance(step, Expression) for step in expression.steps)
    return (expression.root == "var" and len(expression.steps) > 1) or (expression.root == "module" and counted)
