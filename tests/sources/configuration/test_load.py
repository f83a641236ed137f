"""Terraform's own files as a source: keys with their policies and settings, references, and what is left to Terraform."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kmsgen.errors import KmsgenError
from kmsgen.policy.model import Origin
from kmsgen.sources import Options, load
from kmsgen.sources.configuration.expressions import MAX_INSTANCES
from kmsgen.sources.parameters import parameters_of
from tests.sources.configuration.support import OPTIONS, ROOT, key, loaded, only, policy, principal_of, statements

JSON = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Sid": "Only", "Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:Decrypt", "Resource": "*"},
]}, indent=2)  # fmt: skip
QUOTED = json.dumps(json.dumps(json.loads(JSON)))
POLICIES = {
    "jsonencode": policy(),
    "jsonencode in a template": f'"${{{policy()}}}"',
    "a heredoc": f"<<POLICY\n{JSON}\nPOLICY",
    "an indented heredoc": f"<<-POLICY\n    {JSON}\n  POLICY",
    "a text in quotes": QUOTED,
    "a local": "local.policy",
    "a local of a variable": "local.of_variable",
    "a file": 'file("${path.module}/policies/orders.json")',
    "a template": 'templatefile("policies/orders.tpl", { who = "111122223333:root" })',
    "a condition": 'var.none == null ? local.policy : ""',
    "the first that is given": 'coalesce(var.none, local.policy)',
    "the first that is there": 'try(local.none.x, local.policy)',
    "a document": "data.aws_iam_policy_document.orders.json",
    "one of several documents": "data.aws_iam_policy_document.counted[0].json",
    "what documents come to": 'join("", data.aws_iam_policy_document.counted[*].json)',
}  # fmt: skip
MORE = f"""
locals {{
  policy      = {policy()}
  of_variable = var.policy
  none        = {{}}
}}
variable "none" {{
  default = null
}}
variable "policy" {{
  default = {QUOTED}
}}
data "aws_iam_policy_document" "orders" {{
  statement {{
    sid       = "Only"
    actions   = ["kms:Decrypt"]
    resources = ["*"]
    principals {{
      type        = "AWS"
      identifiers = ["{ROOT}"]
    }}
  }}
}}
data "aws_iam_policy_document" "counted" {{
  count                   = var.none == null ? 1 : 0
  source_policy_documents = [data.aws_iam_policy_document.orders.json]
}}
"""


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_is_read_however_it_is_written(tmp_path: Path, name: str) -> None:
    _with_policies(tmp_path)
    files = {"main.tf": f'resource "aws_kms_key" "orders" {{\n  policy = {POLICIES[name]}\n}}\n', "more.tf": MORE}
    (found,) = load(str(_written(tmp_path, files) / "main.tf"), OPTIONS).keys
    assert statements(found) == json.loads(JSON)["Statement"]
    assert found.policy is not None
    (origin,) = found.policy.statements[0].origin
    assert Path(origin.file).name in ("main.tf", "more.tf", "orders.json", "orders.tpl")


def _with_policies(folder: Path) -> None:
    (folder / "policies").mkdir()
    _written(folder / "policies", {"orders.json": JSON, "orders.tpl": JSON.replace("111122223333:root", "${who}")})


def _written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


PLACES = {
    "jsonencode": (4, 18), "a heredoc": (6, 5), "an indented heredoc": (6, 5), "a text in quotes": (2, 59),
    "a local": (5, 18), "a file": (4, 5), "a template": (4, 5),
}  # fmt: skip


@pytest.mark.parametrize("name", PLACES)
def test_a_statement_has_the_place_at_which_it_stands(tmp_path: Path, name: str) -> None:
    _with_policies(tmp_path)
    text = f'resource "aws_kms_key" "orders" {{\n  policy = {POLICIES[name]}\n}}\n'
    files = {"main.tf": text, "more.tf": MORE}
    (found,) = load(str(_written(tmp_path, files) / "main.tf"), OPTIONS).keys
    assert found.policy is not None
    (origin,) = found.policy.statements[0].origin
    assert (origin.line, origin.column) == PLACES[name]
    assert found.place is not None
    action = found.place(("Statement", 0, "Action"))
    assert action is not None
    assert '"kms:Decrypt"' in action.text.replace("\\", "")
    shown = action.text[action.column - 1 : action.column + 8].replace("\\", "").lstrip('"')
    assert shown.startswith("Action")


def test_a_file_that_a_module_reads_is_no_source_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    _written(tmp_path / "policies", {"orders.json": JSON, "other.json": "{}", "plain.json": JSON})
    text = 'resource "aws_kms_key" "orders" {\n  policy = file("${path.module}/policies/orders.json")\n}\n'
    text += 'resource "aws_iam_policy" "other" {\n  policy = templatefile("./policies/other.json", {})\n}\n'
    found = loaded(tmp_path, f'{text}# file("policies/plain.json")\n').keys
    assert [one.where for one in found] == [f"{tmp_path}/main.tf:1", f"{tmp_path}/policies/plain.json"]


def test_no_file_is_read_that_is_neither_in_the_module_nor_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _written(tmp_path, {"policy.json": JSON})
    for name in ("infra", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "infra" / "link.json").symlink_to(tmp_path / "policy.json")
    module = str(tmp_path / "infra")
    for path in ("../policy.json", "link.json"):
        text = f'resource "aws_kms_key" "orders" {{\n  policy = file("{path}")\n}}\n'
        _written(tmp_path / "infra", {"main.tf": text})
        monkeypatch.chdir(tmp_path / "other")
        (refused,) = (one for one in load(module, OPTIONS).keys if one.kind == "terraform")
        said = f"`{path}` is outside of the module and of the current folder ({module}/main.tf:2:12)"
        assert (refused.reason or "").startswith(said)
        monkeypatch.chdir(tmp_path)
        (found,) = (one for one in load("infra", OPTIONS).keys if one.kind == "terraform")
        assert statements(found) == json.loads(JSON)["Statement"]


def test_a_module_is_all_files_of_its_folder_and_a_folder_below_is_another(tmp_path: Path) -> None:
    loaded(tmp_path / "inner", key())
    (tmp_path / "policy.json").write_text(JSON)
    found = loaded(tmp_path, {
        "keys.tf": 'resource "aws_kms_key" "orders" {\n  description = "Orders"\n}\n',
        "policies.tf.json": json.dumps({"resource": {"aws_kms_key_policy": {"orders": {
            "key_id": "${aws_kms_key.orders.key_id}", "policy": JSON}}}}),
        "aliases.tf": 'resource "aws_kms_alias" "orders" {\n  name = "alias/orders"\n'
        "  target_key_id = aws_kms_key.orders.arn\n}\n",
        "terraform.tfvars.json": "{}",
    })  # fmt: skip
    keys = {one.where: one for one in found.keys}
    assert sorted(keys) == [f"{tmp_path}/inner/main.tf:1", f"{tmp_path}/keys.tf:1", f"{tmp_path}/policy.json"]
    orders = keys[f"{tmp_path}/keys.tf:1"]
    assert (orders.aliases, orders.settings["description"]) == (("alias/orders",), "Orders")
    assert (orders.where, str(orders.at)) == (f"{tmp_path}/keys.tf:1", f"{tmp_path}/keys.tf:1:1")
    assert statements(orders) == json.loads(JSON)["Statement"]
    assert orders.policy is not None
    assert orders.policy.statements[0].origin == (Origin(f"{tmp_path}/policies.tf.json", 1, 91),)


SETTINGS = """
provider "aws" {
  region = "eu-west-1"
  allowed_account_ids = ["444455556666"]
  default_tags {
    tags = { owner = "us", team = "a" }
  }
}
resource "aws_kms_key" "plain" {
}
resource "aws_kms_key" "full" {
  description              = "Full"
  customer_master_key_spec = "RSA_2048"
  key_usage                = "SIGN_VERIFY"
  multi_region             = true
  is_enabled               = false
  deletion_window_in_days  = 7
  tags                     = { team = "b" }
}
resource "aws_kms_external_key" "outside" {
  enabled = var.asked
}
resource "aws_kms_replica_key" "copy" {
  primary_key_arn = aws_kms_key.full.arn
  region          = "us-east-1"
}
variable "asked" {}
"""


def test_settings_and_the_place_of_a_key_are_those_of_its_arguments_and_its_provider(tmp_path: Path) -> None:
    keys = {one.names[0]: one for one in loaded(tmp_path, SETTINGS, Options()).keys}
    assert keys["plain"].settings == {
        "description": "", "enabled": True, "deletion_window": 30, "tags": {"owner": "us", "team": "a"},
        "multi_region": False, "spec": "SYMMETRIC_DEFAULT", "usage": "ENCRYPT_DECRYPT", "rotation": None,
        "origin": "AWS_KMS", "aliases": [],
    }  # fmt: skip
    assert keys["plain"].notes == ("no policy is given: KMS gives its own",)
    assert principal_of(keys["plain"]) == "arn:aws:iam::444455556666:root"
    assert keys["full"].settings == {
        "description": "Full", "enabled": False, "deletion_window": 7, "tags": {"owner": "us", "team": "b"},
        "multi_region": True, "spec": "RSA_2048", "usage": "SIGN_VERIFY", "rotation": None, "origin": "AWS_KMS",
        "aliases": [],
    }  # fmt: skip
    assert keys["outside"].settings["origin"] == "EXTERNAL"
    assert "enabled" not in keys["outside"].settings
    assert keys["outside"].notes[-1] == "`enabled` is unknown until apply, refers to var.asked"
    copy = keys["copy"]
    assert (copy.facts.spec, copy.facts.usage, copy.facts.multi_region) == ("RSA_2048", "SIGN_VERIFY", True)
    assert (copy.facts.account, copy.facts.region) == ("444455556666", "us-east-1")
    assert keys["full"].facts.region == "eu-west-1"


REFERENCES: dict[str, Any] = {
    "aws_iam_role.named.arn": "arn:aws:iam::111122223333:role/orders/App",
    "aws_iam_user.named.arn": "arn:aws:iam::111122223333:user/deploy",
    "aws_iam_role.prefixed.arn": "arn:aws:iam::111122223333:role/⟨aws_iam_role.prefixed⟩",
    'aws_iam_role.each["a"].arn': "arn:aws:iam::111122223333:role/⟨aws_iam_role.each[″a″]⟩",
    "data.aws_iam_role.other.arn": "arn:aws:iam::111122223333:role/⟨data.aws_iam_role.other⟩",
    "var.asked": "⟨var.asked⟩",
    "var.given": "arn:aws:iam::111122223333:role/Given",
    "var.default": "arn:aws:iam::111122223333:role/Default",
    "module.app.role_arn": "⟨module.app.role_arn⟩",
    "local.list": ["arn:aws:iam::111122223333:role/A", "arn:aws:iam::111122223333:role/B"],
    '"arn:${data.aws_partition.it.partition}:iam::${data.aws_caller_identity.it.account_id}:root"': ROOT,
    '"${data.aws_caller_identity.it.account_id}"': "111122223333",
    '"arn:aws:iam::${data.aws_caller_identity.away.account_id}:root"': "arn:aws:iam::444455556666:root",
    '"arn:aws:iam::${data.aws_caller_identity.unknown.account_id}:root"': "arn:aws:iam::⟨account.lost⟩:root",
    '"arn:aws:iam::111122223333:role/${data.aws_region.it.name}"': "arn:aws:iam::111122223333:role/eu-west-1",
    '"arn:aws:iam::111122223333:role/${aws_iam_role.named.name}"': "arn:aws:iam::111122223333:role/App",
}  # fmt: skip
BESIDE = """
resource "aws_iam_role" "named" {
  name = "App"
  path = "/orders/"
}
resource "aws_iam_user" "named" {
  name = "deploy"
}
resource "aws_iam_role" "prefixed" {
  name_prefix = "app-"
}
resource "aws_iam_role" "each" {
  for_each = toset(["a"])
  name     = each.key
}
data "aws_iam_role" "other" {
  name = "Other"
}
variable "asked" {
}
variable "given" {
  default = "arn:aws:iam::111122223333:role/Default"
}
variable "default" {
  default = "arn:aws:iam::111122223333:role/Default"
}
module "app" {
  source = "./app"
}
locals {
  list = [for one in ["A", "B"] : "arn:aws:iam::111122223333:role/${one}"]
}
data "aws_partition" "it" {
}
data "aws_caller_identity" "it" {
}
data "aws_region" "it" {
}
provider "aws" {
  alias = "away"
  assume_role {
    role_arn = "arn:aws:iam::444455556666:role/Terraform"
  }
}
data "aws_caller_identity" "away" {
  provider = aws.away
}
data "aws_caller_identity" "unknown" {
  provider = aws.lost
}
"""
VALUES = 'given = "arn:aws:iam::111122223333:role/Given"\n'


@pytest.mark.parametrize("expression", REFERENCES)
def test_what_a_reference_means_is_an_arn_or_a_symbol(tmp_path: Path, expression: str) -> None:
    files = {"main.tf": key(expression), "more.tf": BESIDE, "terraform.tfvars": VALUES}
    assert principal_of(only(tmp_path, files)) == REFERENCES[expression]


def test_principals_that_the_module_makes_or_is_given_are_known_by_their_expressions(tmp_path: Path) -> None:
    text = key("[aws_iam_role.named.arn, var.given, var.asked]")
    found = only(tmp_path, {"main.tf": text, "more.tf": BESIDE, "terraform.tfvars": VALUES})
    assert found.references == {
        "arn:aws:iam::111122223333:role/orders/App": "aws_iam_role.named.arn",
        "arn:aws:iam::111122223333:role/Given": "var.given",
    }
    assert found.notes[-1] == "`⟨var.asked⟩` is only known to Terraform"


def test_without_an_account_its_own_is_a_symbol_and_the_same_everywhere(tmp_path: Path) -> None:
    files = {"main.tf": key('"arn:aws:iam::${data.aws_caller_identity.it.account_id}:root"'), "more.tf": BESIDE}
    found = only(tmp_path, files, Options())
    assert (found.facts.account, principal_of(found)) == ("⟨account⟩", "arn:aws:iam::⟨account⟩:root")


def test_what_the_user_says_of_keys_holds_for_their_provider_alone(tmp_path: Path) -> None:
    text = key('"arn:aws:iam::${data.aws_caller_identity.it.account_id}:root"').replace(
        "{\n", "{\n  provider = aws.keys\n", 1
    )
    found = only(tmp_path, text + 'data "aws_caller_identity" "it" {\n}\n')
    assert (found.facts.account, principal_of(found)) == ("111122223333", "arn:aws:iam::⟨account⟩:root")


def test_a_policy_may_name_its_own_key_by_its_arn(tmp_path: Path) -> None:
    attached = policy().replace('Resource = "*"', "Resource = aws_kms_key.orders.arn")
    text = f"""
