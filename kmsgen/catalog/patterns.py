"""How AWS matches a value against a pattern: globs, and ARN patterns segment by segment.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Literal, NamedTuple

_TOKEN = re.compile(r"\$\{([*?$])\}|([*?])|(.)", re.DOTALL)
_PLAIN_TOKEN = re.compile(r"()([*?])|(.)", re.DOTALL)
ARN_PARTS = 6
SYMBOL_OPEN = "⟨"
"""What symbols begin with: texts that stand for what only a stack knows. KMS takes no such character."""


class Token(NamedTuple):
    """One piece of a pattern: a character as it is, any one character (`?`), or any run of them (`*`)."""

    kind: Literal["literal", "?", "*"]
    character: str = ""


def tokens(pattern: str, *, escapes: bool = True) -> tuple[Token, ...]:
    """A pattern's pieces. `escapes`: whether `${*}`, `${?}`, `${$}` stand for the characters, as since 2012-10-17.

    >>> tokens("a*")
    (Token(kind='literal', character='a'), Token(kind='*', character=''))
    """
    found = (_TOKEN if escapes else _PLAIN_TOKEN).findall(pattern)
    return tuple(
        Token(wildcard) if wildcard else Token("literal", escaped or literal) for escaped, wildcard, literal in found
    )


def has_wildcard(pattern: str) -> bool:
    """Whether `*` or `?` stands in the pattern other than escaped, as `${*}` or `${?}`.

    >>> has_wildcard("arn:aws:s3:::logs/*"), has_wildcard("what${?}")
    (True, False)
    """
    if "*" not in pattern and "?" not in pattern:
        return False
    return any(token.kind != "literal" for token in tokens(pattern))


@lru_cache(maxsize=8192)
def glob(pattern: str, *, fold: bool = False, escapes: bool = True) -> Callable[[str], bool]:
    """A test for `pattern`, in which `*` is any run of characters and `?` any one, over the whole value.

    `fold` ignores ASCII case. What stands between two stars is matched where it first occurs, which is never worse
    than later; so a test takes no longer than pattern and value are long, whatever the pattern.
    """
    if not fold and "?" not in pattern and "${" not in pattern:
        return _stars(pattern)
    runs, lengths = [""], [0]
    for kind, character in tokens(pattern, escapes=escapes):
        if kind == "*":
            runs.append("")
            lengths.append(0)
        else:
            runs[-1] += "." if kind == "?" else re.escape(character)
            lengths[-1] += 1
    flags = re.DOTALL | (re.IGNORECASE | re.ASCII if fold else 0)
    last = re.compile(runs[-1], flags)
    if len(runs) == 1:
        return lambda value: last.fullmatch(value) is not None
    beginning = re.compile(runs[0] + "".join(f"(?>.*?{run})" for run in runs[1:-1] if run), flags)
    length = lengths[-1]

    def matches(value: str) -> bool:
        cut = len(value) - length
        return cut >= 0 and beginning.match(value, 0, cut) is not None and last.fullmatch(value, cut) is not None

    return matches


def _stars(pattern: str) -> Callable[[str], bool]:
    """The same for a pattern of plain text and stars, without a regular expression, which takes long to be made."""
    first, *runs = pattern.split("*")
    if not runs:
        return pattern.__eq__
    last = runs.pop()

    def matches(value: str) -> bool:
        at, end = len(first), len(value) - len(last)
        if end < at or not value.startswith(first) or not value.endswith(last):
            return False
        for run in runs:
            found = value.find(run, at, end)
            if found < 0:
                return False
            at = found + len(run)
        return True

    return matches


def within(narrow: str, wide: str) -> bool:
    """Whether one pattern of actions certainly matches all that another one matches; in any case, nothing is escaped.

    >>> within("kms:Describe*", "kms:D*"), within("kms:D*", "kms:Describe*")
    (True, False)
    """
    narrow, wide = narrow.lower(), wide.lower()
    if "?" in wide and ("*" in narrow or "?" in narrow):
        return narrow == wide  # a `?` of the one would have to be held against what the other's stand for
    return glob(wide, escapes=False)(narrow)


def is_unknown_arn(text: str) -> bool:
    """Whether a text begins with a symbol for what only a stack knows: an ARN, whose parts cannot be told apart.

    It equals nothing but itself, as everywhere else; that it would match nothing at all is not known.

    >>> is_unknown_arn("⟨Bucket.Arn⟩/*"), is_unknown_arn("arn:aws:s3:::⟨Bucket⟩")
    (True, False)
    """
    return SYMBOL_OPEN in text.partition(":")[0]


@lru_cache(maxsize=8192)
def arn_like(pattern: str, *, escapes: bool = True) -> Callable[[str], bool]:
    """A test for an ARN pattern: its six parts are matched each for itself, so that `*` never crosses a `:`.

    Only the last part may hold further colons. A pattern or a value that is no ARN matches nothing, but for a
    lone `*`, and for one that begins with what only a stack knows; see `is_unknown_arn`.
    """
    if pattern == "*":
        return lambda value: True
    if is_unknown_arn(pattern):
        return glob(pattern, escapes=escapes)
    wanted = pattern.split(":", ARN_PARTS - 1)
    if len(wanted) < ARN_PARTS:
        return lambda value: False
    tests = [glob(part, escapes=escapes) for part in wanted]

    def matches(value: str) -> bool:
        given = value.split(":", ARN_PARTS - 1)
        return len(given) == ARN_PARTS and all(test(part) for test, part in zip(tests, given, strict=True))

    return matches
