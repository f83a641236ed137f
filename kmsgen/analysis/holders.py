"""Who can do something with a key directly, without a word of IAM policies, and which statement lets them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from kmsgen.analysis.able import ANYBODY, able, account_of_principal, own_account, telling
from kmsgen.analysis.subject import Subject, View
from kmsgen.catalog import condition_keys
from kmsgen.policy.model import AWS, Condition, Policy, Principal, condition
from kmsgen.semantics.evaluate import evaluate, honoured_across
from kmsgen.semantics.request import Request
from kmsgen.semantics.statements import account_named
from kmsgen.semantics.world import KeyFacts

_PUT = frozenset({"kms:PutKeyPolicy"})
BY_ITSELF = condition("Null", "kms:ViaService", "true")
"""A request that no AWS service forwards: none forwards what manages a key, or stays with what a policy says of it."""
_PEOPLE = ("role", "session", "user", "federated")


class Holder(NamedTuple):
    """Somebody who can do something."""

    who: str
    """As the policy spells the principal; the digits of an account; ANYBODY where conditions alone say who it is."""
    statement: int
    """The place of a statement that lets them."""
    request: Request | None
    """How; None where it is not decided."""
    why: str | None = None
    """Why it is not decided."""

    @property
    def called(self) -> str:
        """What messages call them."""
        if account_named(self.who):
            return f"account `{self.who}`"
        if self.who != ANYBODY:
            return f"`{self.who}`"
        return f"somebody such as `{self.request.principal}`" if self.request else "somebody whom conditions let in"


def holders(
    subject: Subject,
    actions: frozenset[str],
    conditions: tuple[Condition, ...] = (),
    harmless: Callable[[View], bool] = lambda view: False,
) -> Iterator[Holder]:
    """Everybody who can do any of the actions directly, under the conditions; each once.

    `harmless` statements certainly let nobody do so, and need no proof.

    Of the key's own account those are its roles, users and sessions, and never the root user: what lets in the whole
    account leaves it to IAM. Service-linked roles are AWS's own, as services are.
    """
    working = actions if subject.facts.working is None else actions & subject.facts.working
    seen: set[str] = set()
    for index, view in subject.allows:
        able_to = view.actions & working
        if not able_to or harmless(view):
            continue
        for who in named(view, subject.facts, able_to):
            if who not in seen and not is_service_linked(who):
                seen.add(who)
                yield from holds(subject, who, working, conditions, index)


def holds(
    subject: Subject, who: str, actions: frozenset[str], conditions: tuple[Condition, ...] = (), index: int = 0
) -> Iterator[Holder]:
    """How somebody can do any of the actions directly; nothing where it is proved that they cannot."""
    proof = able(subject.policy, who, actions, subject.facts, conditions)
    if proof.holds is None:
        yield Holder(who, index, None, proof.why)
    elif not proof.holds:
        shown = known(subject, proof.counterexample[0], actions)
        yield Holder(who, place(subject.policy, shown, subject.facts), shown)


def named(view: View, facts: KeyFacts, actions: Iterable[str]) -> Iterator[str]:
    """Whom an Allow may let in directly: principals, other accounts; ANYBODY where it names nobody."""
    account = own_account(facts)
    across = any(map(honoured_across, actions))
    for value in view.arns:
        foreign = account is not None and account_of_principal(value) not in ("", account)
        if Request(value, "").kind in _PEOPLE and not Principal(AWS, value).is_deleted and (across or not foreign):
            yield value
    if account is not None and across:
        yield from (one for one in sorted(set(view.accounts)) if one != account)
    if view.everyone or view.statement.not_principals:
        yield ANYBODY


def directly(subject: Subject, request: Request) -> bool:
    """Whether the key policy allows a request by itself, as far as it can: another account has its say in any case."""
    account = own_account(subject.facts)
    access = evaluate(subject.policy, request, key_account=account).access
    return access == "direct" or (access == "delegated" and account is not None and request.account != account)


def can_change(subject: Subject, who: str) -> bool:
    """Whether somebody can put the policy, and so give themselves whatever they like."""
    return able(subject.policy, who, _PUT, subject.facts, (BY_ITSELF,)).holds is False


def known(subject: Subject, request: Request, actions: frozenset[str]) -> Request:
    """The same request for the action, of these, that people know best and that is allowed as well."""
    account = own_account(subject.facts)
    access = evaluate(subject.policy, request, key_account=account).access
    for action in sorted(actions, key=telling):
        if action == request.action:
            break
        other: Request = replace(request, action=action)
        carried = all(condition_keys.carries(action, key, subject.kind) for key in request.context)
        if carried and evaluate(subject.policy, other, key_account=account).access == access:
            return other
    return request


def place(policy: Policy, request: Request, facts: KeyFacts) -> int:
    """The place of the first statement that decides about a request."""
    decided = evaluate(policy, request, key_account=own_account(facts)).statements
    return policy.statements.index(decided[0])


def is_service_linked(arn: str) -> bool:
    """Whether a role is one that only an AWS service can take on."""
    return ":role/aws-service-role/" in arn or ":assumed-role/AWSServiceRole" in arn


def together(found: Iterable[tuple[Holder, int]]) -> Iterator[tuple[int, list[Holder]]]:
    """Holders by the place of what lets them, so that a statement with thirty principals is one finding."""
    places: dict[int, list[Holder]] = {}
    for holder, index in found:
        places.setdefault(index, []).append(holder)
    yield from sorted(places.items())


def said(some: Sequence[Holder], what: str) -> str:
    """The message that these can do something; that it is not decided, where it is not of one of them."""
    whom = listed(one.called for one in some)
    unsure = next((one.why for one in some if one.request is None), None)
    return f"{whom} {what}" if unsure is None else f"whether {whom} {what} is not decided: {unsure}"


def shown(some: Iterable[Holder]) -> tuple[Request, ...]:
    """The request that shows it of the first of them of whom it is decided."""
    return tuple(one.request for one in some if one.request is not None)[:1]


def about(some: Iterable[Holder]) -> str:
    """What tells a finding about these from others of its statement."""
    return " ".join(sorted(one.who for one in some))


def listed(some: Iterable[str], most: int = 3) -> str:
    """Some names, the first few of many, as a subject or an object of a sentence.

    >>> listed(["`a`"]), listed(["`a`", "`b`"]), listed(["`a`", "`b`", "`c`", "`d`", "`e`"])
    ('`a`', '`a` and `b`', '`a`, `b`, `c` and 2 more')
    """
    names = list(dict.fromkeys(some))
    if len(names) > most + 1:
        names = [*names[:most], f"{len(names) - most} more"]
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
