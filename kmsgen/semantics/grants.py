"""A grant and a request: whether the grant names its caller and allows it, what it lacks, and what is not known.

https://docs.aws.amazon.com/kms/latest/developerguide/grants.html and, for constraints,
https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from kmsgen.catalog import condition_keys
from kmsgen.catalog.patterns import glob
from kmsgen.catalog.principals import ACCOUNT, account_of
from kmsgen.semantics.request import Request

Answer = Literal["yes", "no", "unknown"]

_CONTEXT = "kms:encryptioncontext:"
# The constraint of a grant on `CreateGrant` is held against the grant that is made, and `RetireGrant` has none.
_NOT_BY_CONTEXT = frozenset({"kms:CreateGrant", "kms:RetireGrant"})


@dataclass(frozen=True)
class Grant:
    """One grant on a key, as `ListGrants` tells of it."""

    id: str
    grantee: str
    """An ARN, the root ARN of an account, or a service's name; an id where the principal is no more."""
    operations: frozenset[str]
    """Without `kms:`."""
    name: str | None = None
    subset: tuple[tuple[str, str], ...] = ()
    """Pairs that the encryption context must have."""
    equals: tuple[tuple[str, str], ...] | None = None
    """All pairs that it must have, and no other; None where that is not demanded."""
    source_arn: str | None = None


class Lack(NamedTuple):
    """One thing that keeps a grant from allowing a request, or may."""

    element: Literal["operation", "encryption-context", "source-arn", "stricter-grant"]
    certain: bool
    """Whether the request is known not to have it."""


@dataclass(frozen=True)
class Answered:
    """What one grant says to a request whose caller it names, or may name."""

    grant: Grant
    names_caller: Answer
    lacks: tuple[Lack, ...] = ()
    whole_account: bool = False
    """Whether it is to the caller's account as a whole, whose IAM policies then decide."""
    needs_identity_policy: bool = False
    """Whether an IAM policy must allow the request as well: of an account as a whole, and of any but the key's own."""

    @property
    def allows(self) -> Answer:
        """Whether the grant allows the request, as far as that is known."""
        if self.names_caller == "no" or any(one.certain for one in self.lacks):
            return "no"
        return "unknown" if self.lacks or self.names_caller == "unknown" else "yes"


def answer(grant: Grant, request: Request, absent: Collection[str] = (), *, key_account: str | None = None) -> Answered:
    """What a grant on a key of an account says to a request.

    `absent`: lower-case condition keys of which the request is known to have no others than its context says; a prefix
    that ends in `:` stands for all that begin so.
    """
    names = _names(grant.grantee, request)
    whole = _account(grant.grantee) is not None
    lacks = () if names == "no" else tuple(_lacks(grant, request, absent))
    foreign = key_account is not None and request.account not in ("", key_account)
    return Answered(grant, names, lacks, whole, whole or foreign)


def _account(grantee: str) -> str | None:
    """The account that a grantee is as a whole."""
    if ACCOUNT.fullmatch(grantee):
        return grantee
    return account_of(grantee) if grantee.endswith(":root") else None


def _names(grantee: str, request: Request) -> Answer:
    """Whether a grantee is the caller of a request."""
    account = _account(grantee)
    if account is not None:
        return _yes(request.account == account)
    if not grantee.startswith("arn:"):
        same = grantee.partition(".")[0] == request.principal.partition(".")[0]
        # The name of a service may stand for several principals of it.
        return "no" if request.kind != "service" or not same else _yes(grantee == request.principal, "unknown")
    if grantee == request.principal or request.kind not in ("role", "session"):
        return _yes(grantee == request.principal)
    resource = grantee.split(":", 5)[-1]
    own_session = request.kind == "role" and resource.startswith(f"assumed-role/{request.role_name}/")
    if own_session and account_of(grantee) == request.account:
        return "unknown"  # a session of the role, and it is not told which one calls
    if not resource.startswith("role/") or request.kind == "role":
        return "no"
    if request.tells_role:
        return _yes(grantee in request.values.get("aws:principalarn", ()))
    # A session does not tell its role's path, and no two roles of an account have the same name.
    return _yes(account_of(grantee) == request.account and resource.rpartition("/")[2] == request.role_name)


def _yes(holds: bool, otherwise: Answer = "no") -> Answer:
    return "yes" if holds else otherwise


def _lacks(grant: Grant, request: Request, absent: Collection[str]) -> Iterator[Lack]:
    if request.action.removeprefix("kms:") not in grant.operations:
        yield Lack("operation", True)
    if request.action == "kms:CreateGrant" and (grant.subset or grant.equals is not None):
        yield Lack("stricter-grant", False)
    if request.action not in _NOT_BY_CONTEXT and condition_keys.carries(request.action, f"{_CONTEXT}x"):
        complete = _CONTEXT in absent
        by_context = _in_context(grant, _context(request), complete=complete)
        if by_context != "yes":
            yield Lack("encryption-context", by_context == "no")
    if grant.source_arn is not None:
        told = request.values.get("aws:sourcearn", ())
        if not any(glob(grant.source_arn)(one) for one in told):
            yield Lack("source-arn", bool(told) or "aws:sourcearn" in absent)


def _context(request: Request) -> Mapping[str, str]:
    """The encryption context of a request, with lower-case names: a constraint does not heed their case."""
    pairs = ((key.lower(), values) for key, values in request.values.items() if key.lower().startswith(_CONTEXT))
    return {key[len(_CONTEXT) :]: values[0] for key, values in pairs if len(values) == 1}


def _in_context(grant: Grant, told: Mapping[str, str], *, complete: bool) -> Answer:
    demanded = [(name.lower(), value) for name, value in (*grant.subset, *(grant.equals or ()))]
    if any(told.get(name, value) != value for name, value in demanded):
        return "no"
    if grant.equals is not None and not told.keys() <= {name.lower() for name, _ in grant.equals}:
        return "no"
    if complete:
        return _yes(all(name in told for name, _ in demanded))
    known = grant.equals is None and all(name in told for name, _ in demanded)
    return _yes(known, "unknown")
