"""The oracle itself: its judges agree with each other, and say what AWS's pages say of small cases."""

from __future__ import annotations

import random
from typing import Any

import pytest

from kmsgen.policy.model import Policy
from kmsgen.policy.read import read_policy
from kmsgen.semantics.request import Request
from tests.oracle import generate, rewrite, smt, world
from tests.oracle.__main__ import run_pair
from tests.oracle.brute import brute
from tests.oracle.judge import Judgement, Sampled, Verdict, contradictions, judge, sample
from tests.oracle.requests import Sampler

needs_solver = pytest.mark.skipif(not smt.AVAILABLE, reason="cvc5 is not installed: it is in the dev extra")

OWN = "111122223333"
ROLE, USER, ROOT = f"arn:aws:iam::{OWN}:role/app/Reader", f"arn:aws:iam::{OWN}:user/ann", f"arn:aws:iam::{OWN}:root"


def policy(*statements: dict[str, Any]) -> Policy:
    shared = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "kms:Decrypt", "Resource": "*"}
    return read_policy({"Version": "2012-10-17", "Statement": [shared | one for one in statements]})


def when(operator: str, key: str, *values: str) -> dict[str, Any]:
    return {"Principal": "*", "Condition": {operator: {key: list(values)}}}


DENY = {"Effect": "Deny", "Principal": "*"}
PAIRS: dict[str, tuple[Policy, Policy, str, str]] = {
    "a role swapped for its account": (policy({}), policy({"Principal": {"AWS": ROOT}}), "yes", "yes"),
    "an account by number": (policy({"Principal": {"AWS": ROOT}}), policy({"Principal": {"AWS": OWN}}), "no", "no"),
    "a session of a role": (
        policy({}), policy({"Principal": {"AWS": f"arn:aws:sts::{OWN}:assumed-role/Reader/me-1"}}), "yes", "yes",
    ),
    "a deny of the account": (
        policy({}), policy({}, {"Effect": "Deny", "Principal": {"AWS": ROOT}}), "no", "yes",
    ),
    "strings cross the parts of an ARN": (
        policy(when("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{OWN[:4]}*:role/reader-*")),
        policy(when("StringLike", "aws:PrincipalArn", f"arn:aws:iam::{OWN[:4]}*:role/reader-*")), "yes", "no",
    ),
    "a prefix within a prefix": (
        policy(when("StringLike", "kms:ViaService", "s3.*")), policy(when("StringLike", "kms:ViaService", "s3*")),
        "yes", "no",
    ),
    "an absent key": (
        policy(when("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5")),
        policy(when("StringEqualsIfExists", "aws:PrincipalOrgID", "o-a1b2c3d4e5")), "yes", "no",
    ),
    "an absent key, negated": (
        policy(when("StringNotEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5")),
        policy(when("StringNotEqualsIfExists", "aws:PrincipalOrgID", "o-a1b2c3d4e5")), "no", "no",
    ),
    "halves of a network": (
        policy(when("IpAddress", "aws:SourceIp", "203.0.113.0/25", "203.0.113.128/25")),
        policy(when("IpAddress", "aws:SourceIp", "203.0.113.0/24")), "no", "no",
    ),
    "whole numbers": (
        policy(when("NumericLessThan", "aws:MultiFactorAuthAge", "11")),
        policy(when("NumericLessThanEquals", "aws:MultiFactorAuthAge", "10")), "no", "no",
    ),
    "an age comes with the device": (
        policy(when("NumericLessThan", "aws:MultiFactorAuthAge", "11")),
        policy(when("NumericLessThan", "aws:MultiFactorAuthAge", "11") | {"Condition": {
            "NumericLessThan": {"aws:MultiFactorAuthAge": "11"}, "Bool": {"aws:MultiFactorAuthPresent": "true"}}}),
        "no", "no",
    ),
    "all of two values": (
        policy(when("ForAllValues:StringEquals", "kms:EncryptionContextKeys", "App", "Team")),
        policy(when("ForAnyValue:StringEquals", "kms:EncryptionContextKeys", "App", "Team")), "yes", "yes",
    ),
    "a name in the list is a key that is there": (
        policy(when("ForAnyValue:StringEqualsIgnoreCase", "kms:EncryptionContextKeys", "App")),
        policy(when("Null", "kms:EncryptionContext:app", "false")), "no", "no",
    ),
    "only actions of the future": (
        policy({"Action": "kms:Decrypt"}), policy({"Action": "kms:Decrypt*"}), "yes", "no",
    ),
    "a condition that no request of the action carries": (
        policy({}), policy({}, when("StringEquals", "kms:GranteePrincipal", USER)), "no", "no",
    ),
    "everybody but": (
        policy({"Principal": "*"}, DENY | {"Condition": {"ArnNotEquals": {"aws:PrincipalArn": ROLE}}}),
        policy({}), "no", "no",
    ),
}  # fmt: skip


