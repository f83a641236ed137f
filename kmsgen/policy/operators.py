"""The condition operators of the policy language: a set word, a base operator, `IfExists`.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from functools import cache
from typing import Literal, NamedTuple

Family = Literal["string", "arn", "bool", "numeric", "date", "ip", "binary", "null"]
SetWord = Literal["", "ForAllValues", "ForAnyValue"]

_FAMILIES: dict[str, Family] = {
    **dict.fromkeys(("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase"), "string"),
    **dict.fromkeys(("StringNotEqualsIgnoreCase", "StringLike", "StringNotLike"), "string"),
    **dict.fromkeys(("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"), "arn"),
    **dict.fromkeys(("NumericEquals", "NumericNotEquals", "NumericLessThan"), "numeric"),
    **dict.fromkeys(("NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals"), "numeric"),
    **dict.fromkeys(("DateEquals", "DateNotEquals", "DateLessThan"), "date"),
    **dict.fromkeys(("DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals"), "date"),
    **dict.fromkeys(("IpAddress", "NotIpAddress"), "ip"),
    "Bool": "bool",
    "BinaryEquals": "binary",
    "Null": "null",
}

BASE_OPERATORS: tuple[str, ...] = tuple(_FAMILIES)


class Operator(NamedTuple):
    """One operator, taken apart."""

    set_word: SetWord
    base: str
    if_exists: bool

    @property
    def family(self) -> Family:
        """The type of value that it compares."""
        return _FAMILIES[self.base]

    @property
    def negated(self) -> bool:
        """Whether it is true where no value matches, and so where the key is absent."""
        return "Not" in self.base

    @property
    def globs(self) -> bool:
        """Whether `*` and `?` in its values are wildcards."""
        return "Like" in self.base or self.family == "arn"


@cache
def parse_operator(text: str) -> Operator | None:
    """The operator that `text` names, or None where there is no such operator.

    >>> parse_operator("ForAnyValue:StringLikeIfExists")
    Operator(set_word='ForAnyValue', base='StringLike', if_exists=True)
    """
    set_word, colon, rest = text.rpartition(":")
    if colon and set_word not in ("ForAllValues", "ForAnyValue"):
        return None
    base = rest.removesuffix("IfExists")
    if base not in _FAMILIES or (base == "Null" and base != rest):
        return None
    return Operator(set_word, base, base != rest)  # type: ignore[arg-type]
