"""What else about a key changes: only what both sides know, in one form, and whether it makes a new key."""

from __future__ import annotations

from typing import Any

import pytest

from kmsgen.changes.attributes import Attribute, attributes
from kmsgen.policy.model import Policy
from kmsgen.sources.model import SourceKey


def key(name: str = "a", kind: str = "blueprint", renamed_from: str | None = None, **settings: Any) -> SourceKey:
    return SourceKey(
        name, Policy(()), kind, "x", settings=settings, names=(name,), renamed_from=renamed_from  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("current", "planned", "expected"),
    [
        (key(description="a"), key(description="a"), []),
        (key(description="a"), key(enabled=True), []),
        (key(description="a"), key(description="b"), [("description", None, "a", "b", False)]),
        (key(rotation=365), key(rotation=None), [("rotation", None, 365, None, False)]),
        (key(rotation=True), key(rotation=180), []),
        (key(rotation=True), key(rotation=None), [("rotation", None, True, None, False)]),
        (key(rotation=365), key(rotation=180), [("rotation", None, 365, 180, False)]),
        (key(spec="RSA_2048"), key(spec="RSA_4096"), [("spec", None, "RSA_2048", "RSA_4096", True)]),
        (key(multi_region=False), key(multi_region=True), [("multi_region", None, False, True, True)]),
        (
            key(tags={"a": "1", "b": "2"}), key(tags={"b": "3", "c": "4"}),
            [("tags", "a", "1", None, False), ("tags", "b", "2", "3", False), ("tags", "c", None, "4", False)],
        ),
        (
            key(aliases=["alias/a", "alias/b"]), key(aliases=["alias/c", "alias/b"]),
            [("aliases", "alias/a", "alias/a", None, False), ("aliases", "alias/c", None, "alias/c", False)],
        ),
        (key(aliases=["alias/b", "alias/a"]), key(aliases=["alias/a", "alias/b"]), []),
        (key(enabled=True, deletion_window=30), key(enabled=False, deletion_window=7),
         [("enabled", None, True, False, False), ("deletion_window", None, 30, 7, False)]),
        (key("a"), key("b"), [("name", None, "a", "b", True)]),
        (key("a"), key("b", renamed_from="a"), []),
        (key("a", kind="aws"), key("b"), []),
        (key("s.a", kind="terraform"), key("s.b", kind="terraform"), [("name", None, "s.a", "s.b", True)]),
    ],
)  # fmt: skip
def test_what_differs(current: SourceKey, planned: SourceKey, expected: list[tuple[Any, ...]]) -> None:
    assert attributes(planned, current) == tuple(Attribute(*one) for one in expected)
