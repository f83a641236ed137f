"""A denial and the keys of sources, to an explanation for each key that it may be about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kmsgen.analysis.denial.change import Change, Role, change_for, identity_statement, stopped
from kmsgen.analysis.denial.granted import Granted, granted
from kmsgen.analysis.denial.judge import Judgement, Verdict, judge, not_for
from kmsgen.analysis.denial.keys import fitting
from kmsgen.analysis.denial.model import Denial, Values, Where
from kmsgen.catalog.principals import SERVICE_LINKED
from kmsgen.errors import KmsgenError, Problem
from kmsgen.policy.reference import is_symbolic
from kmsgen.semantics.request import Request
from kmsgen.sources.model import SourceKey, partition_in

PROVED = 3
"""For how many of the keys that a message may mean a change is tried; each takes compiling its blueprint."""
_RANK: Mapping[Verdict, int] = {"explicitly-denied": 1, "depends": 1, "denied": 2, "allowed": 3, "undecided": 4}


@dataclass(frozen=True)
class Proof:
    """What becomes of the request once a change is made."""

    verified: bool
    """Whether the blueprint was compiled with the change, and then allows the request."""
    where: tuple[tuple[str, Values], ...] = ()
    """What it is allowed with, of what is not known of the request."""
    fields: tuple[str | None, ...] = ()
    """How the blueprint writes the lists that the parts of the change go into, where not as these are called."""
    reason: str | None = None
    """Why it is not verified."""
    others: tuple[str, ...] = ()
    """Other keys whose policies the change reaches."""
    needs_identity_policy: bool = False
    """Whether with the change it is still for an IAM policy of the caller's account to allow it."""
    findings: tuple[str, ...] = ()
    """What a check finds wrong with the key after the change that it did not before."""
    gains: tuple[str, ...] = ()
    """All that the policy allows with the change and did not before, in words, where it is a guard that changes."""


@dataclass(frozen=True)
class Lifted:
    """What becomes of a Deny that stopped a request."""

    guard: str | None
    """The guard that makes it; None for a Deny that was written by hand, of which nothing is proposed."""
    change: Change | None = None
    proof: Proof | None = None
    reason: str | None = None
    """Why there is no change."""
    otherwise: tuple[Change, Proof] | None = None
    """What would do as well, where that is no less to let in: to spare the caller, in the place of a network."""


@dataclass(frozen=True)
class Explanation:
    """Why a request was denied, as far as one key says."""

    judgement: Judgement
    considered: tuple[str, ...]
    """The keys that the message may be about, by name; one where it names it."""
    exact: bool
    """Whether the message is about this key for certain."""
    change: Change | None = None
    identity: Mapping[str, Any] | None = None
    """The statement that an IAM policy of the caller's account needs."""
    proof: Proof | None = None
    lifted: Lifted | None = None
    """What becomes of the Deny that stopped the request, where that is one of the key's blueprint."""
    granted: Granted | None = None
    """What the key's grants say; None where the source tells of none, or none could have allowed the request."""

    @property
    def allowed(self) -> bool:
        """Whether the key policy allows the request, as far as it is known, so that the cause is elsewhere."""
        return self.judgement.verdict == "allowed"


@dataclass(frozen=True)
class Supplement:
    """What the user says of the request beside the message; it holds where the message says otherwise."""

    principal: str | None = None
    action: str | None = None
    context: Mapping[str, tuple[str, ...]] | None = None


@dataclass(frozen=True)
class Helpers:
    """What is known outside of this package: the blueprint's words, the templates, and how a change is proved."""

    resolve: Callable[[SourceKey, str], str]
    """The ARN of a principal in the user's words; raises `KmsgenError` where it is none."""
    role: Callable[[SourceKey, str], Role | None]
    """The least role that covers an action of a key."""
    service: Callable[[Request, str], Change | None]
    """The entry of the service that a caller is of, for a request of it; None where there is none, or several."""
    prove: Callable[[Judgement, Change], Proof | None]
    """What becomes of the request with a change; None where it would still be refused."""
    lift: Callable[[Judgement, Change | None], Lifted | None] = lambda judgement, entry: None
    """What becomes of the Deny that stopped the request; the change is what would do if there were none."""


