"""How a key's fields come together: included defaults, defaults, environment, the key, the key's own environment.

Lists and scalars replace, maps merge, `null` clears, and `+admins:` appends to what is already there.
"""

from __future__ import annotations

from typing import NamedTuple

from kmsgen.nodes import Mapping, Node, Scalar, Sequence
from kmsgen.reading.fields import Reader


class Field(NamedTuple):
    """A key's field: its name and its value where they stand, and whether the key itself says it."""

    key: Scalar
    node: Node
    own: bool


Fields = dict[str, Field]

# Entries are no maps that merge, and nor is one that stands alone in the place of a list: it would lend its `can`,
# `when` or `pin` to whomever a stronger layer names.
_ENTRIES = frozenset({"deployer"})


def overlay(reader: Reader, below: Fields, layer: Mapping, *, own: bool, appendable: frozenset[str]) -> Fields:
    """The fields of `below` with those of `layer` over them."""
    fields = dict(below)
    for name, (key, node) in layer.items.items():
        if name.startswith("+"):
            field = name[1:]
            if field not in appendable:
                reader.fail(key, f"`{name}` appends to a list, and `{field}` is none", f"write `{field}:`")
            elif field in layer.items:
                reader.fail(key, f"`{name}` and `{field}` stand side by side", "append, or replace the whole list")
            else:
                fields[field] = _append(fields.get(field), key, node, own)
        elif isinstance(node, Scalar) and node.is_null and node.tag is None:
            fields.pop(name, None)
        elif isinstance(node, Mapping) and name in fields and name not in appendable | _ENTRIES:
            fields[name] = Field(key, _merge(fields[name].node, node), own)
        else:
            fields[name] = Field(key, node, own)
    return fields


def _append(below: Field | None, key: Scalar, node: Node, own: bool) -> Field:
    joined = Sequence(node.source, node.line, node.column, None)
    joined.items = [*(_items(below.node) if below else ()), *_items(node)]
    return Field(key, joined, own)


def _items(node: Node) -> list[Node]:
    return node.items if isinstance(node, Sequence) else [node]


def _merge(below: Node, above: Mapping) -> Mapping:
    """A mapping with what both say, in the order in which the names first come; `above` wins."""
    merged = Mapping(above.source, above.line, above.column, above.tag)
    merged.items = dict(below.items) if isinstance(below, Mapping) else {}
    for name, (key, node) in above.items.items():
        lower = merged.items.get(name)
        if isinstance(node, Scalar) and node.is_null and node.tag is None:
            merged.items.pop(name, None)
        elif lower is not None and isinstance(lower[1], Mapping) and isinstance(node, Mapping):
            merged.items[name] = (key, _merge(lower[1], node))
        else:
            merged.items[name] = (key, node)
    return merged
