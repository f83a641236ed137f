"""The shapes that the names of callers have: of roles, users, accounts and services."""

from __future__ import annotations

import re
import string

from kmsgen.catalog.patterns import ARN_PARTS, has_wildcard
from kmsgen.catalog.principals import ACCOUNT
from kmsgen.semantics.strings import Characters, Linear

_NAME = Characters(frozenset(string.ascii_letters + string.digits + "_+=,.@-"))
_PATH = Characters(frozenset(chr(code) for code in range(0x21, 0x7F)))
_DIGIT = Characters(frozenset(string.digits))
_SLASH = Characters(frozenset("/"))
_HOST = Characters(frozenset(string.ascii_lowercase + string.digits + "-."))
ACCOUNT_IN_ARN = Linear((*(_DIGIT,) * 12, Characters(frozenset(":"))), ())
"""An account's number with the colon after it, which ends what a pattern may have begun to match."""
_VARIABLE = re.compile(r"\$\{[^}]*\}")
PLAIN_NAME = Linear((_NAME,), ((1, _NAME),))
NAME_WITH_PATH = Linear((_PATH, _SLASH, _NAME), ((1, _PATH), (3, _NAME)))
SERVICE_NAMES = tuple(
    Linear((_HOST, *(Characters(frozenset(one)) for one in suffix)), ((1, _HOST),))
    for suffix in (".amazonaws.com", ".amazonaws.com.cn")
)
KINDS = {"role": "iam", "user": "iam", "federated-user": "sts"}
"""The callers that have a name: what their ARN calls them, and the service in it."""


def splits_accounts(value: str) -> bool:
    """Whether a pattern of ARNs may match some callers of a name and not others, by part of their account's number."""
    parts = value.split(":", ARN_PARTS - 1)
    whole = len(parts) == ARN_PARTS and (parts[4] == "*" or ACCOUNT.fullmatch(parts[4]) is not None)
    return has_wildcard(value) and value != "*" and not whole


def any_variables(value: str) -> str:
    """A pattern with anything at all for its variables."""
    return _VARIABLE.sub("*", value)
