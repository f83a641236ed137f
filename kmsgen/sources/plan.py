"""The resources of a Terraform plan or state: their values, which of them are unknown, and what those refer to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from kmsgen.errors import Location
from kmsgen.policy.model import Policy
from kmsgen.policy.read import Path

_INDEX = re.compile(r"\[[^\]]*\]")


class Written(NamedTuple):
    """A policy as a module has it, in the place of the text that a plan or a state has."""

    policy: Policy | None
    reason: str | None
    """Why there is none."""
    place: Callable[[Path], Location | None] | None = None
    """Where a part of it stands."""


@dataclass(frozen=True)
class Resource:
    """One instance of a managed resource."""

    address: str
    module: str
    """The address of its module instance; empty for the root."""
    type: str
    label: str
    """Its address within its module, without an index: `aws_kms_key.orders`."""
    index: object
    values: Mapping[str, Any]
    unknown: Mapping[str, Any] = field(default_factory=dict)
    expressions: Mapping[str, Any] | None = None
    """What the configuration says of each argument; None for a state, which has none."""
    account: str | None = None
    """The one account that its provider may work in, where the configuration says so in plain text."""
    region: str | None = None
    """The Region of its provider, where the configuration says it in plain text."""
    at: Location | None = None
    """Where it stands, in a module's own files."""
    written: Written | None = None
    notes: tuple[str, ...] = ()
    """What is to be said of it."""

    @property
    def names(self) -> tuple[str, ...]:
        """What else it may be called."""
        last = self.label.partition(".")[2]
        return (last,) if self.index is None else (last, str(self.index), f"{last}.{self.index}")

    def is_unknown(self, attribute: str) -> bool:
        """Whether a value, or some part of it, is unknown until apply."""
        return _any(self.unknown.get(attribute))

    def text(self, attribute: str) -> str | None:
        """A value that is a text and not empty."""
        value = self.values.get(attribute)
        return value if isinstance(value, str) and value else None

    def says(self, attribute: str) -> bool | None:
        """Whether the configuration gives the argument; None where there is no configuration to ask."""
        return None if self.expressions is None else attribute in self.expressions

    def references(self, attribute: str) -> tuple[str, ...]:
        """What the argument's expression refers to, sorted."""
        return tuple(sorted(set(_references((self.expressions or {}).get(attribute)))))

    def roots(self, attribute: str) -> frozenset[str]:
        """The resources that the argument refers to, without attributes and indices."""
        return frozenset(".".join(_INDEX.sub("", one).split(".")[:2]) for one in self.references(attribute))


def _any(unknown: object) -> bool:
    if isinstance(unknown, Mapping):
        return any(_any(value) for value in unknown.values())
    if isinstance(unknown, list):
        return any(_any(value) for value in unknown)
    return unknown is True


def _references(expression: object) -> Iterator[str]:
    if isinstance(expression, Mapping):
        for name, value in expression.items():
            if name == "references" and isinstance(value, list):
                yield from map(str, value)
            else:
                yield from _references(value)
    elif isinstance(expression, list):
        for item in expression:
            yield from _references(item)


def resources(data: Mapping[str, Any]) -> Iterator[Resource]:
    """The managed resources as they will be (a plan) or are (a state), in the order of the document."""
    if not ({"planned_values", "resource_changes", "configuration"} & data.keys()):
        for current in _instances(_mapping(_mapping(data.get("values")).get("root_module")), ""):
            yield _resource(current, _mapping(current.get("values")), {}, None)
        return
    configuration = _mapping(data.get("configuration"))
    configured = dict(_configured(_mapping(configuration.get("root_module")), ""))
    providers = _mapping(configuration.get("provider_config"))
    changes = {
        str(one.get("address")): _mapping(one.get("change"))
        for one in _list(data.get("resource_changes"))
        if "deposed" not in one
    }
    planned: dict[str, Mapping[str, Any]] = {
        str(one.get("address")): one
        for one in _instances(_mapping(_mapping(data.get("planned_values")).get("root_module")), "")
    }
    for one in _list(data.get("resource_changes")):
        change = _mapping(one.get("change"))
        if one.get("mode") == "managed" and change.get("after") is not None and "deposed" not in one:
            planned.setdefault(str(one.get("address")), {**one, "module": str(one.get("module_address") or "")})
    for address, instance in planned.items():
        change = changes.get(address, {})
        values = {**_mapping(instance.get("values")), **_mapping(change.get("after"))}
        key = (_INDEX.sub("", str(instance.get("module"))), f"{instance.get('type')}.{instance.get('name')}")
        wanted = configured.get(key)
        expressions = None if wanted is None else _mapping(wanted.get("expressions"))
        made = _resource(instance, values, _mapping(change.get("after_unknown")), expressions)
        provider = _mapping(providers.get(str(_mapping(wanted).get("provider_config_key"))))
        yield replace(
            made, account=_only(_said(provider, "allowed_account_ids")), region=_only(_said(provider, "region"))
        )


def deferred(data: Mapping[str, Any]) -> Iterator[Resource]:
    """The managed resources that a plan leaves to a later one."""
    for one in _list(data.get("deferred_changes")):
        change = _mapping(one.get("resource_change"))
        if change.get("mode") == "managed":
            yield _resource({**change, "module": str(change.get("module_address") or "")}, {}, {}, None)


def _instances(module: Mapping[str, Any], address: str) -> Iterator[dict[str, Any]]:
    for one in _list(module.get("resources")):
        if one.get("mode") == "managed":
            yield {**one, "module": address}
    for child in _list(module.get("child_modules")):
        yield from _instances(child, str(child.get("address")))


def _configured(module: Mapping[str, Any], path: str) -> Iterator[tuple[tuple[str, str], Mapping[str, Any]]]:
    """What the configuration has of each resource by its module's path, without indices, and its label."""
    for one in _list(module.get("resources")):
        yield (path, f"{one.get('type')}.{one.get('name')}"), one
    for name, call in _mapping(module.get("module_calls")).items():
        inner = f"{path}.module.{name}" if path else f"module.{name}"
        yield from _configured(_mapping(_mapping(call).get("module")), inner)


def _said(provider: Mapping[str, Any], argument: str) -> object:
    """What a provider's configuration says of an argument without referring to anything."""
    return _mapping(_mapping(provider.get("expressions")).get(argument)).get("constant_value")


def _only(said: object) -> str | None:
    """A text, or the one text in a list."""
    (one,) = said if isinstance(said, list) and len(said) == 1 else (said,)
    return one if isinstance(one, str) and one else None


def _resource(
    one: Mapping[str, Any], values: Mapping[str, Any], unknown: Mapping[str, Any], expressions: Mapping[str, Any] | None
) -> Resource:
    label = f"{one.get('type')}.{one.get('name')}"
    return Resource(
        str(one.get("address")), str(one.get("module")), str(one.get("type")), label, one.get("index"), values, unknown,
        expressions,
    )  # fmt: skip


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
