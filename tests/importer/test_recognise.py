"""What of a policy is recognised, however it is written; each case is proved equal by the import itself."""

from __future__ import annotations

from typing import Any

import pytest

from kmsgen.errors import KmsgenError
from kmsgen.importer import import_keys
from kmsgen.semantics.compare import compare
from tests.importer.support import LIBRARY, ROOT, allow, aws, compiled, entries, said, source
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
            [allow({"AWS": OWN}, *ADMIN, "kms:TagResource", "kms:UntagResource", "kms:GenerateDataKey")],
            [
                'root: {mode: none, reason: "as in the policy that this was imported from"}', "accounts:",
                "- {main: {can: [console-admin, data-key, tag]}}",
            ],
        ),
        (
            [ROOT, allow(aws("App"), "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")],
            ["root: delegate", "users:", "- {principal: role/App, can: [data-keys, encrypt-only, reencrypt-only]}"],
        ),
        (
            [ROOT, allow(aws("App"), *GRANTS)],
            ["root: delegate", "admins:", "- {principal: role/App, can: [create-grant, list-grants, revoke-grant]}"],
        ),
        (
            [ROOT, allow(aws("App"), "kms:Sign"), allow(aws("Reader"), "kms:Verify")],
            [
                "spec: RSA_2048", "usage: SIGN_VERIFY", "root: delegate", "users:",
                "- {principal: role/App, can: sign-only}", "- {principal: role/Reader, can: verify-only}",
            ],
        ),
        (
            [ROOT, allow(aws("App"), "kms:GenerateMac", "kms:VerifyMac")],
            ["spec: HMAC_256", "root: delegate", "users:", "- {principal: role/App, can: mac-only}"],
        ),
        (
            [
                ROOT,
                {
                    **allow({"Service": "redshift.amazonaws.com"}, "kms:CreateGrant"),
                    "Condition": {
                        "StringEquals": {"aws:SourceAccount": OWN},
                        "ForAllValues:StringEquals": {"kms:GrantOperations": "Decrypt"},
                    },
                },
            ],
            [
                "root: delegate", "services:", "- aws-service:", "name: redshift.amazonaws.com", "actions: kms:CreateGrant",
                'when: {grant_operations: [Decrypt], source_account: "111122223333"}',
            ],
        ),
        (
            [ROOT, allow({"Service": "dynamodb.amazonaws.com"}, "kms:List*")],
            [
                "root: delegate", "services:", "- aws-service:", "name: dynamodb.amazonaws.com",
                "actions: [kms:ListGrants, kms:ListKeyPolicies, kms:ListKeyRotations, kms:ListResourceTags]",
            ],
        ),
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
            [allow(aws("Admins"), *ADMIN), allow(aws(OWN), "kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant")],
            [
                'root: {mode: none, reason: "as in the policy that this was imported from"}', "admins:",
                "- {principal: role/Admins, can: console-admin}", "accounts:", "- {main: {can: [audit, revoke-grant]}}",
            ],
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


KEEPER_ALONE = {"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/Keeper"}}


@pytest.mark.parametrize(
    ("statements", "root"),
    [
        ([ROOT, {**DENY, "Action": "kms:ScheduleKeyDeletion"}], "root: delegate"),
        ([ROOT, {**DENY, "Action": "kms:PutKeyPolicy", "Condition": KEEPER_ALONE}], "root: delegate"),
        ([ROOT, {**DENY, "Action": "kms:PutKeyPolicy"}], "locked: true"),
        ([ROOT, {**DENY, "Action": "kms:*"}], "locked: true"),
    ],
)
def test_what_a_deny_leaves_of_the_account_is_imported(statements: list[dict[str, Any]], root: str) -> None:
    assert root in imported(*statements)[0]  # and proved to mean the same


def test_a_role_of_a_stack_may_be_called_what_the_language_calls_roles() -> None:
    assert imported(ROOT, allow({"AWS": f"arn:aws:iam::{OWN}:role/⟨Role⟩"}, "kms:Decrypt")) == [
        "root: delegate", "users:", "- {principal: the-role, can: decrypt-only}",
    ]  # fmt: skip


def test_what_the_console_lets_administrators_of_a_multi_region_key_do_is_recognised() -> None:
    admins = allow(aws("Admins"), *ADMIN, "kms:ReplicateKey", "kms:UpdatePrimaryRegion")
    assert imported(ROOT, admins)[-1] == "- {principal: role/Admins, can: [console-admin, replicate-anywhere]}"


