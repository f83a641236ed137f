"""Conditions as a policy writes them, from YAML: operators over keys over values, each looked up in the catalogue."""

from __future__ import annotations

from kmsgen.catalog import condition_keys
from kmsgen.errors import did_you_mean
from kmsgen.nodes import Node, Scalar
from kmsgen.policy.model import Condition, condition
from kmsgen.policy.operators import BASE_OPERATORS, parse_operator
from kmsgen.reading.fields import Reader, present


def read_tests(reader: Reader, operator: Node, block: Node) -> tuple[Condition, ...]:
    """What stands under one operator: `{key: values}`."""
    keys = reader.mapping(block, f"what `{getattr(operator, 'value', '')}` tests")
    return present(read_test(reader, operator, key, values) for key, values in keys.values())


def read_test(reader: Reader, operator_node: Node, key_node: Node, values_node: Node) -> Condition | None:
    """One test by its three parts; None, with problems, where one of them is none."""
    operator = reader.text(operator_node, "a condition operator")
    key = reader.text(key_node, "a condition key")
    values = reader.each(values_node, lambda item: _value(reader, item))
    if operator is None or key is None or not values:
        return None
    if parse_operator(operator) is None:
        near = did_you_mean(operator.rpartition(":")[2].removesuffix("IfExists"), BASE_OPERATORS)
        reader.fail(operator_node, f"unknown condition operator `{operator}`", near)
        return None
    if (wrong := condition_keys.mistake(key)) is not None:
        reader.fail(key_node, *wrong)
        return None
    return condition(operator, key, values)


def _value(reader: Reader, node: Node) -> str | None:
    if isinstance(node, Scalar) and node.plain and (node.value in ("true", "false") or node.value.isdecimal()):
        return node.value if node.value[0] != "0" or node.value == "0" else reader.text(node, "a value")
    return reader.text(node, "a value")