@needs_solver
@pytest.mark.parametrize(("old", "new", "gains", "losses"), PAIRS.values(), ids=PAIRS)
def test_a_small_pair_is_judged_as_the_documentation_has_it(old: Policy, new: Policy, gains: str, losses: str) -> None:
    judged = judge(old, new)
    assert (judged.gains, judged.losses) == (gains, losses)


@needs_solver
def test_actions_of_the_future_can_be_left_out() -> None:
    old, new, *_ = PAIRS["only actions of the future"]
    assert smt.decide(old, new, new_actions=False).status == "unsat"


@needs_solver
@pytest.mark.parametrize("seed", range(500, 530))
def test_the_judges_agree_with_each_other(seed: int) -> None:
    assert run_pair(seed, engine=None, requests=100, limit_ms=2000).wrong == []


@needs_solver
@pytest.mark.parametrize("seed", range(100, 110))
def test_brute_force_that_is_complete_agrees_with_the_solver(seed: int) -> None:
    old, new = generate.tiny(seed).policies
    found, judged = brute(old, new, limit=3000), judge(old, new)
    assert {judged.gains, judged.losses} <= {"yes", "no"}
    assert found.gains <= (judged.gains == "yes")
    assert found.losses <= (judged.losses == "yes")
    if found.complete:
        assert (found.gains, found.losses) == (judged.gains == "yes", judged.losses == "yes")


@pytest.mark.parametrize("seed", range(30))
def test_random_requests_can_occur_and_rewrites_change_none(seed: int) -> None:
    document = generate.pair(seed).old
    old, new = read_policy(document), read_policy(rewrite.rewritten(random.Random(seed), document, steps=3))
    drawn = list(Sampler(random.Random(seed), old, new).requests(20))
    assert len(drawn) == 20
    assert [fault for one in drawn for fault in world.violations(one)] == []
    assert sample(old, new, seed, 60) == Sampled()


@pytest.mark.parametrize(
    ("request_", "narrow", "fault"),
    [
        (Request(ROLE, "kms:Decrypt", {"aws:SourceArn": "arn:aws:s3:::b"}), True, "aws:sourcearn does not come with"),
        (Request("s3.amazonaws.com", "kms:Decrypt", {"kms:ViaService": "x"}), True, "kms:viaservice does not come"),
        (
            Request(ROLE, "kms:DescribeKey", {"kms:EncryptionContext:a": "x"}),
            False,
            "does not come with kms:DescribeKey",
        ),
        (Request(ROLE, "kms:Decrypt", {"aws:PrincipalAccount": "444455556666"}), False, "aws:principalaccount is"),
        (Request(ROLE, "kms:Decrypt", {"aws:SourceIp": "10.0.0.1", "aws:SourceVpce": "vpce-1"}), False, "excludes"),
        (Request(ROLE, "kms:Decrypt", {"aws:MultiFactorAuthAge": "1"}), False, "comes with aws:MultiFactorAuthPresent"),
        (Request(ROLE, "kms:Decrypt", {"kms:EncryptionContextKeys": ("a",)}), False, "lists"),
        (Request(ROLE, "kms:Decrypt", {"aws:PrincipalOrgID": ("a", "b")}), False, "has one value"),
        (Request(ROLE, "kms:Decrypt", {"aws:PrincipalOrgID": "corp"}), True, "is no value of"),
        (Request(ROLE, "s3:GetObject"), False, "no action that AWS could add"),
        (Request(ROLE, "kms:ListKeys"), True, "no action on a key"),
    ],
)
def test_an_impossible_request_is_known(request_: Request, narrow: bool, fault: str) -> None:
    assert any(fault in one for one in world.violations(request_, narrow=narrow))


def test_a_wrong_verdict_is_contradicted() -> None:
    old, new = policy({}), policy({"Principal": {"AWS": USER}})
    judged = Judgement("yes", "yes")
    gaining, same = Request(USER, "kms:Decrypt"), Request(USER, "kms:Encrypt")
    right = Verdict(True, True, False, [gaining])
    assert contradictions(old, new, right, judged, Sampled()) == []
    assert contradictions(old, new, right._replace(gains=False), judged, Sampled()) == ["a gain was missed"]
    assert contradictions(old, new, right._replace(gains=False), None, Sampled(gaining=[gaining])) == [
        "a gain was missed"
    ]
    assert contradictions(old, new, right._replace(witnesses=[same]), judged, Sampled())[0].startswith("a witness has")
    assert contradictions(old, new, Verdict(False, False, True), judged, Sampled()) == []
