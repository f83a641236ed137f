"""What is taken for a fence at a glance is one by proof, and what no fence stands for is none."""

from __future__ import annotations

import itertools

import pytest

from kmsgen.policy.model import AWS, SERVICE, Effect, Policy, Principal, Statement, condition
from kmsgen.semantics.fences import is_closed, names_owner, of_caller, of_source
from kmsgen.semantics.prove import no_confused_deputy, no_public_access, prove

OPERATORS = (
    "StringEquals", "StringLike", "StringNotEquals", "StringEqualsIfExists", "ForAllValues:StringEquals",
    "ForAnyValue:StringLike", "ArnLike", "ArnNotLike", "ArnEqualsIfExists",
)  # fmt: skip
VALUES = (
    ("111122223333",), ("*",), ("111122223333", "*"), ("o-a1b2c3d4e5",), ("o-*",), ("arn:aws:sns:*:111122223333:*",),
    ("arn:aws:sns:*:*:*",), ("arn:aws:s3:::orders/*",), ("arn:aws:s3:::orders*",), ("arn:aws:iam::111122223333:role/App",),
    ("${aws:ResourceAccount}",), ("${aws:PrincipalTag/account}",), ("vpce-0a1b2c3d",), ("AROAEXAMPLEEXAMPLE123:*",),
)  # fmt: skip
CALLERS = (
    "kms:CallerAccount", "aws:PrincipalAccount", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:SourceVpce",
    "aws:userid", "aws:SourceAccount", "aws:SourceArn", "kms:ViaService", "aws:PrincipalTag/team",
)  # fmt: skip
SOURCES = (
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "kms:EncryptionContext:aws:s3:arn",
)


@pytest.mark.parametrize("key", CALLERS)
def test_a_fence_for_callers_keeps_strangers_out(key: str) -> None:
    for operator, values in itertools.product(OPERATORS, VALUES):
        one = _statement(Principal(AWS, "*"), operator, key, values)
        if is_closed(one, of_caller):
            alone = Policy((one,))
            holds = prove(alone, no_public_access(alone)).holds
            assert holds or (holds is None and "$" in values[0]), (operator, values)


@pytest.mark.parametrize("key", SOURCES)
def test_a_fence_for_services_keeps_them_from_working_for_others(key: str) -> None:
    service = "sns.amazonaws.com"
    for operator, values in itertools.product(OPERATORS, VALUES):
        one = _statement(Principal(SERVICE, service), operator, key, values)
        if is_closed(one, of_source):
            alone = Policy((one,))
            holds = prove(alone, no_confused_deputy(alone, service)).holds
            assert holds or (holds is None and "$" in values[0]), (operator, values)


@pytest.mark.parametrize(
    ("pattern", "named"),
    [
        ("arn:aws:sns:*:${aws:ResourceAccount}:topic", True),
        ("arn:aws:sns:*:${aws:PrincipalAccount}:topic", False),
        ("arn:aws:s3:::${aws:PrincipalTag/bucket}/*", False),
        ("arn:aws:s3:::orders/${aws:PrincipalTag/folder}", True),
        ("arn:aws:sns:eu-west-1:⟨AWS.AccountId⟩:topic", True),
        ("⟨Topic⟩", True),
        ("arn:aws:s3:::*", False),
        ("*", False),
    ],
)
def test_an_arn_says_whose_resource_is_meant(pattern: str, named: bool) -> None:
    assert names_owner(pattern) is named


@pytest.mark.parametrize(
    ("operator", "key", "values", "holds"),
    [
        ("StringEquals", "aws:SourceAccount", "111122223333", True),
        ("StringEqualsIfExists", "aws:SourceAccount", "111122223333", False),
        ("StringNotEquals", "aws:SourceAccount", "111122223333", False),
        ("ArnLike", "aws:SourceArn", "arn:aws:sns:*:*:*", False),
        ("StringEquals", "aws:SourceOrgID", "${aws:ResourceOrgID}", True),
        ("StringEquals", "kms:ViaService", "sns.eu-west-1.amazonaws.com", False),
        ("Null", "aws:SourceArn", "false", False),
    ],
)
def test_whether_a_service_works_for_anybody_is_proved(operator: str, key: str, values: str, holds: bool) -> None:
    alone = Policy((_statement(Principal(SERVICE, "sns.amazonaws.com"), operator, key, (values,)),))
    assert prove(alone, no_confused_deputy(alone, "sns.amazonaws.com")).holds is holds


def _statement(principal: Principal, operator: str, key: str, values: tuple[str, ...]) -> Statement:
    conditions = frozenset({condition(operator, key, values)})
    return Statement(Effect.ALLOW, frozenset({principal}), actions=frozenset({"kms:Decrypt"}), conditions=conditions)
