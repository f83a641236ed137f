"""Types of variables, as far as they change what goes over a value: a list that is given for a set becomes one.

https://developer.hashicorp.com/terraform/language/expressions/type-constraints
"""

from __future__ import annotations

from typing import Any

from kmsgen.sources.configuration.functions import as_set
from kmsgen.sources.configuration.hcl import parse
from kmsgen.sources.configuration.syntax import Attribute, Call, Expression, Object, Template


def has_sets(attribute: Attribute | None) -> bool:
    """Whether a type has sets in it."""
    return attribute is not None and "set(" in "".join(attribute.value.span.written.split())


def typed(value: Any, attribute: Attribute) -> Any:
    """A value as one of a type, which is an argument's value.

    Raises `KmsgenError` for a type in a text that is none.
    """
    type_ = attribute.value
    if isinstance(type_, Template):  # as JSON has it
        type_ = parse(f"type = {type_.literal}", attribute.span.text.name).attributes["type"].value
    return _typed(value, type_)


def _typed(value: Any, type_: Expression | None) -> Any:
    match type_:
        case Call(function="optional", arguments=(inner, *_)):
            return _typed(value, inner)
        case Call(function="set", arguments=(inner,)) if isinstance(value, list):
            return as_set([_typed(one, inner) for one in value])
        case Call(function="list", arguments=(inner,)) if isinstance(value, list):
            return [_typed(one, inner) for one in value]
        case Call(function="map", arguments=(inner,)) if isinstance(value, dict):
            return {name: _typed(one, inner) for name, one in value.items()}
        case Call(function="object", arguments=(Object(pairs=pairs), *_)) if isinstance(value, dict):
            types = {key.span.written.strip('"'): one for key, one in pairs}
            return {name: _typed(one, types.get(name)) for name, one in value.items()}
    return value