resource "aws_kms_key" "orders" {{
}}
resource "aws_kms_key_policy" "orders" {{
  key_id = aws_kms_key.orders.id
  policy = {attached}
}}
"""
    found = only(tmp_path, text)
    arn = "arn:aws:kms:eu-west-1:111122223333:key/⟨aws_kms_key.orders⟩"
    assert (found.arn, statements(found)[0]["Resource"]) == (arn, arn)


INSTANCES = {
    "count = 2": ["aws_kms_key.orders[0]", "aws_kms_key.orders[1]"],
    "count = 0": [],
    "count = var.create ? 1 : 0": ["aws_kms_key.orders[0]"],
    'for_each = toset(["b", "a"])': ['aws_kms_key.orders["a"]', 'aws_kms_key.orders["b"]'],
    "for_each = { x = 1 }": ['aws_kms_key.orders["x"]'],
}


@pytest.mark.parametrize("argument", INSTANCES)
def test_a_resource_is_there_as_often_as_it_says(tmp_path: Path, argument: str) -> None:
    text = key().replace("{\n", f"{{\n  {argument}\n", 1) + 'variable "create" {\n  default = true\n}\n'
    assert [one.name for one in loaded(tmp_path, text).keys] == INSTANCES[argument]


def test_each_instance_has_its_own_policy_and_alias(tmp_path: Path) -> None:
    text = """
