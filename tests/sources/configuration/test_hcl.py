"""Terraform's language as it is written: mistakes are told at their place, and what is right has its places."""

from __future__ import annotations

import pytest

from kmsgen.errors import KmsgenError
from kmsgen.nodes import MAX_DEPTH
from kmsgen.sources.configuration import hcl, json_form
from kmsgen.sources.configuration.syntax import Body

MISTAKES = {
    "a = [1 2]\n": ["1:8: not valid HCL: this is not understood"],
    "a = {b = 1,, c = 2}\n": ["1:12: not valid HCL: this is not understood"],
    "x {\n  a = \n}\n": ["3:1: not valid HCL: this is not understood"],
    'x {\n  a = "b\n}\n': ['2:7: not valid HCL: the text that begins here is not closed: `"` is missing'],
    "x {\n  a = [\n}\n": ["3:1: not valid HCL: this is not understood"],
    "x {\n": ["1:3: not valid HCL: `}` is missing"],
    "x {\n  a = <<E\nb\n}\n": ["4:1: not valid HCL: the end of the heredoc is missing"],
    "x {\n  a == 1\n}\n": ["2:6: not valid HCL: this is not understood"],
    "version: 1\n": ["1:8: not valid HCL: this is not understood"],
    'a = "\\q"\n': ["1:6: not valid HCL: this is not understood"],
    'a = "\\uD800"\n': ["1:6: this escape is not known (a `\\` itself is written `\\\\`)"],
    "é = 1\n\n“ = 2\n": ["3:1: not valid HCL: this is not understood"],
    '{"resource": {}}': ["1:1: not valid HCL: a block is expected (a file of Terraform's in JSON is named `.tf.json`)"],
    "a = 1\nb = 2\na = 3\nb = 4\n": ["3:1: `a` stands twice in one block", "4:1: `b` stands twice in one block"],
    "a = {b.c = 1}\n": ["1:6: a name in an object is a word or a text (put it in parentheses)"],
    f"a = {'[' * 70}{']' * 70}\n": ["1:69: nested more than 64 deep"],
    f"a = {'!' * 70}true\n": ["1:68: nested more than 64 deep"],
    "x {\n" * 70 + "}\n" * 70: ["65:1: nested more than 64 deep"],
}  # fmt: skip


@pytest.mark.parametrize("text", MISTAKES, ids=lambda text: text[:20])
def test_a_mistake_is_told_at_its_place(text: str) -> None:
    with pytest.raises(KmsgenError) as raised:
        hcl.parse(text, "main.tf")
    assert [str(one).removeprefix("main.tf:") for one in raised.value.problems] == MISTAKES[text]
    assert MAX_DEPTH == 64


def test_what_is_not_closed_says_where_it_begins() -> None:
    with pytest.raises(KmsgenError) as raised:
        hcl.parse("x {\n  a {\n}\n", "main.tf")
    ((word, at),) = raised.value.problems[0].related
    assert (word, at.line, at.column) == ("begun here", 1, 1)


JSON_MISTAKES = {
    "[]": ["1:1: Terraform's configuration is a JSON object"],
    "{": ["1:2: not valid JSON: a name in double quotes is expected"],
    '{"resource": {"aws_kms_key": 1}}': ["1:15: `aws_kms_key` is an object"],
    '{"locals": {\n"a": "${x",\n"b": "%{"}}': [
        "2:1: what stands in `${…}` here is not understood", "3:1: what stands in `${…}` here is not understood",
    ],
    '{"data": {"aws_iam_policy_document": {"a": {"statement": 1}}}}': ["1:45: `statement` is an object, or a list of objects"],
}  # fmt: skip


@pytest.mark.parametrize("text", JSON_MISTAKES)
def test_a_mistake_in_json_is_told_at_its_place(text: str) -> None:
    with pytest.raises(KmsgenError) as raised:
        json_form.parse(text, "main.tf.json")
    assert [str(one).removeprefix("main.tf.json:") for one in raised.value.problems] == JSON_MISTAKES[text]


HCL = """\
/* a comment */ # another
locals { # a third
  // a fourth
  ü = "é ${local.a} ü"
}
resource aws_kms_key "a" {
  provider = aws.other
}
resource "aws_kms_key" "b" {}
"""


def _told(body: Body) -> list[tuple[str, tuple[str, ...], str, dict[str, str]]]:
    return [
        (
            one.type, one.labels, str(one.span.at),
            {name: f"{value.span.at} {value.value.span.at}" for name, value in one.body.attributes.items()},
        )
        for one in body.blocks
    ]  # fmt: skip


def test_blocks_and_their_arguments_have_the_places_at_which_people_see_them() -> None:
    assert _told(hcl.parse(f"\ufeff{HCL}", "m.tf")) == [
        ("locals", (), "m.tf:2:1", {"ü": "m.tf:4:3 m.tf:4:7"}),
        ("resource", ("aws_kms_key", "a"), "m.tf:6:1", {"provider": "m.tf:7:3 m.tf:7:14"}),
        ("resource", ("aws_kms_key", "b"), "m.tf:9:1", {}),
    ]
    at = hcl.parse(HCL, "m.tf").blocks[0].body.attributes["ü"].value.span.at
    assert (at.length, at.text) == (16, '  ü = "é ${local.a} ü"')


def test_windows_line_ends_are_no_part_of_a_line() -> None:
    at = hcl.parse(HCL.replace("\n", "\r\n"), "m.tf").blocks[0].body.attributes["ü"].span.at
    assert (at.line, at.column, at.text) == (4, 3, '  ü = "é ${local.a} ü"')
