"""JSON and YAML text to data that knows its places: strictly, every mistake with its line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmsgen.documents import Path, read_json, read_large_json, read_yaml
from kmsgen.errors import KmsgenError, PolicyError

LEAVES = st.none() | st.booleans() | st.integers() | st.text()
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4))


@given(JSON, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_it_reads_what_pythons_own_parser_reads(data: Any, indent: int | str | None, ascii_: bool) -> None:
    text = json.dumps(data, indent=indent, ensure_ascii=ascii_)
    assert read_json(text, "x.json").data == data == read_large_json(text, "x.json").data


@given(st.text(alphabet='{}[]":,0-.eE+truefalsn\\u \n"', max_size=30))
def test_it_refuses_what_pythons_own_parser_refuses(text: str) -> None:
    def constant(name: str) -> Any:
        raise ValueError(name)

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) < len(pairs):
            raise ValueError("twice")
        return dict(pairs)

    try:
        expected = json.loads(text, parse_constant=constant, object_pairs_hook=once)
    except ValueError:
        for read in (read_json, read_large_json):
            with pytest.raises(PolicyError) as refused:
                read(text, "x.json")
            assert all(problem.at is not None for problem in refused.value.problems)
    else:
        assert read_json(text, "x.json").data == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "1:1: not valid JSON: there is nothing here, and JSON is expected"),
        ("{", "1:2: not valid JSON: a name in double quotes is expected"),
        ('{"a" 1}', "1:6: not valid JSON: a `:` is expected after a name"),
        ('{"a": 1,}', "1:9: not valid JSON: a name in double quotes is expected"),
        ("[1\n 2]", "2:2: not valid JSON: `,` or `]` is expected"),
        ("[1", "1:3: not valid JSON: it ends before its `]`"),
        ("[NaN]", "1:2: not valid JSON: a value is expected, not `N`"),
        ('{"a": 1}\n}', "2:1: not valid JSON: more text stands after the end of the JSON value"),
        ('["a\nb"]', "1:4: not valid JSON: invalid control character at"),
        ('["\\ud83d\\ude00", "\\ud83d"]', "1:26: not valid JSON: half of a surrogate pair is no character"),
        ("[" * 100, "1:66: not valid JSON: nested more than 64 deep"),
        ('{\n "a": 1,\n "b": {"c": 1, "c": 2},\n "a": 2}', "3:16: `c` stands twice in one object"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, said: str) -> None:
    with pytest.raises(PolicyError) as refused:
        read_json(text, "x.json")
    first = refused.value.problems[0]
    assert f"{first.at}: {first.message}" == f"x.json:{said}"


def test_every_duplicate_is_told_and_where_the_first_one_is() -> None:
    with pytest.raises(PolicyError) as refused:
        read_json('{"a": 1,\n "a": 2,\n "a": 3}', "x.json")
    assert [str(one.at) for one in refused.value.problems] == ["x.json:2:2", "x.json:3:2"]
    assert [str(at) for one in refused.value.problems for _, at in one.related] == ["x.json:1:2", "x.json:1:2"]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ((), "1:1"), (("Statement",), "2:2"), (("Statement", 0), "2:16"), (("Statement", 0, "Sid"), "2:17"),
        (("Statement", 1), "3:3"), (("Statement", 1, "Action", 1), "3:20"), (("Statement", 1, "Nothing"), "3:3"),
    ],
)  # fmt: skip
def test_places_are_those_of_names_and_of_items(path: Path, place: str) -> None:
    text = '{\n "Statement": [{"Sid": "é"},\n  {"Action": ["a", "b"]}]}'
    assert str(read_json(text, "x.json").at(path)) == f"x.json:{place}"


def test_numbers_are_kept_as_they_are_written() -> None:
    read = read_json("[1.50, 1e400, 12, -0.0]", "x.json").data
    assert list(map(str, read)) == ["1.50", "1e400", "12", "-0.0"]


def test_yaml_scalars_stay_text_and_tags_become_functions() -> None:
    document = read_yaml(
        "A: !Ref B\nC: !GetAtt D.Arn\nE: 2012-10-17\nF: 011122223333\nG: ~\nH: !Sub ['${x}', {x: 1}]\n", "t"
    )
    assert document.data == {
        "A": {"Ref": "B"},
        "C": {"Fn::GetAtt": ["D", "Arn"]},
        "E": "2012-10-17",
        "F": "011122223333",
        "G": None,
        "H": {"Fn::Sub": ["${x}", {"x": "1"}]},
    }
    assert str(document.at(("C", "Fn::GetAtt"))) == "t:2:4"
    assert str(document.below(("H",)).at(("Fn::Sub", 1, "x"))) == "t:6:19"


def test_a_yaml_mistake_is_told_with_its_place() -> None:
    with pytest.raises(KmsgenError) as refused:
        read_yaml("a: 1\na: 2\n", "t.yaml")
    assert str(refused.value.problems[0].at) == "t.yaml:2:1"
