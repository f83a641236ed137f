"""What a request's values are to the solver, by type, and how each is compared with the values of a condition.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import datetime
import ipaddress
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tests.oracle.patterns import Many, Pattern, Token, Variable, literal, split, tokens
from tests.oracle.smt_terms import Formula, Term, Terms, Text

Read = Callable[[Term], Any]
"""What a model says of a term."""
Lookup = Callable[[str], tuple[Formula, Text]]
"""A policy variable's key: whether it is there, and its text."""


class UnsupportedError(Exception):
    """A test that is not encoded; the pair is then of no use here."""


class Value:
    """One value of unknown content."""

    def matches(self, base: str, wanted: str, variables: bool, lookup: Lookup) -> Formula:
        """Whether it matches one value of a condition, by an operator without its `Not`."""
        raise UnsupportedError(f"{base} on {type(self).__name__}")

    def read(self, read: Read) -> str:
        """Its content in a model."""
        raise NotImplementedError


def positive(base: str) -> str:
    """An operator without its negation: StringNotLike → StringLike."""
    return base.replace("Not", "")


@dataclass
class TextValue(Value):
    """A string."""

    terms: Terms
    text: Text

    def matches(self, base: str, wanted: str, variables: bool, lookup: Lookup) -> Formula:
        """By string and ARN operators."""
        if base.startswith("Arn"):
            return self._like_arn(tokens(wanted, wildcards=True, variables=variables))
        pattern = tokens(wanted, wildcards=base == "StringLike", variables=variables)
        if any(isinstance(token, Variable) for token in pattern):
            return self._equals_resolved(base, pattern, lookup)
        if base == "StringEqualsIgnoreCase":
            return self.terms.folded(self.text, literal(pattern) or "")
        if base in ("StringEquals", "StringLike"):
            return self._like(pattern)
        raise UnsupportedError(f"{base} on a string")

    def _like(self, pattern: Pattern) -> Formula:
        return self.terms.like(self.text, pattern)

    def _like_arn(self, pattern: Pattern) -> Formula:
        """Six parts, of which only the last may hold further colons; what is no ARN does not match."""
        parts = split(pattern, ":", 5)
        if len(parts) < 6:
            return False
        shapes = ["".join(_shape(token, "[^:]") for token in part) for part in parts[:5]]
        shapes.append("".join(_shape(token, "[ -~]") for token in parts[5]))
        return self.terms.shaped(self.text, ":".join(shapes))

    def _equals_resolved(self, base: str, pattern: Pattern, lookup: Lookup) -> Formula:
        """Equality with a text that holds policy variables; one without a value matches nothing."""
        if base != "StringEquals":
            raise UnsupportedError(f"a policy variable under {base}")
        whole: list[Text] = []
        there: list[Formula] = []
        for token in pattern:
            if not isinstance(token, Variable):
                whole.append(token)
                continue
            present, text = lookup(token.key)
            if token.default is not None:
                # With a default there are two texts; each is a case of its own.
                rest = [one if one is not token else token.default for one in pattern]
                without = self._equals_resolved(base, tuple(rest), lookup)
                having = self._equals_resolved(
                    base, tuple(one if one is not token else token._replace(default=None) for one in pattern), lookup
                )
                return self.terms.any((self.terms.all((present, having)), self.terms.all((self.terms.no(present), without))))  # fmt: skip
            there.append(present)
            whole.append(text)
        return self.terms.all((*there, self.terms.equals(self.text, self.terms.concat(whole))))

    def read(self, read: Read) -> str:
        """Its content."""
        return self.text if isinstance(self.text, str) else str(read(self.text))


def _shape(token: Any, anything: str) -> str:
    if isinstance(token, str):
        return re.escape(token)
    return anything + ("*" if isinstance(token, Many) else "")


class RowValue(TextValue):
    """Texts in a row.

    A pattern over them is taken apart into patterns over each, since solvers are slow at equations of words.
    """

    def __init__(self, terms: Terms, pieces: Sequence[Text]) -> None:
        self.pieces = tuple(pieces)
        super().__init__(terms, terms.concat(self.pieces))

    def _like(self, pattern: Pattern) -> Formula:
        return in_row(self.terms, self.pieces, pattern)


class ArnValue(RowValue):
    """An ARN, in parts: each is text without `:` but the last, which is several texts in a row."""

    def __init__(self, terms: Terms, parts: Sequence[Text], resource: Sequence[Text]) -> None:
        self.parts, self.resource = tuple(parts), tuple(resource)
        super().__init__(terms, [*(piece for part in self.parts for piece in (part, ":")), *self.resource])

    def _like_arn(self, pattern: Pattern) -> Formula:
        wanted = split(pattern, ":", 5)
        if len(wanted) < 6:
            return False
        rest = in_row(self.terms, self.resource, wanted[5])
        return self.terms.all((*map(self.terms.like, self.parts, wanted[:5]), rest))


