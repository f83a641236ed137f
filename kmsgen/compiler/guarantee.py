"""A policy held to the blueprint that it was compiled from: no reach beyond what is asked for, and nothing of it lost.

What is asked for is worked out here a second time, from the blueprint and the headers of templates alone. Statements
are compared with it by what they list, which settles nearly every key; the rest is decided over all requests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from kmsgen.blueprint.model import Entry, Given, TemplateEntry, Who
from kmsgen.catalog import actions, condition_keys
from kmsgen.catalog.principals import account_of, root_arn
from kmsgen.compiler.conditions import lower
from kmsgen.compiler.context import Context
from kmsgen.compiler.grantees import pin_of
from kmsgen.compiler.grants import default_roles
from kmsgen.compiler.naming import Draft
from kmsgen.errors import Location
from kmsgen.policy.model import ANYONE, AWS, Condition, Effect, Origin, Policy, Principal, Statement, condition
from kmsgen.semantics.compare import compare
from kmsgen.semantics.difference import Difference
from kmsgen.semantics.prove import no_public_access, prove
from kmsgen.semantics.statements import account_named
from kmsgen.semantics.world import KeyFacts

_IDENTITY = frozenset({"aws:principalarn", "aws:principalaccount"})
_REPAIR = frozenset({"kms:DescribeKey", "kms:GetKeyPolicy", "kms:ListKeyPolicies", "kms:PutKeyPolicy"})
_ROOT_USER = condition("StringEquals", "aws:PrincipalType", "Account")


class Unit(NamedTuple):
    """One caller that a statement names, in itself or by what `aws:PrincipalArn` looks like."""

    principal: Principal
    account: str = ""
    """Where a condition tells the account."""
    pattern: str = ""
    """What `aws:PrincipalArn` is like, where a condition says so."""


Way = tuple[frozenset[str], frozenset[Condition]]
Reach = dict[Unit, list[Way]]
"""Who may do what, and under which conditions each time."""


def check(context: Context, policy: Policy, drafts: Iterable[Draft], services: Iterable[Draft]) -> None:
    """Report what the policy allows beyond the blueprint, and what it lost of `drafts` on the way.

    `drafts`: all that is allowed, entry by entry, as templates made it; `services`: those that services made.
    """
    by_services = [draft.statement for draft in services]
    strange = [one for one in by_services if not _in_known_accounts(context, one)]
    if strange:
        return
    made = [one for one in policy.statements if one.effect is Effect.ALLOW and not _by_hand(context, one)]
    asked = _asked(context)
    for statement in by_services:
        _add(asked, statement)
    if not all(_covered(asked, statement) for statement in made):
        _beyond(context, asked, made)
    given: Reach = {}
    for statement in made:
        _add(given, statement)
    lost = [draft.statement for draft in drafts if not _covered(given, draft.statement)]
    if lost:
        _lost(context, policy, lost)
    for statement in made:
        _no_stranger(context, statement)


def _asked(context: Context) -> Reach:
    """Who is to do what, by the blueprint: entry by entry, action by action."""
    asked: Reach = {}
    key = context.key
    root = Unit(Principal(AWS, context.root))
    if key.root.mode == "recovery":
        _ask(asked, root, _REPAIR, frozenset({_ROOT_USER}))
    elif key.root.mode == "delegate":
        _ask(asked, root, frozenset({"kms:*"}), frozenset())
    elif key.root.mode == "delegate-admin":
        managing = {name for name, action in actions.ACTIONS.items() if action.category != "use"}
        _ask(asked, root, frozenset(managing - {"kms:CreateGrant"}), frozenset())
    if key.deployer is not None:
        _ask_entry(context, asked, key.deployer, ["deploy"])
    for entry in key.entries:
        _ask_entry(context, asked, entry, [role.name for role in entry.roles or default_roles(context, entry)])
    return asked


def _ask_entry(context: Context, asked: Reach, entry: Entry, roles: Iterable[str]) -> None:
    terms = tuple(one.conditions for one in lower(context, entry.when))
    for role in roles:
        template = context.library.find("roles", role)
        bound = template.bound & context.working if template else frozenset[str]()
        for who in entry.who:
            ways = _ways(bound, terms, context.kind, foreign=who.account != context.key.account)
            for unit in _units_of(context, entry, who):
                asked.setdefault(unit, []).extend(ways)


@lru_cache(maxsize=1024)
def _ways(bound: frozenset[str], terms: tuple[tuple[Condition, ...], ...], kind: str, *, foreign: bool) -> list[Way]:
    """What a role lets somebody do, its actions by those of an entry's conditions that their requests carry."""
    ways: dict[frozenset[Condition], set[str]] = {}
    for name in bound:
        if foreign and not actions.ACTIONS[name].across_accounts:
            continue
        carried = (tests for tests in terms if all(condition_keys.carries(name, test.key, kind) for test in tests))
        ways.setdefault(frozenset(test for tests in carried for test in tests), set()).add(name)
    return [(frozenset(names), conditions) for conditions, names in ways.items()]


