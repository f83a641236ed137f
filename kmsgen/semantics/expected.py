"""A unit test of a policy: somebody is to be allowed or denied some actions, in every context or in a given one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kmsgen.errors import Location


@dataclass(frozen=True)
class Expected:
    """What is expected of a policy."""

    allow: bool
    who: str
    """As the user wrote it."""
    principals: tuple[str, ...]
    """Who that is: ARNs, a service's name; an account number for everybody of the account."""
    patterns: tuple[str, ...]
    """What `aws:PrincipalArn` looks like, where it is no one ARN."""
    to: str
    """As the user wrote it: roles and actions."""
    actions: frozenset[str]
    access: Literal["direct", "any"]
    """What is enough for `allow`, and too much for `deny`."""
    context: tuple[tuple[str, tuple[str, ...]], ...]
    """Condition keys and values; without any, every context there can be is meant."""
    at: Location
