"""Terraform's own files on the command line: every command that takes a SOURCE takes them, and says where mistakes are."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Kmsgen
from tests.support import ROOT

FILE = "out/terraform/tenants/main.tf"
DENIED = (
    "User: arn:aws:sts::111122223333:assumed-role/Nobody/s is not authorized to perform: kms:Decrypt on resource:"
    " arn:aws:kms:eu-west-1:111122223333:alias/tenants/acme because no resource-based policy allows the kms:Decrypt action"
)
COMMANDS = {
    "check": (("check", FILE), 0, "2 keys: nothing found"),
    "explain": (("explain", FILE), 0, "tenant-acme  out/terraform/tenants/main.tf:14  (111122223333, eu-west-1)"),
    "can": (("can", "role/Nobody", "decrypt", "--on", f"{FILE}#tenant-acme"), 1, "no statement allows it"),
    "why": (("why", DENIED, FILE), 1, "nearest: the statement `EncryptDecryptViaS3InContext` (out/terraform/tenants/main.tf:96)"),
    "diff": (("diff", "blueprints/tenants.yaml", "--current", FILE), 0, "2 keys, 0 changed, 0 gains, 0 losses"),
    "diff of a folder": (("diff", "blueprints", "--current", "out/terraform"), 0, "23 keys, 0 changed, 0 gains, 0 losses"),
    "diff of the JSON": (("diff", "blueprints", "--current", "out/terraform-json"), 0, "23 keys, 0 changed, 0 gains, 0 losses"),
    "import": (("import", FILE), 0, "tenant-acme"),
}  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_takes_terraforms_files(kmsgen: Kmsgen, name: str) -> None:
    arguments, code, said = COMMANDS[name]
    ran = kmsgen(*arguments, cwd=ROOT)
    assert (ran.code, said in ran.out + ran.err) == (code, True), ran.out + ran.err


def test_a_mistake_is_shown_with_its_line(kmsgen: Kmsgen, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('resource "aws_kms_key" "orders" {\n  tags = ["a" "b"]\n}\n')
    (tmp_path / "other.tf").write_text("locals {\n  a = 1\n  a = 2\n}\n")
    ran = kmsgen("check", ".", cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "error: main.tf:2:15: not valid HCL: this is not understood\n"
        '    2 |   tags = ["a" "b"]\n'
        "      |               ^\n"
        "error: other.tf:3:3: `a` stands twice in one block\n"
        "    3 |   a = 2\n"
        "      |   ^\n"
        "  first here: other.tf:2:3\n"
        "2 problems\n"
    )


def test_a_finding_stands_at_its_line_and_what_cannot_be_judged_fails(kmsgen: Kmsgen, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'resource "aws_kms_key" "open" {\n  enable_key_rotation = true\n  policy = jsonencode({\n    Statement = [\n'
        '      { Effect = "Allow", Principal = "*", Action = "kms:*", Resource = "*" },\n    ]\n  })\n}\n'
        'resource "aws_kms_key" "asked" {\n  enable_key_rotation = true\n  policy = timestamp()\n}\n'
    )
    ran = kmsgen("check", ".", "--format", "github", cwd=tmp_path)
    assert ran.code == 1
    lines = ran.out.splitlines()
    assert any(line.startswith("::error file=main.tf,line=5,") and "KMS101" in line for line in lines)
    assert any(
        line.startswith("::error file=main.tf,line=9,") and "worked out by Terraform alone (main.tf:11:12)" in line
        for line in lines
    )
