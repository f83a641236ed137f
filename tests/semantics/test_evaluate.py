"""Requests decided by policies: who a principal means, and how far a policy decides by itself."""

from __future__ import annotations

from typing import Any

import pytest

from kmsgen.policy.read import read_policy
from kmsgen.semantics.evaluate import Decision, evaluate
from kmsgen.semantics.request import Request

OWN, OTHER = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{OWN}:role/app/Reader"
SESSION = f"arn:aws:sts::{OWN}:assumed-role/Reader/me"
USER = f"arn:aws:iam::{OWN}:user/ann"
ROOT = f"arn:aws:iam::{OWN}:root"
FOREIGN = f"arn:aws:iam::{OTHER}:role/Etl"
SERVICE = "cloudtrail.amazonaws.com"
ANYONE = "*"


def decide(principal: Any, caller: str, action: str = "kms:Decrypt", **statement: Any) -> Decision:
    document = {"Effect": "Allow", "Principal": principal, "Action": "kms:Decrypt", "Resource": "*", **statement}
    policy = read_policy({"Version": "2012-10-17", "Statement": [document]})
    return evaluate(policy, Request(caller, action), key_account=OWN)


@pytest.mark.parametrize(
    ("principal", "caller", "access"),
    [
        ({"AWS": ROLE}, ROLE, "direct"),
        ({"AWS": ROLE}, SESSION, "direct"),
        ({"AWS": SESSION}, SESSION, "direct"),
        ({"AWS": SESSION}, ROLE, "none"),
        ({"AWS": f"arn:aws:sts::{OWN}:assumed-role/Reader/you"}, SESSION, "none"),
        ({"AWS": ROLE.replace("Reader", "reader")}, ROLE, "none"),
        ({"AWS": USER}, USER, "direct"),
        ({"AWS": USER}, ROLE, "none"),
        ({"AWS": ROOT}, ROLE, "delegated"),
        ({"AWS": OWN}, USER, "delegated"),
        ({"AWS": ROOT}, ROOT, "direct"),
        ({"AWS": OWN}, OWN, "direct"),
        ({"AWS": OTHER}, ROLE, "none"),
        ({"AWS": OTHER}, FOREIGN, "delegated"),
        ({"AWS": FOREIGN}, FOREIGN, "direct"),
        ({"AWS": ROOT}, SERVICE, "none"),
        ({"Service": SERVICE}, SERVICE, "direct"),
        ({"Service": SERVICE}, "sns.amazonaws.com", "none"),
        ({"Service": SERVICE}, ROLE, "none"),
        ("*", ROLE, "direct"),
        ("*", SERVICE, "direct"),
        ("*", ANYONE, "direct"),
        ({"AWS": "*"}, FOREIGN, "direct"),
        ({"AWS": ROOT}, ANYONE, "none"),
        ({"AWS": "AROAEXAMPLEEXAMPLE12"}, ROLE, "none"),
        ({"Federated": "cognito-identity.amazonaws.com"}, ROLE, "none"),
        ({"AWS": [ROOT, ROLE]}, ROLE, "direct"),
        ({"AWS": f"arn:aws:sts::{OWN}:federated-user/bob"}, f"arn:aws:sts::{OWN}:federated-user/bob", "direct"),
    ],
)
def test_whom_a_principal_means(principal: Any, caller: str, access: str) -> None:
    decision = decide(principal, caller)
    assert decision.access == access
    assert decision.verdict == ("implicitly-denied" if access == "none" else "allowed")


@pytest.mark.parametrize(
    ("principal", "caller", "needs"),
    [
        ({"AWS": ROLE}, ROLE, False),
        ({"AWS": ROOT}, ROLE, True),
        ({"AWS": FOREIGN}, FOREIGN, True),
        ({"AWS": OTHER}, FOREIGN, True),
        ({"Service": SERVICE}, SERVICE, False),
        ({"AWS": ROOT}, ROOT, False),
    ],
)
def test_who_needs_an_identity_policy_as_well(principal: Any, caller: str, needs: bool) -> None:
    assert decide(principal, caller).needs_identity_policy is needs


@pytest.mark.parametrize(
    ("element", "action", "allowed"),
    [
        ({"Action": "kms:Decrypt"}, "KMS:decrypt", True),
        ({"Action": "kms:*"}, "kms:Anything", True),
        ({"Action": "*"}, "kms:Decrypt", True),
        ({"Action": "kms:ReEncrypt*"}, "kms:ReEncryptFrom", True),
        ({"Action": "kms:D?crypt"}, "kms:Decrypt", True),
        ({"Action": "kms:Decrypt"}, "kms:DecryptMore", False),
        ({"Action": []}, "kms:Decrypt", False),
        ({"Action": "kms:Decrypt", "Resource": []}, "kms:Decrypt", False),
        ({"Action": "kms:Decrypt", "Resource": "arn:aws:kms:eu-west-1:111122223333:alias/x"}, "kms:Decrypt", False),
        ({"Action": "kms:Decrypt", "NotResource": "*", "Resource": None}, "kms:Decrypt", False),
    ],
)
def test_what_an_action_and_a_resource_mean(element: dict[str, Any], action: str, allowed: bool) -> None:
    given = {key: value for key, value in element.items() if value is not None}
    document = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Resource": "*", **given}
    if "NotResource" in given:
        del document["Resource"]
    policy = read_policy({"Version": "2012-10-17", "Statement": document})
    assert (evaluate(policy, Request(ROLE, action)).verdict == "allowed") is allowed