resource "aws_kms_key" "all" {
  for_each = { a = "A", b = "B" }
  policy   = %s
}
resource "aws_kms_alias" "all" {
  for_each      = aws_kms_key.all
  name          = "alias/x"
  target_key_id = each.value.id
}
resource "aws_kms_alias" "one" {
  name          = "alias/a"
  target_key_id = aws_kms_key.all["a"].id
}
""" % policy('"arn:aws:iam::111122223333:role/${each.value}"')  # noqa: UP031 - full of braces
    found = {one.name: one for one in loaded(tmp_path, text).keys}
    assert {name: principal_of(one) for name, one in found.items()} == {
        'aws_kms_key.all["a"]': "arn:aws:iam::111122223333:role/A",
        'aws_kms_key.all["b"]': "arn:aws:iam::111122223333:role/B",
    }
    assert [one.aliases for one in found.values()] == [("alias/a",), ()]
    assert "aliases" not in found['aws_kms_key.all["b"]'].settings  # some may belong to it


UNREAD = {
    "count": (key().replace("{\n", "{\n  count = var.asked\n", 1), "it depends on `count` (main.tf:2:3); `terraform show -json` of a plan tells it"),
    "too many": (key().replace("{\n", f"{{\n  count = {MAX_INSTANCES + 1}\n", 1), "it depends on `count` (main.tf:2:3)"),
    "for_each": (key().replace("{\n", "{\n  for_each = var.asked\n", 1), "it depends on `for_each` (main.tf:2:3)"),
    "for_each over what is not known": (key().replace("{\n", "{\n  for_each = toset([var.asked])\n", 1), "it depends on `for_each` (main.tf:2:3)"),
    "a function": (key("timestamp()"), "`timestamp()` is worked out by Terraform alone (main.tf:5:59)"),
    "a template of what is not known": ('resource "aws_kms_key" "a" {\n  policy = templatefile("x", var.asked)\n}\n', '`templatefile("x", var.asked)` is worked out by Terraform alone (main.tf:2:12)'),
    "a template with a choice": ('resource "aws_kms_key" "a" {\n  policy = templatefile("choice.tpl", {})\n}\n', "a `%{…}` in a text is worked out by Terraform alone (choice.tpl:2:3)"),
    "a template that is none": ('resource "aws_kms_key" "a" {\n  policy = templatefile("wrong.tpl", {})\n}\n', "in `wrong.tpl`: what stands in `${…}` here is not understood (main.tf:2:12)"),
    "a variable": ('resource "aws_kms_key" "a" {\n  policy = var.asked\n}\n', "it is not known: ⟨var.asked⟩ (main.tf:2:12)"),
    "statements of a variable": (key().replace("Statement = [{", "Statement = var.asked\n X = [{"), "what a statement says is only known to Terraform (main.tf:4:5)"),
    "a text that is no JSON": ('resource "aws_kms_key" "a" {\n  policy = <<E\n{"Statement": [\n  {"Sid": x}\n]}\nE\n}\n', "in the policy's text: not valid JSON: a value is expected, not `x` (main.tf:4:11)"),
    "a text in quotes that is no JSON": ('resource "aws_kms_key" "a" {\n  policy = "{\\"Statement\\": x}"\n}\n', "in the policy's text: not valid JSON: a value is expected, not `x` (main.tf:2:29)"),
    "a value that breaks out of a text": ('resource "aws_kms_key" "a" {\n  policy = "{\\"Id\\": \\"${local.bad}\\"}"\n}\nlocals {\n  bad = "x\\", \\"Id\\": \\"y"\n}\n', "in the policy's text: `Id` stands twice in one object (main.tf:2:26)"),
    "an empty text": ('resource "aws_kms_key" "a" {\n  policy = ""\n}\n', "the policy's text is empty (main.tf:2:12)"),
    "encoded twice": ('resource "aws_kms_key" "a" {\n  policy = jsonencode(jsonencode({}))\n}\n', "a policy is a JSON object (main.tf:2:23)"),
    "no policy at all": ('resource "aws_kms_key" "a" {\n  policy = jsonencode([])\n}\n', "a policy is a JSON object (main.tf:2:23)"),
    "a mistake in the policy": (key().replace("Allow", "Permit"), "Statement[0].Effect: `Effect` is `Allow` or `Deny`, not `Permit` (main.tf:5:21)"),
    "said twice": (key() + f'resource "aws_kms_key_policy" "a" {{\n  key_id = aws_kms_key.orders.id\n  policy = {policy()}\n}}\n', "its policy is said twice: by its own `policy` and by `aws_kms_key_policy.a`"),
    "attached who knows how often": ('resource "aws_kms_key" "a" {\n}\nresource "aws_kms_key_policy" "a" {\n  count = var.asked\n  key_id = aws_kms_key.a.id\n  policy = "{}"\n}\n', "it depends on `count` (main.tf:4:3)"),
    "a file that is not there": ('resource "aws_kms_key" "a" {\n  policy = file("policy.json")\n}\n', "`policy.json` cannot be read: No such file or directory (main.tf:2:12)"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNREAD)
def test_a_policy_that_cannot_be_told_is_left_out_with_the_reason_and_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    text, said = UNREAD[name]
    _written(Path(), {"choice.tpl": "{\n  %{if true}x%{endif}}", "wrong.tpl": "${x"})
    (found,) = loaded(Path(), text + 'variable "asked" {\n}\n').keys
    assert (found.policy, (found.reason or "")[: len(said)]) == (None, said)
    assert found.at is not None


def test_a_key_that_may_not_be_made_is_there_and_that_is_said(tmp_path: Path) -> None:
    text = f"""
