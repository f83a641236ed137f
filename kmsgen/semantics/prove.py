"""An invariant of a policy proved over all requests there can be, or refuted by one of them.

Sets of requests are written as statements, so an invariant can say whatever a policy can: who, what, when.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kmsgen.policy.model import AWS, SERVICE, Condition, Effect, Policy, Principal, Statement, condition
from kmsgen.semantics.boxes import bits, united
from kmsgen.semantics.evaluate import evaluate, matches
from kmsgen.semantics.fences import unfenced, unfenced_source
from kmsgen.semantics.regions import Piece, Side, beyond
from kmsgen.semantics.request import Request
from kmsgen.semantics.space import CALLER, Space, Stated, stated
from kmsgen.semantics.statements import LEVELS, Access
from kmsgen.semantics.strings import TooManyError
from kmsgen.semantics.unknown import at_most, told, unknown
from kmsgen.semantics.witness import requests
from kmsgen.semantics.world import KeyFacts

EVERYONE = frozenset({Principal(AWS, "*")})
EVERYTHING = frozenset({"kms:*"})


@dataclass(frozen=True)
class Requests:
    """The requests that one of some statements matches and none of others does; effects do not matter."""

    like: tuple[Statement, ...]
    but: tuple[Statement, ...] = ()


@dataclass(frozen=True)
class Never:
    """No such request is allowed, at this level of access or above."""

    summary: str
    requests: Requests
    level: Access = "delegated"


@dataclass(frozen=True)
class Always:
    """Every such request is allowed, at this level of access or above."""

    summary: str
    requests: Requests
    level: Access = "delegated"


@dataclass(frozen=True)
class NeverBoth:
    """No caller is allowed some request of the one kind and some request of the other."""

    summary: str
    one: Requests
    other: Requests
    level: Access = "direct"


Invariant = Never | Always | NeverBoth


@dataclass(frozen=True)
class Proof:
    """What became of an invariant."""

    holds: bool | None
    """None where it could not be decided."""
    counterexample: tuple[Request, ...] = ()
    """The request, or for `NeverBoth` the two, that refute it; `evaluate` has confirmed each."""
    why: str | None = None
    """Why it could not be decided."""


_NOTHING = KeyFacts()


def prove(policy: Policy, invariant: Invariant, facts: KeyFacts = _NOTHING) -> Proof:
    """Whether an invariant holds of a policy, for every request that there can be."""
    why = next(told(policy.statements, facts), None)
    try:
        if why is None:
            return _Proving(policy, facts).proof(invariant)
        # What holds, or does not hold, whatever the stack makes of what only it knows.
        against = Effect.DENY if isinstance(invariant, Always) else Effect.ALLOW
        for effect, answer in ((against, True), (_OTHER[against], False)):
            bound = _bound(policy, effect, facts)
            proof = _Proving(bound, facts).proof(invariant) if bound is not None else None
            if proof is not None and proof.holds is answer:
                return proof
        return Proof(None, why=why)
    except TooManyError as error:
        return Proof(None, why=f"there are too many cases to tell apart: {error}")


_OTHER = {Effect.ALLOW: Effect.DENY, Effect.DENY: Effect.ALLOW}


def _bound(policy: Policy, effect: Effect, facts: KeyFacts) -> Policy | None:
    """The policy with statements of one effect at their widest, and without others of which too little is known."""
    known = [one for one in policy.statements if one.effect is effect or unknown(one, facts) is None]
    wide = [at_most(one, facts) for one in known]
    return None if None in wide else replace(policy, statements=tuple(one for one in wide if one is not None))


def reached(policy: Policy, request: Request, facts: KeyFacts = _NOTHING) -> Access:
    """What a policy gives a request, as invariants count it.

    A foreign account's word is needed in any case, so its principals count as let in directly where it is.
    """
    access = evaluate(policy, request, key_account=facts.account).access
    foreign = facts.account is not None and request.account not in ("", facts.account)
    return "direct" if foreign and access == "delegated" else access


class _Proving:
    def __init__(self, policy: Policy, facts: KeyFacts) -> None:
        self.policy = policy
        self.facts = facts

    def proof(self, invariant: Invariant) -> Proof:
        if isinstance(invariant, NeverBoth):
            return self._both(invariant)
        space = self._space(invariant.requests)
        return self._refuted(space, list(self._pieces(space, invariant)), invariant)

    def _space(self, *asked: Requests) -> Space:
        return Space([*stated(self.policy), *(one for some in asked for one in _all(some))], self.facts)

    def _pieces(self, space: Space, invariant: Never | Always) -> Iterator[Piece]:
        asked, level = invariant.requests, invariant.level
        allowed = Side(space, stated(self.policy), level)
        if isinstance(invariant, Always):
            return beyond(
                Side(space, [*_as(Effect.ALLOW, asked.like), *_as(Effect.DENY, asked.but)], "delegated"), allowed
            )
        spared = Side(space, _as(Effect.ALLOW, asked.but), "delegated")
        within = [box for one in _as(Effect.ALLOW, asked.like) for box in space.boxes(one, "delegated")]
        return beyond(allowed, spared, within)

    def _refuted(self, space: Space, pieces: Sequence[Piece], invariant: Never | Always) -> Proof:
        if not pieces:
            return Proof(True)
        for piece in pieces:
            for request in requests(space, piece.box):
                if self._refutes(request, invariant):
                    return Proof(False, (request,))
        return Proof(None, why="it depends on values of a request that were not found")

    def _refutes(self, request: Request, invariant: Never | Always) -> bool:
        if not self._asked(request, invariant.requests):
            return False
        enough = LEVELS[reached(self.policy, request, self.facts)] >= LEVELS[invariant.level]
        return enough is isinstance(invariant, Never)

    def _asked(self, request: Request, asked: Requests) -> bool:
        probe = Policy(())
        return any(matches(probe, one, request) for one in asked.like) and not any(
            matches(probe, one, request) for one in asked.but
        )

    def _both(self, invariant: NeverBoth) -> Proof:
        space = self._space(invariant.one, invariant.other)
        found = []
        for asked in (invariant.one, invariant.other):
            never = Never("", asked, invariant.level)
            found.append((never, list(self._pieces(space, never))))
        both = united((piece.box for piece in found[0][1]), CALLER) & united(
            (piece.box for piece in found[1][1]), CALLER
        )
        unsure = False
        for place in range(len(space.callers)):
            if not both >> place & 1:
                continue
            refuted = [self._refuted(space, list(_of_caller(pieces, place)), never) for never, pieces in found]
            if all(one.holds is False for one in refuted):
                return Proof(False, tuple(one.counterexample[0] for one in refuted))
            unsure = True
        return Proof(None, why="it depends on values of a request that were not found") if unsure else Proof(True)


def _of_caller(pieces: Sequence[Piece], place: int) -> Iterator[Piece]:
    mask = bits((place,))
    for piece in pieces:
        if piece.box[CALLER] & mask:
            yield Piece((mask, *piece.box[1:]), piece.allow, piece.deny)


def _all(asked: Requests) -> list[Stated]:
    return [*_as(Effect.ALLOW, asked.like), *_as(Effect.DENY, asked.but), *_as(Effect.ALLOW, asked.but)]


def _as(effect: Effect, statements: Sequence[Statement]) -> list[Stated]:
    return [Stated(replace(one, effect=effect), True) for one in statements]


def callers(*principals: str, actions: frozenset[str] = EVERYTHING, conditions: Sequence[Condition] = ()) -> Statement:
    """The requests of some `AWS` principals, accounts included; of everybody where none is given."""
    named = frozenset(Principal(AWS, one) for one in principals) or EVERYONE
    return Statement(Effect.ALLOW, named, actions=actions, conditions=frozenset(conditions))


NOT_A_SERVICE = condition("Bool", "aws:PrincipalIsAWSService", "false")
_ROOT_USER = callers(conditions=(condition("StringEquals", "aws:PrincipalType", "Account"),))


def only_accounts(accounts: Sequence[str], actions: frozenset[str] = EVERYTHING) -> Never:
    """Nobody outside these accounts can do any of the actions; AWS services that call by themselves are not meant."""
    summary = f"nobody outside {', '.join(accounts)} can do {', '.join(sorted(actions))}"
    everybody = callers(actions=actions, conditions=(NOT_A_SERVICE,))
    return Never(summary, Requests((everybody,), (callers(*accounts),)))


def separate_duties(manage: frozenset[str], use: frozenset[str]) -> NeverBoth:
    """Nobody both manages and uses the key directly; the account's root user is not meant."""
    one, other = (Requests((callers(actions=actions),), (_ROOT_USER,)) for actions in (manage, use))
    return NeverBoth("nobody both manages and uses the key", one, other)


def no_public_access(policy: Policy, actions: frozenset[str] = EVERYTHING, own: str | None = None) -> Never:
    """No stranger can do any of the actions: no principal of an account, organization or network that is not named.

    `own`: the key's account, which is not strange even where no statement names it.
    """
    stranger = callers(actions=actions, conditions=(NOT_A_SERVICE, *unfenced(policy, own)))
    return Never("no stranger can use or manage the key", Requests((stranger,)))


def no_confused_deputy(policy: Policy, service: str, actions: frozenset[str] = EVERYTHING) -> Never:
    """A service (`sns.amazonaws.com`) can do none of the actions for accounts and resources that nobody named.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """
    deputy = frozenset({Principal(SERVICE, service)})
    asked = Statement(Effect.ALLOW, deputy, actions=actions, conditions=frozenset(unfenced_source(policy)))
    return Never(f"`{service}` works for nobody who is not named", Requests((asked,)))
