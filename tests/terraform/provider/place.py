"""Where a provider's resources are: the account, Region and partition that its configuration names."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Place:
    """One account in one Region."""

    account: str = "123456789012"
    region: str = "us-east-1"

    @property
    def partition(self) -> str:
        prefixes = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
        return next((name for prefix, name in prefixes.items() if self.region.startswith(prefix)), "aws")

    def arn(self, service: str, resource: str) -> str:
        region = "" if service in ("iam", "sts") else self.region
        return f"arn:{self.partition}:{service}:{region}:{self.account}:{resource}"

    def made_id(self, *parts: Any) -> str:
        """An id that follows from what it is for, as every other value here does."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, repr((self.account, self.region, *parts))))


def place_of(config: dict[str, Any]) -> Place:
    """The place that a provider's configuration names."""
    accounts = config.get("allowed_account_ids") or [Place.account]
    return Place(accounts[0], config.get("region") or Place.region)
