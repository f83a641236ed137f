"""What a key is beside its policy, as fields: of a live key nothing but which key it is."""

from __future__ import annotations

import re
from typing import Any

from kmsgen.catalog.key_specs import DELETION_DEFAULT, ROTATION_DEFAULT, can_rotate
from kmsgen.importer.model import Place
from kmsgen.importer.place import spec_usage_origin
from kmsgen.policy.reference import is_symbolic
from kmsgen.sources.model import SourceKey

_KEY_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|mrk-[0-9a-f]{32}")


def is_existing(key: SourceKey) -> bool:
    """Whether the key is managed elsewhere, so that its policy alone is imported: a live key, or a policy for an id."""
    known = key.key_id is not None and _KEY_ID.fullmatch(key.key_id) is not None
    return known and (key.kind == "aws" or not key.settings)


def settings_of(key: SourceKey, place: Place) -> dict[str, Any]:
    """The fields that say what the key is, but for those that its policy depends on."""
    if is_existing(key):
        return {"existing": key.arn or key.key_id}
    said, fields = key.settings, dict[str, Any]()
    if description := said.get("description"):
        fields["description"] = description
    aliases = [alias.removeprefix("alias/") for alias in said.get("aliases", key.aliases) if not is_symbolic(alias)]
    if aliases:
        fields["aliases"] = aliases
    fields |= _rotation(said, place)
    if said.get("enabled") is False:
        fields["enabled"] = False
    if tags := {name: text for name, text in (said.get("tags") or {}).items() if not name.startswith("aws:")}:
        fields["tags"] = tags
    return fields


def _rotation(said: Any, place: Place) -> dict[str, Any]:
    spec, _, origin = spec_usage_origin(place.kind)
    if "rotation" not in said or not can_rotate(spec, origin):
        return {}
    rotation = said["rotation"]
    if not rotation:
        return {"rotation": False}
    return {} if rotation in (True, ROTATION_DEFAULT) else {"rotation": rotation}


def deletion_window(key: SourceKey) -> dict[str, Any]:
    """The waiting period before deletion, which guards may ask for, where it is not the usual one."""
    window = key.settings.get("deletion_window", DELETION_DEFAULT)
    return {} if window == DELETION_DEFAULT or is_existing(key) else {"deletion_window": window}
