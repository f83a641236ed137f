"""Live keys through boto3, against a stand-in for AWS: all of them, each with what may be read of it."""

from __future__ import annotations

import builtins
import json
from typing import Any

import boto3
import botocore.client
import pytest
from botocore.exceptions import ClientError

from kmsgen.errors import KmsgenError
from kmsgen.sources import SourceKey, load

REGION = "eu-west-1"
ACCOUNT = "123456789012"
POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Only",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/App"},
                "Action": "kms:Decrypt",
                "Resource": "*",
            }
        ],
    }
)


@pytest.fixture
def kms(aws_account: None) -> Any:
    return boto3.client("kms", region_name=REGION)


def make(kms: Any, alias: str | None = None, **more: Any) -> str:
    made = str(kms.create_key(Policy=POLICY, **more)["KeyMetadata"]["Arn"])
    if alias is not None:
        kms.create_alias(AliasName=alias, TargetKeyId=made)
    return made


def loaded(source: str = f"aws@{REGION}") -> dict[str, SourceKey]:
    return {key.name: key for key in load(source).keys}


def test_a_key_is_read_with_all_that_is_known_of_it(kms: Any) -> None:
    arn = make(
        kms,
        "alias/orders",
        Description="Orders",
        KeyUsage="ENCRYPT_DECRYPT",
        Tags=[{"TagKey": "owner", "TagValue": "payments"}],
    )
    kms.create_alias(AliasName="alias/also", TargetKeyId=arn)
    kms.enable_key_rotation(KeyId=arn)
    (key,) = load(f"aws@{REGION}").keys
    assert key.policy is not None
    assert [one.sid for one in key.policy.statements] == ["Only"]
    assert (key.name, key.names, key.aliases) == ("also", ("orders",), ("alias/also", "alias/orders"))
    assert (key.arn, key.key_id, key.where) == (arn, arn.rpartition("/")[2], arn)
    assert (key.facts.account, key.facts.region, key.facts.multi_region) == (ACCOUNT, REGION, False)
    assert key.settings["rotation"] in (True, 365)  # the stand-in does not tell the period
    assert {name: value for name, value in key.settings.items() if name != "rotation"} == {
        "description": "Orders", "enabled": True, "multi_region": False, "aliases": ["alias/also", "alias/orders"],
        "spec": "SYMMETRIC_DEFAULT", "usage": "ENCRYPT_DECRYPT", "origin": "AWS_KMS", "tags": {"owner": "payments"},
    }  # fmt: skip
    assert key.notes == ()


def test_of_a_multi_region_key_it_is_known_whether_it_is_the_primary(kms: Any) -> None:
    make(kms, "alias/single")
    make(kms, "alias/several", MultiRegion=True)
    assert {name: key.is_primary for name, key in loaded().items()} == {"single": None, "several": True}


def test_all_pages_are_read(kms: Any) -> None:
    made = {make(kms) for _ in range(120)}
    assert {key.arn for key in load(f"aws@{REGION}").keys} == made


def test_grants_and_state_are_told(kms: Any) -> None:
    arn = make(kms)
    kms.create_grant(KeyId=arn, GranteePrincipal=f"arn:aws:iam::{ACCOUNT}:role/Other", Operations=["Decrypt"])
    kms.schedule_key_deletion(KeyId=arn.rpartition("/")[2], PendingWindowInDays=7)
    (key,) = load(f"aws@{REGION}").keys
    assert key.notes == (
        "its state is PendingDeletion",
        "has grants, which allow more than its policy says and are not compared",
    )
    assert key.settings["state"] == "PendingDeletion"


def test_the_state_of_a_key_in_use_is_no_setting(kms: Any) -> None:
    make(kms)
    (key,) = load(f"aws@{REGION}").keys
    assert "state" not in key.settings


def test_one_key_is_picked_by_alias_id_or_arn(kms: Any) -> None:
    arn = make(kms, "alias/orders")
    make(kms, "alias/other")
    for word in ("orders", "alias/orders", arn, arn.rpartition("/")[2]):
        assert [key.arn for key in load(f"aws@{REGION}#{word}").keys] == [arn]


