"""What a policy names of the world outside the request: the accounts, organizations and networks that fence a `*`.

What counts is what a caller cannot choose, as in AWS's own judgement of what is public:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator

from kmsgen.catalog.patterns import ARN_PARTS, has_wildcard
from kmsgen.policy.model import AWS, Condition, Policy, Statement, condition
from kmsgen.policy.operators import parse_operator
from kmsgen.policy.reference import is_symbolic
from kmsgen.semantics.request import Request

_OWN = frozenset({"${aws:ResourceAccount}", "${aws:ResourceOrgID}"})
"""The variables that are constants of a key, so that no caller has a say in them."""
_MASK = "own"
_VARIABLE = re.compile(r"\$\{[^}]*:[^}]*\}")
_WIDE = {4: 8, 6: 32}
"""Networks with shorter prefixes than these are whole parts of the internet, and fence nothing."""
_UNIQUE_ID = re.compile(r"(?:A[A-Z]{3}[A-Z0-9]{12,}|[0-9]{12})(?::.*)?")


def is_exact(value: str) -> bool:
    """Whether a value stands for one thing that no caller chooses: neither a wildcard nor a variable of the request.

    >>> [is_exact(one) for one in ("111122223333", "${aws:ResourceAccount}", "${aws:PrincipalTag/account}", "o-*", "")]
    [True, True, False, False, False]
    """
    return value in _OWN or not (not value or has_wildcard(value) or _VARIABLE.search(value))


def names_owner(value: str) -> bool:
    """Whether an ARN pattern says whose resource is meant: its account, or where ARNs have none, its whole name.

    >>> [names_owner(one) for one in ("arn:aws:sns:*:111122223333:*", "arn:aws:s3:::logs/*", "arn:aws:s3:::logs*")]
    [True, True, False]
    """
    parts = _masked(value).split(":", ARN_PARTS - 1)
    if len(parts) < ARN_PARTS:
        return is_symbolic(value)
    return is_exact(parts[4]) or (not parts[4] and _is_path(parts[5]))


def _masked(value: str) -> str:
    """A pattern without the `:` and `/` of variables: anything at all for those that a caller chooses."""
    return _VARIABLE.sub(lambda found: _MASK if found[0] in _OWN else "*", value) if "${" in value else value


def _is_path(value: str) -> bool:
    return is_exact(_masked(value).partition("/")[0])


def _is_network(value: str) -> bool:
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return True
    return network.prefixlen >= _WIDE[network.version]


def _is_unique_id(value: str) -> bool:
    return _UNIQUE_ID.fullmatch(value) is not None


def _is_context(value: str) -> bool:
    """A service writes what it works for into the encryption context: an ARN, or a name."""
    return names_owner(value) if value.startswith("arn:") else _is_path(value)


Fence = tuple[str, Callable[[str], bool]]
"""The operator for who is beyond a fence, and which values are fences at all."""
Fences = dict[str, Fence]
"""By condition key, in lower case."""

_OF_SOURCES: Fences = {
    # What a service says of the resource that it works for; whoever calls by himself sends none of it.
    "aws:sourceaccount": ("StringNotLike", is_exact),
    "aws:sourcearn": ("StringNotLike", names_owner),
    "aws:sourceorgid": ("StringNotLike", is_exact),
    "aws:sourceorgpaths": ("ForAllValues:StringNotLike", _is_path),
}
_OF_CALLERS: Fences = {
    # Tags, encryption contexts, aliases, the services in between: all are the caller's choice, and no fences.
    **_OF_SOURCES,
    "aws:chatbotsourcearn": ("StringNotLike", names_owner),
    "aws:ec2instancesourcevpc": ("StringNotLike", is_exact),
    "aws:principalorgid": ("StringNotLike", is_exact),
    "aws:principalorgpaths": ("ForAllValues:StringNotLike", _is_path),
    "aws:sourcevpc": ("StringNotLike", is_exact),
    "aws:sourcevpce": ("StringNotLike", is_exact),
    "aws:sourcevpcarn": ("StringNotLike", names_owner),
    "aws:userid": ("StringNotLike", _is_unique_id),
    "aws:vpceaccount": ("StringNotLike", is_exact),
    "aws:vpceorgid": ("StringNotLike", is_exact),
    "aws:vpceorgpaths": ("ForAllValues:StringNotLike", _is_path),
    "aws:sourceip": ("NotIpAddress", _is_network),
    "aws:vpcsourceip": ("NotIpAddress", _is_network),
}
_OF_SERVICES: Fences = {
    **_OF_SOURCES,
    # Services that call by themselves do not pass these, unless for the account or organization that is named.
    "aws:principalaccount": ("StringNotLike", is_exact),
    "aws:principalorgid": ("StringNotLike", is_exact),
    "aws:principalorgpaths": ("ForAllValues:StringNotLike", _is_path),
    "kms:calleraccount": ("StringNotLike", is_exact),
    "kms:grantconstraintsourcearn": ("StringNotLike", names_owner),
}
_CONTEXT = "kms:encryptioncontext:"


def unfenced(policy: Policy, own: str | None = None) -> Iterator[Condition]:
    """Conditions on a stranger: somebody of none of the accounts, organizations and networks that the policy names.

    `own`: the key's account, which is not strange even where no statement names it.
    """
    accounts = sorted({*_accounts(policy), *([own] if own else [])})
    if accounts:
        yield condition("StringNotEquals", "aws:PrincipalAccount", accounts)
    yield from _beyond(policy.statements, _OF_CALLERS.get)


def unfenced_source(policy: Policy) -> Iterator[Condition]:
    """Conditions on a service that works for a stranger: for none of the accounts and resources that are named."""
    return _beyond(policy.statements, of_source)


def of_source(key: str) -> Fence | None:
    """How a condition key (in lower case) fences what a service works for; None where it does not."""
    return ("StringNotLike", _is_context) if key.startswith(_CONTEXT) else _OF_SERVICES.get(key)


def _beyond(statements: Iterable[Statement], fence: Callable[[str], Fence | None]) -> Iterator[Condition]:
    named: dict[tuple[str, str], set[str]] = {}
    for statement in statements:
        for test in statement.conditions:
            operator, key = parse_operator(test.operator), test.key.lower()
            found = fence(key)
            if found is not None and operator is not None and operator.base != "Null":
                outside, is_fence = found
                named.setdefault((outside, key), set()).update(value for value in test.values if is_fence(value))
    for (outside, key), values in sorted(named.items()):
        if values:
            yield condition(outside, key, values)


def _accounts(policy: Policy) -> Iterator[str]:
    """The accounts that a policy names, by principals or by conditions on who calls; all others are strange."""
    for statement in policy.statements:
        for kind, value in statement.principals:
            if kind == AWS and value != "*" and (account := Request(value, "").account):
                yield account
        for test in statement.conditions:
            key = test.key.lower()
            if key in ("aws:principalaccount", "kms:calleraccount"):
                yield from (value for value in test.values if is_exact(value))
            elif key == "aws:principalarn":
                parts = (_masked(value).split(":", ARN_PARTS - 1) for value in test.values)
                exact = (part[4] for part in parts if len(part) == ARN_PARTS and is_exact(part[4]))
                yield from ("${aws:ResourceAccount}" if account == _MASK else account for account in exact)


def is_closed(statement: Statement, fence: Callable[[str], Fence | None]) -> bool:
    """Whether one condition alone keeps out whoever is beyond that fence: what most statements need no proof for."""
    for test in statement.conditions:
        operator, found = parse_operator(test.operator), fence(test.key.lower())
        if found is None or operator is None or operator.base == "Null":
            continue
        holds_if_absent = operator.negated or operator.if_exists or operator.set_word == "ForAllValues"
        if not holds_if_absent and all(found[1](value) for value in test.values):
            return True
    return False


def of_caller(key: str) -> Fence | None:
    """How a condition key (in lower case) fences who calls; None where it does not."""
    if key in ("aws:principalaccount", "kms:calleraccount"):
        return "StringNotEquals", is_exact
    return _OF_CALLERS.get(key)
