"""Every example's key made in an AWS that is not AWS, with its policy, and read back equal."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from kmsgen.catalog.key_specs import DEFAULT_SPEC
from kmsgen.policy.key import Key
from kmsgen.policy.read import read_policy
from kmsgen.policy.write import compact
from tests.examples import bundles

KEYS = [key for bundle in bundles() for key in bundle.keys]
# The stand-in does not know these yet; their policies are put on another key.
UNKNOWN_SPECS = {"ML_DSA_65"}


def client(endpoint: str, key: Key) -> Any:
    return boto3.client(
        "kms",
        endpoint_url=endpoint,
        region_name=key.region,
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )


@pytest.mark.parametrize("key", KEYS, ids=lambda key: f"{key.name}-{key.account}-{key.region}")
def test_a_key_is_made_with_its_policy_and_read_back_equal(moto_server: str, key: Key) -> None:
    kms = client(moto_server, key)
    wanted: dict[str, Any] = {
        "Policy": compact(key.policy),
        "Description": key.description or "",
        "KeyUsage": key.usage,
        "KeySpec": key.spec,
        "Origin": key.origin,
        "MultiRegion": key.replication == "primary",
        "Tags": [{"TagKey": name, "TagValue": value} for name, value in key.tags],
    }
    try:
        made = kms.create_key(**wanted)["KeyMetadata"]
    except ClientError:
        assert key.spec in UNKNOWN_SPECS
        made = kms.create_key(**{**wanted, "KeySpec": DEFAULT_SPEC, "KeyUsage": "ENCRYPT_DECRYPT"})["KeyMetadata"]
    else:
        assert (made["KeySpec"], made["KeyUsage"], made["Origin"]) == (key.spec, key.usage, key.origin)
    text = kms.get_key_policy(KeyId=made["KeyId"], PolicyName="default")["Policy"]
    assert read_policy(json.loads(text)) == key.policy
    if key.rotation is not None:
        kms.enable_key_rotation(KeyId=made["KeyId"], RotationPeriodInDays=key.rotation)
        assert kms.get_key_rotation_status(KeyId=made["KeyId"])["KeyRotationEnabled"]
    for alias in key.aliases:
        kms.create_alias(AliasName=f"{alias}-{key.account}", TargetKeyId=made["KeyId"])
    found = {one["AliasName"] for one in kms.list_aliases(KeyId=made["KeyId"])["Aliases"]}
    assert found == {f"{alias}-{key.account}" for alias in key.aliases}
