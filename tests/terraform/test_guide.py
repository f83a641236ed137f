"""The page on Terraform is walked through, each command run by Terraform itself."""

from __future__ import annotations

import json
import shlex

from tests.conftest import Kmsgen
from tests.guide import walk
from tests.terraform.workspace import Workspace

_POLICY = json.dumps({"Version": "2012-10-17", "Statement": []})
_KEY = {
    "arn": "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "key_id": "1234abcd-12ab-34cd-56ef-1234567890ab",
    "customer_master_key_spec": "SYMMETRIC_DEFAULT",
    "key_usage": "ENCRYPT_DECRYPT",
    "multi_region": False,
    "is_enabled": True,
    "enable_key_rotation": False,
    "rotation_period_in_days": 0,
    "description": "made by hand",
    "policy": _POLICY,
    "tags": {},
    "tags_all": {},
}
THERE = {
    "aws_kms_key": {"1234abcd-12ab-34cd-56ef-1234567890ab": _KEY},
    "aws_kms_alias": {
        "alias/invoices": {
            "name": "alias/invoices",
            "arn": "arn:aws:kms:eu-west-1:111122223333:alias/invoices",
            "target_key_id": "1234abcd-12ab-34cd-56ef-1234567890ab",
            "target_key_arn": _KEY["arn"],
        }
    },
    "aws_kms_key_policy": {
        "9876abcd-12ab-34cd-56ef-1234567890ab": {
            "key_id": "9876abcd-12ab-34cd-56ef-1234567890ab",
            "policy": _POLICY,
        }
    },
}


def test_the_page_on_terraform_does_what_it_says(workspace: Workspace, kmsgen: Kmsgen) -> None:
    workspace.there(THERE)

    def run(line: str) -> str:
        command, _, target = line.partition(" > ")
        program, *arguments = shlex.split(command)
        if program == "cat":
            return (workspace.folder / arguments[0]).read_text(encoding="utf-8")
        if program == "kmsgen":
            ran = kmsgen(*arguments, cwd=workspace.folder)
            return ran.out + ran.err
        assert program == "terraform"
        if target:
            assert arguments[:2] == ["show", "-json"]
            workspace.show(*arguments[2:]).rename(workspace.folder / target)
            return ""
        # Plugins are overridden here, and `init` would look for them all the same.
        return workspace.run("get" if arguments == ["init"] else arguments[0], *arguments[1:])

    assert walk("terraform.md", workspace.folder, run) == 24
