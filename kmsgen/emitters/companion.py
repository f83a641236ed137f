"""The other side: the IAM policies that callers need beside the key policy, read off the policy itself.

A caller from another account always needs its own account's word, and so does everyone to whom the key policy only
delegates: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple

from kmsgen.catalog.principals import ACCOUNT
from kmsgen.emitters.references import Refusals
from kmsgen.policy.key import Bundle, Key
from kmsgen.policy.model import AWS, VERSION, Condition, Effect, Statement
from kmsgen.policy.reference import Reference
from kmsgen.policy.write import conditions_document
from kmsgen.words import camel

MAX_CHARACTERS = 6_144
"""Of a managed policy, white space left out: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""

_WHO = frozenset({"aws:principalarn", "aws:principalaccount"})
_SSO = "role/aws-reserved/sso.amazonaws.com/"

TargetKind = Literal["account", "role", "user", "permission-set", "reference"]


class Target(NamedTuple):
    """Who is to be given an IAM policy."""

    account: str
    kind: TargetKind
    name: str
    """The role's or user's name without its path; empty for an account."""


class Grant(NamedTuple):
    """What one statement of a key policy lets a target do."""

    key: Key
    sid: str
    actions: tuple[str, ...]
    conditions: tuple[Condition, ...]


class Resource(NamedTuple):
    """How an IAM policy names a key: its ARN, or what stands for it, and what has to be tested beside it."""

    value: Any
    conditions: tuple[Condition, ...] = ()


class Companion(NamedTuple):
    """The IAM policy for one target."""

    target: Target
    grants: tuple[Grant, ...]

    @property
    def name(self) -> str:
        """What its file is called: the account, and who in it."""
        account, kind, name = self.target
        return account if kind == "account" else f"{account}.{kind}-{name}"

    @property
    def keys(self) -> tuple[Key, ...]:
        """The keys that it is about."""
        return tuple(dict.fromkeys(grant.key for grant in self.grants))

    def document(self, resource: Callable[[Key], Resource]) -> dict[str, Any]:
        """The policy as JSON data."""
        return {
            "Version": VERSION,
            "Statement": [_statement(grant, resource(grant.key)) for grant in self.grants],
        }


def _statement(grant: Grant, resource: Resource) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Sid": camel(f"{grant.key.name} {grant.key.region or ''} {grant.sid}"),
        "Effect": "Allow",
        "Action": grant.actions[0] if len(grant.actions) == 1 else list(grant.actions),
        "Resource": resource.value,
    }
    conditions = (*grant.conditions, *resource.conditions)
    if conditions:
        statement["Condition"] = conditions_document(conditions)
    return statement


def known_arn(key: Key) -> str | None:
    """The ARN of a key that exists already."""
    if key.existing is None or key.existing.startswith("arn:"):
        return key.existing
    return f"arn:{key.partition}:kms:{key.region}:{key.account}:key/{key.existing}" if key.region else None


def companions(bundle: Bundle, refusals: Refusals) -> Iterator[Companion]:
    """A policy for everybody whom the key policies of a bundle do not let in by themselves."""
    found: dict[Target, list[Grant]] = {}
    for key in bundle.keys:
        for statement in key.policy.statements:
            if statement.effect is Effect.ALLOW and not statement.not_actions:
                _refuse_unknown(key, statement, refusals)
                for target in dict.fromkeys(_targets(key, statement)):
                    found.setdefault(target, []).append(_grant(key, statement))
    for target, grants in sorted(found.items()):
        companion = Companion(target, tuple(grants))
        document = companion.document(lambda key: Resource(known_arn(key) or "x" * 75))
        characters = len(json.dumps(document, separators=(",", ":")))
        if characters > MAX_CHARACTERS:
            refusals.add(
                f"the IAM policy for `{companion.name}` has about {characters:,} characters, and IAM takes at most"
                f" {MAX_CHARACTERS:,}",
                grants[0].key.at,
                "divide the keys among blueprints",
            )
        yield companion


def _refuse_unknown(key: Key, statement: Statement, refusals: Refusals) -> None:
    """Principals of whom nobody knows whether they need a policy: references that do not even say their account."""
    for _, value in sorted(statement.principals):
        if isinstance(value, Reference) and ":" not in value:
            why = "nothing says which account it is in"
            refusals.add(
                f"whether `{value.name}` needs an IAM policy for `{key.name}` is not known: {why}",
                value.at or key.at,
                "give its `arn` beside the reference, or leave `--companion` out",
            )


def _grant(key: Key, statement: Statement) -> Grant:
    conditions = tuple(sorted(test for test in statement.conditions if test.key.lower() not in _WHO))
    return Grant(key, statement.sid or "", tuple(sorted(statement.actions)), conditions)


def _targets(key: Key, statement: Statement) -> Iterator[Target]:
    arns = [
        value
        for test in statement.conditions
        if test.key.lower() == "aws:principalarn" and "Not" not in test.operator
        for value in test.values
    ]
    for kind, value in sorted(statement.principals):
        whole = bool(ACCOUNT.fullmatch(value)) or value.endswith(":root") or value == "*"
        account = value if ACCOUNT.fullmatch(value) else value.split(":")[4] if ":" in value else ""
        if kind != AWS or (isinstance(value, Reference) and ":" not in value):
            continue
        if value == "*" and not arns:
            continue
        if whole and arns:
            # Matched from anywhere, a principal of the key's own account needs nothing more.
            yield from (target for target in map(_target, arns) if value != "*" or target.account != key.account)
        elif account != key.account:
            yield Target(account, "account", "") if whole else _target(value)


def _target(arn: str) -> Target:
    """Whom an ARN, or a pattern for one, means."""
    account, resource = arn.split(":")[4], arn.split(":", 5)[5]
    if isinstance(arn, Reference) and arn.arn is None:
        return Target(account, "reference", arn.name)
    if resource.startswith(_SSO):
        name = resource.rpartition("AWSReservedSSO_")[2].rpartition("_")[0]
        return Target(account, "permission-set", name)
    kind, _, name = resource.partition("/")
    if kind == "assumed-role":
        return Target(account, "role", name.partition("/")[0])
    return Target(account, "user" if kind == "user" else "role", name.rpartition("/")[2])