def _units_of(context: Context, entry: Entry, who: Who) -> Iterator[Unit]:
    pin = pin_of(entry, who)
    if pin == "true":
        yield Unit(Principal(AWS, who.arn))
    else:
        named = ANYONE if pin == "match" else root_arn(context.key.partition, who.account)
        for pattern in who.patterns:
            yield Unit(Principal(AWS, named), who.account if pin == "match" else "", pattern)


def _ask(reach: Reach, unit: Unit, names: frozenset[str], conditions: frozenset[Condition]) -> None:
    reach.setdefault(unit, []).append((names, conditions))


def _add(reach: Reach, statement: Statement) -> None:
    conditions = _when(statement)
    for unit in _units(statement):
        _ask(reach, unit, statement.actions, conditions)


def _by_arn(statement: Statement) -> bool:
    return any(test.key.lower() == "aws:principalarn" for test in statement.conditions)


def _when(statement: Statement) -> frozenset[Condition]:
    """A statement's conditions without those by which it says whom it means."""
    if not _by_arn(statement):
        return statement.conditions
    return frozenset(test for test in statement.conditions if test.key.lower() not in _IDENTITY)


def _units(statement: Statement) -> Iterator[Unit]:
    if not _by_arn(statement):
        yield from map(Unit, statement.principals)
        return
    told = {test.key.lower(): test.values for test in statement.conditions if test.key.lower() in _IDENTITY}
    patterns = told.get("aws:principalarn", ())
    for principal in statement.principals:
        if patterns and (principal.is_everyone or account_named(principal.value) is not None):
            accounts = told.get("aws:principalaccount", ("",)) if principal.is_everyone else ("",)
            for pattern in patterns:
                yield from (Unit(principal, account, pattern) for account in accounts)
        else:
            yield Unit(principal)


def _covered(reach: Reach, statement: Statement) -> bool:
    """Whether all that a statement allows stands in a reach, by what it lists."""
    conditions = _when(statement)
    for one in _units(statement):
        left = statement.actions
        for unit in (one, Unit(one.principal)):
            for names, wanted in reach.get(unit, ()):
                if wanted <= conditions:
                    left -= names
        if left:
            return False
    return True


def _by_hand(context: Context, statement: Statement) -> bool:
    return any(one.statement is statement or one.statement == statement for one in context.key.statements)


def _statements(reach: Reach) -> tuple[Statement, ...]:
    found: list[Statement] = []
    for unit, ways in reach.items():
        own = [condition("ArnLike", "aws:PrincipalArn", unit.pattern)] if unit.pattern else []
        own += [condition("StringEquals", "aws:PrincipalAccount", unit.account)] if unit.account else []
        found += [
            Statement(Effect.ALLOW, frozenset({unit.principal}), actions=names, conditions=conditions | {*own})
            for names, conditions in dict.fromkeys(ways)
        ]
    return tuple(found)


def _facts(context: Context) -> KeyFacts:
    settings = context.key.settings
    known = KeyFacts(account=context.key.account, region=context.key.region)
    return known if settings.existing else replace(known, spec=settings.spec, usage=settings.usage)


