"""A draft of a key to the fields of its blueprint, and one key's fields to a text that compiles by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kmsgen.importer.model import Draft, Item, Place
from kmsgen.importer.text import Commented, lines

LISTS = ("admins", "users", "accounts", "services", "guards", "statements")
_LABELS = {"admins": "principal", "users": "principal", "accounts": "account", "services": "service", "guards": "guard"}


def fields_of(
    place: Place, draft: Draft, comments: Callable[[Item], tuple[str, ...]] = lambda item: ()
) -> dict[str, Any]:
    """The fields of a key that make its policy, in the order in which people write them."""
    fields: dict[str, Any] = {"account": place.account}
    if place.region is not None and "multi_region" not in place.kind:
        fields["region"] = place.region
    elif place.region is None and place.partition != "aws":
        fields["partition"] = place.partition
    fields |= place.kind
    fields["root"] = draft.root
    for name in LISTS:
        listed = [written(item, comments(item)) for item in draft.items if item.list == name]
        if listed:
            fields[name] = listed
    return fields


def written(item: Item, comments: tuple[str, ...] = ()) -> Any:
    """An item as data, with its comments."""
    value = _value(item)
    return Commented(value, comments) if comments else value


def _value(item: Item) -> Any:
    if item.list == "statements":
        return item.options
    names = list(item.names)
    name: Any = names[0] if len(names) == 1 else names
    if not item.options and len(names) == 1:
        return name
    label = _LABELS[item.list]
    if label in ("service", "guard", "account"):
        return {name: dict(item.options)}
    return {label: name, **item.options}


def document(keys: Mapping[str, Any], principals: Mapping[str, Any] | None = None) -> str:
    """The text of a blueprint of some keys."""
    top: dict[str, Any] = {"version": 1}
    if principals:
        top["principals"] = principals
    return "\n".join([*lines(top), "keys:", *lines(keys, 1)]) + "\n"
