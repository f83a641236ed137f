"""The policy is meant to forbid that KMS's lockout check is bypassed, and yet somebody can.

`PutKeyPolicy` refuses a policy whose caller could not change it afterwards, unless the caller sets
`BypassPolicyLockoutSafetyCheck`. A key locked that way only AWS Support can open. This policy asks for
`kms:BypassPolicyLockoutSafetyCheck`, so somebody thought of it; here is who can do it all the same.

Avoid:

    {Effect: Deny, Principal: {AWS: ".../role/App"}, Action: kms:PutKeyPolicy,
     Condition: {Bool: {kms:BypassPolicyLockoutSafetyCheck: "true"}}}

Prefer:

    {Effect: Deny, Principal: "*", Action: kms:PutKeyPolicy,
     Condition: {Bool: {kms:BypassPolicyLockoutSafetyCheck: "true"}}}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.able import own_account
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Subject
from kmsgen.policy.model import Effect, Statement, condition
from kmsgen.semantics.prove import NOT_A_SERVICE, Never, Requests, callers, prove

CODE = "KMS206"
SEVERITY = "note"

_KEY = "kms:bypasspolicylockoutsafetycheck"
_BYPASSED = condition("Bool", "kms:BypassPolicyLockoutSafetyCheck", "true")


def check(subject: Subject) -> Iterator[Found]:
    """The first statement that asks for the bypass, where somebody can do it."""
    index, test = next(
        ((index, test) for index, view in enumerate(subject.views) for test in view.testing(_KEY)), (None, None)
    )
    if index is None or test is None or any(map(_forbids, subject.policy.statements)):
        return
    account = own_account(subject.facts)
    put = callers(
        *([account] if account else []),
        actions=frozenset({"kms:PutKeyPolicy"}),
        conditions=(_BYPASSED, *([] if account else [NOT_A_SERVICE])),
    )
    proof = prove(subject.policy, Never("", Requests((put,))), subject.facts)
    help_ = 'deny `kms:PutKeyPolicy` to `"*"` where `kms:BypassPolicyLockoutSafetyCheck` is `true`'
    if proof.holds is None:
        yield Found(f"whether somebody can bypass KMS's lockout check is not decided: {proof.why}", index, test.path)
    elif not proof.holds:
        (request,) = proof.counterexample
        message = f"`{request.principal}` can bypass KMS's lockout check all the same"
        yield Found(message, index, test.path, help_, witness=(request,))


def _forbids(statement: Statement) -> bool:
    """Whether a statement plainly denies the bypass to everybody, which needs no proof."""
    return (
        statement.effect is Effect.DENY
        and any(one.is_everyone for one in statement.principals)
        and not statement.actions.isdisjoint(("kms:PutKeyPolicy", "kms:*"))
        and "*" in statement.resources
        and statement.conditions <= {_BYPASSED}
    )