def _beyond(context: Context, asked: Reach, made: list[Statement]) -> None:
    """Report what statements allow that nobody asked for, if over all requests there is any."""
    outcome = compare(Policy(_statements(asked)), Policy(tuple(made)), _facts(context))
    name = context.key.name
    for one in outcome.gains:
        context.problems.error(
            f"the policy of `{name}` would allow more than the blueprint asks for: {_shown(one)}",
            context.key.at,
            "the template that makes this statement reaches further than it may",
            tuple(("made here", place) for place in _places(context, one.origin)),
        )
    for why in outcome.undecided:
        message = f"whether the policy of `{name}` allows more than the blueprint asks for is not decided: {why}"
        context.problems.error(message, context.key.at)


def _lost(context: Context, policy: Policy, lost: list[Statement]) -> None:
    """Report what was asked for and is not allowed, if over all requests there is any."""
    allowing = tuple(one for one in policy.statements if one.effect is Effect.ALLOW)
    outcome = compare(Policy(tuple(lost)), Policy(allowing), _facts(context))
    for one in outcome.losses:
        message = f"the policy of `{context.key.name}` would not allow what the blueprint asks for: {_shown(one)}"
        context.problems.error(message, next(_places(context, one.origin), context.key.at))


def _shown(one: Difference) -> str:
    by = f" by `{one.statement}`" if one.statement else ""
    return f"`{one.witness.principal}` could do `{one.witness.action}`{by}"


def _places(context: Context, origin: tuple[Origin, ...]) -> Iterator[Location]:
    key = context.key
    places = [*(one.at for one in key.entries), *(one.at for one in key.services), key.root.at]
    return (at for at in places if Origin(at.file, at.line, at.column) in origin)


def _no_stranger(context: Context, statement: Statement) -> None:
    """Report a statement that lets in somebody of an account, organization or network that nobody named."""
    if not any(principal.is_everyone for principal in statement.principals):
        return
    stranger = _stranger(replace(statement, sid=None, origin=()))
    if stranger is not None:
        context.problems.error(
            f"the policy of `{context.key.name}` would let in strangers: {stranger}",
            next(_places(context, statement.origin), context.key.at),
            "say whose requests are meant: accounts, an organization, a network",
        )


@lru_cache(maxsize=1024)
def _stranger(statement: Statement) -> str | None:
    """A stranger whom a statement lets in, or why that is not known; None where it is proved that there is none."""
    alone = Policy((statement,))
    proof = prove(alone, no_public_access(alone))
    if proof.holds:
        return None
    if proof.holds is None:
        return f"it is not decided: {proof.why}"
    (request,) = proof.counterexample
    return f"`{request.principal}` could do `{request.action}`"


def _in_known_accounts(context: Context, statement: Statement) -> bool:
    """Whether a service's statement names principals of accounts alone that the key or the entry names."""
    if all(principal.kind != AWS for principal in statement.principals):
        return True
    entries = [
        one for one in context.key.services if Origin(one.at.file, one.at.line, one.at.column) in statement.origin
    ]
    known = {context.key.account, *(account for one in entries for account in _accounts(context, one))}
    for principal in sorted(statement.principals):
        account = account_named(principal.value) or account_of(principal.value)
        if principal.kind == AWS and not principal.is_everyone and account and account not in known:
            context.problems.error(
                f"the template of `{entries[0].name}` lets in `{principal.value}`, whom nobody asked for"
                if entries
                else f"a service's template lets in `{principal.value}`, whom nobody asked for",
                entries[0].at if entries else context.key.at,
                "let the entry name whom it is for, with `for` or with a parameter",
            )
            return False
    return True


def _accounts(context: Context, entry: TemplateEntry) -> Iterator[str]:
    """The accounts that an entry names: of those whom it is for, and in its parameters."""
    for who in entry.for_ or (who for one in context.key.entries for who in one.who):
        yield who.account
    grammar = context.key.directory.grammar
    for text in _given_texts(entry.parameters.values()):
        number = grammar.account_number(text) or account_of(text) or grammar.account_number(text.partition("/")[0])
        if number:
            yield number


def _given_texts(values: Iterable[Given]) -> Iterator[str]:
    for given in values:
        if isinstance(given.value, tuple):
            yield from _given_texts(given.value)
        elif isinstance(given.value, dict):
            yield from _given_texts(given.value.values())
        elif isinstance(given.value, str):
            yield given.value
