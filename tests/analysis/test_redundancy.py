"""Statements that are said to be redundant can all be taken out at once, and nothing changes."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from kmsgen.analysis.registry import find
from kmsgen.analysis.subject import Asked, Subject
from kmsgen.policy.model import AWS, SERVICE, Condition, Effect, Policy, Principal, Statement, condition
from kmsgen.semantics.compare import compare
from kmsgen.semantics.world import KeyFacts
from tests.analysis.support import OWN, TODAY

FACTS = KeyFacts(account=OWN, region="eu-west-1")
PRINCIPALS = [
    Principal(AWS, "*"),
    Principal(AWS, OWN),
    Principal(AWS, f"arn:aws:iam::{OWN}:root"),
    Principal(AWS, f"arn:aws:iam::{OWN}:role/App"),
    Principal(AWS, "444455556666"),
    Principal(AWS, "arn:aws:iam::444455556666:role/Etl"),
    Principal(SERVICE, "sns.amazonaws.com"),
]
ACTIONS = ["kms:*", "kms:Decrypt", "kms:Encrypt", "kms:?ncrypt", "kms:ReEncrypt*", "kms:ReEncryptFrom", "KMS:decrypt"]
CONDITIONS = [
    condition("StringEquals", "kms:ViaService", "s3.eu-west-1.amazonaws.com"),
    condition("StringEquals", "kms:ViaService", ("s3.eu-west-1.amazonaws.com", "ec2.eu-west-1.amazonaws.com")),
    condition("StringLike", "kms:ViaService", "s3.*.amazonaws.com"),
    condition("StringEqualsIfExists", "kms:ViaService", "s3.eu-west-1.amazonaws.com"),
    condition("StringNotEquals", "kms:ViaService", "s3.eu-west-1.amazonaws.com"),
    condition("StringEquals", "kms:CallerAccount", OWN),
    condition("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{OWN}:role/A*"),
    condition("Null", "kms:ViaService", "true"),
]


def some(values: list[Condition]) -> st.SearchStrategy[frozenset[Condition]]:
    return st.frozensets(st.sampled_from(values), max_size=2)


STATEMENTS = st.builds(
    Statement,
    st.sampled_from([Effect.ALLOW, Effect.ALLOW, Effect.DENY]),
    st.frozensets(st.sampled_from(PRINCIPALS), min_size=1, max_size=2),
    actions=st.frozensets(st.sampled_from(ACTIONS), min_size=1, max_size=2),
    conditions=some(CONDITIONS),
)


@settings(deadline=None, max_examples=150)
@given(st.lists(STATEMENTS, min_size=2, max_size=4))
def test_what_is_said_to_be_redundant_can_go(statements: list[Statement]) -> None:
    rule = find("redundant-statement")
    assert rule is not None
    assert rule.of_policy is not None
    policy = Policy(tuple(statements))
    found = list(rule.of_policy(Subject(policy, FACTS, Asked(TODAY))))
    going = {one.statement for one in found if "can go" in one.message}
    left = replace(policy, statements=tuple(one for place, one in enumerate(statements) if place not in going))
    change = compare(policy, left, FACTS)
    assert (change.gains, change.losses, change.future_gains, change.future_losses) == ((), (), (), ())
