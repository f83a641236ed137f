"""Every action has its capability, and a list of them is told in a line."""

from __future__ import annotations

import pytest

from kmsgen.catalog.actions import ACTIONS
from kmsgen.catalog.capability import ORDER, capability_of, grouped, summary


def test_every_action_that_a_policy_can_grant_has_a_capability() -> None:
    found = {name: capability_of(name) for name, action in ACTIONS.items() if action.in_key_policy}
    assert set(found.values()) == set(ORDER) - {"account", "other"}
    assert capability_of("kms:SomethingNew") == "other"


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (["kms:Decrypt"], "decrypt (Decrypt)"),
        (["kms:ScheduleKeyDeletion", "kms:PutKeyPolicy"], "policy (PutKeyPolicy), delete (ScheduleKeyDeletion)"),
        ([f"kms:{name}" for name in ("CreateAlias", "DeleteAlias", "TagResource", "UntagResource", "UpdateAlias")],
         "manage (CreateAlias, DeleteAlias and 3 more)"),
        (["kms:SomethingNew"], "other (SomethingNew)"),
        (list(ACTIONS), "everything (kms:*)"),
        (["kms:*"], "everything (kms:*)"),
    ],
)  # fmt: skip
def test_a_summary(what: list[str], said: str) -> None:
    assert summary(what) == said


def test_no_action_is_lost_in_grouping() -> None:
    assert sorted(name for some in grouped(ACTIONS).values() for name in some) == sorted(ACTIONS)
