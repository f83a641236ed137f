"""What each role lets somebody do, on every kind of key; and what nobody is ever let do by one."""

from __future__ import annotations

import pytest

from kmsgen.catalog.actions import ACTIONS
from kmsgen.catalog.key_specs import SPECS, USAGES, kind_of, working_actions
from kmsgen.policy.model import Policy
from kmsgen.templates import Library, Template
from tests.support import HEAD as BLUEPRINT
from tests.support import OTHER, access, messages, only_policy, role

LIBRARY = Library()
ROLES = list(LIBRARY.all("roles"))
KINDS = [
    (spec.name, usage, origin)
    for spec in SPECS.values()
    for usage in spec.usages
    for origin in spec.origins
    if not spec.china_only
]
IN_KEY_POLICY = [name for name, action in ACTIONS.items() if action.in_key_policy]
USE = {name for name, action in ACTIONS.items() if action.category in ("use", "public-key")}


def allowed(policy: Policy, caller: str, context: dict[str, str] | None = None) -> set[str]:
    return {name for name in IN_KEY_POLICY if access(policy, caller, name, context) != "none"}


def key(spec: str, usage: str, origin: str, fields: str) -> Policy:
    store = "custom_key_store: cks-1234567890abcdef0\n" if origin in ("AWS_CLOUDHSM", "EXTERNAL_KEY_STORE") else ""
    xks = "xks_key_id: x1\n" if origin == "EXTERNAL_KEY_STORE" else ""
    return only_policy(f"spec: {spec}\nusage: {usage}\norigin: {origin}\n{store}{xks}{fields}")


@pytest.mark.parametrize("template", ROLES, ids=lambda template: template.name)
def test_a_role_lists_its_actions_and_says_where_they_come_from(template: Template) -> None:
    assert template.summary.endswith(".")
    assert template.source is not None
    assert template.source.startswith("https://docs.aws.amazon.com/")
    assert template.nouns
    for action in template.bound:
        assert "*" not in action
        assert ACTIONS[action].in_key_policy
        assert ACTIONS[action].category != "internal"


@pytest.mark.parametrize(("spec", "usage", "origin"), KINDS)
def test_users_without_a_role_can_do_what_the_key_is_for_and_no_more(spec: str, usage: str, origin: str) -> None:
    policy = key(spec, usage, origin, "users: [role/App]")
    expected = {
        "ENCRYPT_DECRYPT": {"Encrypt", "Decrypt", "DescribeKey"},
        "SIGN_VERIFY": {"Sign", "Verify", "DescribeKey"},
        "GENERATE_VERIFY_MAC": {"GenerateMac", "VerifyMac", "DescribeKey"},
        "KEY_AGREEMENT": {"DeriveSharedSecret", "DescribeKey"},
        "ENCAPSULATE_DECAPSULATE": {"Encapsulate", "Decapsulate", "DescribeKey"},
    }[usage]
    expected |= {"GenerateDataKey", "GenerateDataKeyWithoutPlaintext"} if spec == "SYMMETRIC_DEFAULT" else set()
    expected |= set() if kind_of(spec, usage) in ("symmetric", "hmac") else {"GetPublicKey"}
    assert allowed(policy, role("App")) == {f"kms:{name}" for name in expected}


@pytest.mark.parametrize(("spec", "usage", "origin"), KINDS)
def test_admins_manage_without_use_grants_or_deletion(spec: str, usage: str, origin: str) -> None:
    policy = key(spec, usage, origin, "")
    able = allowed(policy, role("Admin"))
    assert "kms:PutKeyPolicy" in able
    assert able <= working_actions(spec, usage, origin, False)
    assert not able & USE
    assert not {ACTIONS[name].category for name in able} & {"deletion", "import", "multi-region", "internal"}
    assert "kms:CreateGrant" not in able
    assert {"kms:ListGrants", "kms:RevokeGrant"} <= able


