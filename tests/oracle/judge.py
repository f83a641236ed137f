"""The oracle's verdict on a pair of policies, and whether somebody else's verdict contradicts it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from kmsgen.policy.model import Policy
from kmsgen.semantics.request import Request
from tests.oracle import smt, world
from tests.oracle.brute import rank
from tests.oracle.requests import Sampler, tested_keys

Answer = Literal["yes", "no", "open", "unknown"]
"""Open: only requests differ that contradict a supposed fact. Unknown: the solver gave up."""


class Verdict(NamedTuple):
    """What somebody says of a pair: whether any request gains, whether any loses, or that it cannot tell."""

    gains: bool
    losses: bool
    undecided: bool = False
    witnesses: Sequence[Request] = ()


class Judgement(NamedTuple):
    """Whether any request gains or loses, with a request that does so."""

    gains: Answer
    losses: Answer
    gaining: Request | None = None
    losing: Request | None = None


class OracleError(Exception):
    """The solver's model is no difference by evaluation, or no request of this world: the oracle or evaluation is wrong."""


def judge(old: Policy, new: Policy, *, limit_ms: int = 4000) -> Judgement:
    """Both directions by the solver, each request confirmed by evaluation; `smt.UnsupportedError` where not encoded."""
    gains, gaining = _direction(old, new, limit_ms)
    losses, losing = _direction(new, old, limit_ms)
    return Judgement(gains, losses, gaining, losing)


def _direction(old: Policy, new: Policy, limit_ms: int) -> tuple[Answer, Request | None]:
    tested = tested_keys(old, new)
    wide = smt.decide(old, new, limit_ms=limit_ms)
    if wide.request is None:
        return ("no" if wide.status == "unsat" else "unknown"), None
    confirm(old, new, wide.request, narrow=False, tested=tested)
    if not world.violations(wide.request, narrow=True, tested=tested):
        return "yes", wide.request
    narrow = smt.decide(old, new, narrow=True, limit_ms=limit_ms)
    if narrow.request is None:
        return ("open" if narrow.status == "unsat" else "unknown"), wide.request
    confirm(old, new, narrow.request, narrow=True, tested=tested)
    return "yes", narrow.request


def confirm(old: Policy, new: Policy, request: Request, *, narrow: bool, tested: frozenset[str]) -> None:
    """Raise `OracleError` unless the request gains and can occur."""
    before, after = rank(old, request), rank(new, request)
    if after <= before:
        raise OracleError(f"no gain by evaluation ({before} to {after}): {request}")
    if faults := world.violations(request, narrow=narrow, tested=tested):
        raise OracleError(f"{'; '.join(faults)}: {request}")


@dataclass
class Sampled:
    """What random requests say of a pair: those that gain and lose, of the narrow world and of the wide one alone."""

    gaining: list[Request] = field(default_factory=list)
    losing: list[Request] = field(default_factory=list)
    open_gaining: list[Request] = field(default_factory=list)
    open_losing: list[Request] = field(default_factory=list)


def sample(old: Policy, new: Policy, seed: int, count: int) -> Sampled:
    """Random requests of a pair, decided by evaluation."""
    sampler = Sampler(random.Random(seed), old, new)
    found = Sampled()
    for request in sampler.requests(count):
        change = rank(new, request) - rank(old, request)
        if change and sampler.is_narrow(request):
            (found.gaining if change > 0 else found.losing).append(request)
        elif change:
            (found.open_gaining if change > 0 else found.open_losing).append(request)
    return found


def contradictions(old: Policy, new: Policy, said: Verdict, judged: Judgement | None, drawn: Sampled) -> list[str]:
    """Why a verdict is wrong; empty where it is right, or where nobody knows better."""
    found: list[str] = []
    directions = (
        ("gain", said.gains, judged.gains if judged else "unknown", drawn.gaining),
        ("loss", said.losses, judged.losses if judged else "unknown", drawn.losing),
    )
    for name, says, truth, examples in directions:
        if not said.undecided and not says and (truth == "yes" or examples):
            found.append(f"a {name} was missed")
    return found + [fault for one in said.witnesses for fault in _bad_witness(old, new, one)]


def _bad_witness(old: Policy, new: Policy, witness: Request) -> list[str]:
    if rank(old, witness) == rank(new, witness):
        return [f"a witness has the same access before and after: {describe(witness)}"]
    return [f"a witness cannot occur: {fault}" for fault in world.violations(witness)]


def describe(request: Request | None) -> dict[str, Any] | None:
    """A request as JSON data."""
    if request is None:
        return None
    context = {key: list(values) if not isinstance(values, str) else values for key, values in request.context.items()}
    return {"principal": request.principal, "action": request.action, "context": context}
