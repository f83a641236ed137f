"""What a blueprint asks for of each key, as frozen values: what the compiler reads from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from kmsgen.blueprint.grammar import Directory
from kmsgen.blueprint.model import Entry, Named, TemplateEntry, Who
from kmsgen.errors import Location
from kmsgen.policy.accepted import AllowedFinding
from kmsgen.policy.model import Statement
from kmsgen.policy.read import Path

RootMode = Literal["recovery", "delegate", "delegate-admin", "none"]

ROOT_MODES: tuple[RootMode, ...] = ("recovery", "delegate", "delegate-admin", "none")


@dataclass(frozen=True)
class Root:
    """What the account itself may do with the key."""

    mode: RootMode
    reason: str | None
    at: Location
    locked: bool = False
    """Whether it is accepted that nobody can change the policy again."""


@dataclass(frozen=True)
class Verbatim:
    """A key-policy statement that the user wrote out, and the place of each of its parts."""

    statement: Statement
    at: Location
    document: dict[str, Any]
    """The statement as JSON data, as it was written."""
    places: dict[Path, Location]
    accepted: bool = False
    """Whether it stands as it is: what is wrong with it is a warning (`accept_as_is`)."""

    def path_of(self, element: str, value: str) -> Path:
        """Where a value stands in an element; the element itself where it is nowhere in it."""
        waiting: list[tuple[Path, Any]] = [((element,), self.document.get(element))]
        while waiting:
            path, data = waiting.pop()
            if data == value:
                return path
            inner = enumerate(data) if isinstance(data, list) else data.items() if isinstance(data, dict) else ()
            waiting += [((*path, step), item) for step, item in inner]
        return (element,)


@dataclass(frozen=True)
class Expectation:
    """A unit test of the policy: somebody is allowed, or denied, something."""

    allow: bool
    who: Who
    to: tuple[Named, ...]
    access: Literal["direct", "any"] | None
    context: tuple[tuple[str, tuple[str, ...]], ...]
    at: Location


@dataclass(frozen=True)
class Settings:
    """What the key is, apart from its policy."""

    spec: str
    usage: str
    origin: str
    description: str | None = None
    aliases: tuple[str, ...] = ()
    rotation: int | None = None
    deletion_window: int = 30
    enabled: bool = True
    tags: tuple[tuple[str, str], ...] = ()
    existing: str | None = None
    custom_key_store: str | None = None
    xks_key_id: str | None = None
    renamed_from: str | None = None


@dataclass(frozen=True)
class KeyIntent:
    """One key in one environment, account and Region, as the blueprint asks for it."""

    name: str
    at: Location
    account: str
    account_name: str
    region: str | None
    regions: tuple[str, ...]
    """All Regions of a multi-Region key, the primary's first; empty for a single-Region key."""
    partition: str
    organization: str | None
    settings: Settings
    root: Root
    deployer: Entry | None
    """The principal that applies the policy; its entry has no roles and no `when`."""
    entries: tuple[Entry, ...]
    """`admins`, `users`, `accounts`, in this order."""
    services: tuple[TemplateEntry, ...]
    guards: tuple[TemplateEntry, ...]
    statements: tuple[Verbatim, ...]
    expect: tuple[Expectation, ...]
    allow_findings: tuple[AllowedFinding, ...]
    directory: Directory
    """Finds the principals that parameters of templates name."""
    broken: bool
    """Whether some part of it could not be read: it is only compiled to find further mistakes."""

    @property
    def multi_region(self) -> bool:
        """Whether it is one of a multi-Region set."""
        return bool(self.regions)


@dataclass(frozen=True)
class Blueprint:
    """One blueprint in one environment."""

    file: str
    environment: str | None
    keys: tuple[KeyIntent, ...]
    inline_references: bool
    shards: int
