"""What every step of compiling one key looks at: the key, the templates, and where mistakes are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from kmsgen.blueprint.intent import KeyIntent
from kmsgen.catalog.key_specs import kind_of, working_actions
from kmsgen.catalog.principals import root_arn
from kmsgen.errors import Location, Problems
from kmsgen.policy.model import Origin
from kmsgen.templates import Library


@dataclass(frozen=True)
class Context:
    """One key that is being compiled."""

    key: KeyIntent
    library: Library
    problems: Problems

    @cached_property
    def kind(self) -> str:
        """Its kind, one of `catalog.actions.KINDS`."""
        return kind_of(self.key.settings.spec, self.key.settings.usage)

    @cached_property
    def working(self) -> frozenset[str]:
        """The actions that can work on it."""
        settings = self.key.settings
        return working_actions(settings.spec, settings.usage, settings.origin, self.key.multi_region)

    @cached_property
    def root(self) -> str:
        """Its account as a principal."""
        return root_arn(self.key.partition, self.key.account)

    @cached_property
    def lowered(self) -> dict[object, Any]:
        """What `conditions.lower` has made of terms, and said of them, already."""
        return {}

    @cached_property
    def facts(self) -> tuple[object, ...]:
        """All that the making of a statement may look at, beside its entry and the key's name, by value."""
        key, settings = self.key, self.key.settings
        where = (key.account, key.partition, key.region, key.regions, key.organization)
        return (*where, settings.spec, settings.usage, settings.origin, settings.deletion_window)

    @cached_property
    def variables(self) -> Mapping[str, Any]:
        """The names that every template may use."""
        key, settings = self.key, self.key.settings
        names: dict[str, Any] = {
            "account": key.account,
            "partition": key.partition,
            "root": self.root,
            "key": {
                "name": key.name,
                "spec": settings.spec,
                "usage": settings.usage,
                "origin": settings.origin,
                "deletion_window": settings.deletion_window,
                "regions": list(key.regions),
                "replica_regions": list(key.regions[1:]),
            },
        }
        if key.region is not None:
            names["region"] = key.region
        if key.organization is not None:
            names["organization"] = key.organization
        return names


def origin_of(at: Location) -> tuple[Origin, ...]:
    """A place as the origin of a statement."""
    return (Origin(at.file, at.line, at.column),)
