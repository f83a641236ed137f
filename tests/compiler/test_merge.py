"""Statements are brought together where nothing changes by it, and are left as they are where anything would."""

from __future__ import annotations

import pytest

from kmsgen.compiler.merge import merge
from kmsgen.compiler.naming import Draft
from kmsgen.policy.model import AWS, SERVICE, Effect, Principal, Statement, condition

A, B = Principal(AWS, "arn:aws:iam::111122223333:role/a"), Principal(AWS, "arn:aws:iam::111122223333:role/b")
LOGS = Principal(SERVICE, "logs.amazonaws.com")
VIA = condition("StringEquals", "kms:ViaService", "s3.eu-west-1.amazonaws.com")
Said = tuple[set[Principal], set[str], int]
"""Whom a statement is for, what it allows, and under how many conditions."""


def made(said: list[Said]) -> list[Said]:
    drafts = [
        Draft(
            ("One",),
            "",
            Statement(
                Effect.ALLOW,
                frozenset(who),
                actions=frozenset(actions),
                conditions=frozenset([VIA] if conditions else []),
            ),
        )
        for who, actions, conditions in said
    ]
    statements = [one.statement for one in merge(drafts)]
    return [(set(one.principals), set(one.actions), len(one.conditions)) for one in statements]


@pytest.mark.parametrize(
    ("said", "merged"),
    [
        ([({A}, {"x"}, 1), ({B}, {"x"}, 1)], [({A, B}, {"x"}, 1)]),
        ([({A}, {"x"}, 1), ({A}, {"y"}, 1)], [({A}, {"x", "y"}, 1)]),
        ([({A}, {"x"}, 1), ({A, B}, {"x", "y"}, 0)], [({A, B}, {"x", "y"}, 0)]),
        ([({A, B}, {"x"}, 0), ({B}, {"x"}, 1)], [({A, B}, {"x"}, 0)]),
        ([({A}, {"x"}, 1), ({A}, {"y"}, 0)], [({A}, {"x"}, 1), ({A}, {"y"}, 0)]),
        ([({A}, {"x"}, 1), ({LOGS}, {"x"}, 1)], [({A}, {"x"}, 1), ({LOGS}, {"x"}, 1)]),
        ([({A}, {"x"}, 0), ({B}, {"y"}, 0)], [({A}, {"x"}, 0), ({B}, {"y"}, 0)]),
    ],
)
def test_statements_are_brought_together_however_many_there_are(said: list[Said], merged: list[Said]) -> None:
    others: list[Said] = [({Principal(AWS, f"other-{number}")}, {f"z{number}"}, 0) for number in range(5)]
    assert made(said) == merged
    assert made([*said, *others]) == [*merged, *others]