def test_what_nobody_of_another_account_can_do_keeps_nothing_from_being_recognised() -> None:
    admins = allow({"AWS": [f"arn:aws:iam::{OTHER}:user/Alice", f"arn:aws:iam::{OWN}:user/Alan"]}, *ADMIN)
    assert imported(ROOT, admins)[1:] == [
        "admins:", "- {principal: user/Alan, can: console-admin}",
        "- {principal: other/user/Alice, can: [audit, create-grant, revoke-grant]}",
    ]  # fmt: skip
    text = import_keys([source(ROOT, admins)], LIBRARY).text
    left_out = [line for line in text.splitlines() if "what no other account's principals can do" in line]
    assert [line.strip()[:64] for line in left_out] == [
        "# what no other account's principals can do is left out of kms:C"
    ]


def test_the_service_that_signs_tells_of_what_spec_the_key_is() -> None:
    signs = allow({"Service": "dnssec-route53.amazonaws.com"}, "kms:DescribeKey", "kms:GetPublicKey", "kms:Sign")
    assert imported(ROOT, signs)[:2] == ["spec: ECC_NIST_P256", "usage: SIGN_VERIFY"]


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


ORPHAN = "AROAABCDEFGHIJKLMNOPQ"
ACCEPTED = 'accept_as_is: "as in the policy that this was imported from"'


def test_a_deleted_principal_is_kept_beside_the_entry_of_those_who_are_left_unless_tightened() -> None:
    key = source(ROOT, allow({"AWS": [ORPHAN, f"arn:aws:iam::{OWN}:role/App"]}, "kms:Decrypt", "kms:DescribeKey"))
    made = import_keys([key], LIBRARY)
    assert [line.strip() for line in entries(made.text)[3:]] == [
        "root: delegate",
        "users:",
        "- {principal: role/App, can: decrypt}",
        "statements:",
        "- Effect: Allow",
        f"Principal: {{AWS: {ORPHAN}}}",
        "Action: [kms:Decrypt, kms:DescribeKey]",
        'Resource: "*"',
        ACCEPTED,
    ]
    assert f"# accepted as it is: `{ORPHAN}` is the id of a principal that was deleted: KMS refuses it" in made.text
    assert "# it has no effect: `--tighten` takes it away" in made.text
    (one,) = made.keys
    assert (one.recognised, one.verbatim, one.accepted) == (2, 0, 1)
    reason = f"it has no effect: `{ORPHAN}` is the id of a principal that was deleted"
    assert (1, f"`{ORPHAN}`", reason) in one.removals
    tightened = import_keys([key], LIBRARY, tighten=True)
    assert ORPHAN not in "\n".join(entries(tightened.text))
    assert f"# taken away: `{ORPHAN}`: {reason}" in tightened.text


IDLE = "`kms:Sign` does not work on this key"


