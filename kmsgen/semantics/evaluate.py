"""One request decided by one key policy, with the statements that decide and how far the policy alone decides it.

https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html and, for what the account principal
means, https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kmsgen.catalog.patterns import glob
from kmsgen.catalog.principals import ACCOUNT
from kmsgen.policy.model import AWS, SERVICE, VERSION, Effect, Policy, Principal, Statement
from kmsgen.semantics.conditions import holds
from kmsgen.semantics.request import Request

Verdict = Literal["allowed", "explicitly-denied", "implicitly-denied"]
Access = Literal["none", "delegated", "direct"]
"""What a policy gives a caller: nothing, only if the account's IAM policies give it too, or the thing itself."""


@dataclass(frozen=True)
class Decision:
    """What a policy says to a request."""

    verdict: Verdict
    access: Access
    needs_identity_policy: bool
    """Whether an IAM policy of the caller's account must allow the request as well."""
    statements: tuple[Statement, ...]
    """Those that decide: every Deny that matches, else every Allow that gives the access."""


def evaluate(policy: Policy, request: Request, *, key_account: str | None = None) -> Decision:
    """The decision of `policy` on `request`.

    `key_account` is the account that the key is in, where that is known: a caller from another one always needs its
    own account's word as well.
    """
    denying = tuple(one for one in policy.statements if one.effect is Effect.DENY and matches(policy, one, request))
    if denying:
        return Decision("explicitly-denied", "none", False, denying)
    strengths = [(one, _strength(policy, one, request)) for one in policy.statements if one.effect is Effect.ALLOW]
    for access in ("direct", "delegated"):
        deciding = tuple(one for one, strength in strengths if strength == access)
        if deciding:
            foreign = key_account is not None and request.account not in ("", key_account)
            return Decision("allowed", access, access == "delegated" or foreign, deciding)
    return Decision("implicitly-denied", "none", False, ())


def matches(policy: Policy, statement: Statement, request: Request) -> bool:
    """Whether every element of a statement matches a request, at whatever strength."""
    return _strength(policy, statement, request) != "none"


def _strength(policy: Policy, statement: Statement, request: Request) -> Access:
    if not _acts(statement, request) or not _on_key(statement, request):
        return "none"
    if statement.not_principals:
        named = any(_principal_matches(one, request) != "none" for one in statement.not_principals)
        access: Access = "none" if named else "direct"
    else:
        access = max((_principal_matches(one, request) for one in statement.principals), key=_rank, default="none")
    if access == "none":
        return "none"
    variables = policy.version == VERSION
    return access if all(holds(test, request.values, variables=variables) for test in statement.conditions) else "none"


def _rank(access: Access) -> int:
    return ("none", "delegated", "direct").index(access)


def _acts(statement: Statement, request: Request) -> bool:
    action = request.action.lower()
    if statement.not_actions:
        return not any(glob(pattern.lower())(action) for pattern in statement.not_actions)
    return any(pattern == "*" or glob(pattern.lower())(action) for pattern in statement.actions)


def _on_key(statement: Statement, request: Request) -> bool:
    """A statement without a resource is accepted by KMS and has no effect."""
    if statement.not_resources:
        return not any(_resource(pattern, request) for pattern in statement.not_resources)
    return any(_resource(pattern, request) for pattern in statement.resources)


def _resource(pattern: str, request: Request) -> bool:
    if pattern == "*":
        return True
    # Where the key's ARN is not known, a pattern for keys is taken to mean this one: the policy is attached to it.
    return glob(pattern)(request.key_arn) if request.key_arn else ":key/" in pattern or pattern.endswith(":*")


def _principal_matches(principal: Principal, request: Request) -> Access:
    kind, value = principal
    if principal.is_everyone:
        return "direct"
    if kind == SERVICE:
        return "direct" if request.kind == "service" and request.principal == value else "none"
    if kind != AWS or request.kind in ("service", "anonymous"):
        return "none"
    if ACCOUNT.fullmatch(value) or value.endswith(":root"):
        account = value if ACCOUNT.fullmatch(value) else value.split(":")[4]
        if account != request.account:
            return "none"
        return "direct" if request.kind == "root" else "delegated"
    return "direct" if _same_identity(value, request) else "none"


def _same_identity(value: str, request: Request) -> bool:
    if value == request.principal:
        return True
    parts = value.split(":", 5)
    if len(parts) < 6 or parts[4] != request.account:
        return False
    kind, _, name = parts[5].partition("/")
    if kind != "role" or request.kind != "session":
        return False
    # A session's ARN leaves out the role's path; aws:PrincipalArn has it, and names are unique without it.
    if any(key.lower() == "aws:principalarn" for key in request.context):
        return value in request.values["aws:principalarn"]
    return name.rpartition("/")[2] == request.role_name
