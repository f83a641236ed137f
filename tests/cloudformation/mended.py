"""CloudFormation's part of the stand-in for AWS, where it differs from CloudFormation: keys with all their properties.

The stand-in itself stops at a key's tags, forgets its spec and its Regions, keeps its policy as no text, and knows neither
changes of a key nor replicas.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from moto.cloudformation import parsing
from moto.kms.models import Key, kms_backends

Properties = dict[str, Any]


def mend(patch: pytest.MonkeyPatch) -> None:
    """Let stacks of this process make keys and replicas, and change them."""
    patch.setattr(Key, "create_from_cloudformation_json", classmethod(_create))
    patch.setattr(Key, "update_from_cloudformation_json", classmethod(_update))
    known = parsing.resource_class_from_type
    patch.setattr(
        parsing,
        "resource_class_from_type",
        lambda type_: ReplicaKey if type_ == "AWS::KMS::ReplicaKey" else known(type_),
    )


class ReplicaKey(Key):
    """`AWS::KMS::ReplicaKey`."""

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::KMS::ReplicaKey"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
    ) -> Key:
        wanted = cloudformation_json["Properties"]
        primary = wanted["PrimaryKeyArn"]
        region, key_id = primary.split(":")[3], primary.rpartition("/")[2]
        made = kms_backends[account_id][region].replicate_key(key_id, region_name)
        return _set(made, wanted, account_id, region_name)

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> Key:
        return _set(original_resource, cloudformation_json["Properties"], account_id, region_name)


def _create(
    cls: type[Key], /, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
) -> Key:
    wanted = cloudformation_json["Properties"]
    made = kms_backends[account_id][region_name].create_key(
        None,
        wanted.get("KeyUsage", "ENCRYPT_DECRYPT"),
        wanted.get("KeySpec", "SYMMETRIC_DEFAULT"),
        "",
        [],
        wanted.get("MultiRegion", False),
        wanted.get("Origin", "AWS_KMS"),
    )
    return _set(made, wanted, account_id, region_name)


def _update(
    cls: type[Key], /, original_resource: Any, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
) -> Key:
    return _set(original_resource, cloudformation_json["Properties"], account_id, region_name)


def _set(key: Key, wanted: Properties, account: str, region: str) -> Key:
    key.policy = json.dumps(wanted["KeyPolicy"])
    key.description = wanted.get("Description", "")
    key.enabled = wanted.get("Enabled", True)
    key.key_rotation_status = wanted.get("EnableKeyRotation", False)
    tags = [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in wanted.get("Tags", [])]
    if tags:
        kms_backends[account][region].tagger.tag_resource(key.id, tags)
    return key
