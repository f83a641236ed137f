"""The words of a blueprint as frozen values: principals, conditions, and the items of a key's lists."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Literal, NamedTuple

from kmsgen.errors import Location

Noun = Literal["admins", "users", "accounts"]
Pin = Literal["true", "false", "match"]


SERVICE_LINKED = ":role/aws-service-role/"
"""What the ARNs of service-linked roles have in them, and no others'."""


class Named(NamedTuple):
    """A word that names something elsewhere: a role, a guard, an action."""

    name: str
    at: Location


class Who(NamedTuple):
    """One principal, resolved for one key."""

    kind: Literal[
        "role", "user", "session", "federated", "root", "sso", "service-linked", "reference", "service", "account",
    ]  # fmt: skip
    """An `account` is everybody in it, which only an expectation can mean."""
    account: str
    """Twelve digits; empty for a service."""
    arn: str
    """What `Principal` names, which may be a `Reference`; empty for `sso`, which nothing can name."""
    patterns: tuple[str, ...]
    """What `aws:PrincipalArn` of its requests looks like; none where no condition can tell it."""
    text: str
    """As the user wrote it."""
    at: Location

    @property
    def service_linked(self) -> bool:
        """Whether only an AWS service takes the role on, and does with it what that service does."""
        return SERVICE_LINKED in self.arn


class Term(NamedTuple):
    """One word of a `when` and its value."""

    word: str
    value: Hashable
    at: Location


class Given(NamedTuple):
    """A parameter's value as it was written, every part with its place."""

    value: Any
    """A string, a number, a boolean, a tuple of `Given`, a dict of names to `Given`, or a `Who`-less reference."""
    at: Location


class Entry(NamedTuple):
    """One item of `admins`, `users` or `accounts`: who may do what, and when."""

    noun: Noun
    who: tuple[Who, ...]
    roles: tuple[Named, ...]
    """Empty where the user left `can` out."""
    when: tuple[Term, ...]
    pin: Pin | None
    """None where the user left it out, which leaves it to the kind of principal."""
    at: Location


class TemplateEntry(NamedTuple):
    """One item of `services` or `guards`: a template by name, and its parameters."""

    name: str
    parameters: dict[str, Given]
    for_: tuple[Who, ...]
    """The principals that a service entry is for; empty where the user left `for` out."""
    whole_account: Location | None
    """Where `for` says that it is for every principal of the key's account."""
    when: tuple[Term, ...]
    at: Location
    names: dict[str, Location]
    """Where each parameter's name stands."""
