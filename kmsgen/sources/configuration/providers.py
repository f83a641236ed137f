"""Where the providers of a module work: the account, Region and partition that a file or the user says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from kmsgen.catalog.principals import ACCOUNT, REGION, account_of, partition_of
from kmsgen.policy.reference import stack_symbol
from kmsgen.sources.configuration.syntax import Block, Literal, Template, Traversal, Tuple
from kmsgen.sources.model import Options


class Where(NamedTuple):
    """Where a provider works; None for what nobody says."""

    account: str | None
    region: str | None
    name: str
    """The alias of the provider; empty for the one without."""

    @property
    def partition(self) -> str | None:
        """The partition of the Region; of an account without one the one in which most accounts are."""
        if self.region is not None:
            return partition_of(self.region)
        return "aws" if self.account is not None else None

    def text(self, what: str) -> str:
        """The account, the Region or the partition, or the symbol for it."""
        known: str | None = getattr(self, what)
        return known or stack_symbol(f"{what}.{self.name}" if self.name else what)

    @property
    def dns_suffix(self) -> str:
        """What the host names of services end in."""
        if self.partition is None:
            return stack_symbol("dns_suffix")
        return {"aws": "amazonaws.com", "aws-us-gov": "amazonaws.com", "aws-cn": "amazonaws.com.cn"}.get(
            self.partition, stack_symbol("dns_suffix")
        )


def provider_of(block: Block) -> str:
    """The alias of the provider that a resource names; empty where it names none."""
    attribute = block.body.attributes.get("provider")
    value = None if attribute is None else attribute.value
    if isinstance(value, Traversal) and len(value.steps) == 1 and isinstance(value.steps[0], str):
        return value.steps[0]
    if isinstance(value, Template):
        return (value.literal or "").partition(".")[2]
    return ""


def places(providers: Mapping[str, Block], of_keys: frozenset[str], options: Options) -> dict[str, Where]:
    """Where each provider works, by alias.

    What the user says of keys holds for the providers of keys alone: another may well work in another account.
    """
    found: dict[str, Where] = {}
    for alias in {"", *providers, *of_keys}:
        account, region = _said(providers.get(alias))
        if alias in of_keys:
            account, region = account or options.account, region or options.region
        found[alias] = Where(account, region, alias)
    return found


def _said(block: Block | None) -> tuple[str | None, str | None]:
    if block is None:
        return None, None
    attributes = block.body.attributes
    region = _text(attributes["region"].value) if "region" in attributes else None
    account = None
    if "allowed_account_ids" in attributes:
        listed = attributes["allowed_account_ids"].value
        account = _text(listed.items[0]) if isinstance(listed, Tuple) and len(listed.items) == 1 else None
    for role in block.body.all("assume_role"):
        arn = role.body.attributes.get("role_arn")
        account = account or account_of((_text(arn.value) if arn is not None else None) or "")
    return (
        account if account and ACCOUNT.fullmatch(account) else None,
        region if region and REGION.fullmatch(region) else None,
    )


def _text(value: Any) -> str | None:
    if isinstance(value, Template):
        return value.literal
    return str(value.value) if isinstance(value, Literal) and isinstance(value.value, int) else None
