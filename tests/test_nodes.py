"""YAML to nodes that know their place."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kmsgen.nodes import MAX_ALIASED, Mapping, Node, Scalar, Sequence, read


def plain(node: Node | None) -> Any:
    """A node as data, every scalar as its text."""
    if isinstance(node, Mapping):
        return {name: plain(value) for name, (_, value) in node.items.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return node.value if isinstance(node, Scalar) else None


DATA = st.recursive(
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Co", "Cn"]), max_size=8),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.text("abc \u00e9#:", min_size=1, max_size=5).filter(lambda key: key != "<<"), inner, max_size=3
        ),
    ),
    max_leaves=15,
)


@given(DATA, st.booleans())
def test_what_yaml_holds_is_read_as_it_is(data: Any, flow: bool) -> None:
    root, problems = read(yaml.safe_dump(data, allow_unicode=True, default_flow_style=flow), "x")
    assert (plain(root), problems) == (data, [])


def test_every_node_knows_where_it_begins() -> None:
    root, _ = read("a: 1\nb:\n  - x\n  - {c: 'd e', f: !Tag g}\n", "x.yaml")
    assert isinstance(root, Mapping)
    items = root.items["b"][1]
    assert isinstance(items, Sequence)
    inner = items.items[1]
    assert isinstance(inner, Mapping)
    key, value = inner.items["c"]
    tagged = inner.items["f"][1]
    assert [(str(node.at), node.at.length) for node in (root, items, items.items[0], inner, key, value, tagged)] == [
        ("x.yaml:1:1", 1),
        ("x.yaml:3:3", 1),
        ("x.yaml:3:5", 1),
        ("x.yaml:4:5", 1),
        ("x.yaml:4:6", 1),
        ("x.yaml:4:9", 5),
        ("x.yaml:4:19", 6),
    ]
    assert (tagged.tag, value.at.text) == ("!Tag", "  - {c: 'd e', f: !Tag g}")


@pytest.mark.parametrize(
    ("text", "is_plain"), [("x", True), ("'x'", False), ('"x"', False), ("|\n  x\n", False), ("!!str x", False)]
)
def test_a_scalar_knows_whether_it_stood_without_quotes(text: str, is_plain: bool) -> None:
    root, _ = read(text, "x")
    assert isinstance(root, Scalar)
    assert root.plain is is_plain


def test_the_same_name_twice_is_a_problem_and_the_first_counts() -> None:
    root, (problem,) = read("a: 1\na: 2\n", "x")
    assert plain(root) == {"a": "1"}
    assert (problem.message, str(problem.at)) == ("`a` stands twice in one mapping", "x:2:1")


def test_aliases_may_repeat_only_so_much() -> None:
    few = "a: &a [" + ",".join("x" * 100) + "]\nb: [" + ",".join(["*a"] * 900) + "]\n"
    assert read(few, "x")[1] == []
    _, (problem,) = read(few.replace("*a", "*a,*a"), "x")
    assert problem.message == f"aliases repeat more than {MAX_ALIASED:,} values"
