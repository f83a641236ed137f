"""The least that would allow a denied request: an entry of a blueprint, or a statement of the caller's IAM policy."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from kmsgen.analysis.denial.judge import Judgement
from kmsgen.analysis.denial.model import Values
from kmsgen.catalog.principals import SERVICE_LINKED
from kmsgen.policy.model import Effect
from kmsgen.policy.reference import is_symbolic
from kmsgen.semantics.request import Request
from kmsgen.sources.model import partition_in

Noun = Literal["users", "admins", "services"]

_SSO = re.compile(r"AWSReservedSSO_(.+)_[0-9a-f]{16}")
_PLAIN = re.compile(r"[A-Za-z_][\w./-]*(?<![:.])")
_WORDS = {"yes", "no", "on", "off", "true", "false", "null", "y", "n"}
_CONTEXT = "kms:encryptioncontext:"
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

    def yaml(self, field: str | None = None) -> str:
        """The entry under its list, as it may stand in a key; `field` is how the list is written, if not as it is."""
        return "\n".join([f"{field or self.noun}:", *(f"  {line}" for line in self.lines)])

    @property
    def lines(self) -> tuple[str, ...]:
        """The entry as an item of a list in block style."""
        first, *rest = _block(self.entry)
        return (f"- {first}", *(f"  {line}" for line in rest))

    @property
    def flow(self) -> str:
        """The entry as an item of a list in flow style."""
        return _flow(self.entry)


def change_for(
    judgement: Judgement, role: Role | None, service: Callable[[Request, str], Change | None]
) -> Change | None:
    """The least entry that would allow the request; None where no entry would, or where none is needed.

    `role` covers the request's action; `service` gives the entry of the service that a service principal is of.
    """
    request = judgement.request
    if request is None or judgement.across or judgement.verdict not in ("denied", "allowed"):
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
    """What is known of the request, as far as the nearest statement tests it: no wider than it has to be."""
    values = request.values
    when: dict[str, Any] = {}
    if via := values.get("kms:viaservice"):
        when["via"] = via[0].partition(".")[0]
    nearest = judgement.nearest
    if nearest is None or nearest.statement.effect is Effect.DENY:
        return when
    if any(miss.element == "principal" for miss in nearest.misses):
        return when
    pairs: dict[str, Any] = {}
    for test in sorted(nearest.statement.conditions):
        key = test.key.lower()
        given = values.get(key)
        if not given:
            continue
        if key.startswith(_CONTEXT):
            pairs[test.key[len(_CONTEXT) :]] = _one_or_all(given)
        elif key in _WHEN:
            when[_WHEN[key]] = _one_or_all(given)
    return {**when, **({"encryption_context": pairs} if pairs else {})}


def _one_or_all(values: Values) -> Any:
    return values[0] if len(values) == 1 else list(values)


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
    text = str(value)
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
