"""What of a policy is recognised, however it is written; each case is proved equal by the import itself."""

from __future__ import annotations

from typing import Any

import pytest

from kmsgen.errors import KmsgenError
from kmsgen.importer import import_keys
from kmsgen.semantics.compare import compare
from tests.importer.support import LIBRARY, ROOT, allow, aws, compiled, entries, source
from tests.support import OTHER, OWN

ADMIN = (
    "kms:Create*", "kms:Describe*", "kms:Enable*", "kms:List*", "kms:Put*", "kms:Update*", "kms:Revoke*",
    "kms:Disable*", "kms:Get*", "kms:Delete*", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion",
)  # fmt: skip
USE = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey")
GRANTS = ("kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant")
DENY: dict[str, Any] = {"Effect": "Deny", "Principal": "*", "Resource": "*"}


def imported(*statements: dict[str, Any]) -> list[str]:
    """The fields of the key that an import makes below its account and Region."""
    made = import_keys([source(*statements)], LIBRARY)
    assert all(line for line in made.text.splitlines() if line.startswith(" "))
    return [line.strip() for line in entries(made.text)[3:]]


@pytest.mark.parametrize(
    ("statements", "fields"),
    [
        ([ROOT], ["root: delegate"]),
        ([allow({"AWS": OWN}, "kms:*")], ["root: delegate"]),
        (
            [ROOT, allow(aws("Admins"), *ADMIN)],
            ["root: delegate", "admins:", "- {principal: role/Admins, can: console-admin}"],
        ),
        (
            [ROOT, allow(aws("Admins"), *ADMIN, "kms:TagResource", "kms:UntagResource")],
            ["root: delegate", "admins:", "- {principal: role/Admins, can: [console-admin, tag]}"],
        ),
        (
            [ROOT, allow(aws("App"), *USE), allow(aws("App"), *GRANTS, Bool={"kms:GrantIsForAWSResource": "true"})],
            [
                "root: delegate", "users:",
                "- {principal: role/App, can: [data-key-pair, encrypt-decrypt, grant, reencrypt]}",
            ],
        ),
        (
            [ROOT, allow(aws("App"), "kms:Decrypt"), allow(aws("App"), "kms:DescribeKey")],
            ["root: delegate", "users:", "- {principal: role/App, can: decrypt}"],
        ),
        (
            [ROOT, allow(aws("A", "B"), "kms:decrypt", "KMS:DescribeKey")],
            ["root: delegate", "users:", "- {principal: [role/A, role/B], can: decrypt}"],
        ),
        (
            [ROOT, allow(aws("A"), "kms:Decrypt", "kms:DescribeKey", StringEquals={"kms:ViaService": "s3.eu-west-1.amazonaws.com"})],
            ["root: delegate", "users:", "- {principal: role/A, can: decrypt, when: {via: s3}}"],
        ),
        (
            [ROOT, allow(aws("A"), "kms:Decrypt", StringNotEquals={"aws:PrincipalTag/team": "x"})],
            ["root: delegate", "users:", "- principal: role/A", "can: decrypt-only", "when:", "raw: {StringNotEquals: {aws:PrincipalTag/team: x}}"],
        ),
        (
            [ROOT, allow(aws(OTHER), "kms:Decrypt", "kms:DescribeKey")],
            ["root: delegate", "accounts:", "- {other: {can: decrypt}}"],
        ),
        (
            [ROOT, allow({"AWS": f"arn:aws:iam::{OWN}:root"}, "kms:Decrypt", "kms:DescribeKey",
                         ArnLike={"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/App"})],
            ["root: delegate", "users:", "- {principal: role/App, can: decrypt, pin: false}"],
        ),
        (
            [allow(aws("Admins"), *ADMIN), allow({"AWS": "*"}, "kms:Decrypt", "kms:DescribeKey",
                   StringEquals={"aws:PrincipalAccount": OWN}, ArnLike={"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/App"})],
            [
                'root: {mode: none, reason: "as in the policy that this was imported from"}', "admins:",
                "- {principal: role/Admins, can: console-admin}", "users:",
                "- {principal: role/App, can: decrypt, pin: match}",
            ],
        ),
        (
            [ROOT, {**DENY, "Action": "kms:PutKeyPolicy", "Condition": {"Bool": {"kms:BypassPolicyLockoutSafetyCheck": True}}}],
            ["root: delegate", "guards:", "- no-lockout-bypass"],
        ),
        (
            [ROOT, {**DENY, "Action": "kms:ScheduleKeyDeletion",
                    "Condition": {"NumericLessThan": {"kms:ScheduleKeyDeletionPendingWindowInDays": 14}}}],
            ["root: delegate", "guards:", "- {minimum-deletion-window: {days: 14}}"],
        ),
        (
            [ROOT, allow({"Service": "cloudtrail.amazonaws.com"}, "kms:DescribeKey", ArnLike={"aws:SourceArn": f"arn:aws:cloudtrail:eu-west-1:{OWN}:trail/t"}),
             allow({"Service": "cloudtrail.amazonaws.com"}, "kms:Decrypt", "kms:GenerateDataKey", ArnLike={
                 "aws:SourceArn": f"arn:aws:cloudtrail:eu-west-1:{OWN}:trail/t",
                 "kms:EncryptionContext:aws:cloudtrail:arn": f"arn:aws:cloudtrail:*:{OWN}:trail/*"})],
            ["root: delegate", "services:", "- {cloudtrail: {trail: t}}"],
        ),
        (
            [ROOT, allow({"Service": "events.amazonaws.com"}, "kms:Decrypt", StringEquals={"aws:SourceAccount": OWN})],
            [
                "root: delegate", "services:", "- aws-service:", "name: events.amazonaws.com", "actions: kms:Decrypt",
                'when: {source_account: "111122223333"}',
            ],
        ),
        (
            [ROOT, allow({"AWS": "*"}, "kms:Decrypt", StringEquals={"kms:CallerAccount": OWN, "kms:ViaService": "backup.eu-west-1.amazonaws.com"})],
            [
                "root: delegate", "services:",
                "- {through-aws-service: {name: backup.eu-west-1.amazonaws.com, actions: kms:Decrypt, for: account}}",
            ],
        ),
    ],
)  # fmt: skip
def test_what_statements_mean_is_recognised(statements: list[dict[str, Any]], fields: list[str]) -> None:
    assert imported(*statements) == fields


