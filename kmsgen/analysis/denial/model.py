"""A denial as AWS tells of it: what was asked of which key by whom, and what the message says of why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Layer = Literal[
    "key-policy", "identity-policy", "service-control-policy", "resource-control-policy", "permissions-boundary",
    "session-policy", "vpc-endpoint-policy", "key-state", "key-place", "elsewhere", "unknown",
]  # fmt: skip
State = Literal["disabled", "pending-deletion", "pending-import", "unavailable"]
Values = tuple[str, ...]


@dataclass(frozen=True)
class Denial:
    """What one message says; whatever it does not say is None."""

    message: str
    """The message, in one line."""
    action: str | None = None
    principal: str | None = None
    key: str | None = None
    """An ARN, id or alias, as the message has it."""
    layer: Layer | None = None
    """The layer that the message names."""
    explicit: bool | None = None
    """Whether a Deny refused it (True), or nothing allowed it (False)."""
    policy_arn: str | None = None
    """The policy that the message names."""
    state: State | None = None
    missing: bool = False
    """Whether the message says that the key may not exist where it was looked for."""
    via: str | None = None
    """The first label of the service by which KMS was called."""
    region: str | None = None
    context: Mapping[str, Values] = field(default_factory=dict)
    """Condition keys of the request that the message tells."""
    absent: tuple[str, ...] = ()
    """Condition keys, or prefixes that end in `:`, of which the request had no others than `context` says."""
    assumed: tuple[str, ...] = ()
    """What the message does not say and is taken to be so, in words."""


class Where:
    """What a key's ARN, id or alias says of the key.

    >>> Where("arn:aws:kms:eu-west-1:111122223333:alias/orders").alias
    'alias/orders'
    """

    def __init__(self, text: str | None) -> None:
        parts = (text or "").split(":", 5)
        is_arn = len(parts) == 6
        rest = parts[5] if is_arn else text or ""
        self.region = parts[3] if is_arn and parts[3] else None
        self.account = parts[4] if is_arn and parts[4] else None
        self.alias = rest if rest.startswith("alias/") else None
        self.id = None if self.alias or not rest else rest.removeprefix("key/")
