"""What a CloudFormation template says of a key beside its policy, as far as the template knows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kmsgen.catalog.key_specs import AWS_KMS, DEFAULT_SPEC, DELETION_DEFAULT, ENCRYPT_DECRYPT, ROTATION_DEFAULT
from kmsgen.policy.reference import is_symbolic
from kmsgen.sources.intrinsics import NO_VALUE, Template
from kmsgen.sources.stack_conditions import UnreadableError

_SETTING_OF = {
    "Description": "description", "Enabled": "enabled", "PendingWindowInDays": "deletion_window", "Tags": "tags",
    "EnableKeyRotation": "rotation", "RotationPeriodInDays": "rotation", "MultiRegion": "multi_region",
    "KeySpec": "spec", "KeyUsage": "usage", "Origin": "origin",
}  # fmt: skip


def settings_of(
    template: Template, logical: str, properties: Mapping[str, Any], *, replica: bool
) -> tuple[dict[str, Any], list[str]]:
    """The settings, and the names of properties that only the stack knows."""
    values, unknown = dict[str, Any](), list[str]()
    for name in properties:
        if name == "KeyPolicy":
            continue
        try:
            value = template.value(("Resources", logical, "Properties", name))
        except UnreadableError:
            unknown.append(name)
        else:
            values |= {} if value is NO_VALUE else {name: value}
    settings: dict[str, Any] = {
        "description": str(values.get("Description", "")),
        "enabled": _true(values.get("Enabled", True)),
        "deletion_window": _number(values.get("PendingWindowInDays"), DELETION_DEFAULT),
        "tags": _tags(values.get("Tags")),
    }
    if replica:
        settings["multi_region"] = True
    else:
        rotates = _true(values.get("EnableKeyRotation", False))
        settings |= {
            "rotation": _number(values.get("RotationPeriodInDays"), ROTATION_DEFAULT) if rotates else None,
            "multi_region": _true(values.get("MultiRegion", False)),
            "spec": str(values.get("KeySpec", DEFAULT_SPEC)),
            "usage": str(values.get("KeyUsage", ENCRYPT_DECRYPT)),
            "origin": str(values.get("Origin", AWS_KMS)),
        }
    unknown += [name for name, value in values.items() if name in _SETTING_OF and is_symbolic(str(value))]
    for name in unknown:
        settings.pop(_SETTING_OF.get(name, ""), None)
    return settings, unknown


def _true(value: object) -> bool:
    return value is True or str(value).lower() == "true"


def _number(value: object, default: int) -> int | str:
    text = str(default if value is None else value)
    return int(text) if text.isdecimal() else text


def _tags(value: object) -> dict[str, str]:
    listed = value if isinstance(value, list) else []
    return {str(one["Key"]): str(one.get("Value", "")) for one in listed if isinstance(one, Mapping) and "Key" in one}
