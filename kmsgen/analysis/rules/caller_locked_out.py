"""Whoever applies the policy could not change it afterwards.

`PutKeyPolicy` and `CreateKey` refuse a policy that would keep their caller from changing it again ("The new key policy
will not allow you to update the key policy in the future"), and without that check it would be so. Asked with
`--caller`: for that principal it is proved, over all requests, that it can do `kms:PutKeyPolicy` whatever the network,
the second factor and the time; where it cannot, the statement or the condition that stands in the way is named.

Avoid:

    {Principal: {AWS: ".../role/KeyAdmins"}, Action: kms:PutKeyPolicy}     # and Terraform runs as role/Deployer

Prefer:

    {Principal: {AWS: [".../role/Deployer", ".../role/KeyAdmins"]}, Action: kms:PutKeyPolicy}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kmsgen.analysis.able import OF_CALLER, own_account
from kmsgen.analysis.finding import Found
from kmsgen.analysis.holders import listed
from kmsgen.analysis.keepers import can_keep, firm, is_fragile, without_denies
from kmsgen.analysis.subject import Subject, Tested, View
from kmsgen.policy.model import Policy
from kmsgen.policy.reference import is_symbolic
from kmsgen.semantics.conditions import prepared
from kmsgen.semantics.evaluate import matchers
from kmsgen.semantics.request import Request
from kmsgen.semantics.wording import condition_words

CODE = "KMS306"
SEVERITY = "error"

_PUT = "kms:PutKeyPolicy"


def check(subject: Subject) -> Iterator[Found]:
    """The first thing that keeps the caller from changing the policy: no statement, a condition, or Denies."""
    caller = subject.asked.caller
    if caller is None:
        return
    asked, account = Request(caller, _PUT), own_account(subject.facts)
    if account is not None and asked.account != account and not is_symbolic(asked.account):
        message = f"`{caller}` cannot change the policy: KMS lets principals of account `{account}` alone do `{_PUT}`"
        yield Found(message, help="`--caller role/NAME` is the role of that name in each key's own account")
        return
    proof = can_keep(firm(subject.policy), caller, subject.facts)
    if proof.holds is None:
        yield Found(f"whether `{caller}` can change the policy afterwards is not decided: {proof.why}")
    elif proof.holds:
        yield from _why(subject, asked)


def _why(subject: Subject, asked: Request) -> Iterator[Found]:
    """What keeps the caller out."""
    allowing = without_denies(subject.policy)
    if can_keep(firm(allowing), asked.principal, subject.facts).holds is False:
        yield from _denied(subject, asked, allowing)
        return
    possible = can_keep(allowing, asked.principal, subject.facts).holds is False
    for index, view in _letting(subject, asked):
        tests = [test for test in view.tests if is_fragile(test.condition) or not (possible or _holds(test, asked))]
        if tests:
            yield _conditional(index, view, asked, tests)
            return
    yield _not_let_in(subject, asked)


def _letting(subject: Subject, asked: Request) -> Iterator[tuple[int, View]]:
    """The Allows of `PutKeyPolicy` that mean the caller."""
    for (index, view), matcher in zip(enumerate(subject.views), matchers(subject.policy), strict=True):
        meant = view.allows and _PUT in view.actions and matcher.strength(asked) != "none"
        if meant and all(_holds(test, asked) for test in view.testing(*OF_CALLER)):
            yield index, view


def _holds(test: Tested, asked: Request) -> bool:
    return prepared(test.condition)(asked.values)


def _not_let_in(subject: Subject, asked: Request) -> Found:
    message = f"`{asked.principal}` cannot change the policy afterwards: no statement lets it do `{_PUT}`"
    if not subject.written_by_hand:
        return Found(message, help="name it as the key's `deployer`, or add it to `admins`")
    for index, view in subject.allows:
        if _PUT in view.actions and view.arns:
            return Found(message, index, ("Principal",), f"add it to the `Principal` of {view.called}")
    return Found(message, help=f"add a statement that lets it do `{_PUT}`")


def _conditional(index: int, view: View, asked: Request, tests: list[Tested]) -> Found:
    when = listed(f"`{test.condition.key}` {condition_words(test.condition)}" for test in tests)
    message = f"`{asked.principal}` cannot change the policy afterwards unless {when}: {view.called} asks for it"
    return Found(message, index, tests[0].path, f"let it do `{_PUT}` without that condition, in a statement of its own")


def _denied(subject: Subject, asked: Request, allowing: Policy) -> Iterator[Found]:
    denying = [index for index, view in subject.denies if _PUT in view.actions]
    guilty = [index for index in denying if not _spared(subject, asked, allowing, index)]
    for index in guilty or denying[:1]:
        view = subject.views[index]
        fragile = [f"`{test.condition.key}`" for test in view.tests if is_fragile(test.condition)]
        depending = f", depending on {listed(fragile)}" if fragile else ""
        denies = f"{view.called} denies it `{_PUT}`{depending}"
        message = f"`{asked.principal}` cannot change the policy afterwards: {denies}"
        help_ = f"spare it there: `ArnNotLike` `aws:PrincipalArn` `{asked.values.get('aws:principalarn', ('',))[0]}`"
        yield Found(message, index, ("Action",), help_)


def _spared(subject: Subject, asked: Request, allowing: Policy, index: int) -> bool:
    """Whether one Deny alone lets the caller by."""
    alone = replace(allowing, statements=(*allowing.statements, subject.policy.statements[index]))
    return can_keep(firm(alone), asked.principal, subject.facts).holds is False
