"""The least that would allow a denied request: an entry of a blueprint, or a statement of the caller's IAM policy."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from kmsgen.analysis.denial.judge import OF_CALLERS, Judgement, not_for
from kmsgen.analysis.denial.model import Values
from kmsgen.catalog import condition_keys
from kmsgen.catalog.principals import SERVICE_LINKED
from kmsgen.policy.model import Condition, Effect
from kmsgen.policy.reference import is_symbolic
from kmsgen.semantics.request import Request
from kmsgen.sources.model import partition_in

Noun = Literal["users", "admins", "services", "guards"]

_SSO = re.compile(r"AWSReservedSSO_(.+)_[0-9a-f]{16}")
_PLAIN = re.compile(r"[A-Za-z_][\w./-]*(?<![:.])")
_WORDS = {"yes", "no", "on", "off", "true", "false", "null", "y", "n"}
_CONTEXT = "kms:encryptioncontext:"
_TAG = "aws:principaltag/"
_PLAIN_OPERATORS = ("StringEquals", "StringLike", "ArnLike", "IpAddress")
_OF_ROLES = frozenset({"kms:grantisforawsresource"})
"""Condition keys, in lower case, that a role's own template tests."""
_WHEN = {
    "kms:requestalias": "request_alias",
    "aws:sourcevpce": "source_vpce",
    "aws:sourcevpc": "source_vpc",
    "aws:sourceip": "source_ip",
    "aws:principalorgid": "organization",
    "aws:sourceaccount": "source_account",
    "aws:sourcearn": "source_arn",
}
"""The words of `when` that hold the value of a condition key as it is."""


class Role(NamedTuple):
    """A role of the blueprint language that covers an action."""

    name: str
    noun: Noun
    """Which of a key's lists it may be given in."""


@dataclass(frozen=True)
class Change:
    """An entry to add to a key of a blueprint."""

    noun: Noun
    entry: Any
    """Plain data: text, or a mapping."""
    examples: tuple[str, ...] = ()
    """Fields of the entry whose values are only examples, because the message does not tell them."""
    whole: tuple[Any, ...] = ()
    """All items of the list, where the key has it from elsewhere and is given one of its own."""
    beside: Change | None = None
    """What it takes as well: an entry beside a guard that is changed."""

    def yaml(self, *fields: str | None) -> str:
        """The entry under its list, as it may stand in a key, and what it takes as well under its own.

        `fields` are how the lists are written, where not as they are.
        """
        field, rest = (fields[0], fields[1:]) if fields else (None, ())
        own = [f"{field or self.noun}:", *(f"  {line}" for line in self.lines)]
        return "\n".join([*own, *([self.beside.yaml(*rest)] if self.beside else [])])

    @property
    def lines(self) -> tuple[str, ...]:
        """The entry, or the whole list, as items of a list in block style."""
        blocks = (_block(item) for item in self.whole or (self.entry,))
        return tuple(f"{'  ' if number else '- '}{line}" for block in blocks for number, line in enumerate(block))

    @property
    def flow(self) -> str:
        """The entry as an item of a list in flow style."""
        return _flow(self.entry)

    @property
    def parts(self) -> tuple[Change, ...]:
        """The change itself, and what it takes as well."""
        return (self, *(self.beside.parts if self.beside else ()))


def change_for(
    judgement: Judgement, role: Role | None, service: Callable[[Request, str], Change | None]
) -> Change | None:
    """The least entry that would allow the request; None where no entry would, or where none is needed.

    `role` covers the request's action; `service` gives the entry of the service that a service principal is of.
    """
    request = judgement.request
    if (
        request is None
        or judgement.across
        or (judgement.verdict not in ("denied", "allowed") and not stopped(judgement))
    ):
        return None
    if judgement.verdict == "allowed" and not _left_to_iam(judgement, request):
        return None
    if request.kind == "service":
        return service(request, request.principal)
    if not request.principal.startswith(f"arn:{partition_in(judgement.key.facts.region)}:"):
        return None  # no policy lets in a principal of another partition
    who = principal_words(request, judgement.key.facts.account)
    if who is None or role is None:
        return None
    if who.startswith("service-linked/") and (change := service(request, who)) is not None:
        return change
    when = _when(judgement, request)
    return Change(role.noun, {"principal": who, "can": role.name, **({"when": when} if when else {})})


def stopped(judgement: Judgement) -> bool:
    """Whether it is a Deny that refused the request, by what is known of it or by what the message says."""
    by_deny = judgement.nearest is not None and judgement.nearest.statement.effect is Effect.DENY
    return by_deny and (judgement.verdict == "explicitly-denied" or judgement.denial.explicit is True)


def _left_to_iam(judgement: Judgement, request: Request) -> bool:
    """Whether it is for IAM to allow, and an entry that names the caller would do as well."""
    undenied = judgement.layer == "identity-policy" and not judgement.denial.explicit
    return undenied and judgement.access == "delegated" and not _foreign(judgement, request)


def _foreign(judgement: Judgement, request: Request) -> bool:
    account = judgement.key.facts.account
    return account is not None and request.account != account


