"""A compiled key: its policy with the settings that Terraform and CloudFormation need to make the key itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from kmsgen.errors import Location
from kmsgen.policy.model import Origin, Policy

Replication = Literal["", "primary", "replica"]


@dataclass(frozen=True)
class Key:
    """One key in one account and Region; a multi-Region key is several of these with one name."""

    name: str
    policy: Policy
    at: Location
    """Where the blueprint names it."""
    account: str
    """Twelve digits."""
    account_name: str
    """What the blueprint calls the account; the digits where it has no name."""
    region: str | None
    partition: str
    spec: str
    usage: str
    origin: str
    description: str | None = None
    aliases: tuple[str, ...] = ()
    """With their `alias/`."""
    rotation: int | None = None
    """Days between automatic rotations; None where the key is not rotated by KMS."""
    deletion_window: int = 30
    enabled: bool = True
    replication: Replication = ""
    """Which of a multi-Region set it is; empty for a single-Region key."""
    tags: tuple[tuple[str, str], ...] = ()
    existing: str | None = None
    """The id or ARN of a key that is managed elsewhere, to which only the policy is attached."""
    custom_key_store: str | None = None
    xks_key_id: str | None = None
    renamed_from: str | None = None

    @property
    def source(self) -> Origin:
        """The blueprint line."""
        return Origin(self.at.file, self.at.line)


@dataclass(frozen=True)
class Bundle:
    """The keys of one blueprint in one environment: what makes one Terraform module."""

    name: str
    """The blueprint's name, with the environment in front where there is one: `prod/orders`."""
    source: str
    """The blueprint's file, as generated files name it."""
    keys: tuple[Key, ...]
    inline_references: bool = False
    """Whether references are written as they are, or made variables and parameters."""
    shards: int = 1
    """Among how many CloudFormation templates the keys are spread."""

    @cached_property
    def times(self) -> Counter[str]:
        """In how many Regions each key is, by its name."""
        return Counter(key.name for key in self.keys)

    @cached_property
    def primaries(self) -> dict[str, Key]:
        """The primaries of multi-Region keys, by name."""
        return {key.name: key for key in self.keys if key.replication == "primary"}

    @property
    def existing(self) -> tuple[Key, ...]:
        """The keys that are managed elsewhere."""
        return tuple(key for key in self.keys if key.existing is not None)

    @cached_property
    def _several(self) -> tuple[bool, bool]:
        return len({key.account for key in self.keys}) > 1, len({key.region for key in self.keys}) > 1

    def place_words(self, key: Key) -> list[str]:
        """What tells a key's place from the others': nothing, its account, its Region, or both."""
        accounts, regions = self._several
        return [key.account_name] * accounts + [key.region or "no-region"] * regions