def test_not_action_is_everything_else() -> None:
    document = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "NotAction": "kms:Put*", "Resource": "*"}
    policy = read_policy({"Statement": document})
    assert evaluate(policy, Request(ROLE, "kms:Decrypt")).access == "direct"
    assert evaluate(policy, Request(ROLE, "kms:PutKeyPolicy")).access == "none"


def test_a_deny_beats_every_allow_and_is_named() -> None:
    allow = {"Sid": "Yes", "Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}
    deny = {"Sid": "No", "Effect": "Deny", "Principal": {"AWS": OWN}, "Action": "kms:Decrypt", "Resource": "*"}
    policy = read_policy({"Version": "2012-10-17", "Statement": [allow, deny]})
    decision = evaluate(policy, Request(ROLE, "kms:Decrypt"))
    assert (decision.verdict, [one.sid for one in decision.statements]) == ("explicitly-denied", ["No"])
    # An account principal in a Deny means everybody in it; nobody else.
    assert evaluate(policy, Request(ROOT, "kms:Decrypt")).verdict == "explicitly-denied"
    assert evaluate(policy, Request(FOREIGN, "kms:Decrypt")).verdict == "allowed"
    assert [one.sid for one in evaluate(policy, Request(ROLE, "kms:Encrypt")).statements] == ["Yes"]


def test_direct_access_is_named_before_delegated() -> None:
    delegate = {"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"}
    direct = {"Sid": "Role", "Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "kms:*", "Resource": "*"}
    policy = read_policy({"Version": "2012-10-17", "Statement": [delegate, direct]})
    decision = evaluate(policy, Request(ROLE, "kms:Decrypt"))
    assert (decision.access, [one.sid for one in decision.statements]) == ("direct", ["Role"])


def test_not_principal_in_a_deny_spares_those_it_names() -> None:
    deny = {"Effect": "Deny", "NotPrincipal": {"AWS": [ROLE]}, "Action": "kms:*", "Resource": "*"}
    policy = read_policy({"Statement": deny})
    assert evaluate(policy, Request(ROLE, "kms:Decrypt")).verdict == "implicitly-denied"
    assert evaluate(policy, Request(SERVICE, "kms:Decrypt")).verdict == "explicitly-denied"


@pytest.mark.parametrize(
    ("caller", "key", "values"),
    [
        (ROLE, "aws:principalarn", (ROLE,)),
        (SESSION, "aws:principalarn", (f"arn:aws:iam::{OWN}:role/Reader",)),
        (ROLE, "kms:calleraccount", (OWN,)),
        (ROLE, "aws:principaltype", ("AssumedRole",)),
        (ROOT, "aws:principaltype", ("Account",)),
        (USER, "aws:username", ("ann",)),
        (SERVICE, "aws:principalisawsservice", ("true",)),
        (SERVICE, "aws:principalservicename", (SERVICE,)),
        (ROLE, "aws:viaawsservice", ("true",)),
        (ROLE, "kms:encryptioncontextkeys", ("App",)),
    ],
)
def test_what_aws_adds_to_a_request(caller: str, key: str, values: tuple[str, ...]) -> None:
    request = Request(
        caller, "kms:Decrypt", {"kms:ViaService": "s3.eu-west-1.amazonaws.com", "kms:EncryptionContext:App": "x"}
    )
    assert request.values[key] == values


def test_what_is_given_wins_over_what_is_added() -> None:
    request = Request(SESSION, "kms:Decrypt", {"aws:PrincipalArn": ROLE})
    assert request.values["aws:principalarn"] == (ROLE,)
    policy = read_policy(
        {"Statement": {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "kms:*", "Resource": "*"}}
    )
    assert evaluate(policy, request).access == "direct"
    elsewhere = Request(SESSION, "kms:Decrypt", {"aws:PrincipalArn": ROLE.replace("/app/", "/other/")})
    assert evaluate(policy, elsewhere).access == "none"


def test_who_calls_nobody_knows() -> None:
    request = Request(ANYONE, "kms:Decrypt")
    assert "aws:principalarn" not in request.values
    assert request.values["aws:principalisawsservice"] == ("false",)
