"""How AWS matches a value against a pattern: globs, and ARN patterns segment by segment.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

_TOKEN = re.compile(r"\$\{([*?$])\}|([*?])|(.)", re.DOTALL)
_ARN_PARTS = 6


def has_wildcard(pattern: str) -> bool:
    """Whether `*` or `?` stands in the pattern other than escaped, as `${*}` or `${?}`.

    >>> has_wildcard("arn:aws:s3:::logs/*"), has_wildcard("what${?}")
    (True, False)
    """
    return any(match[2] for match in _TOKEN.finditer(pattern)) if "*" in pattern or "?" in pattern else False


@lru_cache(maxsize=4096)
def glob(pattern: str, *, fold: bool = False, within: str = "") -> Callable[[str], bool]:
    """A test for `pattern`, in which `*` is any run of characters and `?` any one, over the whole value.

    `${*}`, `${?}` and `${$}` stand for the characters themselves. `fold` ignores ASCII case. `within` lists
    characters that no wildcard may match.
    """
    any_one = f"[^{re.escape(within)}]" if within else "."
    parts = [
        re.escape(escaped or literal) if not wildcard else (f"{any_one}*" if wildcard == "*" else any_one)
        for escaped, wildcard, literal in _TOKEN.findall(pattern)
    ]
    flags = re.DOTALL | (re.IGNORECASE | re.ASCII if fold else 0)
    expression = re.compile("".join(parts), flags)
    return lambda value: expression.fullmatch(value) is not None


@lru_cache(maxsize=4096)
def arn_like(pattern: str) -> Callable[[str], bool]:
    """A test for an ARN pattern: its six parts are matched each for itself, so that `*` never crosses a `:`.

    Only the last part may hold further colons. A pattern or a value that is no ARN matches nothing, but for a
    lone `*`.
    """
    if pattern == "*":
        return lambda value: True
    wanted = pattern.split(":", _ARN_PARTS - 1)
    if len(wanted) < _ARN_PARTS:
        return lambda value: False
    tests = [glob(part) for part in wanted]

    def matches(value: str) -> bool:
        given = value.split(":", _ARN_PARTS - 1)
        return len(given) == _ARN_PARTS and all(test(part) for test, part in zip(tests, given, strict=True))

    return matches
