"""The stand-in refuses what AWS's provider refuses: that it takes what kmsgen writes says something."""

from __future__ import annotations

from tests.terraform.workspace import Workspace

WRONG = """\
resource "aws_kms_key" "ranges" {
  deletion_window_in_days = 6
  enable_key_rotation     = true
  rotation_period_in_days = 89
  policy                  = "no JSON"
}

resource "aws_kms_key" "alone" {
  rotation_period_in_days = 90
  xks_key_id              = "x"
}

resource "aws_kms_key" "computed" {
  key_id = "1234"
}

resource "aws_kms_key" "unknown" {
  enabled = true
}

resource "aws_kms_key" "typed" {
  is_enabled = "perhaps"
}

resource "aws_kms_alias" "of_aws" {
  name          = "alias/aws/orders"
  target_key_id = "1234"
}

resource "aws_kms_replica_key" "missing" {
}
"""
REFUSALS = (
    "expected deletion_window_in_days to be in the range (7 - 30)",
    "expected rotation_period_in_days to be in the range (90 - 2560)",
    "expected policy to be JSON",
    "all of `rotation_period_in_days,enable_key_rotation` must be specified",
    "all of `xks_key_id,custom_key_store_id` must be specified",
    "`name` must begin with `alias/`, not `alias/aws/`",
    'An argument named "enabled" is not expected here',
    'The argument "primary_key_arn" is required',
    'Inappropriate value for attribute "is_enabled": a bool is required',
    'Can\'t configure a value for "key_id"',
)


def test_what_the_provider_refuses_is_refused(workspace: Workspace) -> None:
    workspace.write(main=WRONG)
    said = " ".join(workspace.run("validate", code=1).split())
    assert [one for one in REFUSALS if one not in said] == []


def test_a_change_that_replaces_a_key_is_stopped(workspace: Workspace) -> None:
    key = 'resource "aws_kms_key" "key" {{\n  multi_region = {}\n  lifecycle {{\n    prevent_destroy = true\n  }}\n}}\n'
    workspace.write(main=key.format("false"))
    workspace.plan()
    workspace.apply()
    workspace.write(main=key.format("true"))
    assert "Instance cannot be destroyed" in workspace.run("plan", code=1)
