"""References into the stacks that make things: CloudFormation intrinsics and Terraform expressions."""

from __future__ import annotations

import re
from collections.abc import Mapping as Mapping_
from typing import Any

from kmsgen.blueprint.reader import Reader
from kmsgen.nodes import Mapping, Node, Scalar, Sequence

# A chain of names, indexes and string keys: enough to name any resource, module output or variable, and nothing
# that computes, calls or closes a string, because it is written into generated files as it stands.
TERRAFORM = re.compile(
    r"[A-Za-z_][\w-]*(?:\.(?:[A-Za-z_][\w-]*|\*)"
    r"|\[(?:[0-9]+|\*|\"[\w./@:+=, -]*\"|each\.(?:key|value)|count\.index)\])*",
    re.ASCII,
)

_SHORT = {
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
_FUNCTIONS = frozenset(_SHORT.values())


def intrinsic(reader: Reader, node: Node) -> Any:
    """The JSON form of an intrinsic function, as `{"Fn::GetAtt": ["Role", "Arn"]}`; None, with a problem, for others.

    What stands in it is CloudFormation's: `${…}` in a `!Sub` is not replaced.
    """
    data = _data(reader, node)
    if isinstance(data, dict) and len(data) == 1 and next(iter(data)) in _FUNCTIONS:
        return data
    reader.fail(node, "this is no CloudFormation reference", "write it like `!GetAtt DeployerRole.Arn`")
    return None


def _data(reader: Reader, node: Node) -> Any:
    value: Any
    if isinstance(node, Scalar):
        value = node.value
    elif isinstance(node, Sequence):
        value = [_data(reader, item) for item in node.items]
    elif isinstance(node, Mapping):
        value = {name: _data(reader, item) for name, (_, item) in node.items.items()}
    if node.tag is None:
        return value
    if node.tag not in _SHORT:
        reader.fail(node, f"unknown CloudFormation function `{node.tag}`", f"one of {', '.join(_SHORT)}")
        return None
    function = _SHORT[node.tag]
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
