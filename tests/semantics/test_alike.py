"""Policies that differ in names alone become the same, and those in which a name may matter stay as they are."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kmsgen.policy.model import AWS, SERVICE, Effect, Policy, Principal, Statement, condition
from kmsgen.semantics.alike import Alike, alike
from kmsgen.semantics.world import KeyFacts
from tests.semantics.named import KEY, LOGS, QUEUE, ROLE, allow, sent
from tests.support import OWN

SAME = {
    "roles": lambda name: [allow(ROLE + name, f"{ROLE}{name}-2"), allow(f"arn:aws:iam::444455556666:role/{name}", sid="x")],
    "paths": lambda name: [allow(f"{ROLE}{name}/team/app", f"{ROLE}{name}/team/{name}")],
    "everybody but a role": lambda name: [
        Statement(Effect.DENY, not_principals=frozenset({Principal(AWS, ROLE + name)}), actions=frozenset({"kms:*"}))
    ],
    "resources that send": lambda name: [sent("aws:SourceArn", QUEUE + name)],
    "resources in the context": lambda name: [
        sent(LOGS, f"arn:aws:logs:eu-west-1:{OWN}:log-group:{name}"), sent("aws:SourceArn", f"arn:aws:s3:::{name}"),
    ],
    "a resource that a pattern takes in": lambda name: [
        sent("aws:SourceArn", QUEUE + name), sent("aws:SourceArn", QUEUE + "*"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("statements", SAME.values(), ids=SAME)
def test_keys_are_alike_that_differ_in_names(statements: Callable[[str], list[Statement]]) -> None:
    one, two = (alike((Policy(tuple(statements(name))),), KeyFacts(OWN)) for name in ("orders", "Billing_1"))
    assert one.policies == two.policies
    assert (bool(one.names), one.names != two.names) == (True, True)


def test_keys_are_alike_that_differ_in_their_ids() -> None:
    policy = Policy((allow(ROLE + "app"),))
    one, two = (alike((policy,), KeyFacts(OWN, arn=KEY + name)) for name in ("1234abcd-12ab", "mrk-0123456789"))
    assert (one.policies, one.facts) == (two.policies, two.facts)
    assert (one.names, two.names) == (("app", "1234abcd-12ab"), ("app", "mrk-0123456789"))


def test_policies_differ_whose_statements_name_other_roles_together() -> None:
    one = alike((Policy((allow(ROLE + "a"), allow(ROLE + "a"))),), KeyFacts())
    two = alike((Policy((allow(ROLE + "a"), allow(ROLE + "b"))),), KeyFacts())
    assert one.policies != two.policies


VIA = condition("StringEquals", "kms:ViaService", "s3.eu-west-1.amazonaws.com")
BY_NAME = {
    "paths one inside the other": allow(ROLE + "app", ROLE + "team/app"),
    "a role that is no AWS principal": allow(ROLE + "app", kind="CanonicalUser"),
    "a pattern that takes in some names": allow(
        "sns.amazonaws.com",
        kind=SERVICE,
        conditions=[condition("ArnLike", "aws:SourceArn", QUEUE + "app"), condition("ArnLike", LOGS, QUEUE + "a*")],
    ),
    "several resources": allow(
        "sns.amazonaws.com",
        kind=SERVICE,
        conditions=[condition("ArnLike", "aws:SourceArn", (QUEUE + "a", QUEUE + "b"))],
    ),
    "a resource in any case": sent("aws:SourceArn", QUEUE + "app", "StringEqualsIgnoreCase"),
    "another key": sent("aws:RequestTag/queue", QUEUE + "app"),
    "a service-linked role": allow(ROLE + "aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS"),
    "a session": allow(ROLE + "app", f"arn:aws:sts::{OWN}:assumed-role/app/one"),
    "a name of nobody": allow(ROLE + "Example-app"),
    "names that differ in case alone": allow(ROLE + "app", ROLE + "App"),
    "a placeholder": allow("arn:aws:iam::<account>:role/app"),
    "what a stack makes": allow(ROLE + "app", "${aws_iam_role.app.arn}"),
    "a condition on who calls": allow(
        ROLE + "app", conditions=[condition("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{OWN}:*app")]
    ),
    "a condition that names a role": allow(
        ROLE + "app", conditions=[condition("ArnEquals", "aws:SourceArn", ROLE + "app")]
    ),
    "a condition with a variable": allow(
        ROLE + "app", conditions=[VIA, condition("StringEquals", "aws:RequestTag/owner", "${aws:userid}")]
    ),
}


@pytest.mark.parametrize("statement", BY_NAME.values(), ids=BY_NAME)
def test_a_policy_stays_as_it_is_where_a_name_may_matter(statement: Statement) -> None:
    policies, facts = (Policy((statement,)),), KeyFacts(OWN)
    assert alike(policies, facts) == Alike(policies, facts)


@pytest.mark.parametrize(
    "statement",
    [
        allow(ROLE + "app", resources=frozenset({KEY + "1234abcd-12ab"})),
        allow(ROLE + "app", conditions=[condition("StringEquals", "kms:EncryptionContext:key", KEY + "1234abcd-12ab")]),
    ],
)
def test_a_key_keeps_its_id_where_its_policy_says_it(statement: Statement) -> None:
    facts = KeyFacts(OWN, arn=KEY + "1234abcd-12ab")
    assert alike((Policy((statement,)),), facts).facts == facts


ORDERS, BILLS = QUEUE + "orders", QUEUE + "bills"


@pytest.mark.parametrize("operator", ["ArnLike", "StringEquals", "ArnNotEquals", "StringEqualsIgnoreCase"])
@pytest.mark.parametrize("other", [(ORDERS, BILLS), (BILLS, ORDERS.upper())])
def test_a_resource_keeps_its_name_where_a_list_has_it_too(operator: str, other: tuple[str, ...]) -> None:
    """Else the two would no longer be the same resource."""
    listed = allow("sns.amazonaws.com", conditions=[condition(operator, "aws:SourceArn", other)], kind=SERVICE)
    policies = (Policy((sent("aws:SourceArn", ORDERS),)), Policy((listed,)))
    assert alike(policies, KeyFacts(OWN)) == Alike(policies, KeyFacts(OWN))


def test_names_mean_the_same_in_all_policies_of_a_key() -> None:
    old, new = (Policy((allow(ROLE + name),)) for name in ("b", "a"))
    shared = alike((old, new), KeyFacts(OWN))
    assert shared.names == ("a", "b")
    assert shared.policies[0] != shared.policies[1]
    assert [shared.text(next(iter(one.statements[0].principals)).value) for one in shared.policies] == [
        ROLE + "b", ROLE + "a",
    ]  # fmt: skip
