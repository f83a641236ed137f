"""A policy's texts taken apart: literal runs, wildcards, policy variables; written from AWS's pages, not from kmsgen.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple


@dataclass(frozen=True)
class Many:
    """`*`: any run of characters."""


@dataclass(frozen=True)
class One:
    """`?`: any one character."""


class Variable(NamedTuple):
    """`${key}` or `${key, 'default'}`."""

    key: str
    default: str | None


Token = str | Many | One | Variable
Pattern = tuple[Token, ...]


@cache
def tokens(text: str, *, wildcards: bool, variables: bool) -> Pattern:
    """The parts of a value; `variables`: whether `${…}` is special, as it is since version 2012-10-17."""
    found: list[Token] = []
    at = 0
    while at < len(text):
        if variables and text.startswith("${", at) and (end := text.find("}", at)) > at + 2:
            found.append(_variable(text[at + 2 : end]))
            at = end + 1
            continue
        character = text[at]
        special: dict[str, Token] = {"*": Many(), "?": One()} if wildcards else {}
        found.append(special.get(character, character))
        at += 1
    return _joined(found)


def _variable(inside: str) -> Token:
    if inside in ("*", "?", "$"):
        return inside
    key, comma, default = inside.partition(",")
    return Variable(key.strip().lower(), default.strip().strip("'") if comma else None)


def _joined(parts: list[Token]) -> Pattern:
    joined: list[Token] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part != "":
            joined.append(part)
    return tuple(joined)


def split(pattern: Pattern, separator: str, limit: int) -> list[Pattern]:
    """A pattern cut at the literal `separator`, at most `limit` times."""
    parts: list[list[Token]] = [[]]
    for token in pattern:
        if not isinstance(token, str):
            parts[-1].append(token)
            continue
        for character in token:
            if character == separator and len(parts) <= limit:
                parts.append([])
            else:
                parts[-1].append(character)
    return [_joined(part) for part in parts]


def literal(pattern: Pattern) -> str | None:
    """The one text that a pattern matches, or None where it has a wildcard or a variable."""
    if all(isinstance(token, str) for token in pattern):
        return "".join(token for token in pattern if isinstance(token, str))
    return None


@cache
def action_test(text: str) -> re.Pattern[str]:
    """What an `Action` matches: wildcards, in any case."""
    parts = (
        re.escape(token) if isinstance(token, str) else ".*" if isinstance(token, Many) else "."
        for token in tokens(text, wildcards=True, variables=False)
    )
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)
