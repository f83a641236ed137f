"""A bundle as CloudFormation templates in JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from kmsgen.emitters import cloudformation_template
from kmsgen.emitters.artefact import Artefact, Options
from kmsgen.policy.key import Bundle


def emit(bundle: Bundle, options: Options) -> Iterator[Artefact]:
    """`cloudformation-json/<blueprint>.json`."""
    return cloudformation_template.emit(bundle, options, "cloudformation-json", "json", _write)


def _write(template: dict[str, Any], comment: str) -> str:
    """JSON has no comments: the template's description says that it is generated."""
    return json.dumps(template, indent=2, ensure_ascii=False) + "\n"
