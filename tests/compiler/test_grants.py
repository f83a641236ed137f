"""Entries to statements: how principals are named, which conditions stand where, what is merged."""

from __future__ import annotations

from typing import Any

import pytest

from kmsgen.policy.model import Policy, Statement
from kmsgen.policy.write import statement_document
from tests.support import HEAD, OTHER, OWN, access, bundle, compiled, keys, messages, only_policy, role

S3 = {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}


def by_sid(policy: Policy) -> dict[str, Statement]:
    return {str(statement.sid): statement for statement in policy.statements}


def document(policy: Policy, sid: str) -> dict[str, Any]:
    return statement_document(by_sid(policy)[sid])


@pytest.mark.parametrize(
    ("written", "arn"),
    [
        ("role/App", role("App")),
        ("role/team/app/App", role("team/app/App")),
        ("own/role/App", role("App")),
        ("other/role/App", role("App", OTHER)),
        ('"444455556666/role/App"', role("App", OTHER)),
        ("user/ann", f"arn:aws:iam::{OWN}:user/ann"),
        ("session/App/me@example.com", f"arn:aws:sts::{OWN}:assumed-role/App/me@example.com"),
        (
            "service-linked/autoscaling",
            role("aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"),
        ),
        (
            "service-linked/autoscaling_Fleet",
            role("aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling_Fleet"),
        ),
        (f"arn:aws:iam::{OTHER}:role/x/Y", role("x/Y", OTHER)),
        (f"arn:aws:sts::{OWN}:federated-user/bob", f"arn:aws:sts::{OWN}:federated-user/bob"),
        ("named", role("Named")),
    ],
)
def test_how_a_principal_is_written(written: str, arn: str) -> None:
    text = f"{HEAD}principals: {{named: role/Named}}\nkeys:\n  key:\n    admins: [role/Admin]\n    users: [{written}]\n"
    policy = keys(text)["key"].policy
    assert document(policy, "EncryptDecrypt")["Principal"] == {"AWS": arn}


@pytest.mark.parametrize(
    "entry",
    [
        "role/App",
        "{role/App: null}",
        "{role/App: {}}",
        "{role/App: {can: encrypt-decrypt}}",
        "{principal: role/App}",
        "{principal: [role/App], can: [encrypt-decrypt]}",
        "{principal: role/App, can: encrypt-decrypt, when: {}, pin: true}",
    ],
)
def test_every_way_to_write_an_entry_means_the_same(entry: str) -> None:
    assert only_policy(f"users: [{entry}]") == only_policy("users: role/App")


def test_pin_true_names_the_principal_itself() -> None:
    policy = only_policy("users: [{principal: role/App, pin: true}]")
    assert document(policy, "EncryptDecrypt")["Principal"] == {"AWS": role("App")}
    assert access(policy, role("App"), "kms:Decrypt") == "direct"


def test_pin_false_matches_the_arn_and_leaves_the_decision_to_iam() -> None:
    policy = only_policy("users: [{principal: [role/App, role/Web], pin: false}]")
    statement = document(policy, "EncryptDecryptByArn")
    assert statement["Principal"] == {"AWS": f"arn:aws:iam::{OWN}:root"}
    assert statement["Condition"] == {"ArnLike": {"aws:PrincipalArn": [role("App"), role("Web")]}}
    assert access(policy, role("App"), "kms:Decrypt") == "delegated"
    assert access(policy, role("Other"), "kms:Decrypt") == "none"
    assert access(policy, role("App", OTHER), "kms:Decrypt") == "none"


def test_pin_match_is_direct_and_fenced_to_the_account() -> None:
    policy = only_policy("users: [{principal: role/App, pin: match}]")
    statement = document(policy, "EncryptDecryptByArn")
    assert statement["Principal"] == {"AWS": "*"}
    assert statement["Condition"] == {
        "ArnLike": {"aws:PrincipalArn": role("App")},
        "StringEquals": {"aws:PrincipalAccount": OWN},
    }
    assert access(policy, role("App"), "kms:Decrypt") == "direct"
    assert access(policy, role("App", OTHER), "kms:Decrypt") == "none"
    assert access(policy, "s3.amazonaws.com", "kms:Decrypt") == "none"


def sso(name: str, region: str = "eu-west-1/", account: str = OWN) -> str:
    return role(f"aws-reserved/sso.amazonaws.com/{region}AWSReservedSSO_{name}", account)


