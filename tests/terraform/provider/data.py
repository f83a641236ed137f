"""The data sources: who and where one is, and policies written as blocks."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.terraform.provider.place import Place
from tests.terraform.provider.schemas import DATA, schema, statement_blocks

Values = dict[str, Any]


def _caller(place: Place, config: Values) -> Values:
    arn = place.arn("sts", "assumed-role/Deployer/session")
    return {"account_id": place.account, "id": place.account, "arn": arn, "user_id": "AROAEXAMPLE:session"}


def _partition(place: Place, config: Values) -> Values:
    suffix = {"aws-cn": "amazonaws.com.cn"}.get(place.partition, "amazonaws.com")
    names = {"partition": place.partition, "id": place.partition, "dns_suffix": suffix}
    return {**names, "reverse_dns_prefix": ".".join(reversed(suffix.split(".")))}


def _region(place: Place, config: Values) -> Values:
    name = config.get("region") or config.get("name") or place.region
    return {"id": name, "name": name, "region": name, "endpoint": f"ec2.{name}.amazonaws.com", "description": name}


def _document(place: Place, config: Values) -> Values:
    document = {"Version": config.get("version") or "2012-10-17", "Id": config.get("policy_id")}
    document["Statement"] = [_statement(one) for one in config["statement"]]
    text = json.dumps({name: value for name, value in document.items() if value is not None}, indent=2)
    return {"id": place.made_id(text), "json": text, "minified_json": json.dumps(json.loads(text))}


def _statement(block: Values) -> Values:
    made = {
        "Sid": block["sid"],
        "Effect": block["effect"] or "Allow",
        "Principal": _principals(block["principals"]),
        "NotPrincipal": _principals(block["not_principals"]),
        "Action": block["actions"],
        "NotAction": block["not_actions"],
        "Resource": block["resources"],
        "NotResource": block["not_resources"],
        "Condition": _conditions(block["condition"]),
    }
    return {name: value for name, value in made.items() if value}


def _principals(blocks: list[Values]) -> Any:
    # `*` of type `*` is everybody; of type `AWS` it is written under that name.
    if [one["type"] for one in blocks] == ["*"]:
        return "*"
    return {one["type"]: one["identifiers"] for one in blocks}


def _conditions(blocks: list[Values]) -> Values:
    made: dict[str, dict[str, list[str]]] = {}
    for one in blocks:
        made.setdefault(one["test"], {})[one["variable"]] = one["values"]
    return made


READ: dict[str, Callable[[Place, Values], Values]] = {
    "caller_identity": _caller,
    "partition": _partition,
    "region": _region,
    "iam_policy_document": _document,
}


class Data:
    """One type of data source; the subclasses say which."""

    NAME = ""

    def __init__(self, provider: Any) -> None:
        self._place: Place = provider.place

    @classmethod
    def get_name(cls) -> str:
        return cls.NAME

    @classmethod
    def get_schema(cls) -> Any:
        return schema(DATA[cls.NAME], statement_blocks() if cls.NAME == "iam_policy_document" else [])

    def validate(self, diags: Any, type_name: str, config: Values) -> None:
        """Their types are all that is wanted of arguments."""

    def read(self, context: Any, config: Values) -> Values:
        return {**config, **READ[self.NAME](self._place, config)}


def data_sources() -> list[type[Data]]:
    """A class for each type of data source."""
    return [type(name, (Data,), {"NAME": name}) for name in DATA]
