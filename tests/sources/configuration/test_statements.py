"""Policy documents come to the JSON that the provider makes of them; what it does not know is refused with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kmsgen.policy.model import Origin
from tests.sources.configuration.support import ROOT, loaded, only, statements

KEY = 'resource "aws_kms_key" "orders" {\n  policy = data.aws_iam_policy_document.orders.json\n}\n'


def document(body: str, more: str = "") -> str:
    """A module with a key and its policy document; the document begins in line 4."""
    return f'{KEY}data "aws_iam_policy_document" "orders" {{\n{body}\n}}\n{more}'


def statement(*lines: str, principals: bool = True) -> str:
    who = f'principals {{\n type = "AWS"\n identifiers = ["{ROOT}"]\n}}'
    return "statement {\n" + "\n".join([*([who] if principals else []), *lines]) + "\n}"


ALL: dict[str, Any] = {"Effect": "Allow", "Principal": {"AWS": ROOT}}
MADE: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "everything that a statement can have": (
        statement(
            'sid = "S"', 'effect = "Deny"', 'actions = ["kms:Decrypt", "kms:Encrypt"]', 'resources = ["*"]',
            'condition {\n test = "StringEquals"\n variable = "kms:ViaService"\n values = ["a", "b"]\n}',
            'condition {\n test = "StringEquals"\n variable = "aws:PrincipalOrgID"\n values = ["o"]\n}',
            'condition {\n test = "Bool"\n variable = "aws:MultiFactorAuthPresent"\n values = [true]\n}',
        ),
        [{
            "Sid": "S", "Effect": "Deny", "Principal": {"AWS": ROOT}, "Action": ["kms:Decrypt", "kms:Encrypt"], "Resource": "*",
            "Condition": {
                "StringEquals": {"kms:ViaService": ["a", "b"], "aws:PrincipalOrgID": "o"},
                "Bool": {"aws:MultiFactorAuthPresent": "true"},
            },
        }],
    ),
    "negated elements": (
        statement('not_actions = ["kms:*"]', 'not_resources = ["arn:aws:s3:::x"]',
                  f'not_principals {{\n type = "AWS"\n identifiers = ["{ROOT}"]\n}}', principals=False),
        [{"Effect": "Allow", "NotPrincipal": {"AWS": ROOT}, "NotAction": "kms:*", "NotResource": "arn:aws:s3:::x"}],
    ),
    "principals of several kinds": (
        statement('actions = ["kms:*"]', 'principals {\n type = "Service"\n identifiers = ["a.amazonaws.com"]\n}',
                  'principals {\n type = "AWS"\n identifiers = ["arn:aws:iam::111122223333:role/A"]\n}'),
        [{"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::111122223333:role/A", ROOT], "Service": "a.amazonaws.com"},
          "Action": "kms:*"}],
    ),
    "everybody": (
        statement('actions = ["kms:*"]', 'principals {\n type = "*"\n identifiers = ["*"]\n}', principals=False),
        [{"Effect": "Allow", "Principal": "*", "Action": "kms:*"}],
    ),
    "variables of IAM's": (
        statement('actions = ["kms:*"]', 'condition {\n test = "StringLike"\n variable = "kms:EncryptionContext:a"\n'
                  ' values = ["&{aws:username}", "$${aws:userid}"]\n}'),
        [{**ALL, "Action": "kms:*", "Condition": {"StringLike": {"kms:EncryptionContext:a": ["${aws:userid}", "${aws:username}"]}}}],
    ),
    "blocks that are made": (
        'dynamic "statement" {\n for_each = { b = "kms:Decrypt", a = "kms:Encrypt" }\n iterator = each_one\n content {\n'
        f'sid = each_one.key\nactions = [each_one.value]\nprincipals {{\ntype = "AWS"\nidentifiers = ["{ROOT}"]\n}}\n'
        'dynamic "condition" {\nfor_each = ["x"]\ncontent {\ntest = "Bool"\nvariable = "aws:${condition.value}"\n'
        'values = ["${condition.key}"]\n}\n}\n}\n}',
        [{**ALL, "Sid": sid, "Action": action, "Condition": {"Bool": {"aws:x": "0"}}}
         for sid, action in (("a", "kms:Encrypt"), ("b", "kms:Decrypt"))],
    ),
    "none where nothing makes any": (
        statement('actions = ["kms:*"]') + '\ndynamic "statement" {\nfor_each = []\ncontent {\nnonsense = true\n}\n}',
        [{**ALL, "Action": "kms:*"}],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MADE)
def test_a_document_is_what_the_provider_makes_of_it(tmp_path: Path, name: str) -> None:
    body, expected = MADE[name]
    assert statements(only(tmp_path, document(body))) == expected


def test_documents_are_taken_in_before_the_own_statements_and_after_them(tmp_path: Path) -> None:
    def other(name: str, sid: str, action: str) -> str:
        inner = statement(f'sid = "{sid}"', f'actions = ["{action}"]')
        return f'data "aws_iam_policy_document" "{name}" {{\n{inner}\n}}\n'

    body = (
        "source_policy_documents = [data.aws_iam_policy_document.one.json, data.aws_iam_policy_document.two.json]\n"
        "override_policy_documents = [data.aws_iam_policy_document.over.json]\n"
        + statement('sid = "Two"', 'actions = ["kms:Own"]')
        + statement('sid = "Mine"', 'actions = ["kms:Mine"]')
    )
    more = other("one", "One", "kms:One") + other("two", "Two", "kms:Two") + other("over", "Mine", "kms:Over")
    key = only(tmp_path, document(body, more))
    assert [(one["Sid"], one["Action"]) for one in statements(key)] == [
        ("One", "kms:One"), ("Two", "kms:Own"), ("Mine", "kms:Over"),
    ]  # fmt: skip
    assert key.place is not None
    where = [key.place(("Statement", at)) for at in range(3)]
    text = (tmp_path / "main.tf").read_text().splitlines()
    assert [text[one.line - 1] for one in where if one] == ["statement {", "statement {", "statement {"]
    assert [one.line for one in where if one] == [24, 7, 44]


def test_a_statement_has_the_place_at_which_it_stands_in_the_module(tmp_path: Path) -> None:
    key = only(tmp_path, document(statement('actions = ["kms:Decrypt",\n   "kms:Encrypt"]', 'resources = ["*"]')))
    path = (tmp_path / "main.tf").as_posix()
    assert key.policy is not None
    assert key.policy.statements[0].origin == (Origin(path, 5, 1),)
    assert key.place is not None
    places = {
        part: key.place(("Statement", 0, *part))
        for part in [("Principal",), ("Principal", "AWS", 0), ("Action", 1), ("Resource",), ("Sid",)]
    }
    assert {part: str(at).removeprefix(f"{path}:") for part, at in places.items()} == {
        ("Principal",): "6:1", ("Principal", "AWS", 0): "8:17", ("Action", 1): "11:4", ("Resource",): "12:1", ("Sid",): "5:1",
    }  # fmt: skip


OTHER = '\ncondition {\n test = "Bool"\n variable = "aws:x"\n values = ["true"]\n}'
REFUSED = {
    "an attribute of a document": ("nonsense = 1", "`nonsense` is not known in a policy document (main.tf:5:1)"),
    "a block of a document": ("statements {\n}", "`statements` is not known in a policy document: did you mean `statement`? (main.tf:5:1)"),
    "an attribute of a statement": (statement('conditions = ["x"]', principals=False), "`conditions` is not known in a statement"),
    "a block of a statement": (statement("conditions {\n}", principals=False), "`conditions` is not known in a statement: did you mean `condition`? (main.tf:6:1)"),
    "an attribute of a condition": (statement('condition {\n test = "Bool"\n variable = "a"\n value = "b"\n}', principals=False), "`value` is not known in `condition`"),
    "a condition without values": (statement('condition {\n test = "Bool"\n variable = "a"\n}', principals=False), "`condition` has no `values` (main.tf:6:1)"),
    "principals without a type": (statement("principals {\n identifiers = []\n}", principals=False), "`principals` has no `type` (main.tf:6:1)"),
    "two conditions of one kind": (statement(OTHER, OTHER), "`Bool` of `aws:x` stands twice, which versions of the provider read differently (main.tf:17:1)"),
    "two statements of one Sid": (statement('sid = "A"') + "\n" + statement('sid = "A"'), "two statements have the Sid `A`: the provider keeps one (main.tf:4:1)"),
    "blocks made of what is not known": ('dynamic "statement" {\n for_each = var.asked\n content {}\n}', "it depends on `for_each` (main.tf:6:2)"),
    "blocks of another kind that are made": ('dynamic "other" {\n for_each = []\n content {}\n}', "`other` is not known in a policy document (main.tf:5:1)"),
    "blocks made without content": ('dynamic "statement" {\n for_each = []\n}', "a `dynamic` block has a `for_each` and a `content` (main.tf:5:1)"),
    "a Sid that is not known": (statement("sid = var.asked"), "`sid` is not known: ⟨var.asked⟩ (main.tf:10:1)"),
    "actions that are not known": (statement("actions = [var.asked]"), "what `Action` says is only known to Terraform (main.tf:10:1)"),
    "a number for a list": (statement("actions = 1"), "`actions` is a list of texts (main.tf:10:1)"),
    "documents from elsewhere": ("source_policy_documents = var.asked", "`source_policy_documents` is not known (main.tf:5:1)"),
    "a document that takes itself in": ("source_policy_documents = [data.aws_iam_policy_document.orders.json]", "`data.aws_iam_policy_document.orders` refers to itself"),
    "nobody": (statement("principals {\n type = \"AWS\"\n identifiers = []\n}", principals=False), "Statement[0].Principal: `Principal` names nobody (main.tf:6:1)"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_say_something_else_is_refused_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    body, said = REFUSED[name]
    (key,) = loaded(Path(), document(body, 'variable "asked" {}\n')).keys
    assert key.policy is None
    assert key.reason is not None
    assert key.reason.startswith(said)


@pytest.mark.parametrize("over", ['toset(["b", "a"])', "var.names", "local.names"])
def test_blocks_made_of_a_set_have_its_items_for_keys(tmp_path: Path, over: str) -> None:
    body = """dynamic "statement" {
  for_each = %s
  content {
    sid       = statement.key
    actions   = ["kms:Decrypt"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::111122223333:role/${statement.key}"]
    }
  }
}"""
    more = """