resource "aws_kms_key" "orders" {{
  count = var.asked
}}
resource "aws_kms_key_policy" "orders" {{
  key_id = aws_kms_key.orders[0].id
  policy = {policy()}
}}
variable "asked" {{
}}
"""
    found = only(tmp_path, text)
    assert principal_of(found) == ROOT
    assert found.notes[0] == (
        f"it is not known whether it is made: it depends on `count` ({tmp_path}/main.tf:3:3);"
        " `terraform show -json` of a plan tells it"
    )


def test_a_policy_for_a_key_that_is_made_elsewhere_is_a_key_of_its_own(tmp_path: Path) -> None:
    arn = "arn:aws:kms:us-east-1:444455556666:key/1234"
    text = "\n".join(
        f'resource "aws_kms_key_policy" "{name}" {{\n  key_id = {target}\n  policy = {policy()}\n}}'
        for name, target in (("known", f'"{arn}"'), ("asked", "var.asked"))
    )
    found = {one.names[0]: one for one in loaded(tmp_path, f'{text}\nvariable "asked" {{\n}}\n').keys}
    assert found["known"].facts.arn == arn
    assert (found["asked"].key_id, len(statements(found["asked"]))) == (None, 1)


def test_what_a_module_takes_for_granted_is_said(tmp_path: Path) -> None:
    text = key("var.given").replace("{\n", "{\n  lifecycle {\n    ignore_changes = [policy]\n  }\n", 1)
    found = loaded(tmp_path, {"main.tf": text, "more.tf": BESIDE}, Options("111122223333"))
    assert found.notes == (
        f"{tmp_path}: variables are taken at their defaults: `given`; `--parameter NAME=VALUE` says otherwise",
        f"{tmp_path}: the partition is taken to be `aws`; `--region` tells otherwise",
        f"{tmp_path}/more.tf:27: keys that `module.app` may make are not seen",
    )
    assert found.keys[0].notes == ("changes of its policy are ignored (`ignore_changes`): what it has now may differ",)


def test_a_file_has_its_own_keys_and_looks_names_up_beside_it(tmp_path: Path) -> None:
    _written(tmp_path, {
        "a.tf": key("local.who"),
        "b.tf": f'locals {{\n  who = "{ROOT}"\n}}\nresource "aws_kms_key" "other" {{\n  policy = local.shared\n}}\n',
        "c.tf": f"locals {{\n  shared = {policy()}\n}}\n",
    })  # fmt: skip
    names = {name: [one.name for one in load(str(tmp_path / f"{name}.tf"), OPTIONS).keys] for name in "abc"}
    assert names == {"a": ["aws_kms_key.orders"], "b": ["aws_kms_key.other"], "c": ["aws_kms_key.other"]}


def test_a_file_in_a_folder_that_is_no_module_is_read_by_itself_which_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _written(Path(), {"a.tf": key(), "b.tf": key('"arn:aws:iam::111122223333:role/B"')})
    found = load("b.tf", OPTIONS)
    assert principal_of(found.keys[0]) == "arn:aws:iam::111122223333:role/B"
    assert found.notes[0] == (
        "b.tf: read by itself, as its folder is no module: `aws_kms_key.orders` stands twice in the module (b.tf:1:1)"
    )
    with pytest.raises(KmsgenError, match=r"`aws_kms_key\.orders` stands twice in the module"):
        load(".", OPTIONS)


@pytest.mark.parametrize("name", ["override.tf", "keys_override.tf.json", "keys.tofu"])
def test_a_folder_with_files_that_change_others_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(KmsgenError, match="and is not read") as raised:
        loaded(tmp_path, {"main.tf": key(), name: "{}"})
    assert "terraform show -json" in str(raised.value.problems[0].hint)


def test_values_of_variables_are_taken_as_terraform_takes_them(tmp_path: Path) -> None:
    def role(name: str) -> str:
        return f'"arn:aws:iam::111122223333:role/{name}"'

    files = {
        "main.tf": key("var.who") + f'variable "who" {{\n  default = {role("Default")}\n}}\n',
        "terraform.tfvars": f"who = {role('Plain')}\n",
        "a.auto.tfvars": f"who = {role('A')}\n",
        "b.auto.tfvars.json": f'{{"who": {role("B")}}}',
        "other.tfvars": f"who = {role('Other')}\n",
    }
    assert principal_of(only(tmp_path, files)) == "arn:aws:iam::111122223333:role/B"


def test_the_user_gives_variables_their_values_as_to_terraform(tmp_path: Path) -> None:
    text = (
        key("concat([var.plain], var.listed)")
        + 'variable "plain" {\n}\nvariable "listed" {\n  type = list(string)\n}\n'
    )
    said = parameters_of(["plain=arn:aws:iam::111122223333:role/A", 'listed=["arn:aws:iam::111122223333:role/B"]'])
    found = only(tmp_path, text, replace(OPTIONS, parameters=said))
    assert principal_of(found) == ["arn:aws:iam::111122223333:role/A", "arn:aws:iam::111122223333:role/B"]
    assert list(said.unmet()) == []
    with pytest.raises(KmsgenError, match=r"^--parameter listed:1:10: not valid HCL"):
        only(tmp_path, text, replace(OPTIONS, parameters=parameters_of(["listed=["])))


def test_a_module_is_read_as_of_a_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "infra" / "inner").mkdir(parents=True)
    _written(tmp_path / "infra", {"main.tf": key("local.who"), "more.tf": f'locals {{\n  who = "{ROOT}"\n}}\n'})
    _written(tmp_path / "infra" / "inner", {"main.tf": key()})
    for arguments in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *arguments], check=True)
    (tmp_path / "infra" / "more.tf").write_text("nonsense")
    (found,) = load("git:HEAD:infra/main.tf", OPTIONS).keys
    assert (principal_of(found), found.where) == (ROOT, "HEAD:infra/main.tf:1")
    both = load("git:HEAD:infra", OPTIONS).keys
    assert [one.where for one in both] == ["HEAD:infra/main.tf:1", "HEAD:infra/inner/main.tf:1"]
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qam", "y"], check=True)
    with pytest.raises(KmsgenError, match=r"^HEAD:infra/more\.tf:1:8: not valid HCL"):
        load("git:HEAD:infra", OPTIONS)


def test_a_text_of_terraforms_is_told_apart_on_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for text in (
        key(),
        key().replace('"aws_kms_key" "orders"', "aws_kms_key orders"),
        f"# keys\n{key()}",
        json.dumps({"resource": {"aws_kms_key": {"orders": {"policy": JSON}}}}),
    ):
        (tmp_path / "pipe").write_text(text)
        with (tmp_path / "pipe").open() as pipe:
            monkeypatch.setattr("sys.stdin", pipe)
            (found,) = load("-", OPTIONS).keys
        assert (found.name, principal_of(found)) == ("aws_kms_key.orders", ROOT)
