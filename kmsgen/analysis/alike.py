"""Policies that differ in the names of roles alone, as one and the same; what is found of it, in their own names.

An account's keys are mostly alike: the same statements for other roles. No rule looks into the name of a role that has
no path and that no condition speaks of, and so such keys are judged once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from kmsgen.analysis.finding import Found
from kmsgen.policy.model import AWS, Policy, Principal, Statement
from kmsgen.semantics.request import Request, Values

_ROLE = re.compile(r"(arn:aws[a-z-]*:iam::[0-9]{12}:role/)([A-Za-z0-9+=,.@_-]{1,64})")
_STANDS = "kmsgen=role="
_IN_TEXT = re.compile(_STANDS + "([0-9]{4})=")
_MOST = 10_000
_TELLING = frozenset("aws:principalarn aws:userid aws:username kms:granteeprincipal kms:retiringprincipal".split())
"""Condition keys, in lower case, that are about who somebody is."""
# What `semantics` calls those whom no policy names; the middle of an ARN or an id of a role; a variable.
_TAKEN, _OF_ROLE, _VARIABLE = "example", "role", "${"


class Alike(NamedTuple):
    """A policy with plain names for roles, and the names that it really has."""

    policy: Policy
    names: tuple[str, ...] = ()
    """Sorted, as the plain ones are: what comes first among roles does so in both."""

    def own(self, found: Found) -> Found:
        """What is found of the plain policy, as it is to be said of the real one."""
        if not self.names:
            return found
        return found._replace(
            message=self._text(found.message),
            help=None if found.help is None else self._text(found.help),
            about=self._text(found.about),
            witness=tuple(map(self._request, found.witness)),
        )

    def _text(self, text: str) -> str:
        return _IN_TEXT.sub(lambda match: self.names[int(match[1])], text) if _STANDS in text else text

    def _request(self, request: Request) -> Request:
        context = {key: self._values(values) for key, values in request.context.items()}
        return replace(request, principal=self._text(request.principal), context=context)

    def _values(self, values: Values | str) -> Values | str:
        return self._text(values) if isinstance(values, str) else tuple(map(self._text, values))


def alike(policy: Policy) -> Alike:
    """The policy with its roles' names replaced, or as it is where something in it may depend on them."""
    found = _names(policy)
    if not found:
        return Alike(policy)
    names = sorted(found)
    plain = {name: f"{_STANDS}{number:04}=" for number, name in enumerate(names)}
    statements = tuple(_renamed(one, plain) for one in policy.statements)
    return Alike(Policy(statements, policy.version, policy.id), tuple(names))


def _names(policy: Policy) -> set[str] | None:
    """The names of the roles; None where they may matter."""
    found: set[str] = set()
    for statement in policy.statements:
        for test in statement.conditions:
            if test.key.lower() in _TELLING or any(_OF_ROLE in one or _VARIABLE in one for one in test.values):
                return None
        for kind, value in (*statement.principals, *statement.not_principals):
            if kind == AWS and _OF_ROLE in value:
                if (match := _ROLE.fullmatch(value)) is None:
                    return None  # with a path, or of a session, which may be that of a role that is named
                found.add(match[2])
    folded = {name.lower() for name in found}
    if len(folded) < len(found) or len(found) > _MOST or any(_TAKEN in one or _STANDS in one for one in folded):
        return None
    return found


def _renamed(statement: Statement, plain: dict[str, str]) -> Statement:
    principals = frozenset(_plain(statement.principals, plain))
    if principals == statement.principals and not statement.not_principals:
        return statement
    not_principals = frozenset(_plain(statement.not_principals, plain))
    return replace(statement, principals=principals, not_principals=not_principals)


def _plain(principals: frozenset[Principal], plain: dict[str, str]) -> Iterator[Principal]:
    for one in principals:
        match = _ROLE.fullmatch(one.value) if one.kind == AWS else None
        yield one if match is None else Principal(AWS, match[1] + plain[match[2]])
