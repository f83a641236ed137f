"""Keys that differ in names alone, as one and the same key; and what is said of it, in the names of each.

An organisation's keys are mostly alike: the same statements, for other roles and other resources. What a role or a
resource is called says nothing to any decision, only which of them are the same; so such keys are judged once, under
plain names that sort as the real ones do. Policies stay as they are wherever a name may matter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from kmsgen.catalog.patterns import ARN_PARTS, glob
from kmsgen.policy.model import AWS, Condition, Policy, Principal, Statement
from kmsgen.semantics.request import Request, Values
from kmsgen.semantics.world import KeyFacts

_NAME = "[A-Za-z0-9+=,.@_-]{1,64}"
_ROLE = re.compile(rf"(arn:aws[a-z-]*:iam::[0-9]{{12}}:role/)((?:{_NAME}/)*)({_NAME})")
_RESOURCE = re.compile(
    rf"(arn:aws[a-z-]*:(?!iam:|sts:|kms:)[a-z0-9-]+:[a-z0-9-]*:(?:[0-9]{{12}})?:(?:[^*?$]*[:/])?)({_NAME})"
)
_KEY = re.compile(rf"(arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{{12}}:key/)({_NAME})")
_STANDS = "kmsgen=name="
_IN_TEXT = re.compile(_STANDS + "([0-9]{4})=")
_MOST = 10_000
_CALLERS = frozenset("aws:principalarn aws:userid aws:username kms:granteeprincipal kms:retiringprincipal".split())
"""Condition keys, in lower case, that are about who somebody is."""
_NAMING = ("aws:sourcearn", "kms:encryptioncontext:")
"""Condition keys, in lower case or their beginnings, whose values name resources."""
_BY_AWS = ("aws-service-role/", "aws-reserved/")
_EVERY_KEY = frozenset({"*"})
# What `semantics` calls those whom no policy names; the middle of an ARN or an id of a role; a variable.
_TAKEN, _OF_ROLE, _VARIABLE = "example", "role", "${"


Policies = tuple[Policy, ...]


class Alike(NamedTuple):
    """The policies of a key and what is known of it, with plain names; and the names that there really are."""

    policies: Policies
    facts: KeyFacts
    names: tuple[str, ...] = ()
    """By number; what comes first among them does so among the plain ones. Empty where all is as it was."""

    def text(self, text: str) -> str:
        """What is said under the plain names, as it is to be said of the real ones."""
        return _IN_TEXT.sub(lambda match: self.names[int(match[1])], text) if _STANDS in text else text

    def request(self, request: Request) -> Request:
        """A request by and about the plain names, as one of the real ones."""
        context = {key: self._values(values) for key, values in request.context.items()}
        arn = None if request.key_arn is None else self.text(request.key_arn)
        return replace(request, principal=self.text(request.principal), context=context, key_arn=arn)

    def _values(self, values: Values | str) -> Values | str:
        return self.text(values) if isinstance(values, str) else tuple(map(self.text, values))


def alike(policies: Policies, facts: KeyFacts) -> Alike:
    """A key's policies and the facts with their names replaced, or as they are where something may depend on the names.

    `policies`: all that are held against each other, as what a name means must be the same in all of them.
    """
    key = _key(policies, facts)
    roles, resources = _roles(policies), _resources(policies)
    if roles is None or resources is None:
        return Alike(policies, facts)
    pools = _pools(roles, resources, key)
    if not _tells_apart(pools):
        return Alike(policies, facts)
    listed = [(pool, name) for pool in sorted(pools) for name in sorted(pools[pool])]
    plain = {one: f"{_STANDS}{number:04}=" for number, one in enumerate(listed)}
    principals = {one: Principal(AWS, _plain(match, plain)) for one, match in roles.items()}
    tests = {one: one._replace(values=(match[1] + plain[match[1], match[2]],)) for one, match in resources.items()}
    if not _matched_as_before(policies, tests):
        return Alike(policies, facts)
    if key is not None:
        facts = replace(facts, arn=key[1] + plain[key[1], key[2]])
    renamed = tuple([_renamed(policy, principals, tests) for policy in policies])
    return Alike(renamed, facts, tuple([name for _, name in listed]))


def _statements(policies: Policies) -> Iterator[Statement]:
    return (statement for policy in policies for statement in policy.statements)


def _key(policies: Policies, facts: KeyFacts) -> re.Match[str] | None:
    """The key's ARN, in two parts, where no statement means one key rather than another."""
    if facts.arn is None or any(one.resources != _EVERY_KEY or one.not_resources for one in _statements(policies)):
        return None
    found = _KEY.fullmatch(facts.arn)
    tests = (test for one in _statements(policies) for test in one.conditions)
    return None if found is None or any(found[2] in value for test in tests for value in test.values) else found


