"""What KMS takes as a key policy: its size and its characters.

https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html and the `PolicyType` of the KMS API.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from kmsgen.policy.model import Policy, Statement
from kmsgen.policy.write import compact, statement_document

MAX_BYTES = 32_768
WARN_BYTES = MAX_BYTES * 80 // 100

_FRAME = 256
TEXT_BYTES = 6
"""What a text takes at most beside its characters."""
REFUSED = re.compile(r"[^\t\n\r\u0020-\u00ff]")


@lru_cache(maxsize=16)
def size(policy: Policy) -> int:
    """The policy's size in bytes, as it is sent: without white space, in UTF-8."""
    frame = len(compact(replace(policy, statements=())).encode())
    commas = max(len(policy.statements) - 1, 0)
    return frame + commas + sum(map(_statement_size, policy.statements))


def is_unremarkable(policy: Policy) -> bool:
    """Whether the policy is clearly below `WARN_BYTES` and of plain characters, told much faster than its size is.

    False says nothing.
    """
    if policy.id is not None:
        return False
    weights = [weight(statement) for statement in policy.statements]
    return are_light(weights)


def are_light(weights: Iterable[int | None]) -> bool:
    """Whether a policy of statements with such weights is unremarkable."""
    total = _FRAME
    for one in weights:
        if one is None:
            return False
        total += one
    return total <= WARN_BYTES


def weight(statement: Statement) -> int | None:
    """More bytes than the statement has, if its characters are plain; None where they are not, or might not be.

    A text takes two quotes and four marks beside its characters, an operator as much, and what remains of a
    statement, names and braces, less than `_FRAME`.
    """
    written = [] if statement.sid is None else [statement.sid]
    for principals in (statement.principals, statement.not_principals):
        written += [value for _, value in principals]
    written.append(_together(statement.actions))
    written.append(_together(statement.not_actions))
    written += statement.resources
    written += statement.not_resources
    for operator, key, values in statement.conditions:
        written += (operator, key, *values)
    together = "".join(written)
    # Then no character is written as an escape, and none is refused.
    if not together.isascii() or not together.isprintable() or '"' in together or "\\" in together:
        return None
    count = len(written) + len(statement.actions) + len(statement.not_actions)
    return len(together) + TEXT_BYTES * count + _FRAME


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
