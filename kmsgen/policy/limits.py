"""What KMS takes as a key policy: its size and its characters.

https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html and the `PolicyType` of the KMS API.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from kmsgen.policy.model import Policy, Statement
from kmsgen.policy.write import compact, statement_document

MAX_BYTES = 32_768
WARN_BYTES = MAX_BYTES * 80 // 100

_FRAME = 256
_ESCAPED = re.compile(r'["\\\\]')
REFUSED = re.compile(r"[^\t\n\r\u0020-\u00ff]")


@lru_cache(maxsize=16)
def size(policy: Policy) -> int:
    """The policy's size in bytes, as it is sent: without white space, in UTF-8."""
    frame = len(compact(replace(policy, statements=())).encode())
    commas = max(len(policy.statements) - 1, 0)
    return frame + commas + sum(map(_statement_size, policy.statements))


def is_unremarkable(policy: Policy) -> bool:
    """Whether the policy is clearly below `WARN_BYTES` and of plain characters, told much faster than its size is.

    False says nothing. A text takes two quotes and four marks beside its characters, an operator as much, and what
    remains of a statement or of the policy, names and braces, less than `_FRAME`.
    """
    if policy.id is not None:
        return False
    written = [text for statement in policy.statements for text in _written(statement)]
    together = "".join(written)
    # Then no character is written as an escape, and none is refused.
    plain = together.isascii() and together.isprintable() and not _ESCAPED.search(together)
    count = len(written) + sum(len(one.actions) + len(one.not_actions) for one in policy.statements)
    return plain and len(together) + 6 * count + _FRAME * (len(policy.statements) + 1) <= WARN_BYTES


def _written(statement: Statement) -> Iterator[str]:
    """All that a statement says, its actions each time in one piece."""
    if statement.sid is not None:
        yield statement.sid
    for principals in (statement.principals, statement.not_principals):
        for _, value in principals:
            yield value
    yield _together(statement.actions)
    yield _together(statement.not_actions)
    yield from statement.resources
    yield from statement.not_resources
    for operator, key, values in statement.conditions:
        yield operator
        yield key
        yield from values


@lru_cache(maxsize=1024)
def _together(actions: frozenset[str]) -> str:
    return "".join(actions)


@lru_cache(maxsize=16_384)
def _statement_size(statement: Statement) -> int:
    # Keys of one shape share statements, and whoever checks thousands of keys asks for each.
    return len(json.dumps(statement_document(statement), ensure_ascii=False, separators=(",", ":")).encode())


def refused_character(text: str) -> str | None:
    """The first character of `text` that KMS does not take in a key policy, or None.

    >>> refused_character("Größe"), refused_character("naïve 東京")
    (None, '東')
    """
    found = REFUSED.search(text)
    return found[0] if found else None


def texts(statement: Statement) -> Iterator[str]:
    """Every text of a statement that a user may have written."""
    if statement.sid is not None:
        yield statement.sid
    for principals in (statement.principals, statement.not_principals):
        yield from (principal.value for principal in principals)
    yield from statement.actions | statement.not_actions | statement.resources | statement.not_resources
    for test in statement.conditions:
        yield test.key
        yield from test.values