def _roles(policies: Policies) -> dict[Principal, re.Match[str]] | None:
    """The roles, each in three parts: what stands before, the path, the name; None where it matters who they are."""
    found: dict[Principal, re.Match[str]] = {}
    for statement in _statements(policies):
        for one in (*statement.principals, *statement.not_principals):
            if _OF_ROLE in one.value and one.kind == AWS:
                match = _ROLE.fullmatch(one.value)
                if match is None or match[2].startswith(_BY_AWS):
                    return None  # or a session, which may be that of a role that is named
                found[one] = match
    paths = {match[2] for match in found.values()}
    # Else roles would sort in another order.
    nested = len(paths) > 1 and any(one != other and one.startswith(other) for one in paths for other in paths)
    return None if nested else found


def _resources(policies: Policies) -> dict[Condition, re.Match[str]] | None:
    """The conditions that name one resource, in two parts: what is before, the name; None where one names callers."""
    found: dict[Condition, re.Match[str]] = {}
    for statement in _statements(policies):
        for test in statement.conditions:
            key = test.key.lower()
            if key in _CALLERS:
                return None
            for value in test.values:
                if _OF_ROLE in value or _VARIABLE in value:
                    return None
            if len(test.values) == 1 and key.startswith(_NAMING) and "IgnoreCase" not in test.operator:
                match = _RESOURCE.fullmatch(test.values[0])
                if match is not None:
                    found[test] = match
    return found


def _pools(
    roles: Mapping[Principal, re.Match[str]], resources: Mapping[Condition, re.Match[str]], key: re.Match[str] | None
) -> dict[str, set[str]]:
    """The names by what stands before them: those of one pool are told from each other, and sort among each other."""
    found: dict[str, set[str]] = {}
    for match in roles.values():
        found.setdefault(match[1], set()).add(match[3])
        if match[2]:
            found.setdefault(_path(match), set()).add(match[2][:-1])
    for match in (*resources.values(), *([key] if key is not None else [])):
        found.setdefault(match[1], set()).add(match[2])
    return found


def _path(role: re.Match[str]) -> str:
    """The pool of its path."""
    return f"{role[1]}/"


def _tells_apart(pools: Mapping[str, set[str]]) -> bool:
    """Whether there are names, and each says no more than who is who, in any case of its letters."""
    names = [name.lower() for names in pools.values() for name in names]
    folded = sum(len({name.lower() for name in names}) for names in pools.values())
    together = " ".join(names)
    return 0 < len(names) == folded <= _MOST and _TAKEN not in together and _STANDS not in together


def _plain(role: re.Match[str], plain: Mapping[tuple[str, str], str]) -> str:
    path = f"{plain[_path(role), role[2][:-1]]}/" if role[2] else ""
    return role[1] + path + plain[role[1], role[3]]


def _matched_as_before(policies: Policies, renamed: Mapping[Condition, Condition]) -> bool:
    """Whether what stays in conditions matches the plain name of a resource just where it matches the real one."""
    if not renamed:
        return True
    stay = {
        value
        for one in _statements(policies)
        for test in one.conditions
        if test not in renamed
        for value in test.values
    }
    pairs = {(old.values[0], new.values[0]) for old, new in renamed.items()}
    if not {old.lower() for old, _ in pairs}.isdisjoint(value.lower() for value in stay):
        return False  # a list of resources, with one that another condition names alone
    patterns = [value for value in stay if "*" in value or "?" in value]
    return all(
        _same(glob(one), *pair) and _same(glob(_last(one)), *map(_last, pair)) for one in patterns for pair in pairs
    )


def _same(matches: Callable[[str], bool], old: str, new: str) -> bool:
    return matches(old) == matches(new)


def _renamed(
    policy: Policy, roles: Mapping[Principal, Principal], tests: Mapping[Condition, Condition],
) -> Policy:  # fmt: skip
    return Policy(tuple([_statement(one, roles, tests) for one in policy.statements]), policy.version, policy.id)


def _statement(
    statement: Statement, roles: Mapping[Principal, Principal], tests: Mapping[Condition, Condition],
) -> Statement:  # fmt: skip
    changed: dict[str, object] = {}
    for element, principals in (("principals", statement.principals), ("not_principals", statement.not_principals)):
        if not principals.isdisjoint(roles):
            changed[element] = frozenset([roles.get(one, one) for one in principals])
    if not statement.conditions.isdisjoint(tests):
        changed["conditions"] = frozenset([tests.get(one, one) for one in statement.conditions])
    return statement.but(**changed) if changed else statement


def _last(arn: str) -> str:
    """The resource itself, which patterns of ARNs match by itself."""
    return arn.split(":", ARN_PARTS - 1)[-1]
