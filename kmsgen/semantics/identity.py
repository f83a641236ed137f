"""The callers that policies can tell apart: one for every class of roles, users, accounts and services.

What a request says of its caller (`aws:PrincipalArn`, `aws:PrincipalAccount`, `kms:CallerAccount`, `aws:PrincipalType`,
`aws:username`, …) follows from who calls, so callers are one dimension and these keys are none of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import NamedTuple

from kmsgen.catalog.patterns import ARN_PARTS, has_wildcard
from kmsgen.catalog.principals import ACCOUNT, PARTITIONS, account_of
from kmsgen.policy.model import AWS, SERVICE, Statement
from kmsgen.policy.reference import is_symbolic
from kmsgen.semantics.callers import (
    ACCOUNT_IN_ARN,
    KINDS,
    NAME_WITH_PATH,
    PLAIN_NAME,
    SERVICE_NAMES,
    any_variables,
    splits_accounts,
)
from kmsgen.semantics.classes import Tested, strings
from kmsgen.semantics.conditions import resolve, variables_in
from kmsgen.semantics.friendly import OTHER_ACCOUNT
from kmsgen.semantics.request import Request
from kmsgen.semantics.statements import account_named
from kmsgen.semantics.strings import (
    Automaton,
    Linear,
    arn_pattern,
    glob_pattern,
    literal_pattern,
)

IDENTITY_KEYS = frozenset(
    """
    aws:principalarn aws:principalaccount kms:calleraccount aws:principaltype aws:username aws:principalisawsservice
    aws:principalservicename
    """.split()
)
"""The condition keys, in lower case, whose values follow from who calls."""


class Caller(NamedTuple):
    """One class of callers, by one of them."""

    request: Request
    """A request of it, without an action; its context says only what follows from who calls."""
    values: dict[str, tuple[str, ...]]
    """What its requests say of it, by lower-case key."""


@dataclass
class _World:
    """What the policies name, taken together."""

    arns: dict[str, None] = field(default_factory=dict)
    accounts: dict[str, None] = field(default_factory=dict)
    services: dict[str, None] = field(default_factory=dict)
    sessions: dict[str, None] = field(default_factory=dict)
    symbols: dict[str, None] = field(default_factory=dict)
    partitions: dict[str, None] = field(default_factory=dict)


def callers(statements: Iterable[Statement], tests: dict[str, list[Tested]], account: str | None) -> list[Caller]:
    """A caller of every class, the likeliest first. `tests`: of the identity keys; `account`: the key's own, if known.

    Raises `TooManyError` where there are more classes than can be told apart.
    """
    # Whether a key is there is asked of every caller; the values of such a test are no names.
    tests = {key: [test for test in asked if test.operator.base != "Null"] for key, asked in tests.items()}
    world = _named(statements, tests)
    if account is not None:
        world.accounts.setdefault(account)
    _accounts(world, tests)
    _accounts_by_pattern(world, tests)
    requests = [
        *(Request(arn, "") for arn in world.arns),
        *(Request(symbol, "") for symbol in world.symbols),
        *_services(world, tests),
        *_roots(world),
        *_others(world, tests),
    ]
    requests += _sessions(world, requests)
    distinct = {(request.principal, tuple(request.context.items())): request for request in requests}
    return [
        Caller(request, {key: value for key, value in request.values.items() if key in IDENTITY_KEYS})
        for request in distinct.values()
    ]


def _named(statements: Iterable[Statement], tests: dict[str, list[Tested]]) -> _World:
    world = _World()
    for statement in statements:
        for kind, value in sorted(statement.principals | statement.not_principals):
            if kind == SERVICE:
                world.services.setdefault(value)
            elif kind == AWS and value != "*":
                _name(world, value)
    for test in tests.get("aws:principalarn", []):
        for value in test.condition.values:
            if not has_wildcard(value) and not (test.variables and variables_in(value)):
                _name(world, value, as_principal=False)
            parts = value.split(":", ARN_PARTS - 1)
            if len(parts) == ARN_PARTS and ACCOUNT.fullmatch(parts[4]):
                world.accounts.setdefault(parts[4])
            if len(parts) == ARN_PARTS and has_wildcard(parts[1]):
                matched = [one for one in PARTITIONS if fnmatchcase(one, parts[1])]
                world.partitions |= dict.fromkeys(matched[:1] if "aws" in matched else matched)
            elif len(parts) == ARN_PARTS and parts[1].startswith("aws"):
                world.partitions.setdefault(parts[1])
    if not world.partitions:
        world.partitions["aws"] = None
    return world


def _name(world: _World, value: str, *, as_principal: bool = True) -> None:
    account = account_named(value)
    parts = value.split(":", ARN_PARTS - 1)
    if account is not None:
        world.accounts.setdefault(account)
    elif len(parts) == ARN_PARTS:
        kind = parts[5].partition("/")[0]
        world.accounts.setdefault(parts[4])
        if kind == "assumed-role":
            if as_principal:
                world.sessions.setdefault(value)
        elif kind in KINDS and KINDS[kind] == parts[2] and "/" in parts[5]:
            world.arns.setdefault(value)
    elif is_symbolic(value):
        world.symbols.setdefault(value)
    if len(parts) == ARN_PARTS and parts[1].startswith("aws"):
        world.partitions.setdefault(parts[1])


def _accounts(world: _World, tests: dict[str, list[Tested]]) -> None:
    """Account numbers for whatever tests of accounts can tell apart, and one that nobody names."""
    by_number = [*tests.get("aws:principalaccount", []), *tests.get("kms:calleraccount", [])]
    found = [text for text in strings("aws:principalaccount", by_number) if _is_account(text)]
    for text in found:
        world.accounts.setdefault(text)
    candidates = (OTHER_ACCOUNT, *(f"{number:012d}" for number in range(999_988_887_776, 999_988_887_000, -1)))
    world.accounts.setdefault(next(one for one in candidates if one not in world.accounts))


def _is_account(text: str) -> bool:
    """Whether a text is an account's number, or a symbol for one."""
    return ACCOUNT.fullmatch(text) is not None or (is_symbolic(text) and ":" not in text)


