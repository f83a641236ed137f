"""`kmsgen schema`: the JSON Schema of the blueprint language, with the roles, services and guards that there are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from kmsgen.blueprint.schema import schema
from kmsgen.templates import Kind, Library


def run(templates: Sequence[Path]) -> int:
    """Print the schema; the exit code."""
    own = Path("templates")
    library = Library([*templates, *([own] if own.is_dir() else [])])

    def said(kind: Kind) -> dict[str, str]:
        return {template.name: template.summary for template in library.all(kind)}

    print(json.dumps(schema(said("roles"), said("services"), said("guards")), indent=2, ensure_ascii=False))
    return 0