def in_row(terms: Terms, pieces: Sequence[Text], pattern: Pattern) -> Formula:
    """Whether texts in a row match a pattern: for some cut of it, the first the one half and the others the other."""
    single = tuple(one for token in pattern for one in (token if isinstance(token, str) else (token,)))
    known: dict[tuple[int, int], Formula] = {}

    def rest(index: int, start: int) -> Formula:
        if index == len(pieces):
            return all(isinstance(token, Many) for token in single[start:])
        if (index, start) not in known:
            last = index == len(pieces) - 1
            ends = [len(single)] if last else range(start, len(single) + 1)
            known[index, start] = terms.any(cut(index, start, end) for end in ends)
        return known[index, start]

    def cut(index: int, start: int, end: int) -> Formula:
        # A cut within a `*` leaves it to both halves.
        half = single[start : end + (end < len(single) and isinstance(single[end], Many))]
        if not terms.may_match(pieces[index], half):
            return False
        after = rest(index + 1, end)
        return after is not False and terms.all((terms.like(pieces[index], merged(half)), after))

    return rest(0, 0)


def merged(parts: Iterable[Token]) -> Pattern:
    """A pattern with its literal runs each in one piece."""
    made: list[Token] = []
    for part in parts:
        if isinstance(part, str) and made and isinstance(made[-1], str):
            made[-1] += part
        else:
            made.append(part)
    return tuple(made)


@dataclass
class BoolValue(Value):
    """`true` or `false`."""

    terms: Terms
    truth: Formula

    def matches(self, base: str, wanted: str, variables: bool, lookup: Lookup) -> Formula:
        """`Bool` takes the words in any case and nothing else; string operators take the text as it is."""
        if base == "Bool":
            words = (wanted.lower() == "true", wanted.lower() == "false")
        elif base == "StringEquals":
            words = (wanted == "true", wanted == "false")
        else:
            raise UnsupportedError(f"{base} on a boolean")
        yes, no = words
        return self.terms.any((self.terms.all((yes, self.truth)), self.terms.all((no, self.terms.no(self.truth)))))

    def read(self, read: Read) -> str:
        """Its content."""
        truth = self.truth if isinstance(self.truth, bool) else read(self.truth)
        return "true" if truth else "false"


@dataclass
class NumberValue(Value):
    """A whole number, or an instant in seconds since 1970."""

    terms: Terms
    number: Term
    family: str

    def matches(self, base: str, wanted: str, variables: bool, lookup: Lookup) -> Formula:
        """By order."""
        bound = instant(wanted) if self.family == "Date" else number(wanted)
        order = base.removeprefix(self.family)
        if not base.startswith(self.family):
            raise UnsupportedError(f"{base} on {self.family}")
        if bound is None:
            return False
        if order == "Equals":
            return bound.denominator == 1 and self.terms.equals_number(self.number, int(bound))
        top = {
            "LessThan": math.ceil(bound) - 1,
            "LessThanEquals": math.floor(bound),
            "GreaterThan": math.floor(bound),
            "GreaterThanEquals": math.ceil(bound) - 1,
        }[order]
        below = self.terms.between(self.number, -(10**12), top)
        return below if order.startswith("Less") else self.terms.no(below)

    def read(self, read: Read) -> str:
        """Its content; an instant as AWS writes it."""
        found = int(read(self.number))
        if self.family == "Numeric":
            return str(found)
        return datetime.datetime.fromtimestamp(found, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def number(text: str) -> Fraction | None:
    """A policy's number."""
    return Fraction(text) if re.fullmatch(r"[+-]?\d+(\.\d+)?", text) else None


def instant(text: str) -> Fraction | None:
    """A policy's date: ISO 8601, without a zone in UTC, or seconds since 1970."""
    if (seconds := number(text)) is not None:
        return seconds
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    utc = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
    return Fraction(
        (utc - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)) // datetime.timedelta(microseconds=1), 10**6
    )


@dataclass
class AddressValue(Value):
    """An address of either family, as a number."""

    terms: Terms
    is_v6: Term
    number: Term

    def matches(self, base: str, wanted: str, variables: bool, lookup: Lookup) -> Formula:
        """By network; a bare address is a network of one."""
        if base != "IpAddress":
            raise UnsupportedError(f"{base} on an address")
        try:
            network = ipaddress.ip_network(wanted, strict=False)
        except ValueError:
            return False
        inside = self.terms.between(self.number, int(network[0]), int(network[-1]))
        return self.terms.all((self.is_v6 if network.version == 6 else self.terms.no(self.is_v6), inside))

    def read(self, read: Read) -> str:
        """Its content."""
        found = int(read(self.number))
        return str(ipaddress.IPv6Address(found) if read(self.is_v6) else ipaddress.IPv4Address(found))
