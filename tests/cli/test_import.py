"""`kmsgen import`: where it writes, what it says, what it refuses; and its options."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Kmsgen
from tests.support import OTHER, OWN

ROOT: dict[str, Any] = {
    "Sid": "Root", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OWN}:root"}, "Action": "kms:*", "Resource": "*",
}  # fmt: skip
READ: dict[str, Any] = {
    "Sid": "Read", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OWN}:role/Reader"},
    "Action": ["kms:Decrypt", "kms:DescribeKey"], "Resource": "*",
}  # fmt: skip
PUBLIC: dict[str, Any] = {"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"}
TEXT = f"""\
version: 1

accounts: {{main: "{OWN}"}}

keys:
  # from orders.json
  # its account is taken to be {OWN}, by the principals of the policy; `--account` tells otherwise
  # it is taken to be a key of spec SYMMETRIC_DEFAULT: the policy alone does not say
  orders:
    account: main
    # from Statement[0] "Root", orders.json:1
    # KMS108: IAM policies of account `111122223333` alone decide who can do `kms:Decrypt` and 17 more actions
    # AWS's own default: the account's IAM policies decide, so every identity with kms:* on all resources can decrypt
    root: delegate
    users:
      # from Statement[1] "Read", orders.json:1
      - {{principal: role/Reader, can: decrypt}}
