"""Each guard denies what it says and nothing else: decided for a whole universe of callers, actions and contexts.

What is expected is written here from what each guard says, not from its template.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from kmsgen.policy.model import Effect, Policy
from kmsgen.semantics.evaluate import evaluate
from kmsgen.semantics.request import Request
from kmsgen.templates import Library
from tests.support import HEAD, OTHER, OWN, compiled, keys, messages, only_policy, role

ORG, STRANGER_ORG = "o-a1b2c3d4e5", "o-zzzzzzzzzz"
STRANGER = "999988887777"
SLR = role("aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling")
EC2 = role("aws:ec2-infrastructure/i-0abc")
APP, ADMIN, UNNAMED = role("App"), role("Admin"), role("Unnamed")
ROOT_USER = f"arn:aws:iam::{OWN}:root"
SERVICE = "cloudtrail.amazonaws.com"

# Callers, and what of AWS's making comes with their requests.
CALLERS: dict[str, dict[str, str]] = {
    APP: {"aws:PrincipalOrgID": ORG},
    ADMIN: {"aws:PrincipalOrgID": ORG},
    UNNAMED: {"aws:PrincipalOrgID": ORG},
    f"arn:aws:sts::{OWN}:assumed-role/App/session": {"aws:PrincipalOrgID": ORG},
    f"arn:aws:iam::{OWN}:user/ann": {"aws:PrincipalOrgID": ORG},
    ROOT_USER: {"aws:PrincipalOrgID": ORG},
    SLR: {"aws:PrincipalOrgID": ORG},
    EC2: {"aws:PrincipalOrgID": ORG},
    role("Partner", OTHER): {"aws:PrincipalOrgID": ORG},
    role("Stranger", STRANGER): {"aws:PrincipalOrgID": STRANGER_ORG},
    role("Loner", STRANGER): {},
    SERVICE: {},
    "*": {},
}
ACTIONS = (
    "kms:Decrypt", "kms:DescribeKey", "kms:CreateGrant", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GetKeyPolicy",
    "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:DeleteImportedKeyMaterial", "kms:RevokeGrant", "kms:DisableKey",
)  # fmt: skip
VPCE, OTHER_VPCE, VPC = "vpce-0a1b2c3d", "vpce-00000000", "vpc-0a1b2c3d"
CONTEXTS: tuple[dict[str, str], ...] = (
    {},
    {"aws:SecureTransport": "false"},
    {"aws:MultiFactorAuthPresent": "true"},
    {"aws:MultiFactorAuthPresent": "false"},
    {"kms:BypassPolicyLockoutSafetyCheck": "true"},
    {"kms:BypassPolicyLockoutSafetyCheck": "false"},
    *({"kms:ScheduleKeyDeletionPendingWindowInDays": days} for days in ("7", "19", "20", "30")),
    {"kms:GrantIsForAWSResource": "true"},
    {"kms:GrantIsForAWSResource": "false"},
    {"kms:ReEncryptOnSameKey": "true"},
    {"kms:ReEncryptOnSameKey": "false"},
    {"aws:SourceVpce": VPCE},
    {"aws:SourceVpce": OTHER_VPCE},
    {"aws:SourceVpce": OTHER_VPCE, "aws:SourceVpc": VPC},
    {"aws:SourceIp": "203.0.113.9"},
    {"aws:SourceIp": "198.51.100.9"},
    {"kms:ViaService": "s3.eu-west-1.amazonaws.com"},
)

Expect = Callable[[str, str, Mapping[str, str]], bool]


def is_service(caller: str) -> bool:
    return caller == SERVICE


def account(caller: str) -> str:
    return caller.split(":")[4] if caller.startswith("arn:") else ""


def outside_organization(caller: str, action: str, context: Mapping[str, str]) -> bool:
    return not is_service(caller) and account(caller) != OWN and context.get("aws:PrincipalOrgID") != ORG


def without_mfa(caller: str, action: str, context: Mapping[str, str]) -> bool:
    deleting = action in ("kms:ScheduleKeyDeletion", "kms:DeleteImportedKeyMaterial")
    return deleting and not is_service(caller) and context.get("aws:MultiFactorAuthPresent") != "true"


def off_network(caller: str, action: str, context: Mapping[str, str]) -> bool:
    repairing = action in ("kms:DescribeKey", "kms:GetKeyPolicy", "kms:PutKeyPolicy")
    inside = (
        context.get("aws:SourceVpce") == VPCE
        or context.get("aws:SourceVpc") == VPC
        or context.get("aws:SourceIp") == "203.0.113.9"
    )
    spared = is_service(caller) or caller in (SLR, EC2, ADMIN) or "kms:ViaService" in context
    return not (repairing or inside or spared)


def not_named(caller: str, action: str, context: Mapping[str, str]) -> bool:
    if is_service(caller) or caller == EC2 or account(caller) == OTHER:
        return False
    return caller not in (APP, ADMIN, ROOT_USER, f"arn:aws:sts::{OWN}:assumed-role/App/session")


GUARDS: dict[str, tuple[str, Expect]] = {
    "organization-only": ("organization-only", outside_organization),
    "no-lockout-bypass": (
        "no-lockout-bypass",
        lambda caller, action, context: (
            action == "kms:PutKeyPolicy" and context.get("kms:BypassPolicyLockoutSafetyCheck") == "true"
        ),
    ),
    "minimum-deletion-window": (
        "minimum-deletion-window: {days: 20}",
        lambda caller, action, context: (
            action == "kms:ScheduleKeyDeletion"
            and int(context.get("kms:ScheduleKeyDeletionPendingWindowInDays", "30")) < 20
        ),
    ),
    "mfa-for-deletion": ("mfa-for-deletion", without_mfa),
    "tls-only": ("tls-only", lambda caller, action, context: context.get("aws:SecureTransport") == "false"),
    "aws-resource-grants-only": (
        "aws-resource-grants-only",
        lambda caller, action, context: (
            action == "kms:CreateGrant"
            and not is_service(caller)
            and context.get("kms:GrantIsForAWSResource") != "true"
        ),
    ),
    "same-key-reencrypt": (
        "same-key-reencrypt",
        lambda caller, action, context: (
            action in ("kms:ReEncryptFrom", "kms:ReEncryptTo") and context.get("kms:ReEncryptOnSameKey") != "true"
        ),
    ),
    "network-only": (
        f"network-only: {{vpces: {VPCE}, vpcs: {VPC}, cidrs: 203.0.113.0/24, except: role/Admin}}",
        off_network,
    ),
    "no-everyone-else": ("no-everyone-else", not_named),
}


def guarded(entry: str) -> Policy:
    fields = f"origin: EXTERNAL\nusers: [role/App]\naccounts: [other]\nguards:\n  - {entry}"
    return only_policy(fields)


@pytest.mark.parametrize("name", GUARDS)
def test_a_guard_denies_what_it_says_and_nothing_else(name: str) -> None:
    entry, expected = GUARDS[name]
    policy = guarded(entry)
    denied = 0
    for (caller, own), action, context in itertools.product(CALLERS.items(), ACTIONS, CONTEXTS):
        whole = {**own, **context}
        found = evaluate(policy, Request(caller, action, whole)).verdict == "explicitly-denied"
        assert found is expected(caller, action, whole), (caller, action, whole)
        denied += found
    assert denied


@pytest.mark.parametrize("name", GUARDS)
def test_a_guard_only_denies(name: str) -> None:
    plain, policy = only_policy("origin: EXTERNAL\nusers: [role/App]\naccounts: [other]"), guarded(GUARDS[name][0])
    added = [statement for statement in policy.statements if statement.effect is Effect.DENY]
    assert added
    assert [statement for statement in policy.statements if statement not in added] == list(plain.statements)


def test_every_guard_is_tested_here_and_says_what_it_is() -> None:
    templates = {template.name: template for template in Library().all("guards")}
    assert set(templates) == set(GUARDS)
    for template in templates.values():
        assert template.denies
        assert template.summary.startswith("Denies ")
        assert template.source is not None


@pytest.mark.parametrize(
    ("fields", "guard"),
    [
        ("users: [{principal: role/App, when: {source_vpce: vpce-11111111}}]", "network-only: {vpces: vpce-0a1b2c3d}"),
        ("users: [{principal: other/role/X, when: {organization: o-zzzzzzzzzz}}]", "organization-only"),
        (
            "users: [{principal: role/X, can: reencrypt, when: {raw: {Bool: {'kms:ReEncryptOnSameKey': false}}}}]",
            "same-key-reencrypt",
        ),
        (
            "statements: [{Effect: Allow, Principal: {AWS: '*'}, Action: 'kms:Decrypt', Resource: '*',"
            " Condition: {StringEquals: {'aws:PrincipalOrgID': o-a1b2c3d4e5}, ArnLike: {'aws:PrincipalArn': 'arn:aws:iam::999988887777:role/X'}}}]",
            "no-everyone-else",
        ),
    ],
)
def test_a_guard_that_takes_away_what_is_asked_for_is_an_error_at_both_lines(fields: str, guard: str) -> None:
    text = f"{HEAD}keys:\n  key:\n    admins: [role/Admin]\n    {fields}\n    guards:\n      - {guard}\n"
    (found,) = messages(text)
    assert found.startswith("8:")
    assert "takes away all that is given here" in found


NARROWED = f"{HEAD}keys:\n  key:\n    root: delegate\n    statements:\n"
DENIED = "      - {{Sid: Held, Effect: Deny, Principal: '*', Action: '{action}', Resource: '*'{more}}}\n"


@pytest.mark.parametrize(
    ("action", "more"),
    [
        ("kms:ScheduleKeyDeletion", ""),
        (
            "kms:PutKeyPolicy",
            ", Condition: {ArnNotLike: {'aws:PrincipalArn': 'arn:aws:iam::111122223333:role/Keeper'}}",
        ),
    ],
)
def test_a_statement_may_take_some_actions_from_iam_where_iam_decides(action: str, more: str) -> None:
    text = NARROWED + DENIED.format(action=action, more=more)
    assert messages(text) == [
        f"7:11: `Held` keeps IAM policies from allowing `{action}` to anybody whom it does not spare"
    ]
    assert [one.severity for one in compiled(text)[1]] == ["warning"]


@pytest.mark.parametrize("action", ["kms:*", "kms:PutKeyPolicy"])
def test_a_statement_must_leave_iam_something_and_somebody_who_can_mend_the_policy(action: str) -> None:
    (found,) = compiled(NARROWED + DENIED.format(action=action, more=""))[1]
    assert found.severity == "error"
    assert "takes away all that is given here" in found.message


def test_a_guard_may_narrow_what_is_asked_for() -> None:
    policy = only_policy("admins: [role/Admin, {principal: role/Breaker, can: delete}]\nguards: [mfa-for-deletion]")
    request: dict[str, Any] = {"aws:MultiFactorAuthPresent": "true"}
    assert evaluate(policy, Request(role("Breaker"), "kms:ScheduleKeyDeletion", request)).access == "direct"


def test_the_deletion_window_of_the_guard_is_the_key_s_own_unless_given() -> None:
    policy = only_policy(
        "deletion_window: 14\nguards: [minimum-deletion-window]\nadmins: [role/Admin, {principal: role/B, can: delete}]"
    )

    def decide(days: str) -> str:
        context = {"kms:ScheduleKeyDeletionPendingWindowInDays": days}
        return evaluate(policy, Request(role("B"), "kms:ScheduleKeyDeletion", context)).verdict

    assert (decide("13"), decide("14")) == ("explicitly-denied", "allowed")


def test_principals_in_other_partitions_are_spared_as_in_this_one() -> None:
    text = """\
version: 1
accounts: {agency: "222233334444"}
keys:
  key:
    account: agency
    region: us-gov-west-1
    admins: [role/Admin]
    guards: [network-only: {vpces: vpce-0a1b2c3d}]
"""
    policy = keys(text)["key"].policy
    linked = "arn:aws-us-gov:iam::222233334444:role/aws-service-role/s.amazonaws.com/X"
    assert evaluate(policy, Request(linked, "kms:Decrypt")).verdict == "implicitly-denied"
    assert (
        evaluate(policy, Request("arn:aws-us-gov:iam::222233334444:role/X", "kms:Decrypt")).verdict
        == "explicitly-denied"
    )
