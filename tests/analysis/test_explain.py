"""Who can do what, and when: told exactly, Denies taken into account, with what must exist and what is not decided."""

from __future__ import annotations

from typing import Any

import pytest

from kmsgen.analysis.explain import Needed, explain
from kmsgen.policy.read import read_policy
from kmsgen.semantics.evaluate import evaluate
from kmsgen.semantics.request import Request
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources import SourceKey, load
from tests.analysis.support import OWN

APP = f"arn:aws:iam::{OWN}:role/App"
FOREIGN = "arn:aws:iam::444455556666:role/Etl"


def key(*statements: dict[str, Any]) -> SourceKey:
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Resource": "*", **one} for one in statements],
    }
    return SourceKey("key", read_policy(document), "policy", "key.json", facts=KeyFacts(account=OWN))


def told(*statements: dict[str, Any]) -> list[tuple[str, str, tuple[str, ...], tuple[str, ...], str, bool]]:
    grants = explain(key(*statements)).grants
    return [(one.who, one.kind, one.what, one.conditions, one.access, one.needs_identity_policy) for one in grants]


def test_a_role_of_the_account_needs_nothing_else() -> None:
    assert told({"Principal": {"AWS": APP}, "Action": "kms:Decrypt"}) == [
        (f"role/App of {OWN}", "role", ("kms:Decrypt",), (), "direct", False)
    ]


def test_a_role_of_another_account_needs_its_own_accounts_word() -> None:
    assert told({"Principal": {"AWS": FOREIGN}, "Action": ["kms:Decrypt", "kms:PutKeyPolicy"]}) == [
        ("role/Etl of 444455556666", "role", ("kms:Decrypt",), (), "delegated", True)
    ]


def test_an_account_is_told_apart_from_its_root_user() -> None:
    root_only = {"StringEquals": {"aws:PrincipalType": "Account"}}
    assert told({"Principal": {"AWS": OWN}, "Action": "kms:Decrypt"}) == [
        (f"account {OWN}, by its IAM policies", "account", ("kms:Decrypt",), (), "delegated", True)
    ]
    assert told({"Principal": {"AWS": OWN}, "Action": "kms:PutKeyPolicy", "Condition": root_only}) == [
        (f"root user of {OWN}", "root user", ("kms:PutKeyPolicy",), (), "direct", False)
    ]


def test_what_a_deny_takes_away_is_not_told() -> None:
    allow = {"Principal": {"AWS": APP}, "Action": ["kms:Decrypt", "kms:Encrypt"]}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt"}
    assert told(allow, deny) == [(f"role/App of {OWN}", "role", ("kms:Encrypt",), (), "direct", False)]


def test_a_deny_with_a_condition_becomes_a_condition() -> None:
    allow = {"Principal": {"AWS": APP}, "Action": "kms:Decrypt"}
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "kms:*",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}},
    }
    assert told(allow, deny) == [
        (f"role/App of {OWN}", "role", ("kms:Decrypt",), ("MFA is not false, or is absent",), "direct", False)
    ]


def test_what_must_exist_is_named_with_what_creates_it() -> None:
    linked = f"arn:aws:iam::{OWN}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling_blue"
    user = f"arn:aws:iam::{OWN}:user/ops/Ann"
    said = explain(key({"Principal": {"AWS": [linked, user, APP, OWN]}, "Action": "kms:Decrypt"})).needed
    command = "aws iam create-service-linked-role --aws-service-name autoscaling.amazonaws.com --custom-suffix blue"
    assert said == (Needed(APP, "role"), Needed(linked, "service-linked role", command), Needed(user, "user"))


def test_notes_say_what_the_policy_alone_does_not_decide() -> None:
    notes = explain(
        key(
            {"Principal": {"AWS": OWN}, "Action": "kms:*"},
            {"Principal": {"AWS": [FOREIGN, "777788889999"]}, "Action": "kms:Decrypt"},
        )
    ).notes
    assert notes == (
        f"the IAM policies of account {OWN} decide who in it does what is given to the account as a whole",
        "account 444455556666 must allow its own principals by IAM policies as well",
        "account 777788889999 must allow its own principals by IAM policies as well",
        f"who holds kms:PutKeyPolicy can give itself anything: account {OWN}, by its IAM policies",
        "grants made by those who hold kms:CreateGrant allow more than the policy says, and are not shown here",
        "SCPs, RCPs, permissions boundaries, session policies and VPC endpoint policies can take away more",
    )


def test_a_key_whose_policy_is_not_known_says_so() -> None:
    said = explain(SourceKey("late", None, "terraform", "plan.json", reason="unknown until apply"))
    assert (said.grants, said.undecided) == ((), ("unknown until apply",))


@pytest.mark.parametrize("one", load("blueprints").keys, ids=lambda one: one.name)
def test_what_is_told_of_an_example_without_conditions_is_allowed_and_what_is_not_told_is_denied(
    one: SourceKey,
) -> None:
    """Held against `evaluate`, which reads statements one by one and knows nothing of comparing policies."""
    assert one.policy is not None
    always: dict[str, set[str]] = {}
    ever: dict[str, set[str]] = {}
    for grant in explain(one).grants:
        if grant.kind in ("role", "service") and "*" not in grant.principal:
            ever.setdefault(grant.principal, set()).update(grant.what)
            if not grant.when:
                always.setdefault(grant.principal, set()).update(grant.what)
    assert ever
    for principal, told_ in ever.items():
        for action in ("kms:Decrypt", "kms:GenerateDataKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:CreateGrant", "kms:Sign", "kms:DescribeKey"):  # fmt: skip
            request = Request(principal, action, one.facts.constants)
            allowed = evaluate(one.policy, request, key_account=one.facts.account).verdict == "allowed"
            if action in always.get(principal, set()):
                assert allowed, (principal, action)
            if action not in told_:
                assert not allowed, (principal, action)