@pytest.mark.parametrize("pin", ["", ", pin: match"])
@pytest.mark.parametrize(
    ("caller", "means"),
    [
        (sso("Admin_0123456789abcdef"), True),
        (sso("Admin_0123456789abcdef", "us-east-1/"), True),
        (sso("Admin_0123456789abcdef", ""), True),
        (sso("Admin_Extra_0123456789abcdef"), False),
        (sso("Admin_0123456789abcde"), False),
        (sso("Admin_0123456789abcdef0"), False),
        (sso("Admin_0123456789abcdef", account=OTHER), False),
        (role("AWSReservedSSO_Admin_0123456789abcdef"), False),
    ],
)
def test_a_permission_set_is_that_set_s_role_in_any_region(pin: str, caller: str, means: bool) -> None:
    policy = only_policy(f"users: [{{principal: sso/Admin{pin}}}]")
    level = "direct" if pin else "delegated"
    assert access(policy, caller, "kms:Decrypt") == (level if means else "none")


def test_other_partitions_have_their_own_arns_and_the_services_of_theirs_keep_their_names() -> None:
    text = """\
version: 1
accounts: {a: "111122223333"}
keys:
  china: {account: a, region: cn-north-1, admins: [role/Admin], users: [{principal: [role/X, sso/Y], when: {via: s3}}]}
  gov: {account: a, region: us-gov-west-1, admins: [role/Admin], users: [service-linked/autoscaling]}
  named: {account: a, partition: aws-iso, admins: [role/Admin]}
"""
    made = keys(text)
    china, gov = made["china"], made["gov"]
    assert (china.partition, gov.partition, made["named"].partition) == ("aws-cn", "aws-us-gov", "aws-iso")
    via = {"StringEquals": {"kms:ViaService": "s3.cn-north-1.amazonaws.com"}}
    assert document(china.policy, "EncryptDecryptViaS3") == {
        "Sid": "EncryptDecryptViaS3",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws-cn:iam::111122223333:role/X"},
        "Action": document(china.policy, "EncryptDecryptViaS3")["Action"],
        "Resource": "*",
        "Condition": via,
    }
    assert "arn:aws-cn:iam::111122223333:root" in str(document(china.policy, "EncryptDecryptViaS3ByArn"))
    assert document(gov.policy, "EncryptDecrypt")["Principal"]["AWS"].startswith(
        "arn:aws-us-gov:iam::111122223333:role/"
    )


def test_another_account_is_let_in_and_its_iam_policies_decide() -> None:
    policy = only_policy("accounts: [other: {can: decrypt, when: {via: s3}}]")
    assert access(policy, role("Any", OTHER), "kms:Decrypt", S3) == "delegated"
    assert access(policy, role("Any", OTHER), "kms:Decrypt") == "none"
    assert access(policy, role("Any", OTHER), "kms:Encrypt", S3) == "none"
    assert only_policy("accounts: [{account: other, can: decrypt, when: {via: s3}}]") == policy
    assert only_policy("accounts: {other: {can: decrypt, when: {via: s3}}}") == policy


def test_the_key_s_own_account_is_let_in_for_what_is_said_and_its_iam_policies_decide() -> None:
    policy = only_policy("accounts: [own: {can: audit}]")
    assert access(policy, role("Any"), "kms:GetKeyPolicy") == "delegated"
    assert access(policy, role("Any"), "kms:Decrypt") == "none"
    assert access(policy, role("Any", OTHER), "kms:DescribeKey") == "none"


def test_describe_key_never_stands_under_a_condition_that_its_requests_do_not_carry() -> None:
    policy = only_policy("users: [{principal: role/App, when: {via: s3, encryption_context: {app: x}}}]")
    assert "kms:DescribeKey" not in by_sid(policy)["EncryptDecryptViaS3InContext"].actions
    assert document(policy, "DescribeKeyViaS3")["Condition"] == {"StringEquals": S3}
    assert access(policy, role("App"), "kms:DescribeKey", S3) == "direct"
    assert access(policy, role("App"), "kms:DescribeKey") == "none"
    assert access(policy, role("App"), "kms:Decrypt", S3) == "none"
    assert access(policy, role("App"), "kms:Decrypt", {**S3, "kms:EncryptionContext:app": "x"}) == "direct"