@pytest.mark.parametrize("template", ROLES, ids=lambda template: template.name)
@pytest.mark.parametrize(("spec", "usage", "origin"), KINDS[::3])
def test_a_role_never_allows_what_the_key_cannot_do(template: Template, spec: str, usage: str, origin: str) -> None:
    noun = template.nouns[0]
    fields = (
        f"{noun}: [role/Admin, {{principal: role/X, can: {template.name}}}]"
        if noun == "admins"
        else (f"{noun}: [{{principal: role/X, can: {template.name}}}]")
    )
    fits = (
        (not template.usage or usage in template.usage)
        and (not template.spec or spec in template.spec)
        and (not template.origin or origin in template.origin)
        and not template.multi_region
    )
    if not fits:
        store = "custom_key_store: cks-1234567890abcdef0\n" if origin == "AWS_CLOUDHSM" else ""
        lines = f"spec: {spec}\nusage: {usage}\norigin: {origin}\n{store}admins: [role/Admin]\n{fields}"
        if noun == "admins":
            lines = lines.replace("admins: [role/Admin]\n", "", 1)
        body = "".join(f"    {line}\n" for line in lines.splitlines())
        assert any(f"`{template.name}` is for" in one for one in messages(f"{BLUEPRINT}keys:\n  key:\n{body}"))
        return
    policy = key(spec, usage, origin, fields)
    able = allowed(policy, role("X"), {"kms:GrantIsForAWSResource": "true"})
    assert able
    assert able <= template.bound & working_actions(spec, usage, origin, False)


def test_across_accounts_only_what_kms_honours_there() -> None:
    policy = only_policy("users:\n  - {principal: other/role/X, can: [encrypt-decrypt, reencrypt, audit, grant]}")
    able = allowed(policy, role("X", OTHER), {"kms:GrantIsForAWSResource": "true"})
    assert all(ACTIONS[name].across_accounts for name in able)
    assert {"kms:Decrypt", "kms:ListGrants", "kms:GetKeyRotationStatus", "kms:CreateGrant"} <= able
    assert "kms:GetKeyPolicy" not in able


@pytest.mark.parametrize("name", ["admin", "console-admin", "delete", "deploy", "import-material", "replicate", "tag"])
def test_managing_is_never_given_to_another_account(name: str) -> None:
    multi = "multi_region: [eu-west-1, us-east-1]" if name == "replicate" else "origin: EXTERNAL"
    text = f"{BLUEPRINT}keys:\n  key: {{{multi}, admins: [role/Admin, {{principal: other/role/X, can: {name}}}]}}\n"
    found = messages(text)
    assert found
    assert all("KMS does not honour what it allows across accounts" in one for one in found)


def test_the_grant_role_is_for_aws_services_only() -> None:
    policy = only_policy("users: [{principal: role/X, can: grant}]")
    for action in ("kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"):
        assert access(policy, role("X"), action) == "none"
        assert access(policy, role("X"), action, {"kms:GrantIsForAWSResource": "true"}) == "direct"


def test_replicas_are_made_in_the_regions_of_the_blueprint_alone() -> None:
    fields = "multi_region: [eu-west-1, us-east-1]\nadmins: [role/Admin, {principal: role/X, can: replicate}]"
    text = f"{BLUEPRINT}keys:\n  key:\n" + "".join(f"    {line}\n" for line in fields.splitlines())
    from tests.support import keys

    for made in keys(text).values():

        def able(action: str, condition: str, region: str, policy: Policy = made.policy) -> bool:
            return access(policy, role("X"), action, {condition: region}) == "direct"

        assert able("kms:ReplicateKey", "kms:ReplicaRegion", "us-east-1")
        assert not able("kms:ReplicateKey", "kms:ReplicaRegion", "eu-west-1")
        assert not able("kms:ReplicateKey", "kms:ReplicaRegion", "sa-east-1")
        assert able("kms:UpdatePrimaryRegion", "kms:PrimaryRegion", "eu-west-1")
        assert not able("kms:UpdatePrimaryRegion", "kms:PrimaryRegion", "sa-east-1")


def test_every_usage_has_default_roles() -> None:
    assert {usage for spec in SPECS.values() for usage in spec.usages} == set(USAGES)
