"""Keys that are there already come under kmsgen: imported or moved, changed in place, never made anew."""

from __future__ import annotations

import pytest

from tests.conftest import Kmsgen
from tests.terraform.test_guide import THERE
from tests.terraform.workspace import Workspace, changes

HEAD = """\
version: 1
accounts: {prod: "111122223333"}
defaults: {account: prod, region: eu-west-1, admins: [role/KeyAdmins], deployer: role/Deployer}
keys:
"""
PROVIDER = 'provider "aws" {\n  region = "eu-west-1"\n  allowed_account_ids = ["111122223333"]\n}\n'
LAKE = "9876abcd-12ab-34cd-56ef-1234567890ab"


@pytest.mark.parametrize(
    ("format_", "existing"),
    [("terraform", LAKE), ("terraform-json", f"arn:aws:kms:eu-west-1:111122223333:key/{LAKE}")],
)
def test_import_blocks_change_the_policy_that_an_existing_key_has(
    kmsgen: Kmsgen, workspace: Workspace, format_: str, existing: str
) -> None:
    workspace.there(THERE)
    (workspace.folder / "lake.yaml").write_text(f"{HEAD}  lake: {{existing: '{existing}', users: [role/Analyst]}}\n")
    options = ("--format", format_, "--import-blocks", "--out", ".")
    assert kmsgen("generate", "lake.yaml", *options, cwd=workspace.folder).code == 0
    root = Workspace(workspace.terraform, workspace.folder / format_ / "lake", workspace.environment)
    root.write(provider=PROVIDER)
    root.run("validate")
    plan = root.plan()
    assert changes(plan) == {"aws_kms_key_policy.lake": ["update"]}
    ran = kmsgen("diff", "lake.yaml", "--current", str(plan), cwd=workspace.folder)
    assert (ran.code, ran.out) == (0, "no change in access: lake\n1 key, 0 changed, 0 gains, 0 losses\n")
    root.apply()
    assert changes(root.plan("again")) == {}


def test_a_resource_of_ones_own_moves_into_the_module(kmsgen: Kmsgen, workspace: Workspace) -> None:
    own = """\
resource "aws_kms_key" "invoices" {
  description = "Invoices"
}

resource "aws_kms_alias" "invoices" {
  name          = "alias/invoices"
  target_key_id = aws_kms_key.invoices.key_id
}
"""
    workspace.write(main=PROVIDER, own=own)
    workspace.plan()
    workspace.apply()
    (workspace.folder / "blueprints").mkdir()
    (workspace.folder / "blueprints" / "invoices.yaml").write_text(
        f"{HEAD}  invoices: {{description: Invoices, aliases: [invoices]}}\n"
    )
    assert kmsgen("generate", "--format", "terraform", cwd=workspace.folder).code == 0
    moves = {
        "aws_kms_key.invoices": "module.invoices.aws_kms_key.invoices",
        "aws_kms_alias.invoices": "module.invoices.aws_kms_alias.invoices_invoices",
    }
    moved = "".join(f"moved {{\n  from = {old}\n  to = {new}\n}}\n" for old, new in moves.items())
    workspace.write(own=f'module "invoices" {{\n  source = "./out/terraform/invoices"\n}}\n{moved}')
    workspace.run("get")
    assert changes(workspace.plan()) == {"module.invoices.aws_kms_key.invoices": ["update"]}


def test_import_blocks_in_a_module_are_refused_by_terraform(kmsgen: Kmsgen, workspace: Workspace) -> None:
    (workspace.folder / "lake.yaml").write_text(f"{HEAD}  lake: {{existing: {LAKE}}}\n")
    options = ("--format", "terraform", "--import-blocks")
    assert kmsgen("generate", "lake.yaml", *options, cwd=workspace.folder).code == 0
    workspace.write(main=f'{PROVIDER}module "lake" {{\n  source = "./out/terraform/lake"\n}}\n')
    workspace.run("get")
    said = " ".join(workspace.run("plan", code=1).split())
    assert "Import blocks are only allowed in the root module" in said
