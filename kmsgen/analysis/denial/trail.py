"""CloudTrail events, decoded authorization messages and SDK errors in JSON, to what they say of a denied request.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html and
https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from kmsgen.analysis.denial.model import Denial, Values
from kmsgen.analysis.denial.wordings import action_of, caller
from kmsgen.catalog.principals import VIA_ALIASES, VIA_SERVICES

_MESSAGES = ("errorMessage", "Message", "message", "error_message", "cause", "reason")
_ENVELOPES = ("Records", "Events", "detail", "CloudTrailEvent", "DecodedMessage", "Error", "error", "responseElements")
_DEPTH = 8
_CONTEXT = "kms:EncryptionContext:"


class Event(NamedTuple):
    """One thing that JSON says: a message, and what stands beside it."""

    message: str
    denial: Denial | None


def events(data: Any, depth: int = 0) -> Iterator[Event]:
    """What JSON data says of denied requests, however it is wrapped."""
    if depth > _DEPTH:
        return
    if isinstance(data, list):
        for item in data:
            yield from events(item, depth + 1)
    elif isinstance(data, str) and data.lstrip()[:1] in ("{", "["):
        try:
            yield from events(json.loads(data), depth + 1)
        except (ValueError, RecursionError):
            yield Event(data, None)
    elif isinstance(data, dict):
        yield from _of_object(data, depth)


def _of_object(data: dict[str, Any], depth: int) -> Iterator[Event]:
    if isinstance(data.get("context"), dict) and ("allowed" in data or "explicitDeny" in data):
        yield from _decoded(data)
        return
    if isinstance(data.get("eventName"), str) and isinstance(data.get("userIdentity"), dict):
        if data.get("errorCode") or data.get("errorMessage"):
            yield Event(_message(data) or str(data.get("errorCode")), _of_event(data))
        return
    inner = [event for name in _ENVELOPES if name in data for event in events(data[name], depth + 1)]
    if inner:
        yield from inner
    elif message := _message(data):
        yield Event(message, None)


def _message(data: Mapping[str, Any]) -> str:
    """The message, with the code in front of it where it does not say it itself."""
    said = next((data[name] for name in _MESSAGES if isinstance(data.get(name), str) and data[name]), "")
    code = next((data[name] for name in ("errorCode", "Code", "code", "__type") if isinstance(data.get(name), str)), "")
    return f"{code}: {said}" if code and said and code not in said else str(said)


def merged(denial: Denial, event: Event) -> Denial:
    """What a message says, completed by what stands beside it."""
    beside = event.denial
    if beside is None:
        return denial
    key = denial.key if (denial.key or "").startswith("arn:") else beside.key or denial.key
    return replace(
        denial,
        action=denial.action or beside.action,
        principal=denial.principal if not denial.assumed and denial.principal else beside.principal or denial.principal,
        key=key,
        layer=denial.layer or beside.layer,
        explicit=denial.explicit if denial.explicit is not None else beside.explicit,
        via=beside.via or denial.via,
        region=beside.region or denial.region,
        context={**denial.context, **beside.context},
        absent=tuple(dict.fromkeys((*denial.absent, *beside.absent))),
    )


def _decoded(data: Mapping[str, Any]) -> Iterator[Event]:
    """What `aws sts decode-authorization-message` gives."""
    if data.get("allowed") is True:
        return
    context = data["context"]
    principal, action = _of(context, "principal").get("arn"), context.get("action")
    resource = context.get("resource")
    explicit = data.get("explicitDeny") is True
    if not isinstance(action, str) or not isinstance(principal, str):
        return
    conditions: dict[str, Values] = {}
    for item in _items(_of(context, "conditions")):
        values = tuple(str(one.get("value")) for one in _items(_of(item, "values")) if isinstance(one, dict))
        if isinstance(item.get("key"), str) and values and ":" in item["key"]:
            conditions[item["key"]] = values
    parts = resource.split(":") if isinstance(resource, str) else []
    service = "" if ":" in action or len(parts) < 6 else f"{parts[2]}:"
    how = "with an explicit deny" if explicit else "and nothing allows it"
    message = f"User: {principal} is not authorized to perform: {service}{action} on resource: {resource} {how}"
    yield Event(message, Denial(message, explicit=explicit, context=conditions))


def _items(data: Any) -> list[dict[str, Any]]:
    items = data.get("items") if isinstance(data, dict) else None
    return [one for one in items if isinstance(one, dict)] if isinstance(items, list) else []


def _of(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = data.get(name)
    return value if isinstance(value, dict) else {}


def _text(data: Mapping[str, Any], name: str) -> str | None:
    value = data.get(name)
    return value if isinstance(value, str) and value else None


def _of_event(event: Mapping[str, Any]) -> Denial:
    identity, asked = _of(event, "userIdentity"), _of(event, "requestParameters")
    region, own = _text(event, "awsRegion"), event.get("eventSource") == "kms.amazonaws.com"
    invoker = _text(identity, "invokedBy")
    is_service = identity.get("type") == "AWSService"
    source = invoker or _text(event, "sourceIPAddress") if own else _text(event, "eventSource")
    via = None if is_service else via_label(source)
    absent: list[str] = []
    if own and via is None and not invoker and (is_service or _is_address(_text(event, "sourceIPAddress"))):
        absent.append("kms:viaservice")
    if own and asked:
        absent.append(_CONTEXT.lower())
    return Denial(
        "",
        action=action_of(_text(event, "eventName")) if own else None,
        principal=_caller(identity),
        key=_key(event, asked) if own else None,
        via=via,
        region=region,
        context={**_who(identity), **_network(event), **(_asked(asked) if own else {})},
        absent=tuple(absent),
    )


def _caller(identity: Mapping[str, Any]) -> str | None:
    if identity.get("type") == "AWSService":
        return caller(_text(identity, "invokedBy"))
    return caller(_text(identity, "arn"))


def _key(event: Mapping[str, Any], asked: Mapping[str, Any]) -> str | None:
    """The key's ARN from the event's resources, else what the request calls the key."""
    resources = event.get("resources")
    for one in resources if isinstance(resources, list) else ():
        arn = one.get("ARN") if isinstance(one, dict) else None
        if isinstance(arn, str) and ":kms:" in arn and ":key/" in arn:
            return arn
    return _text(asked, "keyId")


def _who(identity: Mapping[str, Any]) -> dict[str, Values]:
    """What the session says of the caller: its role, path included, and whether it signed in with MFA."""
    session = _of(identity, "sessionContext")
    issuer, attributes = _of(session, "sessionIssuer"), _of(session, "attributes")
    found: dict[str, Values] = {}
    if (arn := _text(issuer, "arn")) and ":role/" in arn:
        found["aws:PrincipalArn"] = (arn,)
    if (mfa := attributes.get("mfaAuthenticated")) is not None:
        found["aws:MultiFactorAuthPresent"] = (str(mfa).lower(),)
    return found


def _network(event: Mapping[str, Any]) -> dict[str, Values]:
    address, endpoint = _text(event, "sourceIPAddress"), _text(event, "vpcEndpointId")
    if endpoint:
        return {"aws:SourceVpce": (endpoint,)}
    return {"aws:SourceIp": (address,)} if address and _is_address(address) else {}


def _is_address(text: str | None) -> bool:
    try:
        ipaddress.ip_address(text or "")
    except ValueError:
        return False
    return True


def _asked(asked: Mapping[str, Any]) -> dict[str, Values]:
    """The condition keys that follow from a request's parameters."""
    pairs: dict[str, Values] = {
        f"{_CONTEXT}{name}": (value,)
        for name, value in _of(asked, "encryptionContext").items()
        if isinstance(value, str) and name
    }
    operations = asked.get("operations")
    if isinstance(operations, list) and operations:
        pairs["kms:GrantOperations"] = tuple(str(one) for one in operations)
    names = (
        ("granteePrincipal", "kms:GranteePrincipal"), ("retiringPrincipal", "kms:RetiringPrincipal"),
        ("encryptionAlgorithm", "kms:EncryptionAlgorithm"), ("signingAlgorithm", "kms:SigningAlgorithm"),
        ("macAlgorithm", "kms:MacAlgorithm"), ("messageType", "kms:MessageType"),
    )  # fmt: skip
    pairs |= {key: (value,) for name, key in names if (value := _text(asked, name))}
    days, bypass = asked.get("pendingWindowInDays"), asked.get("bypassPolicyLockoutSafetyCheck")
    if isinstance(days, int) and not isinstance(days, bool):
        pairs["kms:ScheduleKeyDeletionPendingWindowInDays"] = (str(days),)
    if isinstance(bypass, bool):
        pairs["kms:BypassPolicyLockoutSafetyCheck"] = (str(bypass).lower(),)
    if (alias := _text(asked, "keyId")) and "alias/" in alias:
        pairs["kms:RequestAlias"] = (alias[alias.index("alias/") :],)
    return pairs


def via_label(host: str | None) -> str | None:
    """The first label of `kms:ViaService` for a service's host name, where KMS lists it.

    >>> via_label("s3.amazonaws.com"), via_label("ebs.amazonaws.com"), via_label("203.0.113.9")
    ('s3', 'ec2', None)
    """
    label = (host or "").partition(".amazonaws.com")[0].partition(".")[0]
    return label if label in VIA_SERVICES else next(iter(VIA_ALIASES.get(label, ())), None)
