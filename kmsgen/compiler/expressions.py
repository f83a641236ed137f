"""What the expressions of a template name, told from their text alone and before any is filled."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kmsgen.nodes import Mapping, Node, Scalar, Sequence

_NAME = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")
_EXPRESSION = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def only_name(node: Node | None) -> str | None:
    """The name that alone is a leaf's expression, as in `{{ principals }}`; None where there is more or less."""
    found = _NAME.fullmatch(node.value) if isinstance(node, Scalar) else None
    return found[1] if found else None


def words(node: Node | None) -> Iterator[str]:
    """Every word in texts with expressions, and so every name that these could look up.

    That is also what stands beside an expression: where one ends only its grammar knows.
    """
    for text in _texts(node):
        if "{{" in text:
            yield from _WORD.findall(text)


def words_within(node: Node | None) -> Iterator[str]:
    """The words within expressions, as far as these can be told from what stands beside them."""
    for text in _texts(node):
        for expression in _EXPRESSION.findall(text):
            yield from _WORD.findall(expression)


def _texts(node: Node | None) -> Iterator[str]:
    if isinstance(node, Scalar):
        yield node.value
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _texts(item)
    elif isinstance(node, Mapping):
        for name, (_, item) in node.items.items():
            yield name
            yield from _texts(item)
