"""Hand-written Terraform back to a blueprint: what the module makes is referred to, and the two are the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from kmsgen.changes import report
from kmsgen.errors import KmsgenError
from kmsgen.importer import import_keys
from kmsgen.semantics.compare import compare
from kmsgen.sources import Options, load
from tests.importer.support import LIBRARY
from tests.support import OWN, REGION

OPTIONS = Options(OWN, REGION)
MODULE = """
data "aws_caller_identity" "current" {}
variable "deployer_arn" {}
resource "aws_iam_role" "named" {
  name = "App"
}
resource "aws_iam_role" "job" {
  name_prefix = "job-"
}
resource "aws_kms_key" "orders" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid = "Root", Effect = "Allow", Action = "kms:*", Resource = "*"
        Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root" }
      },
      {
        Sid = "Read", Effect = "Allow", Action = ["kms:Decrypt", "kms:DescribeKey"], Resource = "*"
        Principal = { AWS = [aws_iam_role.named.arn, aws_iam_role.job.arn, var.deployer_arn] }
      },
      {
        Sid = "Odd", Effect = "Deny", Action = "kms:Decrypt", Resource = "*", Principal = "*"
        Condition = { ArnEquals = { "aws:PrincipalArn" = aws_iam_role.job.arn }, Bool = { "aws:SecureTransport" = false } }
      },
    ]
  })
}
resource "aws_kms_alias" "orders" {
  name          = "alias/orders"
  target_key_id = aws_kms_key.orders.id
}
"""
PRINCIPALS = """\
principals:
  app: {arn: "arn:aws:iam::111122223333:role/App", terraform: aws_iam_role.named.arn}
  deployer_arn: {account: main, terraform: var.deployer_arn}
  job: {account: main, terraform: aws_iam_role.job.arn}
"""


def test_what_a_module_makes_stays_a_reference_and_the_blueprint_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "main.tf").write_text(MODULE)
    keys = load(str(tmp_path / "infra"), OPTIONS).keys
    made = import_keys(keys, LIBRARY)
    assert PRINCIPALS in made.text
    assert "{terraform: aws_iam_role.job.arn}" in made.text.partition("statements:")[2]
    (tmp_path / "orders.yaml").write_text(made.text)
    planned = load(str(tmp_path / "orders.yaml")).keys
    assert [one.verdict for one in report(planned, keys, compare).changes] == ["equal"]
    assert [one.verdict for one in report(keys, planned, compare).changes] == ["equal"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("aws_iam_role.named.arn", '"arn:aws:iam::111122223333:role/${var.deployer_arn}"', "only the stack can make `var.deployer_arn`"),
        ("aws_iam_role.named.arn", "timestamp()", "has no policy that can be read: `timestamp()` is worked out by Terraform alone"),
    ],
)  # fmt: skip
def test_what_a_blueprint_cannot_refer_to_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    (tmp_path / "main.tf").write_text(MODULE.replace(old, new))
    with pytest.raises(KmsgenError) as raised:
        import_keys(load(str(tmp_path), OPTIONS).keys, LIBRARY)
    assert said in str(raised.value)


def test_the_account_of_a_module_that_names_others_alone_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(MODULE.replace("aws_iam_role.named.arn", '"444455556666"'))
    with pytest.raises(KmsgenError, match="nothing says which account the key is in") as raised:
        import_keys(load(str(tmp_path)).keys, LIBRARY)
    assert raised.value.problems[0].hint == "say it: `--account DIGITS`"
