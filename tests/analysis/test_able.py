"""Whether somebody can do something: the short way to an answer says what a proof over all requests says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kmsgen.analysis.able import ANYBODY, able
from kmsgen.catalog.principals import ACCOUNT, account_of
from kmsgen.errors import KmsgenError
from kmsgen.policy.model import Condition, Policy, condition
from kmsgen.policy.read import read_policy
from kmsgen.semantics.evaluate import evaluate
from kmsgen.semantics.prove import Never, Requests, callers, prove
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources import Options, load
from tests.corpus import CORPUS, REASON

OWN = "111122223333"
ROLE = f"arn:aws:iam::{OWN}:role/App"
FACTS = KeyFacts(OWN, "eu-west-1", spec="SYMMETRIC_DEFAULT", usage="ENCRYPT_DECRYPT")
ASKED = [
    frozenset({"kms:PutKeyPolicy"}),
    frozenset({"kms:Decrypt", "kms:DescribeKey", "kms:Sign"}),
    frozenset({"kms:CreateGrant"}),
    frozenset({"kms:ReEncryptFrom", "kms:ScheduleKeyDeletion"}),
]
MFA = condition("BoolIfExists", "aws:MultiFactorAuthPresent", "false")


def policy(*statements: dict[str, Any]) -> Policy:
    return read_policy(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Resource": "*", **one} for one in statements],
        }
    )


@pytest.mark.parametrize(
    ("statements", "can"),
    [
        ([{"Principal": {"AWS": ROLE}, "Action": "kms:Decrypt"}], True),
        ([{"Principal": {"AWS": f"{ROLE}2"}, "Action": "kms:Decrypt"}], False),
        ([{"Principal": {"AWS": OWN}, "Action": "kms:*"}], False),
        # What the action does not carry is no way to it.
        ([{"Principal": {"AWS": ROLE}, "Action": "kms:Decrypt",
           "Condition": {"StringEquals": {"kms:SigningAlgorithm": "ECDSA_SHA_256"}}}], False),
        ([{"Principal": {"AWS": ROLE}, "Action": "kms:Decrypt",
           "Condition": {"StringEquals": {"kms:KeySpec": "RSA_2048"}}}], False),
        ([{"Principal": {"AWS": ROLE}, "Action": "kms:Decrypt",
           "Condition": {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"},
                         "StringEquals": {"kms:EncryptionContext:tenant": "acme"}}}], True),
        ([{"Principal": "*", "Action": "kms:Decrypt",
           "Condition": {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/*"}}}], True),
        ([{"Principal": "*", "Action": "kms:Decrypt",
           "Condition": {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/x/*"}}}], False),
        ([{"Principal": {"AWS": ROLE}, "Action": "kms:Decrypt"},
          {"Effect": "Deny", "Principal": "*", "NotAction": "kms:Describe*"}], False),
        ([{"Principal": {"AWS": ROLE}, "Action": "kms:Decrypt"},
          {"Effect": "Deny", "NotPrincipal": {"AWS": ROLE}, "Action": "kms:*"}], True),
    ],
)  # fmt: skip
def test_a_role_can_decrypt_or_cannot(statements: list[dict[str, Any]], can: bool) -> None:
    wanted = frozenset({"kms:Decrypt"})
    found = able(policy(*statements), ROLE, wanted, FACTS)
    assert found.holds is not can
    for request in found.counterexample:
        assert evaluate(policy(*statements), request, key_account=OWN).access == "direct"


def test_root_users_are_not_anybody() -> None:
    recovery = {"StringEquals": {"aws:PrincipalType": "Account"}}
    only_root = policy({"Principal": {"AWS": "*"}, "Action": "kms:*", "Condition": recovery})
    assert able(only_root, ANYBODY, ASKED[0], FACTS).holds is True
    assert able(policy({"Principal": {"AWS": "*"}, "Action": "kms:*"}), ANYBODY, ASKED[0], FACTS).holds is False


def test_a_service_is_not_anybody() -> None:
    assert able(
        policy({"Principal": {"Service": "sns.amazonaws.com"}, "Action": "kms:*"}), ANYBODY, ASKED[0], FACTS
    ).holds


def test_a_symbol_for_the_account_may_be_any_account() -> None:
    named = policy({"Principal": {"AWS": ROLE}, "Action": "kms:PutKeyPolicy"})
    assert able(named, ROLE, ASKED[0], replace(FACTS, account="⟨account⟩")).holds is False
    assert able(named, ROLE, ASKED[0], replace(FACTS, account="444455556666")).holds is True


@pytest.mark.skipif(not CORPUS.is_dir(), reason=REASON)
@pytest.mark.parametrize("conditions", [(), (MFA,)], ids=["in any context", "without a second factor"])
def test_the_short_way_agrees_with_the_proof(conditions: tuple[Condition, ...]) -> None:
    told = 0
    for path in sorted((CORPUS / "policies").glob("*.json")):
        for who, asked, judged, found in _answers(path, conditions):
            told += 1
            invariant = Never("", Requests((callers(who, actions=asked, conditions=conditions),)), "direct")
            assert found == prove(judged, invariant).holds, (path.name, who, sorted(asked))
    assert told > 200


Answer = tuple[str, frozenset[str], Policy, bool | None]


def _answers(path: Path, conditions: tuple[Condition, ...]) -> list[Answer]:
    try:
        (key,) = load(str(path), Options()).keys
    except KmsgenError:
        return []  # no policy at all
    policy = key.policy
    assert policy is not None
    named = {one.value for statement in policy.statements for one in statement.principals if ":role/" in one.value}
    whole = sorted(who for who in named if ACCOUNT.fullmatch(account_of(who)))
    return [
        (who, asked, policy, able(policy, who, asked, KeyFacts(), conditions).holds)
        for who in whole[:3]
        for asked in ASKED
    ]
