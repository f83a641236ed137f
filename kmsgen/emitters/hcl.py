"""Terraform's language as `terraform fmt` leaves it: blocks, attributes, and values, aligned."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_SPECIAL = re.compile(r'["\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]')


@dataclass(frozen=True)
class Raw:
    """An expression that is written as it stands."""

    expression: str


@dataclass(frozen=True)
class Address:
    """The address of something, as `provider` and `moved` take it: never an expression, in JSON a plain string."""

    address: str


@dataclass(frozen=True)
class Call:
    """A function call with one argument: `jsonencode({…})`."""

    function: str
    argument: Any


@dataclass(frozen=True)
class Block:
    """`type "label" { … }`, of attributes and further blocks; None is a blank line."""

    type: str
    labels: tuple[str, ...]
    body: tuple[tuple[str, Any] | Block | None, ...]


def document(comment: str, blocks: Iterable[Block]) -> str:
    """A whole file."""
    return "\n".join([f"# {comment}", *(f"\n{block}" for block in map(_block, blocks))]) + "\n"


def _block(block: Block, indent: str = "") -> str:
    head = " ".join([block.type, *(quoted(label) for label in block.labels)])
    lines: list[str] = []
    run: list[tuple[str, Any]] = []
    for item in block.body:
        if isinstance(item, tuple):
            run.append(item)
            continue
        lines += _attributes(run, indent + "  ", object_=False)
        run = []
        lines.append("" if item is None else indent + "  " + _block(item, indent + "  "))
    lines += _attributes(run, indent + "  ", object_=False)
    return "\n".join([f"{head} {{", *lines, f"{indent}}}"]) if lines else f"{head} {{}}"


def _attributes(pairs: Iterable[tuple[str, Any]], indent: str, *, object_: bool) -> list[str]:
    """Attributes, their `=` aligned over runs that stand on one line each; one on several lines breaks the run."""
    written = [(_name(name, object_=object_), value(content, indent)) for name, content in pairs]
    lines: list[str] = []
    run: list[tuple[str, str]] = []

    def flush() -> None:
        width = max((len(name) for name, _ in run), default=0)
        lines.extend(f"{indent}{name.ljust(width)} = {text}" for name, text in run)
        run.clear()

    for name, text in written:
        if "\n" in text:
            flush()
            lines.append(f"{indent}{name} = {text}")
        else:
            run.append((name, text))
    flush()
    return lines


def _name(name: str, *, object_: bool) -> str:
    """An attribute's name; in an object any text can be one, its letters outside ASCII escaped.

    `terraform fmt` aligns by what a reader sees, which for some scripts is not what can be counted.
    """
    # In an object `for` begins an expression.
    if _IDENTIFIER.fullmatch(name) and not (object_ and name == "for"):
        return name
    if not object_:
        raise ValueError(f"{name!r} is no attribute")
    text = quoted(name)
    return "".join(
        one if one.isascii() else f"\\u{ord(one):04X}" if ord(one) < 0x10000 else f"\\U{ord(one):08X}" for one in text
    )


def value(content: Any, indent: str = "") -> str:
    """Any value: text, numbers, booleans, lists, mappings, expressions."""
    if isinstance(content, Raw):
        return content.expression
    if isinstance(content, Call):
        return f"{content.function}({value(content.argument, indent)})"
    if isinstance(content, Address):
        return content.address
    if isinstance(content, bool):
        return "true" if content else "false"
    if isinstance(content, int):
        return str(content)
    if isinstance(content, Mapping):
        if not content:
            return "{}"
        lines = _attributes(content.items(), indent + "  ", object_=True)
        return "\n".join(["{", *lines, f"{indent}}}"])
    if isinstance(content, list | tuple):
        if not content:
            return "[]"
        items = [f"{indent}  {value(item, indent + '  ')}," for item in content]
        return "\n".join(["[", *items, f"{indent}]"])
    return quoted(str(content))


def quoted(text: str) -> str:
    r"""A string, so written that nothing in it is an expression: IAM's `${aws:username}` would be one to Terraform.

    >>> quoted('a "b" ${aws:username} %{if}')
    '"a \\"b\\" $${aws:username} %%{if}"'
    """
    escaped = _SPECIAL.sub(lambda found: _ESCAPES.get(found[0]) or f"\\u{ord(found[0]):04X}", text)
    return f'"{interpolation_escaped(escaped)}"'


def interpolation_escaped(text: str) -> str:
    """Text in which `${` and `%{` mean themselves."""
    return text.replace("${", "$${").replace("%{", "%%{")
