"""Whether a condition's value is what a page or a template has where somebody is to put the real one."""

from __future__ import annotations

import re
from functools import lru_cache

from kmsgen.analysis.conditions import FREE_TEXT
from kmsgen.analysis.subject import Tested
from kmsgen.policy.reference import is_symbolic

ACCOUNTS = frozenset(
    {"aws:principalaccount", "aws:resourceaccount", "aws:sourceaccount", "aws:vpceaccount", "kms:calleraccount"}
)
"""Condition keys whose values are accounts, in lower case."""
_VIA = "kms:viaservice"
_BRACKETED = re.compile(r"<[^<>]+>|(?<!\$)\{[^{}]+\}|\[[^\[\]]+\]|`[^`]+`")
_ACCOUNT = re.compile(r"account|\bX{4,}", re.IGNORECASE)
_REGION = re.compile(r"\.(?:[a-z]+[-_])*region\.", re.IGNORECASE)


def is_placeholder(test: Tested, value: str) -> bool:
    """Whether a value of a test is a placeholder: in brackets, or the word for what belongs there."""
    free = test.known is None or test.known.name in FREE_TEXT
    return not free and _stands_in(test.lower, value)


@lru_cache(maxsize=1024)
def _stands_in(key: str, value: str) -> bool:
    if "${" in value or is_symbolic(value):
        return False
    if _BRACKETED.search(value):
        return True
    if key in ACCOUNTS:
        return not value.startswith("arn:") and _ACCOUNT.search(value) is not None
    return key == _VIA and _REGION.search(value) is not None