def test_what_no_role_says_stays_as_it_is() -> None:
    fields = imported(ROOT, allow(aws("Odd"), "kms:UpdateAlias", "kms:Decrypt", sid="Odd"))
    assert fields == [
        "root: delegate",
        "statements:",
        "- Sid: Odd",
        "Effect: Allow",
        f'Principal: {{AWS: "arn:aws:iam::{OWN}:role/Odd"}}',
        "Action: [kms:Decrypt, kms:UpdateAlias]",
        'Resource: "*"',
    ]


def test_split_merged_and_reordered_statements_import_alike() -> None:
    one = [ROOT, allow(aws("A", "B"), "kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey")]
    other = [
        allow(aws("B"), "kms:GenerateDataKey*", "kms:Decrypt"),
        allow(aws("A", "B"), "kms:Encrypt", "kms:DescribeKey"),
        allow(aws("A"), "kms:Decrypt", "kms:GenerateDataKey*"),
        ROOT,
    ]
    assert imported(*one) == imported(*other)


@pytest.mark.parametrize(
    ("principal", "left"),
    [({"AWS": ["AROAABCDEFGHIJKLMNOPQ", f"arn:aws:iam::{OWN}:role/App"]}, 0), ({"AWS": "AIDAABCDEFGHIJKLMNOPQ"}, 1)],
)
def test_deleted_principals_are_left_out_and_said(principal: dict[str, Any], left: int) -> None:
    made = import_keys([source(ROOT, allow(principal, "kms:Decrypt"))], LIBRARY)
    assert "is the id of a principal that was deleted" in made.text
    (key,) = made.keys
    assert (key.recognised, key.verbatim) == (2 - left, 0)
    assert "AROA" not in str(key.policy.statements)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (allow("*", "kms:Decrypt"), "the statement lets everybody in every account in"),
        ({"Effect": "Allow", "NotPrincipal": aws("A"), "Action": "kms:*", "Resource": "*"}, "Allow with `NotPrincipal` lets everybody else in"),
        (allow({"AWS": "arn:aws:iam::{account}:role/x"}, "kms:Decrypt"), "names no account"),
    ],
)  # fmt: skip
def test_what_no_blueprint_can_hold_is_refused_with_the_reason(statement: dict[str, Any], message: str) -> None:
    with pytest.raises(KmsgenError) as refused:
        import_keys([source(ROOT, statement), source(ROOT, statement, name="other")], LIBRARY)
    assert [message in one.message for one in refused.value.problems] == [True, True]


def test_a_statement_that_a_guess_got_wrong_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    from kmsgen.importer import atoms

    # Were conditions forgotten on the way, the proof would find it, and everything would stay as it is.
    monkeypatch.setattr(atoms, "canonical", lambda test: test._replace(values=()))
    narrowed = allow(aws("A"), "kms:Decrypt", "kms:DescribeKey", StringEquals={"aws:PrincipalTag/a": "b"})
    key = source(ROOT, narrowed)
    made = import_keys([key], LIBRARY)
    (policy,) = [one.policy for one in compiled(made.text)]
    assert key.policy is not None
    assert compare(key.policy, policy, key.facts).verdict == "equal"


def test_a_policy_that_nobody_can_change_is_imported_as_locked() -> None:
    made = import_keys([source(allow(aws("App"), "kms:Decrypt", "kms:DescribeKey"))], LIBRARY)
    assert (
        '    root: {mode: none, reason: "as in the policy that this was imported from", locked: true}'
        in made.text.splitlines()
    )
    assert "# nobody named here can change the policy again" in made.text
