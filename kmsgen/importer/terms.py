"""Conditions back to the words of `when`; what no word says stands under `raw`."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable
from typing import Any

from kmsgen.catalog.principals import ORG_PATH, ORGANIZATION, VIA_ALIASES, VIA_HOST, VIA_SERVICES
from kmsgen.policy.model import Condition

_ALIASED = {labels: name for name, labels in sorted(VIA_ALIASES.items(), reverse=True) if len(labels) == 1}
_EQUAL = ("StringEquals", "StringLike")
_CONTEXT, _TAG = "kms:EncryptionContext:", "aws:PrincipalTag/"
_VPC, _VPCE = re.compile(r"vpc-[0-9a-f]{8,17}"), re.compile(r"vpce-[0-9a-f]{8,17}")
_ALIAS = re.compile(r"alias/[A-Za-z0-9/_*?-]+")


def when(tests: Iterable[Condition], region: str | None, *, service: bool = False) -> dict[str, Any]:
    """The `when` that says these conditions, each as the policy has it."""
    said: dict[str, Any] = {}
    raw: dict[str, dict[str, Any]] = {}
    for test in sorted(tests):
        word = _word(test, region, service)
        if word is None:
            raw.setdefault(test.operator, {})[test.key] = _one(test.values)
        elif isinstance(word[1], dict):
            said.setdefault(word[0], {}).update(word[1])
        elif word[0] in said:
            raw.setdefault(test.operator, {})[test.key] = _one(test.values)
        else:
            said[word[0]] = word[1]
    return {**said, **({"raw": raw} if raw else {})}


def _word(test: Condition, region: str | None, service: bool) -> tuple[str, Any] | None:
    operator, key, values = test
    lower = key.lower()
    if operator in _EQUAL and lower.startswith(_CONTEXT.lower()):
        return "encryption_context", {key[len(_CONTEXT) :]: _one(values)}
    if operator in _EQUAL and lower.startswith(_TAG.lower()) and not service:
        return "principal_tags", {key[len(_TAG) :]: _one(values)}
    known = _WORDS.get((operator, lower, service)) or _WORDS.get((operator, lower, None))
    if known is None:
        return None
    name, read = known
    value = read(values, region)
    return None if value is None else (name, value)


def _one(values: tuple[str, ...]) -> Any:
    return values[0] if len(values) == 1 else list(values)


_Read = Callable[[tuple[str, ...], str | None], Any]


def _shaped(shape: re.Pattern[str]) -> _Read:
    return lambda values, region: _one(values) if all(map(shape.fullmatch, values)) else None


def _is(wanted: str, value: Any = True) -> _Read:
    return lambda values, region: value if tuple(one.lower() for one in values) == (wanted,) else None


def _via(values: tuple[str, ...], region: str | None) -> Any:
    hosts = [VIA_HOST.fullmatch(value) for value in values]
    if not all(hosts):
        return None
    names = []
    for host, value in zip(hosts, values, strict=True):
        assert host is not None
        here = host[2] == region and host[1] in VIA_SERVICES
        if host[1] == "elasticache":  # the word stands for both of its values
            here = here and f"dax.{region}.amazonaws.com" in values
        names.append(_ALIASED.get((host[1],), host[1]) if here else value)
    if any("." not in name for name in names) and region is None:
        return None
    return _one(tuple(sorted(_doubled(names))))


def _doubled(names: list[str]) -> set[str]:
    """`elasticache` stands for two values; alone, neither is said by a word."""
    return {name for name in names if not ("elasticache" in names and name == "dax")}


def _moment(values: tuple[str, ...], region: str | None) -> Any:
    if len(values) != 1:
        return None
    try:
        moment = datetime.datetime.fromisoformat(values[0])
    except ValueError:
        return None
    written = moment.tzinfo is not None and moment.strftime("%Y-%m-%dT%H:%M:%SZ") == values[0]
    return values[0] if written else None


def _seconds(values: tuple[str, ...], region: str | None) -> Any:
    return int(values[0]) if len(values) == 1 and values[0].isdecimal() and values[0][0] != "0" else None


def _operations(values: tuple[str, ...], region: str | None) -> Any:
    return list(values)


def _aliases(values: tuple[str, ...], region: str | None) -> Any:
    return _one(tuple(one.removeprefix("alias/") for one in values)) if all(map(_ALIAS.fullmatch, values)) else None


def _texts(values: tuple[str, ...], region: str | None) -> Any:
    return _one(values)


_WORDS: dict[tuple[str, str, bool | None], tuple[str, _Read]] = {
    **{(one, "kms:viaservice", False): ("via", _via) for one in _EQUAL},
    ("StringEquals", "aws:principalorgid", False): ("organization", _shaped(ORGANIZATION)),
    ("StringEquals", "aws:sourceorgid", True): ("organization", _shaped(ORGANIZATION)),
    **{(f"ForAnyValue:{one}", "aws:principalorgpaths", False): ("org_paths", _shaped(ORG_PATH)) for one in _EQUAL},
    ("IpAddress", "aws:sourceip", False): ("source_ip", _texts),
    ("StringEquals", "aws:sourcevpc", False): ("source_vpc", _shaped(_VPC)),
    ("StringEquals", "aws:sourcevpce", False): ("source_vpce", _shaped(_VPCE)),
    ("StringEquals", "aws:sourceaccount", True): ("source_account", _texts),
    ("ArnLike", "aws:sourcearn", True): ("source_arn", _texts),
    ("Bool", "aws:multifactorauthpresent", False): ("mfa", _is("true")),
    ("NumericLessThanEquals", "aws:multifactorauthage", False): ("mfa_max_age", _seconds),
    ("DateLessThan", "aws:currenttime", None): ("before", _moment),
    ("DateGreaterThanEquals", "aws:currenttime", None): ("after", _moment),
    **{(one, "kms:requestalias", None): ("request_alias", _aliases) for one in _EQUAL},
    ("ForAllValues:StringEquals", "kms:grantoperations", None): ("grant_operations", _operations),
    ("Bool", "kms:grantisforawsresource", None): ("for_aws_resource", _is("true")),
    **{
        (f"ForAnyValue:{one}", "kms:encryptioncontextkeys", None): ("encryption_context_keys", _texts) for one in _EQUAL
    },
}
"""Operator and key, on services (True), on principals (False) or on both (None), to a word of `when`."""