variable "names" {
  type    = set(string)
  default = ["b", "a", "b"]
}
locals {
  names = var.names
}
"""
    (key,) = loaded(tmp_path, document(body % over, more)).keys
    assert key.policy is not None
    assert [one.sid for one in key.policy.statements] == ["a", "b"]
    assert [one.value for statement in key.policy.statements for one in statement.principals] == [
        "arn:aws:iam::111122223333:role/a", "arn:aws:iam::111122223333:role/b",
    ]  # fmt: skip


def test_a_document_in_json_is_read_as_one_in_hcl(tmp_path: Path) -> None:
    text = """{
      "resource": {"aws_kms_key": {"orders": {"policy": "${data.aws_iam_policy_document.orders.json}"}}},
      "data": {"aws_iam_policy_document": {"orders": {"statement": [
        {"actions": ["kms:Decrypt"], "principals": {"type": "AWS", "identifiers": ["ROOT"]},
         "condition": [{"test": "StringEquals", "variable": "a:b", "values": ["$${aws:username}"]}]}
      ]}}}
    }""".replace("ROOT", ROOT)
    key = only(tmp_path, {"main.tf.json": text})
    condition = {"StringEquals": {"a:b": "${aws:username}"}}
    assert statements(key) == [{**ALL, "Action": "kms:Decrypt", "Condition": condition}]
    assert key.policy is not None
    assert key.policy.statements[0].origin[0].line == 4