@pytest.mark.parametrize(
    ("when", "condition"),
    [
        ("{via: [s3, ebs]}", {"StringEquals": {"kms:ViaService": ["ec2.eu-west-1.amazonaws.com", "s3.eu-west-1.amazonaws.com"]}}),
        ("{via: elasticache}", {"StringEquals": {"kms:ViaService": ["dax.eu-west-1.amazonaws.com", "elasticache.eu-west-1.amazonaws.com"]}}),
        ("{via: s3.*.amazonaws.com}", {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}}),
        ("{encryption_context: {a: [x, y]}}", {"StringEquals": {"kms:EncryptionContext:a": ["x", "y"]}}),
        ("{encryption_context: {a: [x, y*], b: z}}", {"StringEquals": {"kms:EncryptionContext:b": "z"}, "StringLike": {"kms:EncryptionContext:a": ["x", "y*"]}}),
        ("{encryption_context: {a: 'x${*}'}}", {"StringEquals": {"kms:EncryptionContext:a": "x${*}"}}),
        ("{encryption_context_keys: [a, b]}", {"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": ["a", "b"]}}),
        ("{encryption_context_keys: {all: [a, b]}}", {"Null": {"kms:EncryptionContext:a": "false", "kms:EncryptionContext:b": "false"}}),
        ("{encryption_context_keys: {only: [a]}}", {"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": "a"}, "Null": {"kms:EncryptionContextKeys": "false"}}),
        ("{organization: true}", {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}),
        ("{organization: o-bbbbbbbbbb}", {"StringEquals": {"aws:PrincipalOrgID": "o-bbbbbbbbbb"}}),
        ("{org_paths: o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*}", {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*"}}),
        ("{source_ip: [203.0.113.0/24, '2001:db8::/32']}", {"IpAddress": {"aws:SourceIp": ["2001:db8::/32", "203.0.113.0/24"]}}),
        ("{source_vpc: vpc-0a1b2c3d}", {"StringEquals": {"aws:SourceVpc": "vpc-0a1b2c3d"}}),
        ("{source_vpce: vpce-0a1b2c3d}", {"StringEquals": {"aws:SourceVpce": "vpce-0a1b2c3d"}}),
        ("{mfa: true, mfa_max_age: 15m}", {"Bool": {"aws:MultiFactorAuthPresent": "true"}, "NumericLessThanEquals": {"aws:MultiFactorAuthAge": "900"}}),
        ("{before: 2027-01-01, after: '2026-06-01T12:00:00+02:00'}", {"DateGreaterThanEquals": {"aws:CurrentTime": "2026-06-01T10:00:00Z"}, "DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}}),
        ("{principal_tags: {team: [a, b]}}", {"StringEquals": {"aws:PrincipalTag/team": ["a", "b"]}}),
        ("{principal_tags: {team: '${aws:ResourceOrgID}'}}", {"StringEquals": {"aws:PrincipalTag/team": "${aws:ResourceOrgID}"}}),
        ("{request_alias: [orders, alias/x/*]}", {"StringLike": {"kms:RequestAlias": ["alias/orders", "alias/x/*"]}}),
        ("{raw: {operator: StringEquals, key: 'kms:EncryptionAlgorithm', values: SYMMETRIC_DEFAULT}}", {"StringEquals": {"kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}}),
        ("{raw: [{StringEquals: {'kms:CallerAccount': '111122223333'}}, {Bool: {'aws:ViaAWSService': false}}]}", {"StringEquals": {"kms:CallerAccount": "111122223333"}, "Bool": {"aws:ViaAWSService": "false"}}),
    ],
)  # fmt: skip
def test_a_word_of_when(when: str, condition: dict[str, Any]) -> None:
    policy = only_policy(f"users: [{{principal: role/App, can: decrypt, when: {when}}}]")
    (statement,) = [one for one in policy.statements if "kms:Decrypt" in one.actions]
    assert statement_document(statement)["Condition"] == condition


def test_conditions_on_grants() -> None:
    policy = only_policy(
        "users: [{principal: role/App, can: grant, when: {via: ebs, grant_operations: [Decrypt, 'kms:CreateGrant']}}]"
    )
    ebs = {"kms:ViaService": "ec2.eu-west-1.amazonaws.com", "kms:GrantIsForAWSResource": "true"}
    assert (
        access(policy, role("App"), "kms:CreateGrant", {**ebs, "kms:GrantOperations": ("Decrypt", "CreateGrant")})
        == "direct"
    )
    assert access(policy, role("App"), "kms:CreateGrant", {**ebs, "kms:GrantOperations": ("Encrypt",)}) == "none"
    assert access(policy, role("App"), "kms:RevokeGrant", ebs) == "direct"
    assert access(policy, role("App"), "kms:RevokeGrant", {"kms:GrantIsForAWSResource": "true"}) == "none"


def test_equal_grants_share_a_statement_and_keep_their_origins() -> None:
    policy = only_policy("users:\n  - role/A\n  - {principal: role/B}\n  - {principal: role/C, can: decrypt}")
    both = by_sid(policy)["EncryptDecrypt"]
    assert {principal.value for principal in both.principals} == {role("A"), role("B")}
    assert [origin.line for origin in both.origin] == [9, 10]
    assert len(policy.statements) == 4  # recovery, admin, and the two of the users


def test_several_roles_of_one_principal_become_one_statement() -> None:
    policy = only_policy("users: [{principal: role/A, can: [encrypt, decrypt, reencrypt-to]}]")
    statement = document(policy, "EncryptAndDecryptAndReencryptTo")
    assert statement["Action"] == [
        "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext",
        "kms:ReEncryptTo",
    ]  # fmt: skip


def test_what_another_entry_already_allows_adds_no_statement() -> None:
    wide = only_policy("users: [role/A]")
    policy = only_policy("users:\n  - role/A\n  - {principal: role/A, can: decrypt, when: {via: s3}}")
    assert policy == wide
    assert [origin.line for origin in by_sid(policy)["EncryptDecrypt"].origin] == [9, 10]


def test_sids_come_from_role_and_condition_and_never_from_principals_or_order() -> None:
    def sids(*entries: str) -> set[str]:
        policy = only_policy("users:\n" + "\n".join(f"  - {entry}" for entry in entries))
        return {str(statement.sid) for statement in policy.statements} - {"RootRecovery", "Admin"}

    first = "{principal: role/A, can: decrypt, when: {encryption_context: {app: x}}}"
    second = "{principal: role/B, can: decrypt, when: {encryption_context: {app: y}}}"
    both = sids(first, second)
    assert both == sids(second, first)
    assert both == sids(first.replace("role/A", "role/Q"), second)
    assert len(both) == 3  # two told apart by a digest, and DescribeKey
    assert sids(first) == {"DecryptInContext", "DescribeKey"}


def test_statements_stand_in_the_order_of_the_blueprint() -> None:
    fields = "\n".join(
        [
            "deployer: role/Pipeline",
            "users: [role/App]",
            "accounts: [other]",
            "guards: [tls-only]",
            "statements: [{Sid: ByHand, Effect: Allow, Principal: {Service: s3.amazonaws.com}, Action: 'kms:Decrypt',"
            " Resource: '*', Condition: {StringEquals: {'aws:SourceAccount': '111122223333'}}}]",
        ]
    )
    policy = only_policy(fields)
    assert [one.sid for one in policy.statements] == [
        "RootRecovery",
        "Deploy",
        "Admin",
        "EncryptDecrypt",
        "ByHand",
        "TlsOnly",
    ]


def test_a_statement_written_by_hand_stays_as_it_is() -> None:
    by_hand = (
        "{Sid: EncryptDecrypt, Effect: Deny, Principal: '*', NotAction: ['kms:Get*', 'kms:Describe*', 'kms:PutKeyPolicy'],"
        " Resource: '*', Condition: {NumericLessThan: {'aws:MultiFactorAuthAge': 30}, Bool: {'aws:SecureTransport': false}}}"
    )
    policy = only_policy(f"statements: [{by_hand}]\nusers: [role/App]")
    assert document(policy, "EncryptDecrypt") == {
        "Sid": "EncryptDecrypt",
        "Effect": "Deny",
        "Principal": "*",
        "NotAction": ["kms:Describe*", "kms:Get*", "kms:PutKeyPolicy"],
        "Resource": "*",
        "Condition": {
            "Bool": {"aws:SecureTransport": "false"},
            "NumericLessThan": {"aws:MultiFactorAuthAge": "30"},
        },
    }
    # The one that kmsgen makes of the same name gives way.
    assert any(str(one.sid).startswith("EncryptDecrypt") and one.sid != "EncryptDecrypt" for one in policy.statements)


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        ("recovery", {"kms:DescribeKey", "kms:GetKeyPolicy", "kms:PutKeyPolicy"}),
        ("{mode: none, reason: held by HSM team}", set()),
        ("{none: {reason: held by HSM team}}", set()),
    ],
)
def test_what_the_root_user_may_do(root: str, expected: set[str]) -> None:
    policy = only_policy(f"root: {root}\nusers: [role/App]")
    user = f"arn:aws:iam::{OWN}:root"
    for action in ("kms:DescribeKey", "kms:GetKeyPolicy", "kms:PutKeyPolicy", "kms:Decrypt", "kms:ScheduleKeyDeletion"):
        assert access(policy, user, action) == ("direct" if action in expected else "none")
        assert access(policy, role("Anyone"), action) == "none"


def test_delegating_to_iam_is_all_or_management_alone() -> None:
    delegate, admin = only_policy("root: delegate"), only_policy("root: delegate-admin")
    assert document(delegate, "RootDelegate")["Action"] == "kms:*"
    assert access(delegate, role("Any"), "kms:Decrypt") == "delegated"
    assert access(admin, role("Any"), "kms:Decrypt") == "none"
    assert access(admin, role("Any"), "kms:CreateGrant") == "none"
    assert access(admin, role("Any"), "kms:ScheduleKeyDeletion") == "delegated"
    assert access(admin, role("Any"), "kms:PutKeyPolicy") == "delegated"


@pytest.mark.parametrize(
    "fields",
    [
        "{admins: [role/A]}",
        "{admins: [sso/Admins]}",
        "{admins: [{principal: role/A, pin: match}]}",
        "{deployer: role/D, admins: [{principal: role/A, when: {mfa: true}}]}",
        "{deployer: {principal: role/D, pin: false}}",
        "{root: delegate}",
        "{root: delegate-admin}",
    ],
)
def test_somebody_can_always_change_the_policy(fields: str) -> None:
    assert messages(f"{HEAD}keys:\n  key: {fields}\n") == []


def test_a_policy_that_is_too_large_is_an_error_and_a_large_one_a_warning() -> None:
    def users(count: int) -> str:
        people = "".join(f"      - role/some/path/Application{number:04d}\n" for number in range(count))
        return f"{HEAD}keys:\n  key:\n    admins: [role/A]\n    users:\n{people}"

    assert compiled(users(100))[1] == ()
    (warning,) = compiled(users(450))[1]
    assert (warning.severity, warning.message.split(", ")[-1]) == ("warning", "84 % of the 32,768 that KMS takes")
    assert len(bundle(users(100)).keys) == 1
    bundles, (error,) = compiled(users(600))
    assert error.severity == "error"
    assert "KMS takes at most 32,768" in error.message
    assert bundles[0].keys == ()


def test_a_multi_region_key_has_a_policy_for_each_region() -> None:
    text = f"{HEAD}keys:\n  key: {{multi_region: [eu-west-1, us-east-1], admins: [role/A], users: [{{principal: role/App, when: {{via: s3}}}}]}}\n"
    made = keys(text)
    assert [(key.region, key.replication) for key in made.values()] == [
        ("eu-west-1", "primary"),
        ("us-east-1", "replica"),
    ]
    assert access(made["key.us-east-1"].policy, role("App"), "kms:Decrypt", S3) == "none"
    assert access(made["key.eu-west-1"].policy, role("App"), "kms:Decrypt", S3) == "direct"
    assert (made["key.eu-west-1"].rotation, made["key.us-east-1"].rotation) == (365, None)


def test_conditions_written_out_are_carried_each_for_itself() -> None:
    raw = '{StringEquals: {"kms:EncryptionContext:app": x}, StringLike: {"aws:PrincipalTag/team": a}}'
    policy = only_policy(f"users: [{{principal: role/App, can: decrypt, when: {{raw: {raw}}}}}]")
    conditions = {
        action: {test.key for test in statement.conditions}
        for statement in policy.statements
        for action in statement.actions
        if any(principal.value == role("App") for principal in statement.principals)
    }
    # DescribeKey has no encryption context; the tag is there, and must not be lost with it.
    assert conditions == {
        "kms:Decrypt": {"kms:EncryptionContext:app", "aws:PrincipalTag/team"},
        "kms:DescribeKey": {"aws:PrincipalTag/team"},
    }


def test_a_key_that_is_locked_compiles_without_anybody_who_can_change_its_policy() -> None:
    root = "root: {mode: none, reason: Sealed., locked: %s}"
    made = only_policy(root % "true" + "\nadmins: [{principal: role/Auditor, can: audit}]")
    assert access(made, role("Auditor"), "kms:PutKeyPolicy") == "none"
    text = f"{HEAD}keys: {{key: {{%s, admins: [{{principal: role/Auditor, can: audit}}]}}}}\n"
    (told,) = messages(text % (root % "false"))
    assert "nobody of the key's own account could change the policy of `key` again" in told


def test_only_a_key_without_a_root_mode_can_be_locked() -> None:
    (told,) = messages(f"{HEAD}keys: {{key: {{root: {{mode: delegate, locked: true}}, users: [role/App]}}}}\n")
    assert told.endswith("only a key with `root: none` can be `locked`")
