"""What keys of one shape have in common, worked out once: results by the values that they were made of.

Only what was made without any remark is kept, so that every mistake is found where it stands, each time anew; and
only for as long as the templates are that it was made with.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any
from weakref import WeakKeyDictionary

from kmsgen.compiler.expressions import only_name, words
from kmsgen.templates import Library, Template

_MOST = 4096
"""How much is kept for one library at most; beyond it, all is forgotten and begun again."""

_kept: WeakKeyDictionary[Library, dict[Hashable, Any]] = WeakKeyDictionary()


class NotSharedError(Exception):
    """A value that says more than it compares by, so that what is made of it is nobody else's."""


def frozen(value: Any) -> Hashable:
    """A value of templates as something to remember by, in which `1`, `True` and `"1"` differ.

    Raises `NotSharedError` for others than texts, numbers and what is made of them: a reference into a stack equals
    its ARN, and says more.
    """
    kind = type(value)
    if kind is str or value is None:
        return value  # type: ignore[no-any-return]
    if isinstance(value, list | tuple):
        return (kind, *[frozen(item) for item in value])
    if kind is dict:
        return (kind, *[(name, frozen(item)) for name, item in value.items()])
    if kind is bool or kind is int:
        return (kind, value)
    raise NotSharedError


def shared(library: Library) -> dict[Hashable, Any]:
    """What is remembered for the templates of a library."""
    found = _kept.setdefault(library, {})
    if len(found) > _MOST:
        found.clear()
    return found


def only_names_principals(library: Library, template: Template) -> bool:
    """Whether principals, and the key's name, decide nothing in a template but what its `Principal` says."""
    kept, key = shared(library), ("only names principals", template.kind, template.name)
    if key not in kept:
        kept[key] = all(
            (element == "Principal" and only_name(value) == "principals")
            or {"principals", "key"}.isdisjoint(words(value))
            for node in template.statements
            for element, (_, value) in node.items.items()
        )
    return bool(kept[key])


def frame_words(library: Library, template: Template, place: int) -> frozenset[str]:
    """The names that a template's statement at `place` could look up outside its conditions."""
    kept, key = shared(library), ("frame words", template.kind, template.name, place)
    if key not in kept:
        node = template.statements[place]
        parts = (value for element, (_, value) in node.items.items() if element not in ("Condition", "if", "for_each"))
        kept[key] = frozenset(word for part in parts for word in words(part))
    found: frozenset[str] = kept[key]
    return found
