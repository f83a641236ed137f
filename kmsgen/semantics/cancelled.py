"""What the Denies of a policy take away altogether of what its Allows give, over all requests there can be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from kmsgen.policy.model import Effect, Policy, Statement
from kmsgen.policy.operators import parse_operator
from kmsgen.semantics.boxes import Box, bits, places, united, without
from kmsgen.semantics.space import ACTION, CALLER, Space, stated
from kmsgen.semantics.statements import Callers, account_named
from kmsgen.semantics.world import KeyFacts


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
    if not denying:
        return
    space = Space(stated(policy), facts, supposing=True)
    denied = {place: space.boxes(stated(policy)[place], "delegated") for place in denying}
    known = _known(space, policy)
    for allow, statement in enumerate(policy.statements):
        if statement.effect is not Effect.ALLOW:
            continue
        boxes = space.boxes(stated(policy)[allow], "delegated")
        for who, mask, whole in _each(space, statement):
            meant = (mask & ~known or mask) if whole else mask
            given = [piece for box in _of(boxes, meant) for piece in without(box, space.forbidden)]
            left = [piece for box in given for piece in without(box, [cut for cuts in denied.values() for cut in cuts])]
            lost = united(given, ACTION) & ~united(left, ACTION)
            for action in places(lost & ~space.acting.future)[:1]:
                name = space.acting.names[action] if left else min(statement.actions, default="kms:*")
                yield Cancelled(allow, who, name, _guilty(given, denied, action))


def _known(space: Space, policy: Policy) -> int:
    """The callers of whom the policy says something beside their account: all but just anybody of it."""
    known = bits(place for place, caller in enumerate(space.callers) if caller.request.kind == "root")
    for statement in policy.statements:
        known |= united([(mask,) for _, mask, whole in _each(space, statement) if not whole], 0)
        for test in statement.conditions:
            operator = parse_operator(test.operator)
            if operator is not None and test.key.lower() == "aws:principalarn" and operator.base != "Null":
                like = test._replace(operator=operator.base.replace("Not", ""))
                known |= space.ways(like, True)[0].get(CALLER, 0)
    return known


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
            if test.key.lower() == "aws:principalarn" and (found := parse_operator(test.operator)) and not found.negated
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
