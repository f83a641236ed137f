"""Terraform's functions that are worked out here: those that say the same wherever they run.

https://developer.hashicorp.com/terraform/language/functions
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from kmsgen.policy.reference import is_symbolic

_EVERY = "[∗]⟩"
_VERB = re.compile(r"%(?:%|s|d|v|(.?))")


class UnworkableError(Exception):
    """A function that cannot be worked out for these arguments."""


def call(name: str, arguments: list[Any]) -> Any:
    """What a function makes of plain data.

    Raises `UnworkableError` for functions and arguments that only Terraform works out.
    """
    worker = _OPAQUE.get(name)
    if worker is None:
        worker = _KNOWN.get(name)
        if worker is None or has_symbols(arguments):
            raise UnworkableError
    try:
        return worker(*arguments)
    except (TypeError, ValueError, LookupError, AttributeError, StopIteration) as error:
        raise UnworkableError from error


def has_symbols(data: Any) -> bool:
    """Whether something in data is not known."""
    if isinstance(data, str):
        return is_symbolic(data)
    if isinstance(data, Mapping):
        return any(is_symbolic(name) or has_symbols(item) for name, item in data.items())
    return isinstance(data, list) and any(map(has_symbols, data))


def text(value: Any) -> str:
    """A single value as text, as Terraform converts it.

    Raises `UnworkableError` for what has no text.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    raise UnworkableError


