"""What differs between two keys beside their policies, and which of it makes a new key of the old one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from kmsgen.sources.model import SourceKey

REPLACING = frozenset({"spec", "usage", "origin", "multi_region", "name"})
"""What AWS cannot change in a key: Terraform and CloudFormation make another key, and delete this one."""

ORDER = (
    "name", "spec", "usage", "origin", "multi_region", "enabled", "rotation", "deletion_window", "description",
    "aliases", "tags", "state",
)  # fmt: skip


class Attribute(NamedTuple):
    """One thing that differs."""

    name: str
    item: str | None
    """Which tag, or which alias."""
    before: Any
    """None for nothing."""
    after: Any
    replaces: bool
    """Whether the change makes a new key of the old one."""


def attributes(planned: SourceKey, current: SourceKey) -> tuple[Attribute, ...]:
    """What differs between the settings that both sides know."""
    before, after = dict[str, Any](), dict[str, Any]()
    for name in planned.settings.keys() & current.settings.keys():
        before[name], after[name] = _comparable(name, current.settings[name], planned.settings[name])
    found = [] if before == after else list(_differences(before, after))
    # Both sides are made by one program that knows a key by its name: to it, another name is another key.
    if planned.kind == current.kind and planned.kind in ("blueprint", "cloudformation", "terraform"):
        old, new = _own_name(current), _own_name(planned)
        if old != new and planned.renamed_from != old:
            found.append(Attribute("name", None, old, new, True))
    return tuple(sorted(found, key=lambda one: (ORDER.index(one.name), one.item or "")))


def _own_name(key: SourceKey) -> str:
    return key.names[0] if key.kind == "blueprint" and key.names else key.name


def _comparable(name: str, before: Any, after: Any) -> tuple[Any, Any]:
    """Two settings in one form."""
    if name == "aliases":
        return dict.fromkeys(before, True), dict.fromkeys(after, True)
    if name == "rotation" and True in (before is True, after is True) and before and after:
        return True, True  # one side knows that it is rotated, and not how often
    return before, after


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Attribute]:
    from deepdiff import DeepDiff  # only where something differs
    from deepdiff.helper import NotPresent

    def shown(value: Any) -> Any:
        return None if isinstance(value, NotPresent) or value is NotPresent else value

    for kind in DeepDiff(before, after, view="tree", verbose_level=2).values():
        for level in kind:
            name, *item = level.path(output_format="list")
            old, new = shown(level.t1), shown(level.t2)
            if name == "aliases":
                old, new = (item[0] if old else None), (item[0] if new else None)
            yield Attribute(name, str(item[0]) if item else None, old, new, name in REPLACING)
