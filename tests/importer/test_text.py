"""Data written as YAML: short on one line, long as a block, and never read as anything else."""

from __future__ import annotations

import pytest
import yaml

from kmsgen.importer.text import Commented, Intrinsic, comment, flow, lines


@pytest.mark.parametrize(
    "value",
    [
        {"a": "b", "c": ["d", "e"], "f": {"g": 1, "h": True}},
        {"list": [{"a": {"b": {"c": "d"}}}, "e"]},
        {"empty": [], "none": {}, "words": ["yes", "null", "1", "0x1", "2020-01-01", ""]},
        {"long": ["x" * 60, "y" * 60]},
        {"111122223333": "a: b #c", "a:b": "- x", "*": "&a", "q": 'say "x"\n'},
    ],
)
def test_what_is_written_is_what_is_read(value: object) -> None:
    assert yaml.safe_load("\n".join(lines(value))) == value


def test_comments_stand_above_what_they_are_about() -> None:
    value = {"keys": [Commented({"a": 1}, ("first", "second")), Commented("b", ())]}
    assert lines(value) == ["keys:", "  # first", "  # second", "  - {a: 1}", "  - b"]


def test_functions_of_cloudformation_are_short() -> None:
    assert flow(Intrinsic({"Ref": "Role"})) == '!Ref "Role"'
    assert flow(Intrinsic({"Fn::GetAtt": ["Role", "Arn"]})) == "!GetAtt Role.Arn"
    assert flow(Intrinsic({"Fn::Sub": "${A}:x"})) == '!Sub "${A}:x"'


def test_no_comment_ends_its_line() -> None:
    assert comment("a\nb\u2028c") == "a b c"
