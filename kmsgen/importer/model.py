"""What the importer makes of a policy on its way to a blueprint: items of a key's lists, fields, and how it went."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kmsgen.policy.model import Policy
from kmsgen.sources.model import SourceKey

Finding = tuple[int | None, str, str]
"""Something that looks wrong: the statement's place in the policy (None for the whole key), a code, a message."""
Findings = Callable[[SourceKey], Iterable[Finding]]


WHOLE = "the statement"
"""What `Removal` calls a statement that is gone altogether."""


class Place(NamedTuple):
    """Where a key is and what it is, as its blueprint will say."""

    account: str
    region: str | None
    partition: str
    kind: Mapping[str, Any]
    """The fields of a key that say what it is: `spec`, `usage`, `origin`, `multi_region`; those left out are usual."""
    notes: tuple[str, ...] = ()
    """What was taken for granted."""
    arn: str | None = None
    """Its own ARN: what `Resource` must match."""


@dataclass(frozen=True)
class Item:
    """One item of one of a key's lists, and the statements of the policy that it stands for."""

    list: str
    """`admins`, `users`, `accounts`, `services`, `guards` or `statements`."""
    names: tuple[str, ...] = ()
    """Principals, or the one account, service or guard; none for a statement written out."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """What stands beside the name; of a statement written out, the statement."""
    statements: frozenset[int] = frozenset()
    dead: bool = False
    """Whether it is what has no effect in a statement, kept as it is."""
    wrong: tuple[str, ...] = ()
    """Of a statement that stands as it is: what is wrong with it."""


@dataclass(frozen=True)
class Draft:
    """One key as its blueprint will have it."""

    root: Any
    items: tuple[Item, ...]
    root_statements: frozenset[int] = frozenset()
    references: Mapping[str, Any] = field(default_factory=dict)
    """What `principals` says of those that a stack makes."""

    @property
    def verbatim(self) -> frozenset[int]:
        """The statements that are kept as they are, but for parts of them without effect."""
        kept = (item.statements for item in self.items if item.list == "statements" and not item.dead)
        return frozenset[int]().union(*kept)


class Removal(NamedTuple):
    """Something that is taken away, or would be."""

    statement: int
    what: str
    reason: str


@dataclass(frozen=True)
class ImportedKey:
    """How the import of one key went."""

    name: str
    source: SourceKey
    policy: Policy
    """What the blueprint compiles to."""
    statements: int
    recognised: int
    verbatim: int
    accepted: int
    """Of those kept as they are, how many stand although something is wrong with them."""
    left_out: tuple[Removal, ...]
    """What says nothing and has no place in a blueprint, as a `Sid` that stands twice."""
    removals: tuple[Removal, ...]
    """What was taken away, or what `tighten` would take away."""
    losses: tuple[str, ...] = ()
    """What is no longer allowed, each with the reason; empty unless tightened."""


@dataclass(frozen=True)
class Imported:
    """A blueprint and what is to be said of it."""

    text: str
    keys: tuple[ImportedKey, ...]
    tightened: bool = False
