"""What AWS's provider refuses before it asks AWS: values out of range, texts of the wrong form, conflicts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from tf.types import Unknown

_ALIAS = re.compile(r"alias/[a-zA-Z0-9/_-]+")
_OWN = re.compile(r"alias/aws/")
_ARN = re.compile(r"arn:[^:]+:[^:]+:[^:]*:[^:]*:.+")


def _between(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: low <= value <= high


def _is_json(value: Any) -> bool:
    try:
        json.loads(value)
    except ValueError:
        return False
    return True


_FORMS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "deletion_window_in_days": (_between(7, 30), "to be in the range (7 - 30)"),
    "rotation_period_in_days": (_between(90, 2560), "to be in the range (90 - 2560)"),
    "description": (lambda value: len(value) <= 8192, "length to be in the range (0 - 8192)"),
    "policy": (_is_json, "to be JSON"),
    "assume_role_policy": (_is_json, "to be JSON"),
    "primary_key_arn": (lambda value: bool(_ARN.fullmatch(value)), "to be an ARN"),
}
_REQUIRES = {"rotation_period_in_days": "enable_key_rotation", "xks_key_id": "custom_key_store_id"}


def is_known(value: Any) -> bool:
    """Whether a value is there; Terraform may say of an unknown one what little it knows, in a form of its own."""
    return value is not None and value is not Unknown and type(value).__name__ != "ExtType"


def refusals(type_name: str, config: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with a configuration: the argument, and why."""
    for name, (holds, wanted) in _FORMS.items():
        if is_known(value := config.get(name)) and not holds(value):
            yield name, f"expected {name} {wanted}, got {value!r}"
    for name, other in _REQUIRES.items():
        if config.get(name) is not None and config.get(other) is None:
            yield name, f"all of `{name},{other}` must be specified"
    alias: Any = config.get("name")
    if type_name == "aws_kms_alias" and is_known(alias) and (not _ALIAS.fullmatch(alias) or _OWN.match(alias)):
        yield "name", f"`name` must begin with `alias/`, not `alias/aws/`: {alias!r}"
