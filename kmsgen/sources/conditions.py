"""Whether a condition of a CloudFormation template holds, as far as the values of its parameters tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Value = Callable[[Any], str | None]
"""The text that an argument makes; None where only the stack knows it."""
_MOST = 50
"""How deep conditions may name conditions: beyond that they go in a circle."""


def holds(name: str, conditions: Mapping[str, Any], value: Value) -> bool | None:
    """Whether the condition of a name holds; None where only the stack knows.

    >>> holds("Live", {"Live": {"Fn::Equals": ["prod", "prod"]}}, str)
    True

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html
    """
    return _named(name, conditions, value, 0)


def _named(name: object, conditions: Mapping[str, Any], value: Value, depth: int) -> bool | None:
    if not isinstance(name, str) or name not in conditions or depth > _MOST:
        return None
    return _holds(conditions[name], conditions, value, depth + 1)


def _holds(data: Any, conditions: Mapping[str, Any], value: Value, depth: int) -> bool | None:
    if not isinstance(data, Mapping) or len(data) != 1:
        return None
    ((function, arguments),) = data.items()
    if function == "Condition":
        return _named(arguments, conditions, value, depth)
    if not isinstance(arguments, list):
        return None
    if function == "Fn::Equals" and len(arguments) == 2:
        one, other = map(value, arguments)
        return None if one is None or other is None else one == other
    found = [_holds(one, conditions, value, depth) for one in arguments]
    if function == "Fn::Not" and len(found) == 1:
        return None if found[0] is None else not found[0]
    if function in ("Fn::And", "Fn::Or"):
        # One of them decides where it is what the others cannot outweigh.
        decisive = function == "Fn::Or"
        return decisive if decisive in found else None if None in found else not decisive
    return None
