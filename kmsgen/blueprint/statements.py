"""Statements that a user writes out: `statements`, the escape hatch, read as AWS would read them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kmsgen.blueprint.intent import Verbatim
from kmsgen.blueprint.intrinsics import intrinsic, stack_spellings
from kmsgen.errors import Location
from kmsgen.nodes import Mapping, Node, Scalar, Sequence
from kmsgen.policy.model import Origin
from kmsgen.policy.read import Path, read_statement
from kmsgen.policy.reference import Reference, stack_symbol
from kmsgen.reading.fields import Reader, present

ACCEPT = "accept_as_is"
"""Beside a statement's elements: why it stands although something is wrong with it."""
_REFERENCE = {"arn", "terraform", "cloudformation"}
_REFERRING = ("Principal", "NotPrincipal", "Condition")


def read_statements(reader: Reader, node: Node) -> tuple[Verbatim, ...]:
    """The statements of a list, or the one in its place."""
    return present(_statement(reader, item) for item in reader.items(node))


def _statement(reader: Reader, node: Node) -> Verbatim | None:
    places: dict[Path, Location] = {}
    before = len(reader.problems.errors)
    document = _data(reader, node, (), places)
    accepted = _accepted(reader, node)
    if len(reader.problems.errors) > before:
        return None

    def report(path: Path, message: str, hint: str | None) -> None:
        while path not in places:
            path = path[:-1]
        reader.problems.error(message, places[path], hint)

    if accepted:
        del document[ACCEPT]
    statement = read_statement(document, (), report)
    if statement is None:
        return None
    placed = replace(statement, origin=(Origin(node.source.name, node.line, node.column),))
    return Verbatim(placed, node.at, document, places, accepted)


def _accepted(reader: Reader, node: Node) -> bool:
    """Whether the statement says why it stands as it is."""
    if not isinstance(node, Mapping) or ACCEPT not in node.items:
        return False
    key, value = node.items[ACCEPT]
    reason = reader.text(value, "a reason")
    if reason is not None and not reason.strip():
        reader.fail(key, f"`{ACCEPT}` has no reason", f"write `{ACCEPT}: why the statement stays`")
    return True


def _data(reader: Reader, node: Node, path: Path, places: dict[Path, Location]) -> Any:
    """The node as JSON data; `places` comes to know where each part stands."""
    places[path] = node.at
    if is_reference(node):
        if not path or path[0] not in _REFERRING:
            hint = "only principals and the values of conditions can be references"
            reader.fail(node, "a reference cannot stand here", hint)
        return stack_reference(reader, node)
    if isinstance(node, Sequence):
        return [_data(reader, item, (*path, index), places) for index, item in enumerate(node.items)]
    if isinstance(node, Mapping):
        document = {}
        for name, (key, value) in node.items.items():
            document[name] = _data(reader, value, (*path, name), places)
            if isinstance(value, Mapping) or (*path, name)[0] == "Condition":
                places[(*path, name)] = key.at
        return document
    return _scalar(reader, node)


def _scalar(reader: Reader, node: Node) -> Any:
    """Booleans and whole numbers as JSON has them, where every YAML reader agrees; else a string."""
    if isinstance(node, Scalar) and node.plain:
        if node.value in ("true", "false"):
            return node.value == "true"
        if (
            node.value.isascii()
            and node.value.isdecimal()
            and len(node.value) < 9
            and str(int(node.value)) == node.value
        ):
            return int(node.value)
    return reader.text(node)


def is_reference(node: Node) -> bool:
    """Whether a node is written as a value that a stack knows."""
    return node.tag is not None or (isinstance(node, Mapping) and bool(node.items) and node.items.keys() <= _REFERENCE)


def stack_reference(reader: Reader, node: Node) -> Reference | None:
    """A value that a stack knows: `!GetAtt Role.Arn`, or `{arn, terraform, cloudformation}`."""
    terraform, cloudformation, arn = None, None, None
    if node.tag is not None:
        cloudformation = intrinsic(reader, node)
    elif isinstance(node, Mapping):
        terraform, cloudformation = stack_spellings(reader, node.items)
        arn = reader.text(node.items["arn"][1], "an ARN") if "arn" in node.items else None
    name = _name(terraform, cloudformation)
    return Reference(name, stack_symbol(name), arn=arn, terraform=terraform, cloudformation=cloudformation, at=node.at)


def _name(terraform: str | None, cloudformation: Any) -> str:
    """A name for the variable or parameter that will stand for the value, made of what it refers to."""
    if terraform is not None:
        return terraform.removesuffix(".arn")
    words: list[str] = []
    waiting = [cloudformation]
    while waiting:
        current = waiting.pop(0)
        if isinstance(current, str):
            words.append(current)
        elif isinstance(current, list):
            waiting[:0] = current
        elif isinstance(current, dict):
            waiting[:0] = list(current.values())
    return "-".join(word for word in words if word != "Arn") or "value"
