"""Whether a condition operator reads what its key holds, and its values as they are meant."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from kmsgen.analysis.conditions import FREE_TEXT
from kmsgen.analysis.subject import Tested
from kmsgen.catalog.condition_keys import Type
from kmsgen.catalog.patterns import has_wildcard


class Fit(NamedTuple):
    """How an operator and a key go together."""

    how: Literal["well", "loosely", "never"]
    holds: str = ""
    """What the key's values are: `an ARN`."""
    better: str = ""
    """The operator to write."""
    read_as: str = ""
    """What the operator takes the values for, where that works."""


_HOLDS: dict[Type, tuple[str, str]] = {
    "string": ("a text", "StringEquals"),
    "arn": ("an ARN", "ArnLike"),
    "bool": ("`true` or `false`", "Bool"),
    "numeric": ("a number", "NumericEquals"),
    "date": ("a time", "DateLessThan"),
    "ip": ("an address", "IpAddress"),
}
_WELL = Fit("well")
_ACCOUNTS = frozenset(
    {
        "kms:CallerAccount", "aws:PrincipalAccount", "aws:SourceAccount", "aws:ResourceAccount", "aws:VpceAccount",
    }
)  # fmt: skip
_DELIVERY = "kms:encryptioncontext:sourcearn"
_EVERY_LOG = re.compile(r"arn:[^:*?]+:logs:[^:*?]+:[^:*?]+:\*")
"""What services that deliver logs send as the encryption context itself, asterisk and all.

https://docs.aws.amazon.com/eventbridge/latest/userguide/encryption-bus-logs.html
"""
_EPOCH = frozenset({"aws:EpochTime", "kms:ValidTo"})
"""Times that are sent as a number of seconds."""


def fit(test: Tested) -> Fit:
    """How a test's operator reads the values of its key."""
    known, family = test.known, test.operator.family
    if known is None or family == "null" or family == known.type or known.name in FREE_TEXT:
        return _WELL
    if (family == "numeric" and known.name in _EPOCH) or (family == "string" and known.type == "arn"):
        return _WELL
    holds, better = _HOLDS[known.type]
    better = f"Not{better}" if known.type == "ip" and test.operator.negated else better
    if family == "numeric" and known.name in _ACCOUNTS:
        return Fit("loosely", holds, better, "a number")
    if family == "string" and not _range_as_text(test):
        return Fit("loosely", holds, better, "a mere text")
    return Fit("never", holds, better)


def _range_as_text(test: Tested) -> bool:
    """Whether ranges of addresses are compared with an address, which is never their text."""
    values = test.condition.values
    return test.known is not None and test.known.type == "ip" and any("/" in v and not has_wildcard(v) for v in values)


def literal_wildcards(test: Tested) -> list[str]:
    """The values of a test whose wildcards its operator takes literally, though they are meant as such."""
    if test.operator.family != "string" or test.operator.globs:
        return []
    # In a text of any kind a question mark is hardly a wildcard.
    free = test.known is None or test.known.name in FREE_TEXT
    found = [value for value in test.condition.values if "*" in value or "?" in value]
    if test.condition.key.lower() == _DELIVERY:
        found = [value for value in found if not _EVERY_LOG.fullmatch(value)]
    return [value for value in found if has_wildcard(value.replace("?", "") if free else value)]
