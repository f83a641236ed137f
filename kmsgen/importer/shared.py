"""What many keys of a blueprint have alike: moved to `defaults`, where that is exact and shorter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from kmsgen.importer.text import Commented, lines

_CLEARED = ("admins", "guards")
"""Lists that a key without any can say to be empty, with `null`."""


class Shared(NamedTuple):
    """The defaults, the fields that are left to each key, and the comments of those that moved."""

    defaults: dict[str, Any]
    keys: dict[str, dict[str, Any]]
    comments: dict[str, tuple[str, ...]]


def shared(keys: Mapping[str, dict[str, Any]], fields: Iterable[str]) -> Shared:
    """Move the values of fields that most keys have to the defaults; the others say their own."""
    defaults: dict[str, Any] = {}
    left = {name: dict(said) for name, said in keys.items()}
    moved: dict[str, list[str]] = {name: [] for name in keys}
    for field in fields:
        values = {name: bare(said[field]) for name, said in keys.items() if said.get(field) is not None}
        value = _common(field, values, len(keys))
        if value is None:
            continue
        defaults[field] = value
        for name in keys:
            if name not in values:
                left[name][field] = None
            elif values[name] == value:
                moved[name] += [f"{field}: {line}" for line in _comments(left[name].pop(field))]
    return Shared(defaults, left, {name: tuple(dict.fromkeys(said)) for name, said in moved.items()})


def _common(field: str, values: Mapping[str, Any], total: int) -> Any:
    """The value that is worth a default: most keys have it, and the text gets shorter."""
    missing = total - len(values)
    if total < 2 or not values or (missing and field not in _CLEARED):
        return None
    listed = list(values.values())
    value = max(listed, key=listed.count)
    count = listed.count(value)
    # A key's own mapping is merged with the default's and does not take its place.
    if count < total and isinstance(value, Mapping):
        return None
    size = len(lines({field: value}))
    return value if 2 * count > total and (count - 1) * size > missing else None


def bare(value: Any) -> Any:
    """A field's value without comments."""
    if isinstance(value, Commented):
        return bare(value.value)
    return [bare(item) for item in value] if isinstance(value, list) else value


def _comments(value: Any) -> Iterator[str]:
    if isinstance(value, Commented):
        yield from value.comments
        yield from _comments(value.value)
    elif isinstance(value, list):
        for item in value:
            yield from _comments(item)
