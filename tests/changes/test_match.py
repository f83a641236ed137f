"""Which key is which: the strongest evidence first, one to one, the same whatever the order; doubt is an error."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmsgen.changes.match import match
from kmsgen.errors import KmsgenError
from kmsgen.policy.model import Policy
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources.model import SourceKey

ARN = "arn:aws:kms:eu-west-1:111122223333:key/1"


def key(name: str, *aliases: str, kind: str = "blueprint", **more: Any) -> SourceKey:
    facts = KeyFacts(**{fact: more.pop(fact) for fact in ("account", "region", "arn") if fact in more})
    return SourceKey(
        name, Policy(()), kind, name, facts=facts, aliases=tuple(f"alias/{one}" for one in aliases), **more  # type: ignore[arg-type]
    )  # fmt: skip


def live(name: str, *aliases: str, **more: Any) -> SourceKey:
    return key(name, *aliases, kind="aws", **more)


def matched(planned: list[SourceKey], current: list[SourceKey]) -> list[tuple[str | None, str | None, str | None]]:
    return [
        (pair.planned.name if pair.planned else None, pair.current.name if pair.current else None, pair.by)
        for pair in match(planned, current)
    ]


CASES: dict[str, tuple[list[SourceKey], list[SourceKey], list[tuple[str | None, str | None, str | None]]]] = {
    "by ARN before all else": (
        [key("a", "x", arn=ARN)],
        [live("b", "x"), live("c", arn=ARN)],
        [("a", "c", "ARN"), (None, "b", None)],
    ),
    "by id": ([key("a", key_id="1")], [live("b", key_id="1")], [("a", "b", "id")]),
    "by alias": ([key("a", "x")], [live("b", "y", "x")], [("a", "b", "alias")]),
    "by name": ([key("a")], [live("a")], [("a", "a", "name")]),
    "by another name": ([key("p/a", names=("a",))], [live("a")], [("p/a", "a", "name")]),
    "by spelling": ([key("a-b")], [key("AB", kind="cloudformation")], [("a-b", "AB", "name, but for its spelling")]),
    "new and gone": ([key("a", "x")], [live("b", "y")], [("a", None, None), (None, "b", None)]),
    "an environment is not another": (
        [key("dev/a", names=("a",), environment="dev"), key("prod/a", names=("a",), environment="prod")],
        [key("prod/a", names=("a",), environment="prod", kind="policy")],
        [("dev/a", None, None), ("prod/a", "prod/a", "name")],
    ),
    "nor is an account or a Region": (
        [key("a", "x", account="1", region="r1"), key("b", "x", account="2", region="r1"), key("c", "x", account="1", region="r2")],
        [live("d", "x", account="1", region="r2"), live("e", "x", account="2", region="r1")],
        [("a", None, None), ("b", "e", "alias"), ("c", "d", "alias")],
    ),
    "one id in two Regions is two keys": (
        [key("a", key_id="mrk-1", region="r1"), key("b", key_id="mrk-1", region="r2")],
        [live("c", key_id="mrk-1", region="r2"), live("d", key_id="mrk-1", region="r1")],
        [("a", "d", "id"), ("b", "c", "id")],
    ),
    "what is known narrows down": (
        [key("a", "x", account="1"), key("b", "x", account="2")],
        [live("c", "x", account="1"), live("d", "x")],
        [("a", "c", "alias"), ("b", "d", "alias")],
    ),
    "an alias that moved does not move the key": (
        [key("old"), key("new", "x")],
        [key("old", "x"), key("new")],
        [("old", "old", "name"), ("new", "new", "name")],
    ),
    "but it shows that a key was renamed": ([key("new", "x")], [key("old", "x")], [("new", "old", "alias")]),
    "two raw policies are one key": (
        [key("new", kind="policy", nameless=True)],
        [key("old", kind="policy", nameless=True)],
        [("new", "old", "being the only key")],
    ),
    "a raw policy and the only key of a blueprint too": (
        [key("a", "x")], [key("old", kind="policy", nameless=True)], [("a", "old", "being the only key")],
    ),
    "two names that are meant are not": ([key("a")], [key("b")], [("a", None, None), (None, "b", None)]),
    "a symbol may be any account": ([key("a", account="⟨AWS.AccountId⟩")], [live("a", account="1")], [("a", "a", "name")]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_which_key_is_which(case: str) -> None:
    planned, current, expected = CASES[case]
    for some in itertools.permutations(planned):
        for others in itertools.permutations(current):
            assert sorted(matched(list(some), list(others)), key=str) == sorted(expected, key=str)


@pytest.mark.parametrize(
    ("planned", "current", "said"),
    [
        ([key("a", "x")], [live("b", "x"), live("c", "x")], "by its alias the planned key `a` (a) may be `b` (b), `c` (c)"),
        (
            [key("dev/a", names=("a",)), key("prod/a", names=("a",))], [live("a")],
            "by its name the planned key `dev/a` (dev/a) may be `a` (a)",
        ),
    ],
)  # fmt: skip
def test_doubt_is_an_error_that_names_the_candidates(
    planned: list[SourceKey], current: list[SourceKey], said: str
) -> None:
    with pytest.raises(KmsgenError) as refused:
        match(planned, current)
    assert refused.value.problems[0].message == said
    assert refused.value.problems[0].hint == "pick one key on each side: `SOURCE#KEY`"


KEYS = st.builds(
    lambda name, aliases, account, kind: key(name, *aliases, account=account, kind=kind),
    st.sampled_from("abcd"), st.sets(st.sampled_from("xyz"), max_size=2), st.sampled_from([None, "1", "2"]),
    st.sampled_from(["blueprint", "aws"]),
)  # fmt: skip


@given(st.lists(KEYS, max_size=5), st.lists(KEYS, max_size=5))
def test_no_key_is_lost_or_used_twice(planned: list[SourceKey], current: list[SourceKey]) -> None:
    try:
        pairs = match(planned, current)
    except KmsgenError:
        return
    assert [pair.planned for pair in pairs if pair.planned] == planned
    used = [id(pair.current) for pair in pairs if pair.current]
    assert sorted(used) == sorted(map(id, current))
    for pair in pairs:
        if pair.planned and pair.current:
            accounts = {pair.planned.facts.account, pair.current.facts.account} - {None}
            assert len(accounts) <= 1
            assert pair.by is not None
