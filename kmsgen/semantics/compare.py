"""Two key policies compared over all requests there can be: what one allows and the other does not, with witnesses.

Both policies are cut into boxes of one space (`space`), so that the difference is what is left of one's boxes without
the other's. Every difference is shown by a request that `evaluate` decides differently; where the space holds requests
that may never occur, and none that does can be found, the comparison is undecided and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Literal, NamedTuple

from kmsgen.policy.model import AWS, Effect, Policy
from kmsgen.semantics.boxes import Box, meet, without
from kmsgen.semantics.difference import Comparison, Difference
from kmsgen.semantics.evaluate import evaluate, matchers
from kmsgen.semantics.grouping import Group, groups, who
from kmsgen.semantics.regions import Piece, Side, beyond
from kmsgen.semantics.request import Request
from kmsgen.semantics.space import Space, stated
from kmsgen.semantics.statements import LEVELS, Access
from kmsgen.semantics.strings import TooManyError
from kmsgen.semantics.unknown import told
from kmsgen.semantics.witness import requests
from kmsgen.semantics.world import KeyFacts

__all__ = ["Comparison", "Difference", "KeyFacts", "compare", "effective"]

Way = Literal["gain", "loss"]

_NOTHING = KeyFacts()


def compare(old: Policy, new: Policy, facts: KeyFacts = _NOTHING, *, assume_account: bool = True) -> Comparison:
    """What changes between two policies of one key: everything that somebody gains, and everything that somebody loses.

    `facts`: what is known of the key. Where its account is not, it is taken to be the one whose principals alone may
    change the policy, if there is just one, unless `assume_account` is False; `assumptions` then says so.
    """
    if is_reworded(old, new):  # most of a large estate, for which nothing else is worked out
        return Comparison((), ())
    known, assumptions = with_account(facts, old, new) if assume_account else (facts, ())
    try:
        space = Space([*stated(old), *stated(new)], known)
        gains = _Changes(space, old, new, "gain").told()
        losses = _Changes(space, old, new, "loss").told()
    except TooManyError as error:
        why = f"there are too many cases to tell apart: {error}"
        return Comparison((), (), undecided=(why,), assumptions=assumptions)
    unsure = (*gains.unsure, *losses.unsure, *_unknown(old, new, known))
    return Comparison(gains.now, losses.now, gains.future, losses.future, unsure, assumptions)


def _unknown(old: Policy, new: Policy, facts: KeyFacts) -> Iterator[str]:
    """What keeps a difference from being told because only a stack knows what a statement says.

    A statement of both that gives something or other is left alone by all but a Deny that only one of them has.
    """
    one, other = (frozenset(replace(statement, sid=None) for statement in policy.statements) for policy in (old, new))
    differ = one ^ other
    denied = any(statement.effect is Effect.DENY for statement in differ)
    both = {statement for statement in one & other if denied and statement.effect is Effect.ALLOW}
    return iter(sorted(told(differ | both, facts)))


def is_reworded(old: Policy, new: Policy) -> bool:
    """Whether two policies have the same statements, in whatever order and under whatever names."""
    if old == new:
        return True
    if old.version != new.version:
        return False
    one, other = (frozenset([statement.but(sid=None) for statement in policy.statements]) for policy in (old, new))
    return one == other


def effective(access: Access, request: Request, account: str | None) -> Access:
    """What an access is worth to a caller: another account's always depends on that account's IAM policies too."""
    foreign = account is not None and request.account not in ("", account)
    return "delegated" if foreign and access == "direct" else access


def with_account(facts: KeyFacts, *policies: Policy) -> tuple[KeyFacts, tuple[str, ...]]:
    """The facts with the key's account: a policy that nobody of it may change KMS would not have taken."""
    if facts.account is not None:
        return facts, ()
    holders = {account for policy in policies for account in _holders(policy)}
    if len(holders) != 1:
        return facts, ()
    (account,) = holders
    said = f"the key is taken to be in account {account}, whose principals alone may change its policy"
    return replace(facts, account=account), (said,)


def _holders(policy: Policy) -> Iterator[str]:
    for statement, matcher in zip(policy.statements, matchers(policy), strict=True):
        if statement.effect is Effect.ALLOW and matcher.acts("kms:putkeypolicy"):
            for kind, value in statement.principals:
                account = Request(value, "").account if kind == AWS else ""
                if account:
                    yield account


