"""A decision that hangs on what only a stack knows is told to; one that does not is made."""

from __future__ import annotations

import pytest

from kmsgen.policy.model import ANYONE, AWS, Effect, Policy, Principal, Statement, condition
from kmsgen.semantics.doubt import doubt
from kmsgen.semantics.request import Request
from kmsgen.semantics.world import KeyFacts
from tests.support import OWN

FACTS = KeyFacts(OWN, "eu-west-1")
APP = f"arn:aws:iam::{OWN}:role/App"
FLAG = condition("Bool", "aws:SecureTransport", "⟨Flag⟩")
WHY = "it depends on `⟨Flag⟩`, which only the stack knows"


def made(effect: Effect, *principals: Principal, flag: bool = False, action: str = "kms:Decrypt") -> Statement:
    conditions = frozenset({FLAG}) if flag else frozenset()
    return Statement(effect, frozenset(principals), actions=frozenset({action}), conditions=conditions)


ROLE, EVERYONE = Principal(AWS, APP), Principal(ANYONE, ANYONE)
ALLOW, DENY = made(Effect.ALLOW, ROLE), made(Effect.DENY, EVERYONE)
MAY_ALLOW, MAY_DENY = made(Effect.ALLOW, ROLE, flag=True), made(Effect.DENY, EVERYONE, flag=True)
CASES = {
    "nothing that is not known": ([ALLOW], None),
    "a Deny that may hold": ([ALLOW, MAY_DENY], WHY),
    "an Allow that may hold": ([MAY_ALLOW], WHY),
    "both": ([MAY_ALLOW, MAY_DENY], WHY),
    "an Allow that may hold beside one that does": ([ALLOW, MAY_ALLOW], None),
    "a Deny that may hold where nothing allows": ([MAY_DENY], WHY),
    "a Deny that may hold beside one that does": ([ALLOW, DENY, MAY_DENY], None),
    "a Deny that may hold of another action": ([ALLOW, made(Effect.DENY, EVERYONE, flag=True, action="kms:Encrypt")], None),
    "an Allow that may hold for another": ([made(Effect.ALLOW, Principal(AWS, APP + "2"), flag=True)], None),
    "an action that is not known": ([made(Effect.ALLOW, ROLE, action="⟨Action⟩")], WHY.replace("Flag", "Action")),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_the_stack_may_still_decide(name: str) -> None:
    statements, why = CASES[name]
    assert doubt(Policy(tuple(statements)), Request(APP, "kms:Decrypt"), FACTS) == why
