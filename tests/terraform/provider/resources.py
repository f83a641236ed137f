"""The resources: what each computes when it is made, and what it takes over when it is imported."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tf.types import Unknown

from tests.terraform.provider.checks import is_known, refusals
from tests.terraform.provider.place import Place
from tests.terraform.provider.schemas import RESOURCES, constraint_blocks, schema

KEYS = "STAND_IN_KEYS"
"""The environment variable with the path of what is there already: a resource's values by its type and its id."""

State = dict[str, Any]


def _key(place: Place, wanted: State) -> State:
    usage, spec = wanted.get("key_usage"), wanted.get("customer_master_key_spec", wanted.get("key_spec"))
    multi_region = is_known(wanted.get("multi_region")) and wanted["multi_region"]
    said = sorted((name, str(value)) for name, value in wanted.items() if is_known(value))
    plain = place.made_id(said)
    key_id = f"mrk-{plain.replace('-', '')}" if multi_region else plain
    return {
        **_described(place, key_id, wanted),
        "key_usage": usage if is_known(usage) else "ENCRYPT_DECRYPT",
        "key_spec": spec if is_known(spec) else "SYMMETRIC_DEFAULT",
        "multi_region": multi_region,
        "rotation_period_in_days": 365 if wanted.get("enable_key_rotation") else 0,
    }


def _replica(place: Place, wanted: State) -> State:
    of_primary = wanted["primary_key_arn"]
    made = _described(place, of_primary.rpartition(":key/")[2], wanted)
    return {**made, "key_usage": "ENCRYPT_DECRYPT", "key_spec": "SYMMETRIC_DEFAULT", "key_rotation_enabled": False}


def _described(place: Place, key_id: str, wanted: State) -> State:
    return {
        "id": key_id,
        "key_id": key_id,
        "arn": place.arn("kms", f"key/{key_id}"),
        "enabled": False,
        "key_state": "PendingImport",
        "expiration_model": "",
        "policy": _default_policy(place),
        "tags_all": wanted.get("tags") or {},
    }


def _default_policy(place: Place) -> str:
    """What KMS gives a key without a policy."""
    statement = {
        "Sid": "Enable IAM User Permissions",
        "Effect": "Allow",
        "Principal": {"AWS": place.arn("iam", "root")},
        "Action": "kms:*",
        "Resource": "*",
    }
    return json.dumps({"Id": "key-default-1", "Version": "2012-10-17", "Statement": [statement]})


def _key_policy(place: Place, wanted: State) -> State:
    return {"id": wanted["key_id"]}


def _alias(place: Place, wanted: State) -> State:
    name = wanted["name"] if is_known(wanted["name"]) else f"alias/{place.made_id(wanted['target_key_id'])}"
    target = wanted["target_key_id"].rpartition(":key/")[2]
    arns = {"arn": place.arn("kms", name), "target_key_arn": place.arn("kms", f"key/{target}")}
    return {"id": name, "name": name, "name_prefix": "", **arns}


def _grant(place: Place, wanted: State) -> State:
    grant = place.made_id(wanted["key_id"], wanted["grantee_principal"], wanted["operations"]).replace("-", "")
    return {"id": f"{wanted['key_id']}:{grant}", "grant_id": grant, "grant_token": grant[::-1]}


def _named(kind: str) -> Callable[[Place, State], State]:
    def made(place: Place, wanted: State) -> State:
        name = wanted["name"] if is_known(wanted["name"]) else f"terraform-{place.made_id(kind)}"
        arn = place.arn("iam", f"{kind}{wanted['path']}{name}")
        unique = place.made_id(kind, name)
        same = {"name": name, "arn": arn, "unique_id": unique, "policy_id": unique}
        return {**same, "id": name if kind == "role" else arn, "tags_all": wanted.get("tags") or {}}

    return made


def _inline(holder: str) -> Callable[[Place, State], State]:
    return lambda place, wanted: {"id": f"{wanted[holder]}:{wanted['name']}"}


MADE: dict[str, Callable[[Place, State], State]] = {
    "kms_key": _key,
    "kms_external_key": _key,
    "kms_replica_key": _replica,
    "kms_replica_external_key": _replica,
    "kms_key_policy": _key_policy,
    "kms_alias": _alias,
    "kms_grant": _grant,
    "iam_role": _named("role"),
    "iam_policy": _named("policy"),
    "iam_role_policy": _inline("role"),
    "iam_user_policy": _inline("user"),
}


def same_policy(one: Any, other: Any) -> bool:
    """Whether AWS's provider keeps a policy as it was: the same but for order and for lists of one."""
    if not (is_known(one) and is_known(other)):
        return False
    return bool(_plain(json.loads(one)) == _plain(json.loads(other)))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        items = sorted((_plain(item) for item in value), key=repr)
        return items[0] if len(items) == 1 else items
    return value


class Resource:
    """One type of resource; the subclasses say which."""

    NAME = ""

    def __init__(self, provider: Any) -> None:
        self._place: Place = provider.place

    @classmethod
    def get_name(cls) -> str:
        return cls.NAME

    @classmethod
    def get_schema(cls) -> Any:
        return schema(RESOURCES[cls.NAME], constraint_blocks() if cls.NAME == "kms_grant" else [])

    def validate(self, diags: Any, type_name: str, config: State) -> None:
        for name, why in refusals(type_name, config):
            diags.add_error(why, path=[name])
        for one in self.get_schema().attributes:
            if one.computed and not one.optional and config.get(one.name) is not None:
                diags.add_error(f'Can\'t configure a value for "{one.name}"', path=[one.name])

    def create(self, context: Any, planned: State) -> State:
        made = {"region": self._place.region, **MADE[self.NAME](self._place, planned)}
        return {name: made.get(name) if value is Unknown else value for name, value in planned.items()}

    def read(self, context: Any, current: State) -> State:
        # AWS tells the id of a key, however the configuration names it.
        # https://github.com/hashicorp/terraform-provider-aws/issues/46432
        for name in ("key_id", "target_key_id"):
            if self.NAME in ("kms_key_policy", "kms_alias") and name in current:
                current = {**current, name: current[name].rpartition(":key/")[2]}
        return current

    def plan(self, context: Any, current: State, planned: State) -> State:
        if same_policy(current.get("policy"), planned.get("policy")):
            planned["policy"] = current["policy"]
        if "tags_all" in planned:
            planned["tags_all"] = planned["tags"] or {}
        if self.NAME == "kms_alias" and is_known(target := planned["target_key_id"]):
            planned["target_key_id"] = target.rpartition(":key/")[2]
            planned["target_key_arn"] = self._place.arn("kms", f"key/{planned['target_key_id']}")
        return planned

    def update(self, context: Any, current: State, planned: State) -> State:
        return self.create(context, planned)

    def delete(self, context: Any, current: State) -> None:
        """Nothing is anywhere but in the state."""

    def import_(self, context: Any, id: str) -> State | None:
        there = json.loads(Path(os.environ[KEYS]).read_text(encoding="utf-8")).get(f"aws_{self.NAME}", {})
        if id not in there:
            context.diagnostics.add_error(f"Cannot import non-existent remote object: {id}")
            return None
        none = {one.name: None for one in self.get_schema().attributes}
        return {**none, "region": self._place.region, **there[id], "id": id}


def resources() -> list[type[Resource]]:
    """A class for each type of resource."""
    return [type(name, (Resource,), {"NAME": name}) for name in RESOURCES]
