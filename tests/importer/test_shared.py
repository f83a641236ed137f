"""What moves to `defaults`: what most keys have alike, where the others can say their own and the text gets shorter."""

from __future__ import annotations

from typing import Any

import pytest

from kmsgen.importer import import_keys
from kmsgen.importer.shared import shared
from kmsgen.importer.text import Commented
from tests.importer.support import LIBRARY, ROOT, allow, aws, compiled, source

FIELDS = ("root", "region", "tags", "admins")


@pytest.mark.parametrize(
    ("keys", "defaults", "left"),
    [
        ([{"region": "a"}], {}, [{"region": "a"}]),
        ([{"region": "a"}, {"region": "a"}], {"region": "a"}, [{}, {}]),
        ([{"region": "a"}, {"region": "b"}], {}, [{"region": "a"}, {"region": "b"}]),
        ([{"region": "a"}, {"region": "a"}, {"region": "b"}], {"region": "a"}, [{}, {}, {"region": "b"}]),
        # Nothing is not the same as what is usual of a Region, and nothing clears it.
        ([{"region": "a"}, {"region": "a"}, {}], {}, [{"region": "a"}, {"region": "a"}, {}]),
        ([{"admins": [1]}] * 3 + [{}], {"admins": [1]}, [{}, {}, {}, {"admins": None}]),
        # One line more for one line less is no gain.
        ([{"admins": [1]}] * 2 + [{}], {}, [{"admins": [1]}] * 2 + [{}]),
        ([{"admins": [1]}] + [{}] * 2, {}, [{"admins": [1]}, {}, {}]),
        # Mappings would be merged.
        ([{"tags": {"a": "b"}}] * 2 + [{"tags": {"c": "d"}}], {}, [{"tags": {"a": "b"}}] * 2 + [{"tags": {"c": "d"}}]),
        ([{"tags": {"a": "b"}}] * 2, {"tags": {"a": "b"}}, [{}, {}]),
        ([{"root": "x"}] * 2 + [{"root": {"mode": "y"}}], {"root": "x"}, [{}, {}, {"root": {"mode": "y"}}]),
    ],
)
def test_fields_that_most_keys_have_alike_move(
    keys: list[dict[str, Any]], defaults: dict[str, Any], left: list[dict[str, Any]]
) -> None:
    made = shared({str(place): one for place, one in enumerate(keys)}, FIELDS)
    assert (made.defaults, list(made.keys.values())) == (defaults, left)


def test_comments_of_what_moves_go_to_the_key() -> None:
    keys = {
        name: {"root": Commented("x", (f"from {name}",)), "admins": [Commented("y", (f"from {name} too",))]}
        for name in ("a", "b")
    }
    made = shared(keys, FIELDS)
    assert made.defaults == {"root": "x", "admins": ["y"]}
    assert made.comments == {name: (f"root: from {name}", f"admins: from {name} too") for name in ("a", "b")}


def test_a_key_without_what_the_others_share_says_so_and_means_the_same() -> None:
    admin = allow(aws("Admin"), "kms:DescribeKey", "kms:PutKeyPolicy", "kms:GetKeyPolicy")
    locked = allow(aws("App"), "kms:Decrypt", "kms:DescribeKey")
    keys = [source(ROOT, admin, name=name) for name in ("a", "b", "c")] + [source(ROOT, locked, name="d")]
    text = import_keys(keys, LIBRARY).text
    assert text.count("root: delegate") == 1 + text.count("# root: delegate")
    assert [one.name for one in compiled(text)] == ["a", "b", "c", "d"]
