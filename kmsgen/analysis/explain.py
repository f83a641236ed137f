"""A key to who can do what with it, and when: exact over all requests, Denies taken into account.

What a policy allows is what it allows beyond a policy that allows nothing, so the comparison of the two tells it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from kmsgen.analysis.finding import Finding
from kmsgen.analysis.plain import plain
from kmsgen.catalog.capability import ORDER, grouped
from kmsgen.catalog.principals import account_of
from kmsgen.policy.model import AWS, SERVICE, Origin, Policy, Principal
from kmsgen.policy.reference import is_symbolic
from kmsgen.semantics.compare import compare
from kmsgen.semantics.difference import ROOT_USER, Difference, for_people
from kmsgen.semantics.statements import account_named
from kmsgen.sources.model import SourceKey

Who = Literal["anyone", "account", "root user", "role", "user", "session", "service", "deleted", "other"]

_NOTHING = Policy(())


@dataclass(frozen=True)
class Grant:
    """What one statement lets one kind of caller do, under one set of conditions."""

    who: str
    """In plain words: `role/orders/OrdersApi of 111122223333`."""
    principal: str
    """As the policy spells it; `*` for anyone."""
    kind: Who
    what: tuple[str, ...]
    """Actions, sorted."""
    when: tuple[tuple[str, str], ...]
    """Condition keys and what must be true of each; none for always."""
    access: Literal["direct", "delegated"]
    """`delegated`: only those do it to whom IAM policies of their account allow it as well."""
    needs_identity_policy: bool
    """Whether an IAM policy of the caller's account must allow it as well."""
    statement: str | None
    statement_index: int
    origin: tuple[Origin, ...]

    @property
    def capabilities(self) -> tuple[str, ...]:
        """What it comes to, what matters most first."""
        return tuple(grouped(self.what))

    @property
    def conditions(self) -> tuple[str, ...]:
        """When, in plain words."""
        return tuple(plain(key, words) for key, words in self.when)


@dataclass(frozen=True)
class Needed:
    """A principal that must exist before the policy can be applied: KMS refuses one that names somebody unknown."""

    principal: str
    kind: Literal["role", "user", "service-linked role"]
    command: str | None = None
    """What creates it, where AWS does so on request."""


@dataclass(frozen=True)
class Explanation:
    """What is to be known of one key."""

    key: SourceKey
    grants: tuple[Grant, ...]
    needed: tuple[Needed, ...]
    notes: tuple[str, ...]
    """What the policy alone does not decide, and what its source says beside it or takes for granted."""
    undecided: tuple[str, ...]
    """Why what is told may not be all; empty where it is."""
    findings: tuple[Finding, ...] = ()

    def document(self) -> dict[str, Any]:
        """As JSON data."""
        key = self.key
        return {
            "key": key.name,
            "source": key.where,
            "account": key.facts.account,
            "region": key.facts.region,
            "grants": [_grant(one) for one in self.grants],
            "must_exist": [
                {"principal": one.principal, "kind": one.kind, "command": one.command} for one in self.needed
            ],
            "notes": list(self.notes),
            "undecided": list(self.undecided),
            "findings": [
                {"code": one.code, "rule": one.rule, "severity": one.severity, "message": one.message,
                 "statement": one.statement, "statement_index": one.statement_index}
                for one in self.findings
            ],
        }  # fmt: skip


def _grant(one: Grant) -> dict[str, Any]:
    return {
        "who": one.who,
        "principal": one.principal,
        "kind": one.kind,
        "capabilities": list(one.capabilities),
        "what": list(one.what),
        "when": dict(one.when),
        "conditions": list(one.conditions),
        "access": one.access,
        "needs_identity_policy": one.needs_identity_policy,
        "statement": one.statement,
        "statement_index": one.statement_index,
        "origin": [str(origin) for origin in one.origin],
    }


def explain(key: SourceKey, findings: Iterable[Finding] = ()) -> Explanation:
    """Who can do what with a key and when; `findings` are what `check` found in it.

    A key whose policy is not known has no grants, and the reason in `undecided`.
    """
    if key.policy is None:
        return Explanation(key, (), (), key.notes, (key.reason or "its policy is not known",), tuple(findings))
    outcome = compare(_NOTHING, key.policy, key.facts)
    grants = sorted((grant for one in for_people(outcome.gains) for grant in _grants(one, key)), key=_order)
    needed = tuple(_needed(key.policy))
    notes = (*_notes(key, grants), *key.notes)
    return Explanation(key, tuple(grants), needed, notes, outcome.undecided, tuple(findings))


