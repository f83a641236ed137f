"""Policies that name roles and resources, drawn at random or said in few words."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from kmsgen.policy.model import AWS, SERVICE, Condition, Effect, Principal, Statement, clashes, condition
from tests.support import OWN

ROLE = f"arn:aws:iam::{OWN}:role/"
PRINCIPALS = [
    *(Principal(AWS, ROLE + name) for name in ("App", "Zeta", "Admin-1", "Admin")),
    Principal(AWS, "arn:aws:iam::444455556666:role/team/App"),
    Principal(AWS, "arn:aws:iam::444455556666:role/App"),
    Principal(AWS, f"arn:aws:iam::{OWN}:user/App"),
    Principal(AWS, f"arn:aws:iam::{OWN}:root"),
    Principal(AWS, "444455556666"),
    Principal(AWS, "*"),
    Principal(SERVICE, "sns.amazonaws.com"),
]
ACTIONS = [
    "kms:*", "kms:Decrypt", "kms:Encrypt", "kms:ReEncrypt*", "kms:CreateGrant", "kms:PutKeyPolicy", "kms:TagResource",
    "kms:ScheduleKeyDeletion", "kms:CreateAlias", "kms:ReplicateKey",
]  # fmt: skip
CONDITIONS = [
    condition("ArnLike", "aws:SourceArn", "arn:aws:sns:eu-west-1:111122223333:orders"),
    condition("ArnLike", "aws:SourceArn", "arn:aws:sns:eu-west-1:111122223333:*"),
    condition(
        "ArnLike",
        "aws:SourceArn",
        ("arn:aws:sns:eu-west-1:111122223333:orders", "arn:aws:sns:eu-west-1:111122223333:bills"),
    ),
    condition("ArnLike", "aws:SourceArn", "arn:aws:sns:eu-west-1:111122223333:bills"),
    condition("ArnNotEquals", "aws:SourceArn", "arn:aws:sns:eu-west-1:111122223333:orders"),
    condition("ArnEquals", "kms:EncryptionContext:aws:s3:arn", "arn:aws:s3:::orders"),
    condition("StringEquals", "kms:ViaService", "s3.eu-west-1.amazonaws.com"),
    condition("StringNotEquals", "kms:ViaService", "s3.eu-west-1.amazonaws.com"),
    condition("StringEquals", "kms:CallerAccount", OWN),
    condition("StringEquals", "aws:PrincipalType", "AssumedRole"),
    condition("StringEquals", "aws:ResourceTag/team", "red"),
    condition("Bool", "kms:GrantIsForAWSResource", "true"),
    condition("Bool", "aws:MultiFactorAuthPresent", "true"),
    condition("IpAddress", "aws:SourceIp", "192.0.2.0/24"),
]
STATEMENTS = st.builds(
    Statement,
    st.sampled_from([Effect.ALLOW, Effect.ALLOW, Effect.DENY]),
    st.frozensets(st.sampled_from(PRINCIPALS), min_size=1, max_size=3),
    actions=st.frozensets(st.sampled_from(ACTIONS), min_size=1, max_size=3),
    conditions=st.frozensets(st.sampled_from(CONDITIONS), max_size=2),
    sid=st.sampled_from([None, "App", "Admin"]),
).filter(lambda one: not any(clashes(one.conditions)))


def allow(
    *values: str,
    sid: str | None = None,
    conditions: Sequence[Condition] = (),
    kind: str = AWS,
    resources: frozenset[str] = frozenset("*"),
) -> Statement:
    principals = frozenset(Principal(kind, value) for value in values)
    actions = frozenset({"kms:Decrypt"})
    return Statement(
        Effect.ALLOW, principals, actions=actions, sid=sid, conditions=frozenset(conditions), resources=resources
    )


def sent(key: str, arn: str, operator: str = "ArnLike") -> Statement:
    """What lets in a service for one resource."""
    return allow("sns.amazonaws.com", conditions=[condition(operator, key, arn)], kind=SERVICE)


QUEUE = "arn:aws:sqs:eu-west-1:111122223333:"
LOGS = "kms:EncryptionContext:aws:logs:arn"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/"
