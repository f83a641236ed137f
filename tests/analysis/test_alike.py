"""What is found of a policy under plain names of roles is what is found under its own, rule by rule and word by word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kmsgen.analysis import applying
from kmsgen.analysis.alike import Alike, alike
from kmsgen.analysis.engine import Settings, check
from kmsgen.analysis.finding import Finding, Found
from kmsgen.analysis.subject import Asked
from kmsgen.errors import PolicyError
from kmsgen.policy.model import AWS, SERVICE, Condition, Effect, Policy, Principal, Statement, clashes, condition
from kmsgen.semantics.request import Request
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources import Options, load
from kmsgen.sources.model import Kind, SourceKey
from tests.analysis.support import CASES, OWN, TODAY, cases, key
from tests.corpus import CORPUS, REASON
from tests.support import ROOT

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
SETTINGS = Settings(Asked(TODAY))


def told(keys: Sequence[SourceKey]) -> list[tuple[Finding, ...]]:
    return [one.findings for one in check(keys, SETTINGS)]


def apart(keys: Sequence[SourceKey]) -> list[tuple[Finding, ...]]:
    """What is found of keys each by itself, under its own names."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(applying, "alike", Alike)
        return told(keys)


def made(policy: Policy, kind: Kind = "policy") -> SourceKey:
    return SourceKey("key", policy, kind, "key.json", facts=KeyFacts(OWN, "eu-west-1"), names=("key",))


@pytest.mark.parametrize("rule", sorted(path.stem for path in CASES.glob("*.yaml")))
def test_the_cases_of_a_rule_read_the_same(rule: str) -> None:
    keys = [[key(case.data), *(key(one) for one in case.data.get("siblings", ()))] for case in cases(rule)]
    assert [told(some) for some in keys] == [apart(some) for some in keys]


@settings(deadline=None, max_examples=80)
@given(st.lists(STATEMENTS, min_size=1, max_size=4), st.sampled_from(["policy", "blueprint"]))
def test_random_policies_read_the_same(statements: list[Statement], kind: Kind) -> None:
    keys = [made(Policy(tuple(statements)), kind)]
    assert told(keys) == apart(keys)


@pytest.mark.parametrize("folder", ["blueprints", "out/json"])
def test_what_kmsgen_makes_reads_the_same(folder: str) -> None:
    keys = load(str(ROOT / folder), Options()).keys
    assert told(keys) == apart(keys)


@pytest.mark.skipif(not CORPUS.is_dir(), reason=REASON)
def test_policies_that_others_wrote_read_the_same() -> None:
    keys = list[SourceKey]()
    for path in sorted((CORPUS / "policies").glob("*.json")):
        try:
            keys += load(str(path), Options()).keys
        except PolicyError:
            continue
    assert keys
    assert told(keys) == apart(keys)


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
    one, two = (alike(Policy(tuple(statements(name))), KeyFacts(OWN)) for name in ("orders", "Billing_1"))
    assert one.policy == two.policy
    assert (bool(one.names), one.names != two.names) == (True, True)


def test_keys_are_alike_that_differ_in_their_ids() -> None:
    policy = Policy((allow(ROLE + "app"),))
    one, two = (alike(policy, KeyFacts(OWN, arn=KEY + name)) for name in ("1234abcd-12ab", "mrk-0123456789"))
    assert (one.policy, one.facts) == (two.policy, two.facts)
    assert (one.names, two.names) == (("app", "1234abcd-12ab"), ("app", "mrk-0123456789"))


def test_policies_differ_whose_statements_name_other_roles_together() -> None:
    one = alike(Policy((allow(ROLE + "a"), allow(ROLE + "a"))), KeyFacts())
    two = alike(Policy((allow(ROLE + "a"), allow(ROLE + "b"))), KeyFacts())
    assert one.policy != two.policy


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
    policy, facts = Policy((statement,)), KeyFacts(OWN)
    assert alike(policy, facts) == Alike(policy, facts)


@pytest.mark.parametrize(
    "statement",
    [
        allow(ROLE + "app", resources=frozenset({KEY + "1234abcd-12ab"})),
        allow(ROLE + "app", conditions=[condition("StringEquals", "kms:EncryptionContext:key", KEY + "1234abcd-12ab")]),
    ],
)
def test_a_key_keeps_its_id_where_its_policy_says_it(statement: Statement) -> None:
    facts = KeyFacts(OWN, arn=KEY + "1234abcd-12ab")
    assert alike(Policy((statement,)), facts).facts == facts


def test_findings_of_keys_that_are_alike_name_their_own_roles() -> None:
    names = ("billing", "orders")
    keys = [made(Policy((replace(allow(ROLE + name), actions=frozenset({"kms:*"})),))) for name in names]
    assert [[one.message for one in found if one.code == "KMS201"] for found in told(keys)] == [
        [f"`{ROLE}{name}` both manages the key (`kms:PutKeyPolicy`) and uses it (`kms:Decrypt`)"] for name in names
    ]


def test_a_finding_says_the_real_names_everywhere() -> None:
    shared = alike(Policy((allow(ROLE + "b"), allow(ROLE + "a"))), KeyFacts(OWN, arn=KEY + "c"))
    first, second = (next(iter(one.principals)).value for one in shared.policy.statements)
    asked = Request(first, "kms:Decrypt", {"x": (second, first), "y": first}, shared.facts.arn)
    found = Found(f"`{first}`", 0, help=f"`{second}`", about=second, witness=(asked,))
    a, b = ROLE + "a", ROLE + "b"
    really = Request(b, "kms:Decrypt", {"x": (a, b), "y": b}, KEY + "c")
    assert shared.own(found) == Found(f"`{b}`", 0, help=f"`{a}`", about=a, witness=(really,))