def _accounts_by_pattern(world: _World, tests: dict[str, list[Tested]]) -> None:
    """An account for whatever wildcards tell apart by part of an account's number, alone or within an ARN."""
    by_number = [*tests.get("aws:principalaccount", []), *tests.get("kms:calleraccount", [])]
    values = dict.fromkeys(value for test in by_number for value in test.condition.values)
    by_arn = {
        pattern: None
        for test in tests.get("aws:principalarn", [])
        for value in test.condition.values
        if splits_accounts(value) and (pattern := _arn_pattern(test, any_variables(value) if test.variables else value))
    }
    if not by_arn and not any(map(has_wildcard, values)):
        return
    # An account that wildcards match must not be hidden by one that is named and that they match too.
    numbers = [ACCOUNT_IN_ARN, *(glob_pattern(f"{number}:") for number in {**values, **world.accounts})]
    listed = [*numbers, *by_arn]
    automaton = Automaton(listed, shapes=1)
    for partition in world.partitions:
        for service in dict.fromkeys(KINDS.values()):
            before = [*("" for _ in numbers), *(f"arn:{partition}:{service}::" for _ in by_arn)]
            found = automaton.ends(_start(automaton, listed, before)).values()
            world.accounts |= dict.fromkeys(text.removesuffix(":") for text in found)


def _services(world: _World, tests: dict[str, list[Tested]]) -> Iterator[Request]:
    """Services, each with what `kms:CallerAccount` it may send: AWS does not say that it sends none."""
    names = dict.fromkeys(world.services)
    by_name = tests.get("aws:principalservicename", [])
    if by_name:
        literals = (v for test in by_name for v in test.condition.values if not has_wildcard(v))
        names |= dict.fromkeys(literals)
        patterns = dict.fromkeys(_string_pattern(test, v) for test in by_name for v in test.condition.values)
        # A service that a glob matches must not be hidden by one that is named and matches it too.
        patterns |= dict.fromkeys(map(literal_pattern, names))
        automaton = Automaton([*SERVICE_NAMES, *patterns], shapes=len(SERVICE_NAMES))
        names |= dict.fromkeys(automaton.words().values())
    names |= dict.fromkeys(
        [next(one for one in ("example.amazonaws.com", "another.amazonaws.com") if one not in names)]
    )
    sent: list[dict[str, str]] = [{}]
    if "kms:calleraccount" in tests:
        sent += [{"kms:CallerAccount": account} for account in world.accounts]
    for name in names:
        for context in sent:
            yield Request(name, "", context)


def _roots(world: _World) -> Iterator[Request]:
    for partition in world.partitions:
        for account in world.accounts:
            yield Request(f"arn:{partition}:iam::{account}:root", "")