class Refusing:
    """boto3's calls, some of which are answered otherwise."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, answers: dict[str, object]) -> None:
        self._real = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined]
        self._answers = answers
        monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", lambda *given: self.call(*given))

    def call(self, client: Any, operation: str, arguments: dict[str, Any]) -> Any:
        answer = self._answers.get(operation)
        if isinstance(answer, str):
            raise ClientError({"Error": {"Code": answer, "Message": "said so"}}, operation)
        return answer if answer is not None else self._real(client, operation, arguments)


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException"])
@pytest.mark.parametrize("operation", ["DescribeKey", "GetKeyPolicy"])
def test_a_key_that_may_not_be_read_is_there_with_the_reason(
    kms: Any, monkeypatch: pytest.MonkeyPatch, operation: str, code: str
) -> None:
    make(kms, "alias/orders")
    Refusing(monkeypatch, {operation: code})
    key = loaded()["orders"]
    assert key.policy is None
    assert key.reason == f"kms:{operation}: An error occurred ({code}) when calling the {operation} operation: said so"


def test_what_else_may_not_be_read_is_a_note(kms: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    make(kms, "alias/orders")
    refused = ("ListResourceTags", "GetKeyRotationStatus", "ListKeyPolicies", "ListGrants")
    Refusing(monkeypatch, dict.fromkeys(refused, "AccessDeniedException"))
    key = loaded()["orders"]
    assert key.policy is not None
    assert [note.partition(":")[2].partition(":")[0] for note in key.notes] == list(refused)
    assert {"tags", "rotation"}.isdisjoint(key.settings)


def test_a_policy_of_aws_ram_is_told(kms: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    make(kms, "alias/orders")
    Refusing(monkeypatch, {"ListKeyPolicies": {"PolicyNames": ["default", "AWS_RAM"], "Truncated": False}})
    (note,) = loaded()["orders"].notes
    assert note.startswith("has an AWS_RAM policy")


def test_keys_that_aws_manages_are_left_out_and_counted(kms: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    make(kms)
    described = {"KeyMetadata": {"KeyManager": "AWS"}}
    Refusing(monkeypatch, {"DescribeKey": described})
    found = load(f"aws@{REGION}")
    assert found.keys == ()
    assert found.notes == ("1 keys that AWS manages are left out: their policies cannot be changed",)


def test_a_rotation_that_cannot_be_is_none(kms: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    make(kms, "alias/orders")
    Refusing(monkeypatch, {"GetKeyRotationStatus": "UnsupportedOperationException"})
    assert loaded()["orders"].settings["rotation"] is None


@pytest.mark.parametrize(
    ("operation", "code", "said"),
    [("ListKeys", "AccessDeniedException", "ListKeys"), ("ListAliases", "ThrottlingException", "ListAliases")],
)
def test_keys_that_cannot_be_listed_are_an_error(
    kms: Any, monkeypatch: pytest.MonkeyPatch, operation: str, code: str, said: str
) -> None:
    Refusing(monkeypatch, {operation: code})
    with pytest.raises(KmsgenError, match=f"AWS cannot be asked: .*{code}.*{said}"):
        load(f"aws@{REGION}")


def test_no_region_no_credentials_no_profile_no_endpoint(kms: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(KmsgenError, match="name the Region: `aws@eu-west-1`"):
        load("aws")
    with pytest.raises(KmsgenError, match="aws configure list-profiles"):
        load(f"aws:nobody@{REGION}")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(KmsgenError, match="AWS cannot be asked: Could not connect"):
        load(f"aws@{REGION}")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(KmsgenError, match="log in, or name a profile"):
        load(f"aws@{REGION}")


def test_without_boto3_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *more: Any, **options: Any) -> Any:
        if name == "boto3":
            raise ImportError(name)
        return real(name, *more, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(KmsgenError, match=r"pip install 'kmsgen\[aws\]'"):
        load(f"aws@{REGION}")
