"""One request decided by one key policy, with the statements that decide and how far the policy alone decides it.

https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html and, for what the account principal
means, https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from kmsgen.catalog import actions
from kmsgen.policy.model import VERSION, Policy, Statement
from kmsgen.semantics.request import Request
from kmsgen.semantics.statements import LEVELS, Access, Matcher

__all__ = ["Access", "Decision", "Verdict", "evaluate", "matchers", "matches"]

Verdict = Literal["allowed", "explicitly-denied", "implicitly-denied"]


@dataclass(frozen=True)
class Decision:
    """What a policy says to a request."""

    verdict: Verdict
    access: Access
    needs_identity_policy: bool
    """Whether an IAM policy of the caller's account must allow the request as well."""
    statements: tuple[Statement, ...]
    """Those that decide: every Deny that matches, else every Allow that gives the access."""


class _Decided(NamedTuple):
    verdict: Verdict
    access: Access
    needs_identity_policy: bool
    places: tuple[int, ...]


def evaluate(policy: Policy, request: Request, *, key_account: str | None = None) -> Decision:
    """The decision of `policy` on `request`.

    `key_account` is the account that the key is in, where that is known: a caller from another one always needs its
    own account's word as well, and may do only what KMS honours across accounts.
    """
    verdict, access, needs, places = _decide(matchers(policy), request, key_account)
    # By place: an equal policy may be prepared already, whose statements come from elsewhere.
    return Decision(verdict, access, needs, tuple(policy.statements[place] for place in places))


def _decide(prepared: tuple[Matcher, ...], request: Request, key_account: str | None) -> _Decided:
    strengths = [LEVELS[one.matches(request)] for one in prepared]
    denying = tuple(place for place, one in enumerate(prepared) if strengths[place] and not one.allows)
    if denying:
        return _Decided("explicitly-denied", "none", False, denying)
    strongest = max(strengths, default=0)
    foreign = key_account is not None and request.account not in ("", key_account)
    if not strongest or (foreign and not honoured_across(request.action)):
        return _Decided("implicitly-denied", "none", False, ())
    access: Access = "direct" if strongest == LEVELS["direct"] else "delegated"
    deciding = tuple(place for place, strength in enumerate(strengths) if strength == strongest)
    return _Decided("allowed", access, access == "delegated" or foreign, deciding)


def honoured_across(action: str) -> bool:
    """Whether KMS honours a statement that lets another account's principal do `action`; one it does not know: yes.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html
    """
    known = actions.find(action)
    return known is None or known.across_accounts


@lru_cache(maxsize=1024)
def matchers(policy: Policy) -> tuple[Matcher, ...]:
    """The policy's statements, prepared, in their order."""
    variables = policy.version == VERSION
    return tuple(Matcher(statement, variables) for statement in policy.statements)


def matches(policy: Policy, statement: Statement, request: Request) -> bool:
    """Whether every element of a statement matches a request, at whatever strength."""
    return Matcher(statement, policy.version == VERSION).matches(request) != "none"
