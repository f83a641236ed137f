"""What the Denies of a policy take away altogether of what its Allows give, over all requests there can be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import NamedTuple

from kmsgen.catalog.principals import account_of
from kmsgen.policy.model import AWS, SERVICE, Condition, Effect, Policy, Principal, Statement
from kmsgen.policy.operators import parse_operator
from kmsgen.semantics.acting import KNOWN
from kmsgen.semantics.boxes import Box, bits, places, united, without
from kmsgen.semantics.conditions import prepared
from kmsgen.semantics.evaluate import matchers
from kmsgen.semantics.request import Request
from kmsgen.semantics.space import ACTION, CALLER, Space, stated
from kmsgen.semantics.statements import Callers, account_named
from kmsgen.semantics.world import KeyFacts

_ARN = "aws:principalarn"
# What a Deny may test of a caller that its account, its kind and the patterns of its ARN decide.
_TOLD = frozenset({_ARN, "aws:principalaccount", "kms:calleraccount", "aws:principaltype", "aws:principalisawsservice"})
_ASKED = _TOLD | {"aws:username", "aws:principalservicename"}


class Cancelled(NamedTuple):
    """One principal to whom a statement gives an action that it can never do."""

    allow: int
    """The place of the statement that allows it."""
    who: str
    """The principal, or what `aws:PrincipalArn` is like where a condition tells it, as the policy spells it."""
    action: str
    """The first of them; as the statement spells it where nothing at all is left."""
    deny: int
    """The place of a statement that takes it away: the one that does so alone, if there is such."""


def cancelled(policy: Policy, facts: KeyFacts) -> Iterator[Cancelled]:
    """Every principal of every Allow of whose actions one is denied whatever the request.

    Where an account is let in, that its root user or those named elsewhere are spared does not count: it is not what
    letting in the account is for. Raises `TooManyError` where there are too many cases to tell apart.
    """
    denying = [place for place, one in enumerate(policy.statements) if one.effect is Effect.DENY]
    whole = _Cancelling(policy, facts)
    for allow, statement in enumerate(policy.statements):
        if statement.effect is not Effect.ALLOW:
            continue
        touching = [place for place in denying if _may_touch(policy, allow, place)]
        denies = tuple(replace(policy.statements[place], sid=None) for place in touching)
        if not touching:
            continue
        if not _stands_alone(policy, statement):
            yield from whole.of(allow)
            continue
        # Keys of one shape differ in whom they name, and share what is decided of callers like these.
        plain = _is_plain(statement, denies)
        for principals in [frozenset({one}) for one in statement.principals] if plain else [statement.principals]:
            alike = frozenset(_alike(one, denies) for one in principals) if plain else principals
            alone = Policy((replace(statement, principals=alike, sid=None, origin=()), *denies), policy.version)
            for lost in _decided(alone, facts):
                who = next(iter(principals)).value if plain else lost.who
                yield Cancelled(allow, who, lost.action, touching[lost.deny - 1])


def _may_touch(policy: Policy, allow: int, deny: int) -> bool:
    """Whether a Deny may hit what an Allow gives: not where they share no action, or it spares services by name."""
    giving, taking = matchers(policy)[allow], matchers(policy)[deny]
    if all(kind == SERVICE for kind, _ in policy.statements[allow].principals):
        tests = (prepared(test) for test in policy.statements[deny].conditions if test.key.lower() == _SERVICE[0])
        if not all(test({_SERVICE[0]: _SERVICE[1]}) for test in tests):
            return False
    return any(giving.acts(name) and taking.acts(name) for name in _LOWER)


_SERVICE = ("aws:principalisawsservice", ("true",))
_LOWER = tuple(name.lower() for name in KNOWN)


def _stands_alone(policy: Policy, statement: Statement) -> bool:
    """Whether no other Allow says anything of the accounts that an Allow lets in as a whole."""
    accounts = {account_named(value) for kind, value in statement.principals if kind == AWS and value != "*"} - {None}
    tested = {test.key.lower(): test.values for test in statement.conditions}
    if not accounts or _ARN in tested or tested.get("aws:principaltype") == ("Account",):
        return True
    for other in policy.statements:
        if other.effect is Effect.ALLOW and other is not statement:
            named = {account_of(value) for kind, value in other.principals if kind == AWS and not account_named(value)}
            if named & accounts or any(test.key.lower() == _ARN for test in other.conditions):
                return False
    return True


def _is_plain(statement: Statement, denies: Sequence[Statement]) -> bool:
    """Whether an Allow names single callers, and the Denies tell callers apart by nothing but what `_alike` keeps."""
    named = all(
        kind == AWS and value != "*" and account_named(value) is None and ":assumed-role/" not in value
        for kind, value in statement.principals
    )
    asked = {test.key.lower() for one in (statement, *denies) for test in one.conditions} & _ASKED
    own = {test.key.lower() for test in statement.conditions} & _ASKED
    everybody = all(any(one.is_everyone for one in deny.principals) for deny in denies)
    return named and bool(statement.principals) and not own and asked <= _TOLD and everybody


def _alike(principal: Principal, denies: Sequence[Statement]) -> Principal:
    """A caller of the same account and kind of whom every pattern of the Denies says the same; itself, if need be."""
    prefix, slash, _ = principal.value.partition("/")
    other = Principal(AWS, f"{prefix}{slash}example") if slash else principal
    tests = [test for deny in denies for test in deny.conditions if test.key.lower() == _ARN]
    same = all(_patterns(test, principal) == _patterns(test, other) for test in tests)
    return other if same else principal


def _patterns(test: Condition, principal: Principal) -> list[bool]:
    values = Request(principal.value, "").values
    return [prepared(test._replace(values=(value,)))(values) for value in test.values]


@lru_cache(maxsize=4096)
def _decided(policy: Policy, facts: KeyFacts) -> tuple[Cancelled, ...]:
    return tuple(_Cancelling(policy, facts).of(0))


class _Cancelling:
    """One policy in a space of its own, which is made where it is needed."""

    def __init__(self, policy: Policy, facts: KeyFacts) -> None:
        self.policy = policy
        self._facts = facts

    @cached_property
    def _space(self) -> Space:
        return Space(stated(self.policy), self._facts, supposing=True)

    @cached_property
    def _denied(self) -> dict[int, list[Box]]:
        return {
            place: self._space.boxes(one, "delegated")
            for place, one in enumerate(stated(self.policy))
            if one.statement.effect is Effect.DENY
        }

    @cached_property
    def _known(self) -> int:
        """The callers of whom the policy says something beside their account: all but just anybody of it."""
        space = self._space
        known = bits(place for place, caller in enumerate(space.callers) if caller.request.kind == "root")
        for statement in self.policy.statements:
            known |= united([(mask,) for _, mask, whole in _each(space, statement) if not whole], 0)
            for test in statement.conditions:
                operator = parse_operator(test.operator)
                if operator is not None and test.key.lower() == _ARN and operator.base != "Null":
                    like = test._replace(operator=operator.base.replace("Not", ""))
                    known |= space.ways(like, True)[0].get(CALLER, 0)
        return known

    def of(self, allow: int) -> Iterator[Cancelled]:
        """What is taken away of what one Allow gives."""
        space, statement = self._space, self.policy.statements[allow]
        boxes = space.boxes(stated(self.policy)[allow], "delegated")
        cuts = [cut for cuts in self._denied.values() for cut in cuts]
        for who, mask, whole in _each(space, statement):
            meant = (mask & ~self._known or mask) if whole else mask
            given = [piece for box in _of(boxes, meant) for piece in without(box, space.forbidden)]
            left = [piece for box in given for piece in without(box, cuts)]
            lost = united(given, ACTION) & ~united(left, ACTION)
            for action in places(lost & ~space.acting.future)[:1]:
                name = space.acting.names[action] if left else min(statement.actions, default="kms:*")
                yield Cancelled(allow, who, name, _guilty(given, self._denied, action))


def _of(boxes: Sequence[Box], callers: int) -> Iterator[Box]:
    for box in boxes:
        if box[CALLER] & callers:
            yield (box[CALLER] & callers, *box[CALLER + 1 :])


def _each(space: Space, statement: Statement) -> Iterator[tuple[str, int, bool]]:
    """Those whom an Allow names, each with the callers that it means, and whether that is a whole account."""
    if statement.effect is not Effect.ALLOW:
        return
    for principal in sorted(statement.principals):
        callers = Callers((principal,))
        named = bits(place for place, one in enumerate(space.callers) if callers.strength(one.request) != "none")
        patterns = [
            (value, space.ways(test._replace(values=(value,)), True)[0].get(CALLER, 0))
            for test in sorted(statement.conditions)
            if test.key.lower() == _ARN and (found := parse_operator(test.operator)) and not found.negated
            for value in test.values
        ]
        for who, mask in patterns or [(principal.value, named)]:
            if named & mask:
                whole = not patterns and account_named(who) is not None
                yield who, named & mask, whole


def _guilty(given: Sequence[Box], denied: dict[int, list[Box]], action: int) -> int:
    of_action = [(*box[:ACTION], 1 << action, *box[ACTION + 1 :]) for box in given if box[ACTION] >> action & 1]
    alone = (place for place, cuts in denied.items() if not any(without(box, cuts) for box in of_action))
    return next(alone, next(iter(denied)))
