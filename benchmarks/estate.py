"""The keys that everything is measured with: the same at every run, each with names of its own.

A key lets the root user recover it, two roles manage it, three use it (one through a service only), two services use
it under conditions, and another account use it. What it compiles to is written down here once more, by hand, so that
peers build the very same policy, and the floor does nothing but fill it in.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

ACCOUNT, PARTNER, REGION = "111122223333", "444455556666", "eu-west-1"

_HEAD = f"""\
version: 1
accounts:
  own: "{ACCOUNT}"
  partner: "{PARTNER}"
keys:
"""
_KEY = f"""\
  NAME:
    account: own
    region: {REGION}
    description: What NAME encrypts
    aliases: NAME
    admins: [role/NAME/admin, role/NAME/deploy]
    users:
      - role/NAME/reader: {{can: decrypt}}
      - role/NAME/writer: {{can: encrypt}}
      - role/NAME/worker: {{can: encrypt-decrypt, when: {{via: s3}}}}
    services:
      - cloudtrail: {{trail: NAME}}
      - cloudwatch-logs: {{log_group: NAME}}
    accounts:
      - partner: {{can: decrypt, when: {{via: s3}}}}
"""


class Allowed(NamedTuple):
    """One statement of every policy; `NAME` stands for the key's name."""

    sid: str
    kind: str
    who: tuple[str, ...]
    actions: tuple[str, ...]
    condition: Mapping[str, Mapping[str, str]] = {}


def _role(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/NAME/{name}"


_VIA_S3 = {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}}
_TRAIL = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/NAME"
_MANAGE = """
    CreateAlias DeleteAlias DescribeKey DisableKey DisableKeyRotation EnableKey EnableKeyRotation GetKeyLastUsage
    GetKeyPolicy GetKeyRotationStatus ListGrants ListKeyPolicies ListKeyRotations ListResourceTags PutKeyPolicy
    RevokeGrant RotateKeyOnDemand TagResource UntagResource UpdateAlias UpdateKeyDescription
"""
_ENCRYPT = "DescribeKey Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext"
_LOGS = "Decrypt Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext ReEncryptFrom ReEncryptTo"


def _actions(names: str) -> tuple[str, ...]:
    return tuple(f"kms:{name}" for name in names.split())


STATEMENTS = (
    Allowed("RootRecovery", "AWS", (f"arn:aws:iam::{ACCOUNT}:root",), _actions("DescribeKey GetKeyPolicy PutKeyPolicy"),
            {"StringEquals": {"aws:PrincipalType": "Account"}}),
    Allowed("Admin", "AWS", (_role("admin"), _role("deploy")), _actions(_MANAGE)),
    Allowed("Decrypt", "AWS", (_role("reader"),), _actions("Decrypt DescribeKey")),
    Allowed("Encrypt", "AWS", (_role("writer"),), _actions(_ENCRYPT)),
    Allowed("EncryptDecryptViaS3", "AWS", (_role("worker"),), _actions(f"Decrypt {_ENCRYPT}"), _VIA_S3),
    Allowed("DecryptViaS3", "AWS", (f"arn:aws:iam::{PARTNER}:root",), _actions("Decrypt DescribeKey"), _VIA_S3),
    Allowed("CloudTrailEncrypt", "Service", ("cloudtrail.amazonaws.com",), _actions("Decrypt GenerateDataKey"),
            {"ArnLike": {"aws:SourceArn": _TRAIL,
                         "kms:EncryptionContext:aws:cloudtrail:arn": f"arn:aws:cloudtrail:*:{ACCOUNT}:trail/*"}}),
    Allowed("CloudTrailDescribe", "Service", ("cloudtrail.amazonaws.com",), _actions("DescribeKey"),
            {"ArnLike": {"aws:SourceArn": _TRAIL}}),
    Allowed("CloudWatchLogs", "Service", (f"logs.{REGION}.amazonaws.com",), _actions(_LOGS),
            {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:NAME"}}),
)  # fmt: skip


def name_of(number: int) -> str:
    """What a key is called."""
    return f"key-{number:05}"


def blueprint(numbers: range) -> str:
    """The text of a blueprint with these keys."""
    return _HEAD + "".join(_KEY.replace("NAME", name_of(number)) for number in numbers)


def write_blueprints(folder: Path, count: int, per_file: int = 1) -> None:
    """A folder of blueprints with that many keys."""
    folder.mkdir(parents=True)
    for first in range(0, count, per_file):
        numbers = range(first, min(first + per_file, count))
        path = folder / f"{name_of(first) if per_file == 1 else f'keys-{first:05}'}.yaml"
        path.write_text(blueprint(numbers), encoding="utf-8")


def policy(name: str) -> dict[str, Any]:
    """The policy of a key, as data."""
    return {"Version": "2012-10-17", "Statement": [_statement(one, name) for one in STATEMENTS]}


def _statement(one: Allowed, name: str) -> dict[str, Any]:
    who = [each.replace("NAME", name) for each in one.who]
    made = {
        "Sid": one.sid,
        "Effect": "Allow",
        "Principal": {one.kind: who if len(who) > 1 else who[0]},
        "Action": list(one.actions) if len(one.actions) > 1 else one.actions[0],
        "Resource": "*",
    }
    if one.condition:
        made["Condition"] = {
            operator: {key: value.replace("NAME", name) for key, value in tests.items()}
            for operator, tests in one.condition.items()
        }
    return made


def text_of(document: Mapping[str, Any]) -> str:
    """A policy as kmsgen writes it."""
    return json.dumps(document, indent=2) + "\n"


def mutated(name: str, number: int) -> dict[str, Any]:
    """The policy of a key with one change in what it means: who, what, when, or one statement less, in turn."""
    made = policy(name)
    statements = made["Statement"]
    match number % 4:
        case 0:
            statements[2]["Principal"]["AWS"] += "-of-another-team"
        case 1:
            statements[2]["Action"].append("kms:ReEncryptFrom")
        case 2:
            del statements[4]["Condition"]
        case _:
            del statements[5]
    return made


def write_policies(folder: Path, count: int, *, changed: bool = False) -> None:
    """A folder of policies with that many keys."""
    folder.mkdir(parents=True)
    for number in range(count):
        name = name_of(number)
        document = mutated(name, number) if changed else policy(name)
        (folder / f"{name}.json").write_text(text_of(document), encoding="utf-8")


def templates(count: int, size: int = 100) -> Iterator[dict[str, Any]]:
    """CloudFormation templates of the same keys, so many in each, for tools that read nothing else."""
    for first in range(0, count, size):
        yield {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Resources": {
                f"Key{number}": {
                    "Type": "AWS::KMS::Key",
                    "DeletionPolicy": "Retain",
                    "UpdateReplacePolicy": "Retain",
                    "Properties": {"EnableKeyRotation": True, "KeyPolicy": policy(name_of(number))},
                }
                for number in range(first, min(first + size, count))
            },
        }
