"""`kmsgen explain` as people call it: a table, Markdown, JSON, a page; bad input told like everywhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kmsgen.analysis.explain import explain as explained
from kmsgen.cli import explain_text
from kmsgen.policy.read import read_policy
from kmsgen.sources import SourceKey
from tests.conftest import Kmsgen

STATEMENT = {
    "Sid": "Use|it",
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::111122223333:role/App"},
    "Action": ["kms:Decrypt", "kms:DescribeKey"],
    "Resource": "*",
    "Condition": {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}},
}
TEXT = """\
key  key.json  (111122223333)
  WHO                           WHAT                                    WHEN
  role/App of 111122223333      decrypt (Decrypt), read (DescribeKey)   through s3.eu-west-1.amazonaws.com
"""
OTHERS = "SCPs, RCPs, permissions boundaries, session policies and VPC endpoint policies can take away more"
ROLE = "arn:aws:iam::111122223333:role/App"


@pytest.fixture(autouse=True)
def policy(tmp_path: Path) -> None:
    (tmp_path / "key.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT]}))


def explain(kmsgen: Kmsgen, *words: str) -> str:
    result = kmsgen("explain", "key.json", "--account", "111122223333", "--select", "KMS421", *words)
    assert (result.code, result.err) == (0, "")
    return str(result.out)


def test_a_table_says_who_what_and_when(kmsgen: Kmsgen) -> None:
    assert [" ".join(line.split()) for line in explain(kmsgen).splitlines()] == [
        *(" ".join(line.split()) for line in TEXT.splitlines()),
        f"must exist: role {ROLE}",
        f"note: {OTHERS}",
    ]


def test_markdown_has_the_same_and_nothing_in_it_breaks_a_table(kmsgen: Kmsgen) -> None:
    assert explain(kmsgen, "--format", "markdown") == (
        "## key\n\nFrom `key.json`.\n\n| Who | What | When |\n|---|---|---|\n"
        "| role/App of 111122223333 | decrypt (Decrypt), read (DescribeKey) | through s3.eu-west-1.amazonaws.com |\n\n"
        f"- Must exist: role `{ROLE}`\n- {OTHERS}.\n"
    )


def test_json_says_it_for_machines(kmsgen: Kmsgen) -> None:
    assert json.loads(explain(kmsgen, "--format", "json")) == {
        "format_version": "1",
        "keys": [
            {
                "key": "key",
                "source": "key.json",
                "account": "111122223333",
                "region": None,
                "grants": [
                    {
                        "who": "role/App of 111122223333",
                        "principal": ROLE,
                        "kind": "role",
                        "capabilities": ["decrypt", "read"],
                        "what": ["kms:Decrypt", "kms:DescribeKey"],
                        "when": {"kms:ViaService": "is s3.eu-west-1.amazonaws.com"},
                        "conditions": ["through s3.eu-west-1.amazonaws.com"],
                        "access": "direct",
                        "needs_identity_policy": False,
                        "statement": "Use|it",
                        "statement_index": 0,
                        "origin": ["key.json:1"],
                    }
                ],
                "must_exist": [{"principal": ROLE, "kind": "role", "command": None}],
                "notes": [OTHERS],
                "undecided": [],
                "findings": [],
            }
        ],
    }


def test_the_page_is_one_file_that_asks_for_no_other(kmsgen: Kmsgen) -> None:
    page = explain(kmsgen, "--format", "html")
    assert page.startswith("<!doctype html>")
    assert ROLE in page
    assert not any(word in page for word in ("http://", "https://", "src=", "@import", "url("))


def test_the_mistakes_of_all_sources_are_told_at_once(kmsgen: Kmsgen) -> None:
    result = kmsgen("explain", "nowhere.json", "key.json#other")
    assert (result.code, result.out) == (2, "")
    assert "there is no file or folder `nowhere.json`" in result.err
    assert "`key.json` has no key `other`" in result.err


def test_a_narrow_terminal_has_a_list_in_the_place_of_the_table() -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": ["arn:aws:iam::111122223333:role/App"]},
        "Action": ["kms:Decrypt", "kms:PutKeyPolicy"],
        "Resource": "*",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    }
    key = SourceKey("orders", read_policy({"Statement": [statement]}), "policy", "orders.json")
    lines = explain_text.text([explained(key)], width=40).split("\n")
    assert lines[1:5] == [
        "  role/App of 111122223333",
        "    decrypt (Decrypt), policy",
        "      (PutKeyPolicy): with MFA",
        "  must exist: role",
    ]
    assert max(map(len, lines)) <= 40
