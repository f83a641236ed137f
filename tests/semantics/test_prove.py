"""Invariants: those that hold are proved, and those that do not are refuted by a request that evaluation confirms."""

from __future__ import annotations

from typing import Any

import pytest

from kmsgen.policy.model import Policy
from kmsgen.policy.read import read_policy
from kmsgen.semantics.evaluate import evaluate
from kmsgen.semantics.prove import (
    Always,
    Invariant,
    Requests,
    callers,
    no_public_access,
    only_accounts,
    prove,
    separate_duties,
)
from kmsgen.semantics.world import KeyFacts

OWN, OTHER, THIRD = "111122223333", "444455556666", "777788889999"
ROOT = f"arn:aws:iam::{OWN}:root"
FACTS = KeyFacts(account=OWN)
DECRYPT = frozenset({"kms:Decrypt"})
MANAGE, USE = frozenset({"kms:PutKeyPolicy", "kms:DisableKey"}), frozenset({"kms:Decrypt", "kms:Encrypt"})


def role(name: str, account: str = OWN) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


def policy(*statements: dict[str, Any]) -> Policy:
    listed = [{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", **one} for one in statements]
    return read_policy({"Version": "2012-10-17", "Statement": listed})


def everybody(**condition: Any) -> dict[str, Any]:
    return {"Principal": "*", "Condition": {"StringEquals": condition}}


@pytest.mark.parametrize(
    ("statement", "public"),
    [
        ({"Principal": {"AWS": ROOT}}, False),
        ({"Principal": {"AWS": role("App", OTHER)}}, False),
        ({"Principal": "*"}, True),
        ({"Principal": {"AWS": "*"}, "Action": "kms:*"}, True),
        ({"NotPrincipal": {"AWS": role("App")}}, True),
        (everybody(**{"kms:ViaService": "s3.eu-west-1.amazonaws.com"}), True),
        (everybody(**{"aws:PrincipalTag/team": "red"}), True),
        (everybody(**{"kms:EncryptionContext:app": "orders"}), True),
        (everybody(**{"aws:SecureTransport": "true"}), True),
        (everybody(**{"aws:PrincipalOrgID": "o-a1b2c3d4e5"}), False),
        (everybody(**{"kms:CallerAccount": OWN, "kms:ViaService": "s3.eu-west-1.amazonaws.com"}), False),
        (everybody(**{"aws:PrincipalAccount": [OWN, OTHER]}), False),
        (everybody(**{"aws:SourceVpce": "vpce-0a1b2c3d"}), False),
        (everybody(**{"aws:SourceAccount": OWN}), False),
        (everybody(**{"aws:SourceArn": f"arn:aws:sns:eu-west-1:{OWN}:topic"}), False),
        (everybody(**{"aws:PrincipalAccount": "${aws:ResourceAccount}"}), False),
        (everybody(**{"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}), False),
        (everybody(**{"aws:PrincipalOrgID": "${aws:PrincipalTag/org}"}), True),
        ({"Principal": "*", "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::${aws:PrincipalAccount}:role/App"}}}, True),
        (everybody(**{"kms:CallerAccount": "⟨AWS.AccountId⟩", "kms:ViaService": "s3.eu-west-1.amazonaws.com"}), False),
        ({"Principal": "*", "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}}}, True),
        ({"Principal": "*", "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::${aws:ResourceAccount}:role/App"}}}, False),
        ({"Principal": "*", "Condition": {"StringLike": {"aws:PrincipalOrgID": "o-*"}}}, True),
        ({"Principal": "*", "Condition": {"StringLike": {"aws:SourceVpce": "vpce-*"}}}, True),
        ({"Principal": "*", "Condition": {"StringLike": {"aws:userid": "AROAEXAMPLEEXAMPLE123:*"}}}, False),
        ({"Principal": "*", "Condition": {"StringLike": {"aws:userid": "*:session"}}}, True),
        ({"Principal": "*", "Condition": {"StringLike": {"kms:CallerAccount": "*"}}}, True),
        ({"Principal": "*", "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}}, True),
        ({"Principal": "*", "Condition": {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}}, True),
        ({"Principal": "*", "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/App"}}}, True),
        ({"Principal": "*", "Condition": {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/*"}}}, False),
        ({"Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}, False),
        ({"Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}}, True),
        (
            {
                "Principal": "*",
                "Condition": {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-ab12/*"}},
            },
            False,
        ),
        (
            {
                "Principal": "*",
                "Condition": {"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-ab12/*"}},
            },
            True,
        ),
    ],
)  # fmt: skip
def test_what_is_public(statement: dict[str, Any], public: bool) -> None:
    one = policy({"Principal": {"AWS": ROOT}, "Action": "kms:*"}, statement)
    proof = prove(one, no_public_access(one), FACTS)
    assert proof.holds is not public
    if public:
        (witness,) = proof.counterexample
        assert evaluate(one, witness, key_account=OWN).verdict == "allowed"


def test_a_deny_can_close_what_an_allow_opens() -> None:
    deny = {
        "Effect": "Deny", "Principal": "*", "Action": "kms:*",
        "Condition": {"StringNotEquals": {"aws:PrincipalAccount": OWN}},
    }  # fmt: skip
    one = policy({"Principal": "*"}, deny)
    assert prove(one, no_public_access(one), FACTS).holds is True


@pytest.mark.parametrize(
    ("statements", "holds"),
    [
        (({"Principal": {"AWS": [OWN, role("App", OTHER)]}},), True),
        (({"Principal": {"AWS": [OWN, role("App", THIRD)]}},), False),
        (({"Principal": {"AWS": role("App", THIRD)}, "Action": "kms:Encrypt"},), True),
        (({"Principal": {"Service": "s3.amazonaws.com"}},), True),
        ((everybody(**{"aws:PrincipalAccount": OTHER}),), True),
        ((everybody(**{"aws:PrincipalOrgID": "o-a1b2c3d4e5"}),), False),
    ],
)
def test_only_some_accounts_decrypt(statements: tuple[dict[str, Any], ...], holds: bool) -> None:
    assert prove(policy(*statements), only_accounts([OWN, OTHER], DECRYPT), FACTS).holds is holds


@pytest.mark.parametrize(
    ("statements", "holds"),
    [
        ([{"Principal": {"AWS": role("A")}, "Action": "kms:PutKeyPolicy"}, {"Principal": {"AWS": role("B")}}], True),
        ([{"Principal": {"AWS": role("A")}, "Action": "kms:PutKeyPolicy"}, {"Principal": {"AWS": role("A")}}], False),
        ([{"Principal": {"AWS": role("A")}, "Action": "kms:*"}], False),
        ([{"Principal": {"AWS": ROOT}, "Action": "kms:*"}], True),
        (
            [
                {"Principal": {"AWS": role("A")}, "Action": "kms:*"},
                {"Effect": "Deny", "Principal": "*", "Action": ["kms:Decrypt", "kms:Encrypt"]},
            ],
            True,
        ),
        (
            [
                {"Principal": {"AWS": f"arn:aws:sts::{OWN}:assumed-role/A/me"}, "Action": "kms:PutKeyPolicy"},
                {"Principal": {"AWS": role("A")}},
            ],
            False,
        ),
    ],
)  # fmt: skip
def test_duties_are_separate(statements: list[dict[str, Any]], holds: bool) -> None:
    one = policy(*statements)
    proof = prove(one, separate_duties(MANAGE, USE), FACTS)
    assert proof.holds is holds
    if not holds:
        manages, uses = proof.counterexample
        assert manages.values["aws:principalarn"] == uses.values["aws:principalarn"]
        assert evaluate(one, manages).access == evaluate(one, uses).access == "direct"
        assert (manages.action in MANAGE, uses.action in USE) == (True, True)


def stays(*principals: str) -> Invariant:
    return Always("these stay allowed", Requests((callers(*principals, actions=DECRYPT),)))


def test_what_has_to_stay_allowed() -> None:
    one = policy(
        {"Principal": {"AWS": ROOT}},
        {
            "Effect": "Deny", "Principal": "*",
            "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
        },
    )  # fmt: skip
    refuted = prove(one, stays(role("App")), FACTS)
    assert refuted.holds is False
    assert evaluate(one, refuted.counterexample[0]).verdict == "explicitly-denied"
    assert prove(policy({"Principal": {"AWS": ROOT}}), stays(role("App")), FACTS).holds is True
    direct = Always("", Requests((callers(role("App"), actions=DECRYPT),)), level="direct")
    assert prove(policy({"Principal": {"AWS": ROOT}}), direct, FACTS).holds is False


def test_too_many_overlapping_patterns_are_undecided_and_say_so() -> None:
    values = [f"*{chr(97 + one)}{chr(97 + other)}*" for one in range(10) for other in range(5)]
    one = policy({"Principal": "*", "Condition": {"StringLike": {"kms:EncryptionContext:app": values}}})
    proof = prove(one, no_public_access(one), FACTS)
    assert proof.holds is None
    assert proof.why is not None
    assert "too many cases" in proof.why
