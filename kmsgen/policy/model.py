"""A key policy as frozen values: sets where order means nothing, so that equality is "says the same"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

VERSION = "2012-10-17"

AWS = "AWS"
SERVICE = "Service"
FEDERATED = "Federated"
CANONICAL_USER = "CanonicalUser"
ANYONE = "*"
"""The kind of the bare `"Principal": "*"`, which means the same as `{"AWS": "*"}`."""

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html: of a role, of a user.
_UNIQUE_ID = re.compile(r"(?:AROA|AIDA)[A-Z0-9]+")

PRINCIPAL_KINDS = (AWS, SERVICE, FEDERATED, CANONICAL_USER)


class Effect(StrEnum):
    """What a matching statement does."""

    ALLOW = "Allow"
    DENY = "Deny"


class Principal(NamedTuple):
    """One principal: its kind (`AWS`, `Service`, …) and its ARN, account, service name, or `*`."""

    kind: str
    value: str

    @property
    def is_everyone(self) -> bool:
        """Whether it stands for every AWS identity there is."""
        return self.value == "*" and self.kind in (AWS, ANYONE)

    @property
    def is_deleted(self) -> bool:
        """Whether it is the unique id that AWS leaves in the place of a role or user that was deleted."""
        return self.kind == AWS and _UNIQUE_ID.fullmatch(self.value) is not None


class Condition(NamedTuple):
    """One test of a statement: operator (with its `ForAnyValue:` and `IfExists`), condition key, sorted values."""

    operator: str
    key: str
    values: tuple[str, ...]


def condition(operator: str, key: str, values: str | Iterable[str]) -> Condition:
    """A condition with its values sorted and each once."""
    return Condition(operator, key, (values,) if isinstance(values, str) else tuple(sorted(set(values))))


def clashes(conditions: Iterable[Condition]) -> Iterator[tuple[Condition, Condition]]:
    """The pairs that one statement cannot hold: one operator, one key, different values."""
    seen: dict[tuple[str, str], Condition] = {}
    for one in sorted(set(conditions)):
        first = seen.setdefault((one.operator, one.key.lower()), one)
        if first is not one:
            yield first, one


class Origin(NamedTuple):
    """The blueprint line that a statement comes from."""

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Statement:
    """One statement; each `not_…` field is the negated element, of which a statement has one or the other.

    A statement without actions or resources is accepted by KMS and has no effect; it is kept as it is.
    """

    effect: Effect
    principals: frozenset[Principal] = frozenset()
    not_principals: frozenset[Principal] = frozenset()
    actions: frozenset[str] = frozenset()
    not_actions: frozenset[str] = frozenset()
    resources: frozenset[str] = frozenset({"*"})
    not_resources: frozenset[str] = frozenset()
    conditions: frozenset[Condition] = frozenset()
    sid: str | None = None
    origin: tuple[Origin, ...] = field(default=(), compare=False)

    def but(self, **changes: Any) -> Statement:
        """The statement with other values for some fields: `dataclasses.replace`, several times as fast."""
        made = object.__new__(Statement)
        made.__dict__.update(self.__dict__, **changes)
        return made


@dataclass(frozen=True)
class Policy:
    """A key policy: its statements in the order they stand in, though order does not matter to AWS."""

    statements: tuple[Statement, ...]
    version: str | None = VERSION
    id: str | None = None

    def __hash__(self) -> int:
        return self._hash  # once: policies are what much is remembered by

    @cached_property
    def _hash(self) -> int:
        return hash((self.statements, self.version, self.id))

    def __getstate__(self) -> dict[str, Any]:
        # A hash of text differs from process to process, and must not travel.
        return {"statements": self.statements, "version": self.version, "id": self.id}
