"""JSON read quickly is JSON read strictly: the same data, the same places, the same mistakes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmsgen.errors import PolicyError
from kmsgen.json_text import MAX_DIGITS, Decimal, Path, Read, parse, parse_strictly
from kmsgen.json_text.quick import Quick
from kmsgen.nodes import MAX_DEPTH, Source

LEAVES = st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4))


def whole(read: Read) -> tuple[str, dict[Any, str]]:
    """Everything that is read: data with the kinds of its numbers, and every place."""
    return repr(read.data), {path: repr(place) for path, place in read.places.items()}


def either(text: str) -> tuple[object, object]:
    """What both ways of reading say of a text."""
    return _said(lambda: parse(text, "x")), _said(lambda: parse_strictly(Source("x", text)))


def _said(read: Callable[[], Read]) -> object:
    try:
        return whole(read())
    except PolicyError as error:
        return repr(error.problems)


@given(JSON, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_what_is_right_is_read_alike(data: Any, indent: int | str | None, ascii_: bool) -> None:
    quickly, strictly = either(json.dumps(data, indent=indent, ensure_ascii=ascii_))
    assert quickly == strictly
    assert isinstance(strictly, tuple)


@given(JSON, st.data())
def test_what_is_spoilt_is_refused_alike(data: Any, drawn: st.DataObject) -> None:
    text = json.dumps(data, indent=1)
    at = drawn.draw(st.integers(0, len(text)))
    put = drawn.draw(st.sampled_from(["", "{", "]", ",", '"', "1", "\\", "\n", "\\ud800", "NaN", '"a":1,', "\ud800"]))
    quickly, strictly = either(text[:at] + put + text[at + drawn.draw(st.integers(0, 2)) :])
    assert quickly == strictly


@pytest.mark.parametrize("depth", range(MAX_DEPTH - 2, MAX_DEPTH + 3))
@pytest.mark.parametrize(("before", "after"), [('{"a":', "}"), ("[", "]")])
@pytest.mark.parametrize("inner", ["1", "{}", "[]", ""])
def test_depth_is_bounded_alike(depth: int, before: str, after: str, inner: str) -> None:
    quickly, strictly = either(before * depth + inner + after * depth)
    assert quickly == strictly


@pytest.mark.parametrize("number", ["1" * MAX_DIGITS, "1" * (MAX_DIGITS + 1), "-" + "1" * MAX_DIGITS, "1" * 5000])
@pytest.mark.parametrize("where", ["%s", '{"a": %s}', '{"a": {"b": [%s]}}'])
def test_digits_are_bounded_alike(number: str, where: str) -> None:
    quickly, strictly = either(where % number)
    assert quickly == strictly
    assert isinstance(strictly, tuple) == (len(number) <= MAX_DIGITS)


@pytest.mark.parametrize("text", ['{"a": {"b": 1.50}}', '{"a": [[1e400]]}', "[-0.0]"])
def test_numbers_are_kept_as_they_are_written_however_deep(text: str) -> None:
    read: Any = parse(text, "x").data
    while not isinstance(read, float):
        read = read["a" if "a" in read else "b"] if isinstance(read, dict) else read[0]
    assert isinstance(read, Decimal)
    assert str(read) in text


def test_places_that_are_deep_down_are_worked_out_only_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each statement's own, once."""
    asked, look_into = list[Path](), Quick.look_into

    def counted(self: Quick, path: Path, start: int) -> None:
        asked.append(path)
        look_into(self, path, start)

    monkeypatch.setattr(Quick, "look_into", counted)
    read = parse('{"Statement": [\n {"Sid": "A"}, {"Action": ["a",\n "b"]}], "Version": "1"}', "x")
    assert read.places
    assert str(read.places["Statement", 1]) == "x:2:16"
    assert str(read.places["Version",]) == "x:3:10"
    assert asked == []
    assert str(read.places["Statement", 1, "Action", 1]) == "x:3:2"
    assert ("Statement", 1, "Sid") not in read.places
    assert ("Statement", 2, "Sid") not in read.places
    assert asked[:1] == [("Statement", 1)]
    assert len(asked) == len(set(asked))
    assert len(read.places) == 9


def test_places_behind_names_with_escapes_are_worked_out_too() -> None:
    read = parse('{"Statement": [{"Condition": {"\\u0041": {"b": [1,\n 2]}}}]}', "x")
    assert str(read.places["Statement", 0, "Condition", "A", "b", 1]) == "x:2:2"
