"""What `why` says of the grants on a live key, against a stand-in for AWS."""

from __future__ import annotations

import json
from typing import Any

import boto3
import botocore.client
import pytest
from botocore.exceptions import ClientError

from tests.conftest import Kmsgen

ACCOUNT = "123456789012"
APP = f"arn:aws:iam::{ACCOUNT}:role/team/App"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/App/run"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/Admin"}, "Action": "kms:PutKeyPolicy", "Resource": "*"}
    ],
}  # fmt: skip


@pytest.fixture
def kms(aws_account: None) -> Any:
    return boto3.client("kms", region_name="eu-west-1")


@pytest.fixture
def arn(kms: Any) -> str:
    return str(kms.create_key(Policy=json.dumps(POLICY))["KeyMetadata"]["Arn"])


def said(kmsgen: Kmsgen, arn: str, *more: str) -> list[str]:
    """The lines about grants."""
    message = f"User: {SESSION} is not authorized to perform: kms:Decrypt on resource: {arn}"
    ran = kmsgen("why", f"{message} because no resource-based policy allows", "aws@eu-west-1", *more)
    assert (ran.code, ran.err) == (1, "")
    lines = ran.out.splitlines()
    start = next(place for place, line in enumerate(lines) if "grant" in line)
    end = next(place for place, line in enumerate(lines) if line.startswith("  to allow it"))
    return lines[start:end]


def test_a_key_without_grants_has_none(kmsgen: Kmsgen, arn: str) -> None:
    assert said(kmsgen, arn) == ["  the key has no grants; what was retired or revoked is not listed"]


def test_grants_of_others_do_not_name_the_caller(kmsgen: Kmsgen, kms: Any, arn: str) -> None:
    kms.create_grant(KeyId=arn, GranteePrincipal=f"arn:aws:iam::{ACCOUNT}:role/Other", Operations=["Decrypt"])
    only = "  the one grant on the key does not name the caller; what was retired or revoked is not listed"
    assert said(kmsgen, arn) == [only]
    kms.create_grant(KeyId=arn, GranteePrincipal=f"arn:aws:iam::{ACCOUNT}:user/App", Operations=["Decrypt"])
    both = "  none of the 2 grants on the key names the caller; what was retired or revoked is not listed"
    assert said(kmsgen, arn) == [both]


@pytest.mark.parametrize(
    ("grant", "context", "expected"),
    [
        (
            {"Operations": ["Encrypt", "GenerateDataKey"], "Name": "write"},
            (),
            ["  the grant `write` {id} names the caller", "    it does not have Decrypt: it has Encrypt, GenerateDataKey"],
        ),
        (
            {"Operations": ["Decrypt"], "Constraints": {"EncryptionContextSubset": {"app": "orders"}}},
            (),
            [
                "  the grant {id} names the caller",
                "    it demands that the encryption context has app=orders; the message does not say what it was",
            ],
        ),
        (
            {"Operations": ["Decrypt"], "Constraints": {"EncryptionContextEquals": {"app": "orders"}}},
            ("--context", "kms:EncryptionContext:app=billing"),
            [
                "  the grant {id} names the caller",
                "    it demands that the encryption context is just app=orders; it was app=billing",
            ],
        ),
        (
            {"Operations": ["Decrypt"], "GranteePrincipal": f"arn:aws:iam::{ACCOUNT}:root"},
            (),
            [
                "  the grant {id} names the caller as part of its account",
                "    it allows this, if an IAM policy of the caller does too: it may be younger than the request, or the "
                "request needed its grant token",
            ],
        ),
    ],
)  # fmt: skip
def test_a_grant_that_names_the_caller_says_why_it_did_not_allow_it(
    kmsgen: Kmsgen, kms: Any, arn: str, grant: dict[str, Any], context: tuple[str, ...], expected: list[str]
) -> None:
    made = kms.create_grant(**{"KeyId": arn, "GranteePrincipal": APP, **grant})["GrantId"]
    assert said(kmsgen, arn, *context) == [line.format(id=made) for line in expected]


def test_json_tells_what_each_grant_lacks(kmsgen: Kmsgen, kms: Any, arn: str) -> None:
    made = kms.create_grant(KeyId=arn, GranteePrincipal=APP, Operations=["Encrypt"], Name="write")["GrantId"]
    message = f"User: {SESSION} is not authorized to perform: kms:Decrypt on resource: {arn}"
    ran = kmsgen("why", message, "aws@eu-west-1", "--format", "json")
    assert json.loads(ran.out)["explanations"][0]["grants"] == {
        "count": 1,
        "reason": None,
        "naming_caller": [
            {
                "grant": made,
                "name": "write",
                "grantee": APP,
                "operations": ["Encrypt"],
                "names_caller": "yes",
                "allows": "no",
                "needs_identity_policy": False,
                "lacks": [{"element": "operation", "certain": True}],
            }
        ],
    }


def test_grants_that_may_not_be_read_hold_nothing_up(kmsgen: Kmsgen, arn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined]

    def call(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
        if operation == "ListGrants":
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "said so"}}, operation)
        return real(client, operation, arguments)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)
    assert said(kmsgen, arn) == [
        "  a grant on the key would allow it too; what grants there are cannot be read: kms:ListGrants: An error occurred "
        "(AccessDeniedException) when calling the ListGrants operation: said so"
    ]


def test_grants_are_read_too_where_iam_was_to_decide_and_not_where_a_deny_did(kmsgen: Kmsgen, kms: Any) -> None:
    root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}
    arn = kms.create_key(Policy=json.dumps({"Version": "2012-10-17", "Statement": [root]}))["KeyMetadata"]["Arn"]
    message = f"User: {SESSION} is not authorized to perform: kms:Decrypt on resource: {arn}"
    for reason, told in (
        ("because no identity-based policy allows", True),
        ("with an explicit deny in an identity-based policy", False),
        ("with an explicit deny in a resource-based policy", False),
    ):
        ran = kmsgen("why", f"{message} {reason}", "aws@eu-west-1")
        assert ("the key has no grants" in ran.out) is told
