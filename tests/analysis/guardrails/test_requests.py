"""Guardrails over random policies: no request that is drawn breaks one that holds, and what breaks one is what it says.

Whether a request is one that a guardrail speaks of is read here from the request itself, by other means.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from kmsgen.analysis.guardrails.file import read_guardrails
from kmsgen.analysis.guardrails.judge import judge
from kmsgen.catalog.actions import ACTIONS
from kmsgen.policy.model import Policy
from kmsgen.policy.read import read_policy
from kmsgen.semantics.evaluate import evaluate
from kmsgen.semantics.request import Request
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources.model import SourceKey
from tests.oracle import generate
from tests.oracle.pools import OTHER, OWN
from tests.oracle.requests import Sampler

POLICIES, REQUESTS = 60, 60
FACTS = KeyFacts(account=OWN)
USE = {name for name, action in ACTIONS.items() if action.category == "use"}


class Rail(NamedTuple):
    """A guardrail, and the requests that it says are not (or always) to be allowed."""

    clause: dict[str, object]
    speaks_of: Callable[[Request], bool]
    breaks: Callable[[str], bool]
    """By the access that the policy gives."""


def some(request: Request, key: str) -> tuple[str, ...]:
    return request.values.get(key.lower(), ())


def is_principal(request: Request) -> bool:
    return request.kind != "service"


def arn(request: Request) -> str:
    return "".join(some(request, "aws:PrincipalArn"))


def for_own(request: Request) -> bool:
    arns = [one.split(":", 5) for one in some(request, "aws:SourceArn")]
    return OWN in some(request, "aws:SourceAccount") or any(len(parts) == 6 and parts[4] == OWN for parts in arns)


def given(access: str) -> bool:
    return access != "none"


RAILS = {
    "outsiders": Rail(
        {"never": {"except": "own-account", "do": "decrypt"}},
        lambda one: is_principal(one) and one.account != OWN and one.action == "kms:Decrypt",
        given,
    ),
    "services": Rail(
        {"never": {"who": "services", "do": "use", "unless": {"source_account": "own-account"}}},
        lambda one: not is_principal(one) and one.action in USE and not for_own(one),
        given,
    ),
    "one service, when it says for whom": Rail(
        {"never": {"who": "sns.amazonaws.com", "do": "kms:*", "when": {"source_account": [OWN, OTHER]}}},
        lambda one: (
            one.principal == "sns.amazonaws.com"
            and (
                for_own(one)
                or OTHER in some(one, "aws:SourceAccount")
                or f":{OTHER}:" in "".join(some(one, "aws:SourceArn"))
            )
        ),
        given,
    ),
    "mfa": Rail(
        {"never": {"do": ["deletion", "policy", "grant"], "unless": {"mfa": True}}},
        lambda one: (
            is_principal(one)
            and one.action
            in ("kms:ScheduleKeyDeletion", "kms:DeleteImportedKeyMaterial", "kms:PutKeyPolicy", "kms:CreateGrant")
            and "true" not in some(one, "aws:MultiFactorAuthPresent")
        ),
        given,
    ),
    "paths and the root user, directly": Rail(
        {"never": {"except": ["role/app/*", "root", "*/user/ann"], "do": "kms:*", "access": "direct"}},
        lambda one: (
            is_principal(one)
            and not arn(one).startswith(f"arn:aws:iam::{OWN}:role/app/")
            and not (one.kind == "root" and one.account == OWN)
            and not (one.kind == "user" and one.principal.endswith(":user/ann"))
        ),
        lambda access: access == "direct",
    ),
    "left to iam": Rail(
        {"never": {"who": "own-account", "do": "use", "access": "iam"}},
        lambda one: one.account == OWN and one.action in USE,
        lambda access: access == "delegated",
    ),
    "organization": Rail(
        {"never": {"except": ["o-a1b2c3d4e5", "own-account"], "do": "use"}},
        lambda one: (
            is_principal(one)
            and one.account != OWN
            and one.action in USE
            and "o-a1b2c3d4e5" not in some(one, "aws:PrincipalOrgID")
        ),
        given,
    ),
    "through a service, or with a tag": Rail(
        {
            "never": {
                "do": "decrypt",
                "when": [{"via": "s3"}, {"StringEquals": {"aws:PrincipalTag/team": "payments"}}],
            }
        },
        lambda one: (
            is_principal(one)
            and one.action == "kms:Decrypt"
            and (
                any(host.startswith("s3.") and host.endswith(".amazonaws.com") for host in some(one, "kms:ViaService"))
                or "payments" in some(one, "aws:PrincipalTag/team")
            )
        ),
        given,
    ),
    "always": Rail(
        {"always": {"who": "role/Admin", "do": "kms:Decrypt"}},
        lambda one: arn(one) == f"arn:aws:iam::{OWN}:role/Admin" and one.action == "kms:Decrypt",
        lambda access: access != "direct",
    ),
    "always, somehow": Rail(
        {"always": {"who": ["role/app/*", "user/ann"], "do": "DescribeKey", "access": "any"}},
        lambda one: (
            one.action == "kms:DescribeKey"
            and (arn(one).startswith(f"arn:aws:iam::{OWN}:role/app/") or arn(one) == f"arn:aws:iam::{OWN}:user/ann")
        ),
        lambda access: access == "none",
    ),
}


def access(policy: Policy, request: Request) -> str:
    """What a policy gives; another account's word is needed in any case, so its principals are let in either way."""
    found = evaluate(policy, request, key_account=OWN).access
    return "direct" if found == "delegated" and request.account not in ("", OWN) else found


def drawn(name: str) -> Iterator[tuple[Policy, list[Request]]]:
    for seed in range(POLICIES):
        rng = random.Random(f"{name} {seed}")
        policy = read_policy(generate.policy(rng, generate.themed(rng)))
        requests = Sampler(rng, policy, policy).requests(REQUESTS)
        yield policy, [one for one in requests if one.kind != "anonymous"]


@pytest.mark.parametrize("name", RAILS)
def test_a_guardrail_means_what_it_says(name: str) -> None:
    rail, seen = RAILS[name], {True: 0, False: 0}
    text = json.dumps({"version": 1, "guardrails": {"rail": {"reason": "r", **rail.clause}}})
    (guardrail,) = read_guardrails(text, "rails.yaml", {"decrypt": frozenset({"kms:Decrypt", "kms:DescribeKey"})})
    for policy, requests in drawn(name):
        judged = judge(guardrail, SourceKey("key", policy, "policy", "key.json", facts=FACTS), policy)
        if judged is not None and judged[0] is None:
            continue
        seen[judged is None] += 1
        if judged is not None:
            (request,) = judged[1].witness
            assert rail.speaks_of(request), request
            assert rail.breaks(access(policy, request)), request
            continue
        broken = [
            one for one in requests
            if rail.speaks_of(one) and rail.breaks(access(policy, one))
        ]  # fmt: skip
        assert broken == []
    assert min(seen.values()) > 0
