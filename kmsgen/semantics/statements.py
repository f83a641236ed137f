"""One statement of a policy, prepared: which callers, actions, keys and contexts it matches, each for itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Literal

from kmsgen.catalog.patterns import glob
from kmsgen.catalog.principals import ACCOUNT, account_of
from kmsgen.policy.model import AWS, SERVICE, Effect, Principal, Statement
from kmsgen.semantics.conditions import Context, prepared
from kmsgen.semantics.request import Request

Access = Literal["none", "delegated", "direct"]
"""What a policy gives a caller: nothing, only if the account's IAM policies give it too, or the thing itself."""

LEVELS: Mapping[Access, int] = {"none": 0, "delegated": 1, "direct": 2}


class Callers:
    """The callers that a `Principal` element names."""

    def __init__(self, principals: Iterable[Principal]) -> None:
        listed = tuple(principals)
        aws = [value for kind, value in listed if kind == AWS]
        self.everyone = any(principal.is_everyone for principal in listed)
        self._services = frozenset(value for kind, value in listed if kind == SERVICE)
        self._accounts = frozenset(account for value in aws if (account := account_named(value)) is not None)
        self._exact = frozenset(value for value in aws if account_named(value) is None)
        roles = (value.split(":", 5) for value in self._exact if ":role/" in value)
        self._roles = frozenset((parts[4], parts[5].rpartition("/")[2]) for parts in roles if len(parts) == 6)

    def strength(self, request: Request) -> Access:
        """How strongly the element names who calls.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
        """
        if self.everyone:
            return "direct"
        kind = request.kind
        if kind == "service":
            return "direct" if request.principal in self._services else "none"
        if kind == "anonymous":
            return "none"
        if request.principal in self._exact or (kind == "session" and self._names_role_of(request)):
            return "direct"
        if request.account in self._accounts:
            return "direct" if kind == "root" else "delegated"
        return "none"

    def _names_role_of(self, session: Request) -> bool:
        """A session's ARN leaves out the role's path; `aws:PrincipalArn` has it, and names are unique without it."""
        if session.tells_role:
            return not self._exact.isdisjoint(session.values["aws:principalarn"])
        return (session.account, session.role_name) in self._roles


def account_named(value: str) -> str | None:
    """The account where `value` (of an `AWS` principal) stands for a whole account, by its digits or its root ARN."""
    if ACCOUNT.fullmatch(value):
        return value
    return account_of(value) if value.endswith(":root") else None


class Matcher:
    """What a statement matches; every method looks at one element alone."""

    def __init__(self, statement: Statement, variables: bool) -> None:
        """`variables`: whether `${…}` in conditions stands for context, as since version 2012-10-17."""
        self.allows = statement.effect is Effect.ALLOW
        self.tests: tuple[Callable[[Context], bool], ...] = tuple(
            prepared(test, variables) for test in sorted(statement.conditions)
        )
        self._callers = Callers(statement.principals)
        self._all_but = Callers(statement.not_principals) if statement.not_principals else None
        self.acts = acting(statement.actions, statement.not_actions)
        self._resources = tuple(sorted(statement.resources))
        self._not_resources = tuple(sorted(statement.not_resources))

    def strength(self, request: Request) -> Access:
        """How strongly `Principal` or `NotPrincipal` takes in who calls."""
        if self._all_but is None:
            return self._callers.strength(request)
        return "direct" if self._all_but.strength(request) == "none" else "none"

    def on_key(self, arn: str | None) -> bool:
        """Whether `Resource` takes in the key; a statement without one is accepted by KMS and has no effect.

        https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
        """
        if self._not_resources:
            return not any(_resource(pattern, arn) for pattern in self._not_resources)
        return any(_resource(pattern, arn) for pattern in self._resources)

    def matches(self, request: Request) -> Access:
        """How strongly the whole statement matches a request."""
        if not self.acts(request.lower_action):
            return "none"
        access = self.strength(request)
        if access == "none" or not self.on_key(request.key_arn):
            return "none"
        values = request.values
        for test in self.tests:
            if not test(values):
                return "none"
        return access


def acting(actions: Collection[str], not_actions: Collection[str] = ()) -> Callable[[str], bool]:
    """A test for an action, in lower case, by the `Action` or the `NotAction` of a statement."""
    listed = [pattern.lower() for pattern in not_actions or actions]
    exact = frozenset(pattern for pattern in listed if "*" not in pattern and "?" not in pattern)
    # Nothing is escaped in an action.
    globs = tuple(glob(pattern, escapes=False) for pattern in listed if pattern not in exact)
    if not_actions:
        return lambda action: action not in exact and not any(test(action) for test in globs)
    if not globs:
        return exact.__contains__
    return lambda action: action in exact or any(test(action) for test in globs)


def _resource(pattern: str, arn: str | None) -> bool:
    if pattern == "*":
        return True
    # Where the key's ARN is not known, a pattern for keys is taken to mean this one: the policy is attached to it.
    return glob(pattern)(arn) if arn else ":key/" in pattern or pattern.endswith(":*")