def principal_words(request: Request, account: str | None) -> str | None:
    """The caller as a blueprint names it; None where it can name none: a root user, a role whose path is not known.

    >>> principal_words(Request("arn:aws:sts::444455556666:assumed-role/Etl/run", "kms:Decrypt"), "111122223333")
    '444455556666/role/Etl'
    """
    if request.kind not in ("session", "role", "user"):
        return request.principal if request.kind == "federated" else None
    if is_symbolic(request.principal):
        return None
    arn = request.values.get("aws:principalarn", (request.principal,))[0]
    name = arn.split(":", 5)[-1]
    last = name.rpartition("/")[2]
    if (sso := _SSO.fullmatch(last)) is not None:
        name = f"sso/{sso[1]}"
    elif last.startswith("AWSServiceRoleFor"):
        known = {path.rpartition("/")[2]: service for service, path in SERVICE_LINKED.items()}
        if last not in known:
            return None
        name = f"service-linked/{known[last]}"
    return name if request.account == account else f"{request.account}/{name}"


def _when(judgement: Judgement, request: Request) -> dict[str, Any]:
    """The conditions of the nearest statement as the request meets them, and where it is not known, as they are.

    What the request has is taken in the place of what the statement demands; what it does not have is given up.
    """
    when: dict[str, Any] = {}
    if via := request.values.get("kms:viaservice"):
        when["via"] = via[0].partition(".")[0]
    nearest = judgement.nearest
    if nearest is None or nearest.statement.effect is Effect.DENY or not_for(nearest.misses):
        return when
    failed = {miss.condition: miss.values for miss in nearest.misses if miss.condition is not None}
    raw = []
    for test in sorted(nearest.statement.conditions):
        if test.key.lower() in OF_CALLERS or test.key.lower() in _OF_ROLES:
            continue
        had = failed.get(test)
        kept = test if had is None else Condition("StringEquals", test.key, () if _is_bool(test.key) else had)
        if kept.values and not _said(when, kept):
            raw.append({"operator": kept.operator, "key": kept.key, "values": _one_or_all(kept.values)})
    return {**when, **({"raw": raw} if raw else {})}


def _is_bool(key: str) -> bool:
    known = condition_keys.find(key)
    return known is not None and known.type == "bool"


def _said(when: dict[str, Any], test: Condition) -> bool:
    """Whether a condition is said in a word of `when`, which is then there."""
    key, plain = test.key.lower(), test.operator in _PLAIN_OPERATORS
    if key == "kms:viaservice" and plain:
        when.setdefault("via", _one_or_all(tuple(value.partition(".")[0] for value in test.values)))
    elif key == "aws:multifactorauthpresent" and test.operator == "Bool" and test.values == ("true",):
        when["mfa"] = True
    elif key.startswith(_CONTEXT) and plain:
        when.setdefault("encryption_context", {})[test.key[len(_CONTEXT) :]] = _one_or_all(test.values)
    elif key.startswith(_TAG) and plain:
        when.setdefault("principal_tags", {})[test.key[len(_TAG) :]] = _one_or_all(test.values)
    elif key in _WHEN and plain:
        when[_WHEN[key]] = _one_or_all(test.values)
    else:
        return False
    return True


def _one_or_all(values: Values) -> Any:
    return values[0] if len(values) == 1 else list(values)


def path_is_unknown(judgement: Judgement) -> bool:
    """Whether the caller is a session of a role whose path nothing tells."""
    request = judgement.request
    return request is not None and request.kind == "session" and not request.tells_role


def identity_statement(judgement: Judgement, *, needed: bool) -> Mapping[str, Any] | None:
    """The statement that an IAM policy of the caller needs; None where there is no caller with IAM policies.

    `needed`: whether one is needed once the key policy is changed.
    """
    request = judgement.request
    if request is None or request.kind not in ("session", "role", "user"):
        return None
    needed = (
        needed
        or judgement.layer == "identity-policy"
        or judgement.needs_identity_policy
        or _foreign(judgement, request)
    )
    linked = "AWSServiceRoleFor" in request.principal  # whose IAM policies are AWS's own
    if not needed or judgement.denial.explicit or judgement.across or linked:
        return None
    return {"Effect": "Allow", "Action": request.action, "Resource": request.key_arn or _some_arn(judgement)}


def _some_arn(judgement: Judgement) -> str:
    facts = judgement.key.facts
    region, account = (one if one and not is_symbolic(one) else None for one in (facts.region, facts.account))
    return f"arn:{partition_in(region)}:kms:{region or 'REGION'}:{account or 'ACCOUNT'}:key/KEY-ID"


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if isinstance(value, int):
        return text
    if text.isascii() and _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return json.dumps(text, ensure_ascii=True)


def _flow(data: Any) -> str:
    if isinstance(data, Mapping):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(value)}" for key, value in data.items()) + "}"
    if isinstance(data, list):
        return f"[{', '.join(map(_flow, data))}]"
    return _scalar(data)


def _block(data: Any) -> list[str]:
    """The top of a mapping a line for each field, what is below in flow style."""
    if not isinstance(data, Mapping):
        return [_flow(data)]
    return [f"{_scalar(key)}: {_flow(value)}" for key, value in data.items()]