class _Told(NamedTuple):
    now: tuple[Difference, ...]
    future: tuple[Difference, ...]
    unsure: tuple[str, ...]


class _Changes:
    """One direction of a comparison."""

    def __init__(self, space: Space, old: Policy, new: Policy, way: Way) -> None:
        self.space = space
        self.old, self.new = old, new
        self.way = way
        self.wide, self.narrow = (new, old) if way == "gain" else (old, new)

    def told(self) -> _Told:
        """All differences, each with a witness, and what could not be confirmed."""
        some, direct = (list(self._beyond(level)) for level in ("delegated", "direct"))
        now: list[Difference] = []
        future: list[Difference] = []
        unsure: dict[str, None] = {}
        for pieces in _by_strength(some, direct):
            for group in groups(self.space, pieces, stated(self.wide)):
                difference = self._shown(group)
                if difference is not None:
                    (future if group.future else now).append(difference)
                elif not group.future:
                    unsure.setdefault(self._unsure(group))
        return _Told(tuple(sorted(now, key=risk)), tuple(sorted(future, key=risk)), tuple(unsure))

    def _beyond(self, level: Access) -> Iterator[Piece]:
        wide, narrow = (Side(self.space, stated(policy), level) for policy in (self.wide, self.narrow))
        return beyond(wide, narrow)

    def _shown(self, group: Group) -> Difference | None:
        """The group as a difference, with the first of its requests that both policies are seen to decide so."""
        for box in group.boxes:
            for request in requests(self.space, box):
                before, after = (self._access(policy, request) for policy in (self.old, self.new))
                gained = LEVELS[after] - LEVELS[before]
                if gained > 0 if self.way == "gain" else gained < 0:
                    return self._difference(group, request, before, after)
        return None

    def _access(self, policy: Policy, request: Request) -> Access:
        account = self.space.facts.account
        return effective(evaluate(policy, request, key_account=account).access, request, account)

    def _difference(self, group: Group, request: Request, before: Access, after: Access) -> Difference:
        allowing = self.wide.statements[group.allow]
        cause = allowing if group.deny is None else self.narrow.statements[group.deny]
        kind = "allow" if group.deny is None else "deny"
        added = (group.deny is None) is (self.way == "gain")
        return Difference(
            who=who(group.principals, allowing, group.when),
            principals=tuple(principal.value for principal in group.principals) or ("*",),
            what=group.what,
            when=group.when,
            statement=cause.sid,
            statement_index=group.allow if group.deny is None else group.deny,
            cause=f"{kind}-{'added' if added else 'removed'}",  # type: ignore[arg-type]
            origin=cause.origin,
            before=before,
            after=after,
            witness=request,
        )

    def _unsure(self, group: Group) -> str:
        statement = self.wide.statements[group.allow]
        name = f"`{statement.sid}`" if statement.sid else f"statement {group.allow + 1}"
        verb = "gains" if self.way == "gain" else "loses"
        said = who(group.principals, statement, group.when)
        return f"whether {said} {verb} {', '.join(group.what[:3])} by {name} depends on values that were not found"


def _by_strength(some: list[Piece], direct: list[Piece]) -> Iterator[list[Piece]]:
    """The pieces by what they change: nothing to delegated, delegated to direct, nothing to direct."""
    yield list(_left(some, [piece.box for piece in direct]))
    yield list(_left(direct, [piece.box for piece in some]))
    yield [
        piece.__class__(common, piece.allow, piece.deny)
        for piece in direct
        for other in some
        if (common := meet(piece.box, other.box)) is not None
    ]


def _left(pieces: Iterable[Piece], cuts: list[Box]) -> Iterator[Piece]:
    for piece in pieces:
        for box in without(piece.box, cuts):
            yield Piece(box, piece.allow, piece.deny)


def risk(difference: Difference) -> tuple[int, int, str]:
    """Whom a reviewer should look at first: anybody, then other accounts' principals, services, the account's own."""
    if "*" in difference.principals:
        rank = 0
    elif difference.before == "none" and difference.witness.account:
        rank = 2
    else:
        rank = 1 if difference.witness.kind == "service" else 3
    return rank, difference.statement_index, difference.who
