"""Guardrails as frozen values: who, what and when, for which keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from kmsgen.analysis.finding import Severity
from kmsgen.errors import Location
from kmsgen.policy.model import Condition

OWN = "own-account"
"""The key's own account, in the place of a number."""

PartyKind = Literal["anyone", "services", "service", "account", "root", "organization", "arn", "sso"]
Access = Literal["direct", "any", "iam"]


class Party(NamedTuple):
    """Somebody, as a guardrail names them."""

    kind: PartyKind
    account: str
    """Twelve digits, `own-account`, `*` for every account; empty where no account is meant."""
    name: str
    """A service, an organization or a path in one, a permission set; of an `arn` what stands after the account."""


When = tuple[tuple[Condition, ...], ...]
"""Conditions of which one group must hold as a whole; in values `own-account` stands for the key's account."""


@dataclass(frozen=True)
class Clause:
    """Requests: somebody's, for some actions, under some conditions."""

    who: tuple[Party, ...]
    besides: tuple[Party, ...]
    """Who is not meant."""
    does: tuple[frozenset[str], ...]
    """Actions, which may have wildcards; of a separation one set for each duty, else one alone."""
    when: When
    """Always, where there is none."""
    unless: When
    access: Access


@dataclass(frozen=True)
class Selector:
    """Which keys a guardrail is for."""

    names: tuple[str, ...] = ()
    """Patterns of names and aliases; every name where there are none, and so with the others."""
    besides: tuple[str, ...] = ()
    """Patterns of names that are spared."""
    tags: tuple[tuple[str, tuple[str, ...]], ...] = ()
    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Guardrail:
    """One demand."""

    name: str
    reason: str
    kind: Literal["never", "always", "separate"]
    clause: Clause
    keys: Selector
    severity: Severity
    at: Location
    """Where its name stands."""
