"""The same principal manages the key and uses it.

Who manages a key decides who may read what it protects, and can destroy it. If the same role also decrypts, one stolen
session reads everything, opens the key to others, and deletes it; and nobody is left whose job it is to notice. AWS
recommends separate principals for the two.

Meant is what the key policy gives directly to somebody. The account's root user, and statements about whole accounts
or organizations, are another matter. Managing is what changes who may do what, or takes the key or its material away:
`PutKeyPolicy`, `DisableKey`, `ScheduleKeyDeletion`, `DeleteImportedKeyMaterial`, `ImportKeyMaterial`,
`DisableKeyRotation`, `ReplicateKey` and `UpdatePrimaryRegion`.

Avoid:

    {Principal: {AWS: "arn:aws:iam::111122223333:role/App"}, Action: "kms:*"}

Prefer:

    {Principal: {AWS: "arn:aws:iam::111122223333:role/KeyAdmins"}, Action: [kms:PutKeyPolicy, ...]}
    {Principal: {AWS: "arn:aws:iam::111122223333:role/App"}, Action: [kms:Decrypt, kms:GenerateDataKey]}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/rbac.html
Source: https://docs.aws.amazon.com/prescriptive-guidance/latest/aws-kms-best-practices/access.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from kmsgen.analysis.able import ANYBODY, ROOT_USER
from kmsgen.analysis.finding import Found
from kmsgen.analysis.holders import BY_ITSELF, Holder, about, holds, is_service_linked, known, listed, named, place
from kmsgen.analysis.subject import Subject
from kmsgen.catalog.actions import ACTIONS
from kmsgen.policy.model import Policy
from kmsgen.semantics.prove import NOT_A_SERVICE, NeverBoth, Proof, Requests, callers, prove
from kmsgen.semantics.request import Request
from kmsgen.semantics.world import KeyFacts

CODE = "KMS201"
SEVERITY = "warning"
LIKE = ("guardrail IAM-KMS-8",)

_MANAGE = frozenset(
    """
    kms:DeleteImportedKeyMaterial kms:DisableKey kms:DisableKeyRotation kms:ImportKeyMaterial kms:PutKeyPolicy
    kms:ReplicateKey kms:ScheduleKeyDeletion kms:UpdatePrimaryRegion
    """.split()
)
_USE = frozenset(name for name, action in ACTIONS.items() if action.category == "use")
_TELLING_WHO = frozenset({"aws:principalarn", "aws:userid", "aws:username"})
_HELP = "let one role manage the key and another use it"


def check(subject: Subject) -> Iterator[Found]:
    """Every statement that lets somebody manage the key who also uses it."""
    working = subject.facts.working
    manage, use = (_MANAGE, _USE) if working is None else (_MANAGE & working, _USE & working)
    subject = _without_sweeps(subject, manage, use)
    managing, using = _named(subject, manage), _named(subject, use)
    found: dict[tuple[int, int], list[tuple[Holder, Holder]]] = {}
    for who in managing | using:
        if who == ANYBODY or is_service_linked(who) or not (_within(who, managing) and _within(who, using)):
            continue
        for one in holds(subject, who, manage, (BY_ITSELF,)):
            for other in holds(subject, who, use):
                found.setdefault((one.statement, other.statement), []).append((one, other))
    for (index, elsewhere), pairs in sorted(found.items()):
        yield _found(subject, index, elsewhere, sorted(pairs))
    if ANYBODY in managing and ANYBODY in using:
        yield from _anybody(subject, manage, use)


def _without_sweeps(subject: Subject, manage: frozenset[str], use: frozenset[str]) -> Subject:
    """The same key without what lets in whole accounts or organizations to use it, whoever there may manage it.

    Nobody is meant by such a statement: it is about the account, as one that leaves the account to IAM.
    """
    sweeping = {
        index
        for index, view in subject.allows
        if (view.everyone or view.statement.not_principals)
        and view.actions & use and not view.actions & manage and not view.keys & _TELLING_WHO
    }  # fmt: skip
    if not sweeping:
        return subject
    nothing = frozenset[str]()
    statements = tuple(
        replace(one, actions=nothing, not_actions=nothing) if index in sweeping else one
        for index, one in enumerate(subject.policy.statements)
    )
    return replace(subject, policy=replace(subject.policy, statements=statements))


def _named(subject: Subject, actions: frozenset[str]) -> frozenset[str]:
    """Whom Allows of these actions may let in directly."""
    found = (
        who
        for _, view in subject.allows
        if (able_to := view.actions & actions)
        for who in named(view, subject.facts, able_to)
    )
    return frozenset(found)


def _within(who: str, some: frozenset[str]) -> bool:
    """Whether somebody is among those named: a session also as its role."""
    if who in some or ANYBODY in some:
        return True
    asked = Request(who, "")
    return asked.kind == "session" and any(
        (asked.account, asked.role_name) == (one.account, one.role_name) for one in (Request(who, "") for who in some)
    )


def _found(subject: Subject, index: int, elsewhere: int, pairs: list[tuple[Holder, Holder]]) -> Found:
    managers, users = [one for one, _ in pairs], [other for _, other in pairs]
    unsure = next((one.why for pair in pairs for one in pair if one.request is None), None)
    whom = listed(one.called for one in managers)
    if unsure is not None:
        return Found(
            f"whether {whom} can both manage and use the key is not decided: {unsure}", index, about=about(managers)
        )
    assert managers[0].request is not None
    assert users[0].request is not None
    does, uses = managers[0].request.action, users[0].request.action
    by = "" if elsewhere == index else f", by {subject.views[elsewhere].called}"
    plural = "" if len(pairs) > 1 else "s"
    message = f"{whom} both manage{plural} the key (`{does}`) and use{plural} it (`{uses}`{by})"
    return Found(message, index, ("Principal",), _HELP, about(managers), (managers[0].request, users[0].request))


def _anybody(subject: Subject, manage: frozenset[str], use: frozenset[str]) -> Iterator[Found]:
    """Somebody whom conditions let in to both, whoever it is."""
    proof = _both(subject.policy, manage, use, subject.facts)
    if proof.holds is None:
        yield Found(f"whether somebody can both manage and use the key is not decided: {proof.why}")
    elif not proof.holds:
        first, second = (known(subject, *pair) for pair in zip(proof.counterexample, (manage, use), strict=True))
        index = place(subject.policy, first, subject.facts)
        does = f"manages the key (`{first.action}`) and uses it (`{second.action}`)"
        message = f"somebody such as `{first.principal}` both {does}"
        yield Found(message, index, ("Condition",), _HELP, first.principal, (first, second))


@lru_cache(maxsize=1024)
def _both(policy: Policy, manage: frozenset[str], use: frozenset[str], facts: KeyFacts) -> Proof:
    one, other = (
        Requests((callers(actions=actions, conditions=(NOT_A_SERVICE, *more)),), (ROOT_USER,))
        for actions, more in ((manage, (BY_ITSELF,)), (use, ()))
    )
    return prove(policy, NeverBoth("", one, other), facts)
