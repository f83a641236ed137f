"""Matching against patterns, compared with a matcher that is too simple to be wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmsgen.catalog.patterns import arn_like, glob, has_wildcard

ALPHABET = "ab:/*?"


def slow_glob(pattern: str, value: str) -> bool:
    """Wildcard matching by the definition, one character at a time."""
    if not pattern:
        return not value
    if pattern[0] == "*":
        return slow_glob(pattern[1:], value) or (bool(value) and slow_glob(pattern, value[1:]))
    return bool(value) and pattern[0] in ("?", value[0]) and slow_glob(pattern[1:], value[1:])


@given(st.text("ab*?", max_size=7) | st.text("ab*", max_size=9), st.text("ab*?\n", max_size=9))
def test_glob_matches_as_the_definition_says(pattern: str, value: str) -> None:
    assert glob(pattern)(value) is slow_glob(pattern, value)


@given(st.text("ab:/*?", max_size=12), st.text("ab:/", max_size=12))
def test_arn_patterns_match_part_by_part(pattern: str, value: str) -> None:
    wanted, given_ = pattern.split(":", 5), value.split(":", 5)
    expected = pattern == "*" or (
        len(wanted) == len(given_) == 6 and all(slow_glob(w, g) for w, g in zip(wanted, given_, strict=True))
    )
    assert arn_like(pattern)(value) is expected


@pytest.mark.parametrize(
    ("pattern", "value", "matches"),
    [
        ("arn:aws:iam::*:role/reader-*", "arn:aws:iam::111122223333:role/reader-x", True),
        # An IAM path may hold a colon, and there a glob says more than an ARN pattern.
        ("arn:aws:iam::*:role/reader-*", "arn:aws:iam::111122223333:role/a:role/reader-x", False),
        ("arn:aws:iam::*:role/*", "arn:aws:iam::111122223333:role/a:role/reader-x", True),
        ("*", "arn:aws:iam::111122223333:role/x", True),
        ("arn:aws:iam:*", "arn:aws:iam::111122223333:role/x", False),
    ],
)
def test_arn_patterns(pattern: str, value: str, matches: bool) -> None:
    assert arn_like(pattern)(value) is matches


@pytest.mark.parametrize(
    ("pattern", "value"), [("100${*}", "100*"), ("what${?}", "what?"), ("${$}{x}", "${x}"), ("a.b[c]", "a.b[c]")]
)
def test_escapes_stand_for_the_characters_themselves(pattern: str, value: str) -> None:
    assert glob(pattern)(value)
    assert not glob(pattern)(value + "x")
    assert not has_wildcard(pattern)


def test_folding_is_for_ascii_only() -> None:
    assert glob("KMS:*", fold=True)("kms:decrypt")
    assert not glob("É", fold=True)("é")
