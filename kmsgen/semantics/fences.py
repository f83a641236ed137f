"""What a policy names of the world outside the request: the accounts, organizations and networks that fence a `*`."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from kmsgen.catalog.patterns import ARN_PARTS
from kmsgen.catalog.principals import ACCOUNT
from kmsgen.policy.model import AWS, Condition, Policy, condition
from kmsgen.policy.operators import parse_operator
from kmsgen.semantics.request import Request

_FENCES = {
    # What a stranger cannot choose. Tags, encryption contexts, aliases, the services in between: all are the caller's.
    "aws:principalorgid": "StringNotLike",
    "aws:principalorgpaths": "ForAllValues:StringNotLike",
    "aws:sourcevpc": "StringNotLike",
    "aws:sourcevpce": "StringNotLike",
    "aws:sourcevpcarn": "ArnNotLike",
    "aws:vpceaccount": "StringNotLike",
    "aws:vpceorgid": "StringNotLike",
    "aws:vpceorgpaths": "ForAllValues:StringNotLike",
    "aws:sourceip": "NotIpAddress",
    "aws:vpcsourceip": "NotIpAddress",
}
_WIDE = {4: 8, 6: 16}
"""Networks with shorter prefixes than these are whole parts of the internet, and fence nothing."""


def unfenced(policy: Policy) -> Iterator[Condition]:
    """Conditions on a stranger: somebody of none of the accounts, organizations and networks that the policy names."""
    accounts = sorted(set(_accounts(policy)))
    if accounts:
        yield condition("StringNotEquals", "aws:PrincipalAccount", accounts)
    named: dict[str, set[str]] = {}
    for statement in policy.statements:
        for test in statement.conditions:
            operator, key = parse_operator(test.operator), test.key.lower()
            if operator is not None and key in _FENCES and operator.base != "Null":
                named.setdefault(key, set()).update(value for value in test.values if _fences(value))
    for key, values in sorted(named.items()):
        if values:
            yield condition(_FENCES[key], key, values)


def _fences(value: str) -> bool:
    if not value.strip("*?"):
        return False
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return True
    return network.prefixlen >= _WIDE[network.version]


def _accounts(policy: Policy) -> Iterator[str]:
    """The accounts that a policy names, by principals or by conditions on who calls; all others are strange."""
    for statement in policy.statements:
        for kind, value in statement.principals:
            if kind == AWS and value != "*" and (account := Request(value, "").account):
                yield account
        for test in statement.conditions:
            key = test.key.lower()
            if key in ("aws:principalaccount", "kms:calleraccount"):
                yield from (value for value in test.values if ACCOUNT.fullmatch(value))
            elif key == "aws:principalarn":
                parts = (value.split(":", ARN_PARTS - 1) for value in test.values)
                yield from (part[4] for part in parts if len(part) == ARN_PARTS and ACCOUNT.fullmatch(part[4]))