def explain(
    denial: Denial, keys: Sequence[SourceKey], helpers: Helpers, supplement: Supplement | None = None
) -> tuple[Explanation, ...]:
    """An explanation for each key that the denial may be about, the likeliest first.

    Raises `KmsgenError` where no key fits.
    """
    denial = _completed(denial, supplement or Supplement())
    found = fitting(keys, denial)
    if not found.keys:
        raise KmsgenError(_no_key(denial, keys))
    names = tuple(key.name for key in found.keys)
    judged = sorted((_judged(denial, key, helpers) for key in found.keys), key=_rank)
    return tuple(
        _explained(Explanation(judgement, names, found.exact), helpers, prove=place < PROVED)
        for place, judgement in enumerate(judged)
    )


def _completed(denial: Denial, given: Supplement) -> Denial:
    assumed = tuple(
        one
        for one in denial.assumed
        if not (given.principal and "caller" in one) and not (given.action and "action" in one)
    )
    return replace(
        denial,
        principal=given.principal or denial.principal,
        action=given.action or denial.action,
        context={**denial.context, **(given.context or {})},
        assumed=assumed,
    )


def _judged(denial: Denial, key: SourceKey, helpers: Helpers) -> Judgement:
    principal = denial.principal
    if principal is not None and principal.removeprefix("service-linked/") in SERVICE_LINKED:
        account = key.facts.account
        path = SERVICE_LINKED[principal.removeprefix("service-linked/")]
        known = account is not None and not is_symbolic(account)
        principal = f"arn:{partition_in(key.facts.region)}:iam::{account}:role/{path}" if known else None
    elif principal is not None and key.policy is not None:
        principal = helpers.resolve(key, principal)
    return judge(denial, key, principal, denial.action)


def _explained(found: Explanation, helpers: Helpers, *, prove: bool) -> Explanation:
    judgement = found.judgement
    if judgement.request is None or judgement.open is not None:
        return found
    change = change_for(judgement, helpers.role(judgement.key, judgement.request.action), helpers.service)
    grants = granted(judgement, judgement.key.grants) if prove else None
    proof = lifted = None
    if stopped(judgement):
        lifted = helpers.lift(judgement, change) if prove else None
        change, proof = (lifted.change, lifted.proof) if lifted else (None, None)
    elif change is not None:
        untried = Proof(False, reason="it is not tried, because other keys are likelier to be meant")
        proof = helpers.prove(judgement, change) if prove else untried
    if proof is None or (judgement.verdict == "allowed" and not proof.verified):
        change = proof = None  # where it is left to IAM, an entry must be known to take its place
    identity = identity_statement(judgement, needed=proof is not None and proof.needs_identity_policy)
    return replace(found, change=change, identity=identity, proof=proof, lifted=lifted, granted=grants)


def _rank(judgement: Judgement) -> tuple[int, int, int, str]:
    """The keys first whose policies are for the caller, and refuse as the message says."""
    nearest = judgement.nearest
    misses = nearest.misses if nearest else ()
    stranger = judgement.verdict == "denied" and (nearest is None or not_for(misses))
    expected = (
        0 if judgement.verdict == "allowed" and judgement.layer == judgement.denial.layer else _RANK[judgement.verdict]
    )
    return int(stranger), expected, len(misses), judgement.key.name


def _no_key(denial: Denial, keys: Sequence[SourceKey]) -> Problem:
    where = Where(denial.key)
    if not keys:
        return Problem("the sources have no keys")
    place = " ".join(one for one in (where.account, where.region) if one)
    listed = _listed({" ".join(one for one in (key.facts.account, key.facts.region) if one) for key in keys} - {""})
    hint = f"the sources have keys in {listed}" if listed and place and listed != place else "give the key's own source"
    named = f"`{denial.key}`" if denial.key else "the key of the message"
    return Problem(f"no key of the sources is {named}", hint=hint)


def _listed(places: Iterable[str]) -> str:
    ordered = sorted(places)
    return ", ".join(ordered[:4]) + (f" and {len(ordered) - 4} more" if len(ordered) > 4 else "")