@pytest.mark.parametrize(
    ("statement", "left", "counts"),
    [
        # Recognised but for the one action, and kept whole but for it: in both cases it stands by itself.
        (allow(aws("App"), "kms:Decrypt", "kms:DescribeKey", "kms:Sign"),
         ["users:", "- {principal: role/App, can: decrypt}", "statements:"], (2, 0, 1)),
        (allow(aws("App"), "kms:Decrypt", "kms:DescribeKey", "kms:Sign", "kms:Decypt"),
         ["statements:", "- Effect: Allow", f'Principal: {{AWS: "arn:aws:iam::{OWN}:role/App"}}',
          "Action: [kms:Decrypt, kms:Decypt, kms:DescribeKey]", 'Resource: "*"', ACCEPTED], (1, 1, 1)),
        (allow(aws("App"), "kms:Decrypt", "kms:DescribeKey", "kms:Sign", sid="Use"),
         ["users:", "- {principal: role/App, can: decrypt}", "statements:"], (2, 0, 1)),
    ],
)  # fmt: skip
def test_an_action_without_effect_is_kept_by_itself_unless_tightened(
    statement: dict[str, Any], left: list[str], counts: tuple[int, int, int]
) -> None:
    key = source(ROOT, statement)
    made = import_keys([key], LIBRARY)
    lines = [line.strip() for line in entries(made.text)]
    assert lines[lines.index("root: delegate") + 1 :] == [
        *left, "- Effect: Allow", f'Principal: {{AWS: "arn:aws:iam::{OWN}:role/App"}}', "Action: kms:Sign",
        'Resource: "*"', ACCEPTED,
    ]  # fmt: skip
    (one,) = made.keys
    assert (one.recognised, one.verbatim, one.accepted) == counts
    assert (1, "`kms:Sign`", f"it has no effect: {IDLE}") in one.removals
    tightened = import_keys([key], LIBRARY, tighten=True)
    assert "kms:Sign" not in "\n".join(entries(tightened.text))
    assert f"# taken away: `kms:Sign`: it has no effect: {IDLE}" in tightened.text


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        (allow({"AWS": "AIDAABCDEFGHIJKLMNOPQ"}, "kms:Decrypt"), "is the id of a principal that was deleted"),
        (allow(aws("App"), "kms:ListKeys"), "`kms:ListKeys` is for IAM policies alone to allow, never for a key policy"),
        ({**allow(aws("App"), "kms:Decrypt"), "Resource": []}, "it has no `Resource`"),
        (
            {**DENY, "Action": "kms:Decrypt", "Condition": {"StringEquals": {"aws:PrincipalOrgID": []}}},
            "no request ever matches it",
        ),
    ],
)  # fmt: skip
def test_a_statement_without_effect_is_kept_as_it_is_unless_tightened(statement: dict[str, Any], reason: str) -> None:
    key = source(ROOT, statement)
    made = import_keys([key], LIBRARY)
    (one,) = made.keys
    assert (one.recognised, one.verbatim, one.accepted) == (1, 1, 1)
    assert key.policy is not None
    assert said(compiled(made.text)[0].policy) == said(key.policy)
    (removal,) = [gone for gone in one.removals if gone.statement == 1]
    assert (removal.what, reason in removal.reason) == ("the statement", True)
    tightened = import_keys([key], LIBRARY, tighten=True)
    assert entries(tightened.text)[3:] == ["    root: delegate"]
    assert tightened.keys[0].losses == ()
    assert f"# taken away: Statement[1]: {removal.reason}" in tightened.text


@pytest.mark.parametrize(
    ("statement", "wrong"),
    [
        (allow("*", "kms:Decrypt"), "the statement lets everybody in every account in"),
        (
            {"Effect": "Allow", "NotPrincipal": aws("A"), "Action": "kms:*", "Resource": "*"},
            "Allow with `NotPrincipal` lets everybody else in, other accounts too",
        ),
        (
            allow({"AWS": "arn:aws:iam::{account}:role/x"}, "kms:Decrypt"),
            "`arn:aws:iam::{account}:role/x` names no account",
        ),
        (
            allow({"AWS": "arn:aws:iam::${Account}:root"}, "kms:Decrypt"),
            "KMS does not take policy variables in a principal: `arn:aws:iam::${Account}:root`",
        ),
        (allow(aws("A"), "kms:Decryp"), "unknown action `kms:Decryp`"),
        (
            {**allow(aws("A"), "kms:Decrypt"), "Resource": "arn:aws:kms:eu-west-1:444455556666:key/other"},
            "the resource of a key policy is `*`, which means this key, and not anything else:"
            " `arn:aws:kms:eu-west-1:444455556666:key/other`",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("tighten", [False, True])
def test_what_nobody_would_write_is_kept_with_what_is_wrong_and_never_tightened_away(
    statement: dict[str, Any], wrong: str, tighten: bool
) -> None:
    key = source(ROOT, statement)
    made = import_keys([key], LIBRARY, tighten=tighten)
    assert f"# accepted as it is: {wrong}" in made.text
    assert entries(made.text)[-1].strip() == ACCEPTED
    assert key.policy is not None
    (mine,) = [one for one in said(key.policy) if one.actions != {"kms:*"} or one.not_principals]
    assert mine in said(compiled(made.text)[0].policy)
    assert made.keys[0].accepted == 1


def test_two_tests_of_one_condition_key_that_no_statement_of_a_blueprint_holds_are_refused() -> None:
    twice = {"StringEquals": {"aws:PrincipalTag/a": "x", "AWS:principaltag/a": "y"}}
    with pytest.raises(KmsgenError) as refused:
        import_keys([source(ROOT, {**allow(aws("A"), "kms:Verify", "kms:UpdateAlias"), "Condition": twice})], LIBRARY)
    assert ["is one condition key" in one.message or "tested twice" in one.message for one in refused.value.problems]


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