def _grants(one: Difference, key: SourceKey) -> Iterator[Grant]:
    """One for each principal that a difference is about."""
    principals = one.principals or ("*",)
    alone = len(principals) == 1
    for principal in principals:
        kind = _kind(principal, one.when)
        account = account_named(principal) or account_of(principal)
        foreign = bool(key.facts.account and account and account != key.facts.account)
        access: Literal["direct", "delegated"] = "delegated" if one.after == "delegated" else "direct"
        when = tuple(pair for pair in one.when if pair != ROOT_USER) if kind == "root user" else one.when
        yield Grant(
            one.who if alone and kind != "root user" else _words(principal, kind),
            principal,
            kind,
            one.what,
            when,
            access,
            access == "delegated" or foreign,
            one.statement,
            one.statement_index,
            one.origin,
        )


def _kind(principal: str, when: tuple[tuple[str, str], ...]) -> Who:
    if principal == "*":
        return "anyone"
    if account_named(principal):
        return "root user" if ROOT_USER in when else "account"
    named = Principal(AWS, principal)
    if named.is_deleted:
        return "deleted"
    resource = principal.split(":", 5)[-1] if principal.startswith("arn:") else ""
    kinds: dict[str, Who] = {"role": "role", "assumed-role": "session", "user": "user", "federated-user": "session"}
    if (found := kinds.get(resource.partition("/")[0])) is not None:
        return found
    return "service" if ".amazonaws.com" in principal else "role" if is_symbolic(principal) else "other"


def _words(principal: str, kind: Who) -> str:
    from kmsgen.semantics.wording import principal_words

    if kind == "root user":
        return f"root user of {account_named(principal)}"
    return principal_words(Principal(SERVICE if kind == "service" else AWS, principal))


_KINDS: tuple[Who, ...] = (
    "anyone", "deleted", "other", "root user", "role", "user", "session", "account", "service",
)  # fmt: skip


def _order(one: Grant) -> tuple[int, str, int, tuple[str, ...], int]:
    """What is wide first, then by who; of one caller what matters most first."""
    first = min((ORDER.index(name) for name in one.capabilities), default=len(ORDER))
    return (_KINDS.index(one.kind), one.who, first, one.what, one.statement_index)


def _notes(key: SourceKey, grants: Iterable[Grant]) -> Iterator[str]:
    listed = list(grants)
    for account in sorted({account_named(one.principal) or "" for one in listed if one.kind == "account"} - {""}):
        if account == key.facts.account or key.facts.account is None:
            yield f"the IAM policies of account {account} decide who in it does what is given to the account as a whole"
    foreign = {account_of(one.principal) or account_named(one.principal) or "" for one in listed
               if one.needs_identity_policy and one.kind != "account"}  # fmt: skip
    foreign |= {account_named(one.principal) or "" for one in listed if one.kind == "account"}
    for account in sorted(foreign - {"", key.facts.account or ""}):
        if key.facts.account is not None:
            yield f"account {account} must allow its own principals by IAM policies as well"
    holders = sorted({one.who for one in listed if {"kms:PutKeyPolicy", "kms:*"} & {*one.what}})
    if holders:
        yield f"who holds kms:PutKeyPolicy can give itself anything: {', '.join(holders)}"
    if any("kms:CreateGrant" in one.what for one in listed):
        yield "grants made by those who hold kms:CreateGrant allow more than the policy says, and are not shown here"
    yield "SCPs, RCPs, permissions boundaries, session policies and VPC endpoint policies can take away more"


def _needed(policy: Policy) -> Iterator[Needed]:
    named = {
        value
        for one in policy.statements
        for kind, value in one.principals | one.not_principals
        if kind == AWS and value != "*" and account_named(value) is None
    }
    for arn in sorted(named):
        resource = arn.split(":", 5)[-1]
        if is_symbolic(arn) or not resource.startswith(("role/", "user/")):
            continue
        if resource.startswith("role/aws-service-role/"):
            yield Needed(arn, "service-linked role", _command(resource))
        else:
            yield Needed(arn, "user" if resource.startswith("user/") else "role")


def _command(resource: str) -> str:
    """What creates a service-linked role, with the suffix of the user's own where it has one.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
    """
    _, _, host, name = resource.split("/", 3)
    _, mark, suffix = name.partition("_")
    own = f" --custom-suffix {suffix}" if mark else ""
    return f"aws iam create-service-linked-role --aws-service-name {host}{own}"
