"""References into the stacks that make things: CloudFormation intrinsics and Terraform expressions."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Mapping as Mapping_
from typing import Any

from kmsgen.nodes import Mapping, Node, Scalar, Sequence
from kmsgen.reading.fields import Reader

# A chain of names, indexes and string keys: enough to name any resource, module output or variable, and nothing
# that computes, calls or closes a string, because it is written into generated files as it stands.
TERRAFORM = re.compile(
    r"[A-Za-z_][\w-]*(?:\.(?:[A-Za-z_][\w-]*|\*)"
    r'|\[(?:[0-9]+|\*|"[\w./@:+=, -]*"|each\.(?:key|value)|count\.index)\])*',
    re.ASCII,
)

FUNCTIONS = {
    "!Ref": "Ref",
    "!GetAtt": "Fn::GetAtt",
    "!Sub": "Fn::Sub",
    "!ImportValue": "Fn::ImportValue",
    "!Join": "Fn::Join",
    "!Select": "Fn::Select",
    "!Split": "Fn::Split",
    "!FindInMap": "Fn::FindInMap",
    "!If": "Fn::If",
}
"""The functions of CloudFormation that are read, by their short form."""


def intrinsic(reader: Reader, node: Node) -> Any:
    """The JSON form of an intrinsic function, as `{"Fn::GetAtt": ["Role", "Arn"]}`; None, with a problem, for others.

    What stands in it is CloudFormation's: `${…}` in a `!Sub` is not replaced.
    """
    before = len(reader.problems.errors)
    data = _data(reader, node)
    if isinstance(data, dict) and _is_function(data):
        return data
    if len(reader.problems.errors) == before:
        reader.fail(node, "this is no CloudFormation reference", "write it like `!GetAtt DeployerRole.Arn`")
    return None


def _is_function(data: Any) -> bool:
    """Whether data is one function with arguments such as CloudFormation takes, all through."""
    if not isinstance(data, dict) or len(data) != 1:
        return False
    ((function, argument),) = data.items()
    shape = _SHAPES.get(function)
    return shape is not None and shape(argument)


def _is_value(data: Any) -> bool:
    return isinstance(data, str) or _is_function(data)


def _is_list(data: Any) -> bool:
    return _is_function(data) or (isinstance(data, list) and all(map(_is_value, data)))


def _is_sub(data: Any) -> bool:
    if isinstance(data, str):
        return True
    return (
        isinstance(data, list)
        and len(data) == 2
        and isinstance(data[0], str)
        and isinstance(data[1], dict)
        and all(map(_is_value, data[1].values()))
    )


def _pair(first: Callable[[Any], bool], second: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda data: isinstance(data, list) and len(data) == 2 and first(data[0]) and second(data[1])


def _is_text(data: Any) -> bool:
    return isinstance(data, str)


# What each function takes: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
_SHAPES: dict[str, Callable[[Any], bool]] = {
    "Ref": _is_text,
    "Fn::GetAtt": lambda data: isinstance(data, list) and len(data) == 2 and _is_text(data[0]) and _is_value(data[1]),
    "Fn::Sub": _is_sub,
    "Fn::ImportValue": _is_value,
    "Fn::Join": _pair(_is_text, _is_list),
    "Fn::Select": _pair(_is_value, _is_list),
    "Fn::Split": _pair(_is_text, _is_value),
    "Fn::FindInMap": lambda data: isinstance(data, list) and len(data) == 3 and all(map(_is_value, data)),
    "Fn::If": lambda data: (
        isinstance(data, list) and len(data) == 3 and _is_text(data[0]) and all(map(_is_value, data[1:]))
    ),
}


def _data(reader: Reader, node: Node) -> Any:
    value: Any
    if isinstance(node, Scalar):
        value = node.value
    elif isinstance(node, Sequence):
        value = [_data(reader, item) for item in node.items]
    elif isinstance(node, Mapping):
        value = {name: _data(reader, item) for name, (_, item) in node.items.items()}
        if isinstance(dotted := value.get("Fn::GetAtt"), str):
            value["Fn::GetAtt"] = dotted.split(".", 1)
    if node.tag is None:
        return value
    if node.tag not in FUNCTIONS:
        reader.fail(node, f"unknown CloudFormation function `{node.tag}`", f"one of {', '.join(FUNCTIONS)}")
        return None
    function = FUNCTIONS[node.tag]
    if function == "Fn::GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {function: value}


def stack_spellings(reader: Reader, fields: Mapping_[str, tuple[Scalar, Node]]) -> tuple[str | None, Any]:
    """What the fields `terraform` and `cloudformation` of a reference say; None for each that is not there."""
    terraform = cloudformation = None
    if "terraform" in fields:
        node = fields["terraform"][1]
        terraform = reader.raw_text(node, "a Terraform expression")
        if terraform is not None and not TERRAFORM.fullmatch(terraform):
            hint = "write it like `aws_iam_role.deployer.arn`, without `${}`"
            reader.fail(node, f"`{terraform}` is no Terraform reference", hint)
            terraform = None
    if "cloudformation" in fields:
        cloudformation = intrinsic(reader, fields["cloudformation"][1])
    return terraform, cloudformation