"""


def write(path: Path, *statements: dict[str, Any]) -> None:
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": statements}))


@pytest.fixture(autouse=True)
def orders(tmp_path: Path) -> Path:
    path = tmp_path / "orders.json"
    write(path, ROOT, READ)
    return path


def test_the_blueprint_goes_to_standard_output_and_how_it_went_to_standard_error(kmsgen: Kmsgen) -> None:
    ran = kmsgen("import", "orders.json")
    assert (ran.code, ran.out) == (0, TEXT)
    *would, proved, recognised, more = ran.err.splitlines()
    assert would[0].startswith("orders: `--tighten` would take away the use of the key of Statement[0]: ")
    assert proved == "1 key, each proved: the blueprint means the same"
    assert recognised == "2 of 2 statements recognised (100 %)"
    assert more == "`--tighten` would take 1 thing away"


def test_a_file_is_written_once(kmsgen: Kmsgen, tmp_path: Path) -> None:
    assert kmsgen("import", "orders.json", "--out", "blueprints/orders.yaml").code == 0
    written = tmp_path / "blueprints" / "orders.yaml"
    assert written.read_text() == TEXT
    assert kmsgen("generate", "blueprints", "--stdout").code == 0
    written.write_text("mine")
    ran = kmsgen("import", "orders.json", "--out", "blueprints/orders.yaml")
    assert (ran.code, written.read_text()) == (2, "mine")
    assert "`blueprints/orders.yaml` is there already" in ran.err
    assert kmsgen("import", "orders.json", "--out", "blueprints/orders.yaml", "--force").code == 0
    assert written.read_text() == TEXT


def test_an_import_means_what_its_source_means(kmsgen: Kmsgen, tmp_path: Path) -> None:
    write(tmp_path / "orders.json", ROOT, READ, {**READ, "Sid": "Odd", "Action": ["kms:UpdateAlias", "kms:Verify"]})
    assert kmsgen("import", "orders.json", "-o", "orders.yaml").code == 0
    assert kmsgen("diff", "orders.yaml", "--current", "orders.json", "--fail-on", "any").code == 0


def test_tightening_says_what_is_lost(kmsgen: Kmsgen) -> None:
    ran = kmsgen("import", "orders.json", "--tighten")
    assert ran.code == 0
    assert "root: delegate-admin" in ran.out
    assert (
        f"orders: no longer allowed: account {OWN}, by its IAM policies: kms:CreateGrant, kms:Decrypt, kms:Encrypt"
        in ran.err
    )
    assert "1 key, each proved: the blueprint allows no more than before" in ran.err


def test_keys_share_names_and_defaults(kmsgen: Kmsgen, tmp_path: Path) -> None:
    other = {**READ, "Principal": {"AWS": [f"arn:aws:iam::{OWN}:role/Reader", OTHER]}}
    write(tmp_path / "invoices.json", ROOT, other)
    ran = kmsgen("import", "orders.json", "invoices.json", "--region", "eu-west-1")
    assert ran.code == 0
    lines = [line for line in ran.out.splitlines() if line and not line.strip().startswith("#")]
    assert lines == [
        "version: 1",
        f'accounts: {{main: "{OWN}", other: "{OTHER}"}}',
        "principals: {reader: role/Reader}",
        "defaults: {account: main, region: eu-west-1, root: delegate}",
        "keys:",
        "  orders:",
        "    users:",
        "      - {principal: reader, can: decrypt}",
        "  invoices:",
        "    users:",
        "      - {principal: reader, can: decrypt}",
        "    accounts:",
        "      - {other: {can: decrypt}}",
    ]


def test_every_key_that_cannot_be_held_is_told_and_nothing_is_written(kmsgen: Kmsgen, tmp_path: Path) -> None:
    odd = {**READ, "Action": "kms:UpdateAlias", "Condition": {"StringEquals": {"aws:PrincipalTag/a": "\u4e2d"}}}
    write(tmp_path / "one.json", ROOT, odd)
    write(tmp_path / "two.json", ROOT, odd)
    ran = kmsgen("import", "one.json", "two.json", "orders.json", "--out", "all.yaml")
    assert (ran.code, ran.out) == (2, "")
    for name in ("one", "two"):
        assert (
            f"`{name}` cannot be held by a blueprint: KMS does not take the character `\u4e2d` in a key policy"
            in ran.err
        )
    assert not (tmp_path / "all.yaml").exists()


def test_a_policy_that_is_open_to_everybody_is_imported_and_check_still_finds_it(
    kmsgen: Kmsgen, tmp_path: Path
) -> None:
    write(tmp_path / "orders.json", ROOT, PUBLIC)
    ran = kmsgen("import", "orders.json", "--out", "orders.yaml")
    assert ran.code == 0
    assert "1 of 2 statements recognised (50 %), 1 kept as they are" in ran.err
    assert "1 statement stands although something is wrong (`accept_as_is`): `kmsgen check` says what" in ran.err
    text = (tmp_path / "orders.yaml").read_text()
    assert "# KMS101: anybody of any AWS account can do `kms:Decrypt`: nothing says who may call" in text
    assert kmsgen("diff", "orders.yaml", "--current", "orders.json", "--fail-on", "gains").code == 0
    checked = kmsgen("check", "orders.yaml", "--severity", "error")
    assert checked.code == 1
    assert "[KMS101 public-access]" in checked.out
    made = kmsgen("generate", "orders.yaml", "--out", "out")
    assert made.code == 0
    assert "accepted as it is: the statement lets everybody in every account in" in made.err


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        ([PUBLIC], "nothing says which account the key is in"),
        ([ROOT, {**ROOT, "Principal": {"AWS": OTHER}}], f"the policy does not say which account the key is in: it names {OWN}"),
    ],
)  # fmt: skip
def test_an_account_that_nothing_tells_is_asked_for(
    kmsgen: Kmsgen, tmp_path: Path, statements: list[dict[str, Any]], message: str
) -> None:
    write(tmp_path / "orders.json", *statements)
    ran = kmsgen("import", "orders.json")
    assert ran.code == 2
    assert message in ran.err
    assert "--account DIGITS" in ran.err


def test_a_blueprint_is_not_imported(kmsgen: Kmsgen, blueprint: Path) -> None:
    ran = kmsgen("import", "blueprints")
    assert (ran.code, ran.out) == (2, "")
    assert "`orders` is in a blueprint already: blueprints/orders.yaml:5" in ran.err


def _resource(type_: str, name: str, values: dict[str, Any]) -> dict[str, Any]:
    return {"address": f"{type_}.{name}", "mode": "managed", "type": type_, "name": name, "values": values}


def test_principals_that_a_state_makes_as_well_become_references(kmsgen: Kmsgen, tmp_path: Path) -> None:
    reader, odd = f"arn:aws:iam::{OWN}:role/Reader", f"arn:aws:iam::{OWN}:role/Odd"
    rare = {**READ, "Sid": "Odd", "Principal": {"AWS": odd}, "Action": ["kms:UpdateAlias", "kms:Decrypt"]}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [ROOT, READ, rare]})
    inner = {
        **_resource("aws_iam_role", "inner", {"arn": f"arn:aws:iam::{OWN}:role/Inner"}),
        "address": "module.a.aws_iam_role.inner",
    }
    made = [
        _resource("aws_kms_key", "orders", {"policy": policy, "arn": f"arn:aws:kms:eu-west-1:{OWN}:key/x"}),
        _resource("aws_iam_role", "reader", {"arn": reader}),
        {**_resource("aws_iam_role", "odd", {"arn": odd}), "address": 'aws_iam_role.odd["a"]', "index": "a"},
    ]
    module = {"resources": made, "child_modules": [{"address": "module.a", "resources": [inner]}]}
    state = {"format_version": "1.0", "terraform_version": "1.9.0", "values": {"root_module": module}}
    (tmp_path / "state.json").write_text(json.dumps(state))
    ran = kmsgen("import", "state.json", "--out", "orders.yaml")
    assert ran.code == 0
    text = (tmp_path / "orders.yaml").read_text()
    assert f'principals: {{reader: {{arn: "{reader}", terraform: aws_iam_role.reader.arn}}}}' in text
    assert "- {principal: reader, can: decrypt}" in text
    assert f"""AWS: {{arn: "{odd}", terraform: "aws_iam_role.odd[\\"a\\"].arn"}}""" in text
    assert kmsgen("generate", "orders.yaml", "--format", "terraform", "--out", "out").code == 0
    assert kmsgen("diff", "orders.yaml", "--current", "state.json", "--fail-on", "gains").code == 0


def test_a_policy_that_is_unknown_until_apply_is_refused_with_its_place(kmsgen: Kmsgen, tmp_path: Path) -> None:
    key = {"address": "aws_kms_key.orders", "mode": "managed", "type": "aws_kms_key", "name": "orders"}
    policy = {"references": ["aws_iam_role.app.arn", "aws_iam_role.app"]}
    plan = {
        "format_version": "1.2",
        "planned_values": {"root_module": {"resources": [{**key, "values": {"description": "Orders"}}]}},
        "resource_changes": [
            {**key, "change": {"actions": ["create"], "after": {}, "after_unknown": {"policy": True}}}
        ],
        "configuration": {"root_module": {"resources": [{**key, "expressions": {"policy": policy}}]}},
    }
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    ran = kmsgen("import", "plan.json", "--account", OWN)
    assert (ran.code, ran.out) == (2, "")
    assert (
        "`aws_kms_key.orders` has no policy that can be read: unknown until apply, refers to aws_iam_role.app.arn"
        in ran.err
    )


def test_a_state_becomes_keys_with_their_settings(kmsgen: Kmsgen, tmp_path: Path) -> None:
    values = {
        "arn": f"arn:aws:kms:eu-west-1:{OWN}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "key_id": "1234abcd-12ab-34cd-56ef-1234567890ab", "customer_master_key_spec": "SYMMETRIC_DEFAULT",
        "key_usage": "ENCRYPT_DECRYPT", "description": "Orders", "enable_key_rotation": True, "is_enabled": True,
        "deletion_window_in_days": 7, "multi_region": False, "tags_all": {"team": "shop"},
        "policy": json.dumps({"Version": "2012-10-17", "Statement": [ROOT, READ]}),
    }  # fmt: skip
    resource = {
        "address": "aws_kms_key.orders", "mode": "managed", "type": "aws_kms_key", "name": "orders", "values": values,
    }  # fmt: skip
    state = {
        "format_version": "1.0",
        "terraform_version": "1.9.0",
        "values": {"root_module": {"resources": [resource]}},
    }
    (tmp_path / "state.json").write_text(json.dumps(state))
    ran = kmsgen("import", "state.json")
    lines = [line for line in ran.out.splitlines() if line and not line.strip().startswith("#")]
    assert lines[2:] == [
        "keys:",
        "  orders:",
        "    description: Orders",
        "    tags: {team: shop}",
        "    account: main",
        "    region: eu-west-1",
        "    deletion_window: 7",
        "    root: delegate",
        "    users:",
        "      - {principal: role/Reader, can: decrypt}",
    ]


@pytest.mark.parametrize("text", ["", "{", '{"Statement": [{"Effect": "Allow"}]}', "[]"])
def test_a_source_that_is_malformed_is_told_with_its_place(kmsgen: Kmsgen, orders: Path, text: str) -> None:
    orders.write_text(text)
    ran = kmsgen("import", "orders.json")
    assert (ran.code, ran.out) == (2, "")
    assert "orders.json" in ran.err
    assert "Traceback" not in ran.err


def test_references_of_a_template_stay_references(kmsgen: Kmsgen, tmp_path: Path) -> None:
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}}
    use = {**READ, "Principal": {"AWS": {"Fn::GetAtt": ["Reader", "Arn"]}}}
    policy = {"Version": "2012-10-17", "Statement": [ROOT, use]}
    key = {
        "Type": "AWS::KMS::Key",
        "Properties": {"KeyPolicy": policy, "EnableKeyRotation": True, "Description": "All: of it"},
    }
    (tmp_path / "stack.json").write_text(json.dumps({"Resources": {"Reader": role, "Orders": key}}))
    ran = kmsgen("import", "stack.json", "--account", OWN, "--region", "eu-west-1")
    assert ran.code == 0
    assert 'principals: {reader: {account: main, cloudformation: !Sub "arn:aws:iam::111122223333:role/${Reader}"}}' in (
        ran.out
    )
    assert "- {principal: reader, can: decrypt}" in ran.out
    assert 'description: "All: of it"' in ran.out


def test_an_account_that_is_not_that_of_the_policy_is_pointed_out(kmsgen: Kmsgen) -> None:
    said = f"  # only principals of {OWN} can change the policy: see that {OTHER} is the key's account"
    assert said in kmsgen("import", "orders.json", "--account", OTHER).out.split("\n")
    assert said not in kmsgen("import", "orders.json", "--account", OWN).out.split("\n")
