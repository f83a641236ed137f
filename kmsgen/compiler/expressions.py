"""What the expressions of a template name, told from their text alone and before any is filled."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kmsgen.nodes import Mapping, Node, Scalar, Sequence

_NAME = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def only_name(node: Node | None) -> str | None:
    """The name that alone is a leaf's expression, as in `{{ principals }}`; None where there is more or less."""
    found = _NAME.fullmatch(node.value) if isinstance(node, Scalar) else None
    return found[1] if found else None


def words(node: Node | None) -> Iterator[str]:
    """Every word within a node's expressions, and so every name that they could look up."""
    if isinstance(node, Scalar):
        yield from _words(node.value)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from words(item)
    elif isinstance(node, Mapping):
        for name, (_, item) in node.items.items():
            yield from _words(name)
            yield from words(item)


def _words(text: str) -> list[str]:
    # Also what stands beside an expression: where one ends only its grammar knows.
    return _WORD.findall(text) if "{{" in text else []