def _others(world: _World, tests: dict[str, list[Tested]]) -> Iterator[Request]:
    """Roles, users and federated users beside those that the policies name, in every account."""
    named_roles: dict[str, list[str]] = {}
    for session in world.sessions:
        named_roles.setdefault(account_of(session), []).append(session.split(":", 5)[5].split("/")[1])
    found: dict[tuple[object, ...], list[str]] = {}
    for partition in world.partitions:
        for account in world.accounts:
            for kind, service in KINDS.items():
                prefix = f"arn:{partition}:{service}::{account}:{kind}/"
                patterns = _patterns(tests, prefix, kind, account, named_roles.get(account, []))
                taken = frozenset(arn.removeprefix(prefix) for arn in world.arns if arn.startswith(prefix))
                memo = (kind, *patterns, taken)
                if memo not in found:
                    found[memo] = _names(kind, patterns, taken)
                for name in found[memo]:
                    yield Request(prefix + name, "")


def _patterns(
    tests: dict[str, list[Tested]], prefix: str, kind: str, account: str, roles: Sequence[str]
) -> list[tuple[Linear, str]]:
    """Patterns that a caller's name decides, each with what of the ARN stands before the name."""
    found: dict[tuple[Linear, str], None] = {}
    context = {"aws:principalaccount": (account,), "kms:calleraccount": (account,)}
    for test in tests.get("aws:principalarn", []):
        for value in test.condition.values:
            text = resolve(value, context) if test.variables else value
            if text is None:
                continue  # depends on more than who calls
            pattern = _arn_pattern(test, text)
            if pattern is not None:
                found.setdefault((pattern, prefix))
    if kind == "user":
        for test in tests.get("aws:username", []):
            for value in test.condition.values:
                for before in ("", "*/"):
                    found.setdefault((_string_pattern(test, value, before=before), ""))
    for name in roles if kind == "role" else ():
        found.setdefault((literal_pattern(name), ""))
        found.setdefault((glob_pattern("*/" + name.replace("*", "")), ""))
    return list(found)


def _arn_pattern(test: Tested, value: str) -> Linear | None:
    return arn_pattern(value) if test.operator.family == "arn" else _string_pattern(test, value)


def _string_pattern(test: Tested, value: str, before: str = "") -> Linear:
    if test.operator.base.endswith("IgnoreCase"):
        return literal_pattern(value, fold=True)
    return (
        glob_pattern(before + value, escapes=test.variables)
        if test.operator.globs or before
        else literal_pattern(value)
    )


def _names(kind: str, patterns: Sequence[tuple[Linear, str]], taken: frozenset[str]) -> list[str]:
    """A name, with its path, for every combination of patterns that a name can match beside the names taken."""
    shapes = (PLAIN_NAME,) if kind == "federated-user" else (PLAIN_NAME, NAME_WITH_PATH)
    listed = [*shapes, *(pattern for pattern, _ in patterns)]
    automaton = Automaton(listed, shapes=len(shapes))
    start = _start(automaton, listed, [*("" for _ in shapes), *(prefix for _, prefix in patterns)])
    found: dict[int, str] = {}
    for name in ("example", "app/example", f"{kind}/example/other"):
        state = automaton.after(name, start)
        if name not in taken and automaton.accepted(state) & ((1 << len(shapes)) - 1):
            found.setdefault(automaton.accepted(state) >> len(shapes), name)
    if patterns:
        words = automaton.words(start)
        if any(word in taken for word in words.values()):
            wider = [*listed, *map(literal_pattern, sorted(taken))]
            automaton = Automaton(wider, shapes=len(shapes))
            start = _start(
                automaton, wider, [*("" for _ in shapes), *(prefix for _, prefix in patterns), *("" for _ in taken)]
            )
            words = {bits: word for bits, word in automaton.words(start).items() if bits < 1 << len(listed)}
        for bits, word in words.items():
            found.setdefault(bits >> len(shapes), word)
    return list(found.values())


def _start(automaton: Automaton, patterns: Sequence[Linear], prefixes: Sequence[str]) -> int:
    """The state in which every pattern has read its own prefix."""
    state, offset = 0, 0
    for pattern, prefix in zip(patterns, prefixes, strict=True):
        width = len(pattern.items) + 1
        own = ((1 << width) - 1) << offset
        state |= automaton.after(prefix, automaton.start & own) & own
        offset += width
    return state


def _sessions(world: _World, requests: Sequence[Request]) -> Iterator[Request]:
    """The sessions that policies name, of every role they may be of; all other sessions go by their role's ARN."""
    for session in world.sessions:
        name = session.split(":", 5)[5].split("/")[1]
        for request in requests:
            if request.kind == "role" and request.account == account_of(session) and request.role_name == name:
                yield Request(session, "", {"aws:PrincipalArn": request.principal})