def encoded(data: Any) -> str:
    """Data as `jsonencode` writes it, but for its way with angle brackets."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _format(pattern: str, *values: Any) -> str:
    given = iter(values)

    def put(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        if found[1] is not None:
            raise UnworkableError
        return text(next(given))

    try:
        made = _VERB.sub(put, _a(str, pattern))
    except StopIteration as error:
        raise UnworkableError from error
    if next(given, None) is not None:
        raise UnworkableError
    return made


def _formatlist(pattern: str, *values: Any) -> list[str]:
    lists = [one for one in values if isinstance(one, list)]
    single = [one for one in values if not isinstance(one, list)]
    items = [one for some in lists for one in some]
    if any(isinstance(one, str) and one.endswith(_EVERY) for one in items) or any(map(_may_be_list, single)):
        raise UnworkableError
    if len(set(map(len, lists))) > 1:
        raise UnworkableError
    size = len(lists[0]) if lists else 1
    return [_format(pattern, *(one[at] if isinstance(one, list) else one for one in values)) for at in range(size)]


def _may_be_list(value: Any) -> bool:
    """Whether something unknown may be a list: what stands alone, and not within a text."""
    return isinstance(value, str) and value.startswith("⟨") and is_symbolic(value)


def _a(kind: type, value: Any) -> Any:
    if not isinstance(value, kind) or (isinstance(value, str) and is_symbolic(value) and kind is not str):
        raise UnworkableError
    return value


def items_of(value: Any) -> list[Any]:
    """The items of a list; of a list that is not known, a symbol for all of them."""
    return [_all_of(value)] if isinstance(value, str) and is_symbolic(value) else list(_a(list, value))


def _all_of(symbol: str) -> str:
    """The symbol for the items of what may be a list, however many; as Terraform would write it: `var.admins[*]`."""
    if not symbol.endswith("⟩") or not symbol.startswith("⟨"):
        raise UnworkableError
    return symbol if symbol.endswith(_EVERY) else f"{symbol[:-1]}{_EVERY}"


def flattened(value: Any) -> list[Any]:
    """The items of lists within lists."""
    found = [one for item in _a(list, value) for one in (flattened(item) if isinstance(item, list) else [item])]
    return [_all_of(one) if _may_be_list(one) else one for one in found]


class Set(list[Any]):
    """A set: its items in the order in which Terraform goes over them, each its own key."""


def as_set(items: list[Any]) -> Set:
    """A set of some items, each once."""
    if all(isinstance(one, str) for one in items):
        return Set(sorted(set(items)))
    return Set({encoded(one): one for one in items}.values())


def is_set_beside_list(one: Any, other: Any) -> bool:
    """Whether two values are a set and a list, of which Terraform makes one type: which, their types alone tell."""
    lists = isinstance(one, list) and isinstance(other, list) and bool(one) and bool(other)
    return lists and isinstance(one, Set) is not isinstance(other, Set)


def pairs_of(value: Any) -> list[tuple[Any, Any]] | None:
    """What `for` and `dynamic` go over in a value, by keys; None where that is not known."""
    if isinstance(value, Mapping):
        return [(name, value[name]) for name in sorted(value)]
    if isinstance(value, Set):
        return [(one, one) for one in value]
    return list(enumerate(value)) if isinstance(value, list) else None


def _set(value: Any) -> Set:
    listed = items_of(value)
    if not all(isinstance(one, str) for one in listed):
        raise UnworkableError
    return as_set(listed)


def _strings(value: Any) -> list[str]:
    listed = _a(list, value)
    return [_a(str, one) for one in listed]


def _coalesce(*values: Any) -> Any:
    return next(one for one in values if one is not None and one != "")


def _lookup(mapping: Any, name: str, *default: Any) -> Any:
    return _a(dict, mapping)[name] if name in mapping or not default else default[0]


def _element(value: list[Any], index: int) -> Any:
    listed = _a(list, value)
    return listed[_a(int, index) % len(listed)]


def _replace(value: str, old: str, new: str) -> str:
    if len(old) > 1 and old.startswith("/") and old.endswith("/"):
        raise UnworkableError
    return str(_a(str, value).replace(old, new))


def _length(value: Any) -> int:
    if isinstance(value, str) or any(isinstance(one, str) and one.endswith(_EVERY) for one in value):
        raise UnworkableError  # of characters as people count them, or of a list that is not known
    return len(value)


def _one(value: Any) -> Any:
    listed = _a(list, value)
    if len(listed) > 1:
        raise UnworkableError
    return listed[0] if listed else None


_Worker = Callable[..., Any]
_OPAQUE: dict[str, _Worker] = {
    "format": _format,
    "join": lambda by, *lists: _a(str, by).join(text(one) for some in lists for one in _a(list, some)),
    "concat": lambda *lists: [one for some in lists for one in items_of(some)],
    "flatten": flattened,
    "tolist": items_of,
    "toset": _set,
    "tostring": text,
    "jsonencode": encoded,
    "length": _length,
    "formatlist": _formatlist,
}
"""The functions for which it makes no difference what a text says."""
_KNOWN: dict[str, _Worker] = {
    "merge": lambda *maps: {name: item for one in maps if one is not None for name, item in _a(dict, one).items()},
    "distinct": lambda value: list(dict.fromkeys(_strings(value))),
    "compact": lambda value: [one for one in _a(list, value) if one not in (None, "")],
    "sort": lambda value: sorted(_strings(value)),
    "reverse": lambda value: list(reversed(_a(list, value))),
    "setunion": lambda *sets: as_set([one for some in sets for one in _strings(some)]),
    "keys": lambda value: sorted(_a(dict, value)),
    "values": lambda value: [value[name] for name in sorted(_a(dict, value))],
    "lookup": _lookup,
    "element": _element,
    "one": _one,
    "contains": lambda value, item: item in _a(list, value),
    "coalesce": _coalesce,
    "coalescelist": lambda *lists: next(one for one in lists if _a(list, one)),
    "alltrue": lambda value: all(_a(bool, one) for one in _a(list, value)),
    "anytrue": lambda value: any(_a(bool, one) for one in _a(list, value)),
    "setsubtract": lambda value, other: as_set(list(set(_strings(value)) - set(_strings(other)))),
    "zipmap": lambda names, values: dict(zip(_strings(names), _a(list, values), strict=True)),
    "signum": lambda value: (_a(int, value) > 0) - (value < 0),
    "tomap": lambda value: _a(dict, value),
    "tobool": lambda value: value if isinstance(value, bool) else {"true": True, "false": False}[value],
    "tonumber": lambda value: value if not isinstance(value, str) else int(value),
    "lower": lambda value: _a(str, value).lower(),
    "upper": lambda value: _a(str, value).upper(),
    "trimspace": lambda value: _a(str, value).strip(),
    "trimprefix": lambda value, prefix: _a(str, value).removeprefix(prefix),
    "trimsuffix": lambda value, suffix: _a(str, value).removesuffix(suffix),
    "startswith": lambda value, prefix: _a(str, value).startswith(prefix),
    "endswith": lambda value, suffix: _a(str, value).endswith(suffix),
    "replace": _replace,
    "split": lambda by, value: _a(str, value).split(_a(str, by)),
    "jsondecode": lambda value: json.loads(_a(str, value)),
}
"""The functions that need to know what their arguments say."""
