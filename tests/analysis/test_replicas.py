"""Multi-Region sets among keys of several sources: which are of one set, and what each is held against."""

from __future__ import annotations

from typing import Any

import pytest

from kmsgen.analysis.replicas import alone, apart, gathered, sets_of
from kmsgen.policy.model import Policy
from kmsgen.sources.model import SourceKey


def key(name: str, **more: Any) -> SourceKey:
    return SourceKey(name, Policy(()), "terraform", f"{name}.json", **more)


@pytest.mark.parametrize(
    ("keys", "sets"),
    [
        ([key("a", key_id="mrk-1"), key("b", key_id="mrk-2"), key("c", key_id="mrk-1")], [[0, 2]]),
        ([key("a", key_id="1234"), key("b", key_id="1234")], []),
        ([key("a", kin=("x",)), key("b", kin=("y",)), key("c", kin=("x",))], [[0, 2]]),
        # Two that nothing connects, until a third knows both.
        ([key("a", kin=("x",)), key("b", key_id="mrk-1"), key("c", kin=("x", "mrk-1")), key("d", kin=("mrk-1",))],
         [[0, 1, 2, 3]]),
        ([key("a"), key("b")], []),
    ],
)  # fmt: skip
def test_keys_are_of_one_set_where_something_names_them_both(keys: list[SourceKey], sets: list[list[int]]) -> None:
    assert sets_of(keys) == sets


def test_only_keys_of_other_parts_than_their_primary_are_held_against_it_again() -> None:
    primary, near, far = (
        key(name, key_id="mrk-1", is_primary=name == "primary") for name in ("primary", "near", "far")
    )
    found = [*gathered(0, [near, primary]), *gathered(1, [far, key("other")])]
    assert [(one.name, other.name) for one, other in apart(found)] == [("far", "primary")]


def test_where_no_primary_is_known_the_first_by_name_takes_its_place() -> None:
    found = [*gathered(0, [key("b", key_id="mrk-1")]), *gathered(1, [key("a", key_id="mrk-1")])]
    assert [(one.name, other.name) for one, other in apart(found)] == [("b", "a")]


def test_replicas_without_a_primary_are_named() -> None:
    replicas = [
        key("a", kin=("x",), is_primary=False),
        key("b", is_primary=False),
        key("c", kin=("y",), is_primary=False),
    ]
    found = [*gathered(0, replicas), *gathered(1, [key("d", kin=("y",), is_primary=True)])]
    assert alone(found) == ("a", "b")
