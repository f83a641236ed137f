"""Callers back to the words of a blueprint: `role/App`, `444455556666/role/Etl`, `sso/Admins`, a reference's name."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from kmsgen.blueprint.grammar import KINDS, Grammar, RefusedError
from kmsgen.blueprint.model import Who
from kmsgen.catalog.principals import SERVICE_LINKED, account_of, sso_patterns
from kmsgen.errors import Location
from kmsgen.importer.atoms import Unit
from kmsgen.importer.model import Place
from kmsgen.importer.text import Intrinsic
from kmsgen.policy.model import ANYONE, AWS
from kmsgen.policy.reference import is_symbolic
from kmsgen.sources.references import reference_of

_NOWHERE = Location("", 1, 1)
_SSO = re.compile(
    r"arn:[a-z-]+:iam::[0-9]{12}:role/aws-reserved/sso\.amazonaws\.com/(?:\*/)?AWSReservedSSO_(.+)_\?{16}"
)
_LINKED = {path: name for name, path in SERVICE_LINKED.items()}
_KIND = re.compile(r"(?:data\.)?aws_iam_role\.|var\.")
_OUTSIDE = re.compile(r"[^A-Za-z0-9_-]+")


class Called(NamedTuple):
    """A caller as a blueprint names it."""

    list: str
    """`accounts` for a whole account, else empty."""
    text: str
    pin: bool | str | None
    """None where it is the usual one."""
    foreign: bool
    reference: tuple[tuple[str, str], ...] = ()
    """The name and the text of one that a stack makes."""


def called(unit: Unit, place: Place) -> Called | None:
    """What a caller is called; None for those whom no entry can name."""
    if unit.kind != AWS:
        return None
    if unit.pattern:
        return _matched(unit, place)
    if is_symbolic(unit.value):
        return _referenced(unit.value, place)
    account = account_of(unit.value)
    if unit.value.endswith(":root") and account:
        return Called("accounts", account, None, account != place.account)
    who = _who(unit.value, place)
    return None if who is None else Called("", short(who, place), None, who.account != place.account)


def _who(arn: str, place: Place) -> Who | None:
    if not arn.startswith("arn:"):
        return None
    try:
        who = Grammar(place.account, place.partition, {}).parse(arn, _NOWHERE)
    except RefusedError:
        return None
    return None if who.kind == "root" else who


def short(who: Who, place: Place) -> str:
    """A principal without what goes without saying."""
    if who.kind == "federated":
        return str(who.arn)
    resource = who.arn.split(":", 5)[5]
    kind, _, name = resource.partition("/")
    words = "session/" + name if kind == "assumed-role" else resource
    if kind == "role" and name in _LINKED:
        words = f"service-linked/{_LINKED[name]}"
    return words if who.account == place.account else f"{who.account}/{words}"


def _matched(unit: Unit, place: Place) -> Called | None:
    """A caller that is told by what `aws:PrincipalArn` is like."""
    account = account_of(unit.pattern)
    named = account_of(unit.value) if unit.value != ANYONE else account
    if not account.isdigit() or named != account:
        return None
    pin: bool | str = "match" if unit.value == ANYONE else False
    foreign, before = account != place.account, "" if account == place.account else f"{account}/"
    sso = _SSO.fullmatch(unit.pattern)
    if sso is not None and unit.pattern in sso_patterns(place.partition, account, sso[1]):
        return Called("", f"{before}sso/{sso[1]}", "match" if pin == "match" else None, foreign)
    who = _who(unit.pattern, place)
    if who is None or not who.patterns:
        return None
    return Called("", short(who, place), pin, foreign)


def _referenced(text: str, place: Place) -> Called | None:
    """A role that a stack makes; of which account it is not said, that is the key's."""
    account = account_of(text) if text.startswith("arn:") else place.account
    if not account.isdigit() or text.endswith(":root"):
        return None
    name = reference_name(text)
    return Called("", name, None, account != place.account, ((name, text),))


def reference_name(text: str) -> str:
    """What the principal of a reference is called."""
    inner = "-".join(re.findall("⟨([^⟨⟩]*)⟩", text.rpartition("/")[2] or text)) or text
    inner = _KIND.sub("", inner.removesuffix(".Arn").removesuffix(".arn"))
    name = _OUTSIDE.sub("-", inner).strip("-").lower() or "reference"
    return f"the-{name}" if name in KINDS else name


def reference_data(text: str, place: Place) -> dict[str, Any]:
    """What `principals` says of a principal that a stack makes."""
    account = account_of(text) if text.startswith("arn:") else place.account
    made = reference_of(text)
    function = made.get("cloudformation")
    return {"account": account, **(made if function is None else {"cloudformation": Intrinsic(function)})}
