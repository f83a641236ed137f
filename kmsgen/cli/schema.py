"""`kmsgen schema`: the JSON Schema of the blueprint language, with the roles, services and guards that there are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kmsgen.blueprint.schema import Offered, schema
from kmsgen.templates import Kind, Library, Parameter

_REFERENCE = {"type": "object", "description": "A reference into a stack.", "minProperties": 1}
_TYPES: dict[str, dict[str, Any]] = {"boolean": {"type": "boolean"}, "integer": {"type": "integer"}}
_TEXT = {"type": "string"}


def run(templates: Sequence[Path]) -> int:
    """Print the schema; the exit code."""
    own = Path("templates")
    library = Library([*templates, *([own] if own.is_dir() else [])])

    def offered(kind: Kind) -> dict[str, Offered]:
        return {
            template.name: Offered(
                template.summary,
                {one.name: _parameter(one) for one in template.parameters.values()},
                tuple(one.name for one in template.parameters.values() if one.required),
                template.aliases,
            )
            for template in library.all(kind)
        }

    document = schema(offered("roles"), offered("services"), offered("guards"))
    print(json.dumps(document, indent=2, ensure_ascii=False))
    return 0


def _parameter(parameter: Parameter) -> dict[str, Any]:
    item = _TYPES.get(parameter.type, _TEXT)
    if parameter.type in ("arn", "bucket"):
        item = {"anyOf": [item, _REFERENCE]}
    value = {"anyOf": [item, {"type": "array", "items": item, "minItems": 1}]} if parameter.many else item
    return {**value, "description": parameter.summary}
