"""Expressions come to what Terraform itself makes of them, and what cannot be decided is told with its place."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kmsgen.emitters.hcl import value as written
from kmsgen.emitters.terraform_json import _value as written_in_json
from kmsgen.errors import KmsgenError, Problem
from kmsgen.sources.configuration import expressions, json_form
from kmsgen.sources.configuration.hcl import parse
from kmsgen.sources.configuration.module import put_together
from kmsgen.sources.configuration.undecided import UndecidedError
from kmsgen.sources.configuration.values import Values
from kmsgen.sources.files import Files
from tests.conftest import ABSENT, TERRAFORM

SAME: dict[str, Any] = {
    '"plain"': "plain",
    r'"\"q\" \\ \t\n \u00e9 \U0001F600"': '"q" \\ \t\n é 😀',
    '"$${aws:username} %%{if} $ % $x {"': "${aws:username} %{if} $ % $x {",
    '"é — ü${1}…"': "é — ü1…",
    '"$$${1} $$$${1} %%%{x %%%%{x $$x"': "$${1} $$${1} %%{x %%%{x $$x",
    "<<E\n$$${1} %%%{x\nE": "$${1} %%{x\n",
    '"a ${"b"} ${1} ${true} ${1.5}"': "a b 1 true 1.5",
    '"${["a"]}"': ["a"],
    '" ${1} ${2} "': " 1 2 ",
    "1": 1,
    "-1": -1,
    "1.5": 1.5,
    "null": None,
    "[1, true, null, [],]": [1, True, None, []],
    '{a = 1, "b" : 2, (local.name) = 3}': {"a": 1, "b": 2, "n": 3},
    "{}": {},
    '{null = 1, true = 2, 1 = 3, "false" = 4, for_ = 5}': {"null": 1, "true": 2, "1": 3, "false": 4, "for_": 5},
    "local.list[0]": "a",
    "local.list.1": "b",
    'local.map["x"].y': "z",
    "local.maps[*].id": ["1", "2"],
    "local.maps.*.id": ["1", "2"],
    "var.given": "default",
    'var.typed == null ? "no" : var.typed': "no",
    'true ? "a" : "b"': "a",
    '!true || (1 < 2 && "a" != "b")': True,
    '"1" == 1': False,
    "true || false && false": True,
    "!true == false": True,
    "1 < 2 == true": True,
    "true || true ? 1 : 2": 1,
    "(local.list)[1]": "b",
    "!(false)": True,
    "[for one in local.list : upper(one)]": ["A", "B"],
    '[for key, one in toset(["b", "a"]) : "${key}${one}"]': ["aa", "bb"],
    '[for key, one in setunion(["b"], ["a"]) : key]': ["a", "b"],
    '[for key, one in setsubtract(["b", "a"], ["a"]) : key]': ["b"],
    "[for key, one in var.names : key]": ["a", "b"],
    "[for key, one in true ? var.names : [] : key]": ["a", "b"],
    "[for key, one in {x = var.names}.x : key]": ["a", "b"],
    "[for key, one in tolist(var.names) : key]": [0, 1],
    "[for key, one in flatten([var.names]) : key]": [0, 1],
    "[for key, one in sort(var.names) : key]": [0, 1],
    'var.nested["x"].who': ["a", "b"],
    '[for key, one in var.nested["x"].who : key]': ["a", "b"],
    '[for key, one in var.nested["x"].more[0] : key]': ["c", "d"],
    '[for key, one in local.list : key]': [0, 1],
    '[for at, one in local.list : "${at}${one}" if one != "a"]': ["1b"],
    "{for name, one in local.map : name => one.y}": {"x": "z"},
    "[for name, one in {b = 1, a = 2} : name]": ["a", "b"],
    'format("%s-%d-%%-%v", "a", 1, true)': "a-1-%-true",
    'formatlist("arn:%s", local.list)': ["arn:a", "arn:b"],
    'formatlist("%s-%s", local.list, "x")': ["a-x", "b-x"],
    'formatlist("%s", "a")': ["a"],
    "alltrue([true, false])": False,
    "anytrue([true, false])": True,
    'setsubtract(["b", "a"], ["a"])': ["b"],
    'zipmap(["a"], [1])': {"a": 1},
    "signum(-2)": -1,
    'join(",", ["a", 1])': "a,1",
    'concat(["a"], [], ["b", "a"])': ["a", "b", "a"],
    'flatten([["a", ["b"]], "c"])': ["a", "b", "c"],
    'distinct(["b", "a", "b"])': ["b", "a"],
    'compact(["", "a", null])': ["a"],
    'sort(["b", "a"])': ["a", "b"],
    'toset(["b", "a", "b"])': ["a", "b"],
    "merge({a = 1}, {b = 2}, {a = 3})": {"a": 3, "b": 2},
    "keys({b = 1, a = 2})": ["a", "b"],
    "values({b = 1, a = 2})": [2, 1],
    'lookup({a = "x"}, "b", "y")': "y",
    'length(["a", "b"])': 2,
    'contains(["a"], "a")': True,
    'coalesce(null, "", "a")': "a",
    'element(["a", "b"], 3)': "b",
    'one(["a"])': "a",
    'split(",", "a,b")': ["a", "b"],
    'replace("a.b.c", ".", "-")': "a-b-c",
    'trimprefix("alias/x", "alias/")': "x",
    'jsondecode("{\\"a\\": [1]}")': {"a": [1]},
    'jsonencode({b = [1, "x"], a = null})': '{"a":null,"b":[1,"x"]}',
    'try(local.map.none, "other")': "other",
    'try(local.map["x"].y, "other")': "z",
    'concat([["a"]]...)': ["a"],
    "<<E\n \"q\" \\n $${x} %%{y}\nE": ' "q" \\n ${x} %{y}\n',
    "<<-E\n      one\n\n    two ${\"x\"}\n     three\n  E": "  one\n\ntwo x\n three\n",
    "<<-E\n  a\n    E": "a\n",
}  # fmt: skip
MODULE = """\
variable "given" {
  default = "default"
}
variable "typed" {
  type    = string
  default = null
}
variable "names" {
  type    = set(string)
  default = ["b", "a", "b"]
}
variable "nested" {
  type    = map(object({ who = set(string), more = optional(list(set(string))) }))
  default = { x = { who = ["b", "a"], more = [["d", "c"]] } }
}
variable "asked" {}
%s
locals {
  name = "n"
  list = ["a", "b"]
  map  = { x = { y = "z" } }
  maps = [{ id = "1" }, { id = "2" }]
  %s
}
"""


SOME = """
resource "aws_sqs_queue" "some" {
  count = var.asked
}
resource "aws_sqs_queue" "two" {
  count = 2
}
data "aws_iam_role" "some" {
  for_each = var.asked
}
module "some" {
  count = var.asked
}
"""


def no_file(path: str) -> str:
    raise KmsgenError(Problem(f"`{path}` cannot be read"))


def value(expression: str) -> Any:
    body = parse(MODULE % (SOME, f"tested = {expression}"), "main.tf")
    module = put_together(Files("", (), no_file), [body], {})
    return Values(module, {}).value(module.locals["tested"].value, {})


@pytest.mark.parametrize("expression", SAME)
def test_an_expression_comes_to_its_value(expression: str) -> None:
    assert value(expression) == SAME[expression]


@pytest.mark.skipif(TERRAFORM is None, reason=ABSENT)
def test_terraform_itself_makes_the_same_of_every_expression(tmp_path: Path) -> None:
    listed = "\n  ".join(f"v{number} = {expression}" for number, expression in enumerate(SAME))
    (tmp_path / "main.tf").write_text(MODULE % ("", listed), encoding="utf-8")
    asked = "jsonencode([{}])".format(", ".join(f"local.v{number}" for number in range(len(SAME))))
    done = subprocess.run(
        [str(TERRAFORM), "console", "-var", "asked=x"],
        cwd=tmp_path, input=asked + "\n", capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert json.loads(json.loads(done.stdout)) == list(SAME.values())


SYMBOLS = {
    "var.asked": "⟨var.asked⟩",
    '"x-${var.asked}"': "x-⟨var.asked⟩",
    "var.asked[0].arn": "⟨var.asked[0].arn⟩",
    'var.asked["a"]': "⟨var.asked[″a″]⟩",
    "var.asked[*].arn": "⟨var.asked[∗].arn⟩",
    "aws_sqs_queue.two[1].arn": "⟨aws_sqs_queue.two[1].arn⟩",
    "try(aws_sqs_queue.two[2].arn, aws_sqs_queue.two[1].arn)": "⟨aws_sqs_queue.two[1].arn⟩",
    "aws_sqs_queue.some[0].arn": "⟨aws_sqs_queue.some[0].arn⟩",
    "terraform.workspace": "⟨terraform.workspace⟩",
    'concat(["a"], var.asked)': ["a", "⟨var.asked[∗]⟩"],
    'flatten([["a"], var.asked])': ["a", "⟨var.asked[∗]⟩"],
    "length([var.asked])": 1,
    'formatlist("x-%s", [var.asked, "a"])': ["x-⟨var.asked⟩", "x-a"],
    'var.asked == "a" ? "b" : "b"': "b",
    'jsonencode([var.asked])': '["⟨var.asked⟩"]',
}  # fmt: skip


@pytest.mark.parametrize("expression", SYMBOLS)
def test_what_only_terraform_will_know_is_a_symbol(expression: str) -> None:
    assert value(expression) == SYMBOLS[expression]


UNDECIDED = {
    'timestamp()': "`timestamp()` is worked out by Terraform alone",
    "1 + 1": "`1 + 1` is worked out by Terraform alone",
    # Whether that is a set or a list, and so what its keys are, hangs on types.
    "true ? var.names : local.list": "`true ? var.names : local.list` is worked out by Terraform alone",
    "true ? local.list : var.names": "`true ? local.list : var.names` is worked out by Terraform alone",
    '"%{if true}a%{endif}"': "a `%{…}` in a text is worked out by Terraform alone",
    '"a ${~ 1 ~} b"': "a `~` in a text is worked out by Terraform alone",
    "local.none": "there is no `local.none` in the module",
    "aws_sqs_queue.two[2].arn": "there is no `aws_sqs_queue.two[2].arn`",
    "local.tested": "`local.tested` refers to itself",
    "var.none": "there is no `variable` `none` in the module",
    "module.none.arn": "there is no `module.none` in the module",
    "data.aws_iam_role.none.arn": "there is no `data.aws_iam_role.none` in the module",
    "aws_iam_role.none.arn": "there is no `aws_iam_role.none` in the module",
    "each.key": "`each.key` stands for something else each time",
    "some": "`some` means nothing here",
    'var.asked ? "a" : "b"': "it depends on `var.asked`, which is not known",
    'var.asked == "a"': """it depends on `var.asked == "a"`, which is not known""",
    "upper(var.asked)": "`upper(var.asked)` is worked out by Terraform alone",
    "length(var.asked)": "`length(var.asked)` is worked out by Terraform alone",
    "length(concat([1], var.asked))": "`length(concat([1], var.asked))` is worked out by Terraform alone",
    'formatlist("x-%s", var.asked)': '`formatlist("x-%s", var.asked)` is worked out by Terraform alone',
    "[for one in var.asked : one]": "it depends on `var.asked`, which is not known",
    '{(var.asked) = 1}': "it depends on `var.asked`, which is not known",
    "{a = 1, a = 2}": "`a` stands twice in one object",
    '"x${["a"]}"': """a text is put together of `["a"]`, which is none""",
    "local.list[5]": "`local.list[5]` is not known",
    "local.map.none": "`local.map.none` is not known",
    "try(var.asked.x, 1)": "it depends on `var.asked.x`, which is not known",
    "try(aws_sqs_queue.some[0].arn, 1)": "it depends on `aws_sqs_queue.some[0].arn`, which is not known",
    "try(data.aws_iam_role.some[0].arn, 1)": "it depends on `data.aws_iam_role.some[0].arn`, which is not known",
    "try(module.some[0].arn, 1)": "it depends on `module.some[0].arn`, which is not known",
    'format("%5.1f", 1)': '`format("%5.1f", 1)` is worked out by Terraform alone',
    'file("${path.module}/none")': "`none` cannot be read",
    'file("/etc/hostname")': "`/etc/hostname` is outside of the module and of the current folder",
    'file("../../x")': "`../../x` is outside of the module and of the current folder",
    "file(var.asked)": "it is not known which file this reads",
    'templatefile("x", {})': "`x` cannot be read",
}  # fmt: skip


@pytest.mark.parametrize("expression", [one for one in UNDECIDED if 'none")' not in one])
def test_what_cannot_be_decided_is_told_with_its_place(expression: str) -> None:
    with pytest.raises(UndecidedError) as raised:
        value(expression)
    assert raised.value.message == UNDECIDED[expression]
    assert (raised.value.span.at.file, raised.value.span.at.line) == ("main.tf", 36)


def test_what_doubles_itself_again_and_again_comes_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expressions, "MAX_STEPS", 10_000)
    doubled = "\n  ".join(f"d{number} = [local.d{number - 1}, local.d{number - 1}]" for number in range(1, 40))
    body = parse(MODULE % ("", f"d0 = 1\n  {doubled}"), "main.tf")
    module = put_together(Files("", (), no_file), [body], {})
    with pytest.raises(UndecidedError, match="too much is to be worked out"):
        Values(module, {}).value(module.locals["d39"].value, {})


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.text('${}%"\\ \n\t⟨é~', max_size=12)
DATA = st.recursive(
    st.booleans() | st.integers(0, 10**12) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS.filter(lambda text: "⟨" not in text), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(DATA)
@example({"for": 1, "in": 2, "if": 3})
def test_what_kmsgen_writes_as_hcl_is_read_back(data: Any) -> None:
    body = parse(f"tested = {written(data)}\n", "main.tf")
    module = put_together(Files("", (), no_file), [], {})
    assert Values(module, {}).value(body.attributes["tested"].value, {}) == data


@given(DATA)
def test_what_kmsgen_writes_as_terraforms_json_is_read_back(data: Any) -> None:
    text = json.dumps({"locals": {"tested": written_in_json(data)}})
    body = json_form.parse(text, "main.tf.json")
    module = put_together(Files("", (), no_file), [], {})
    assert Values(module, {}).value(body.blocks[0].body.attributes["tested"].value, {}) == data
