"""Whether any request at all is allowed by one policy and not by another, by a solver and from AWS's pages alone.

The world of requests, with its certain and its supposed facts, is listed in `tests/oracle/world.py`; which of them hold
is the caller's choice (`narrow`). The meaning of a policy is written here a second time: nothing of `kmsgen.semantics`
is used but the form of a request. What has been read differently by different people is settled as follows.

- `NotPrincipal` excepts whoever a `Principal` with the same entries would mean; with Allow it gives direct access.
- `ForAnyValue:…IfExists` of an absent key is false; a set word on a key that is no list takes it as a list of one.
- `Null` with both values holds always. A condition value of another type than the key's matches nothing.
- A policy variable without a value matches nothing, so that a negated operator holds.
- A user's ARN does not mean the user's federated sessions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Literal, NamedTuple

from kmsgen.policy.model import Condition, Policy, Principal, Statement
from kmsgen.semantics.request import Request
from tests.oracle import world
from tests.oracle.smt_request import UnknownRequest
from tests.oracle.smt_terms import AVAILABLE, Formula, Terms, Text, cvc5
from tests.oracle.smt_values import TextValue, UnsupportedError, in_row, positive

__all__ = ["AVAILABLE", "Answer", "Level", "UnsupportedError", "decide"]

Level = Literal["delegated", "direct"]
Status = Literal["sat", "unsat", "unknown"]
_OPERATOR = re.compile(r"(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?")
_ARN = re.compile(r"arn:([^:]*):(iam|sts)::(\d{12}):(root|(?:role|user|federated-user|assumed-role)/.*)", re.DOTALL)


class Answer(NamedTuple):
    """What the solver found."""

    status: Status
    request: Request | None = None


class _Meaning(NamedTuple):
    """A policy over the unknown request."""

    denied: Formula
    allowed: dict[Level, Formula]
    """By the access that is at least given where nothing denies it."""


def decide(
    old: Policy, new: Policy, level: Level | None = None, *, narrow: bool = False, new_actions: bool = True,
    limit_ms: int = 4000,
) -> Answer:  # fmt: skip
    """Whether a request has at least `level` of access under `new` and less under `old`; with None: at either level."""
    terms = Terms()
    tests = [test for policy in (old, new) for one in policy.statements for test in one.conditions]
    names = frozenset(_context_name(test.key) for test in tests) - {""}
    request = UnknownRequest(terms, narrow=narrow, list_sizes=_sizes(tests, len(names)), names=names)
    before, after = (_meaning(terms, request, policy) for policy in (old, new))
    levels: tuple[Level, ...] = ("delegated", "direct") if level is None else (level,)
    gained = terms.any(_gained(terms, before, after, one) for one in levels)
    if not new_actions:
        terms.fact(terms.no(request.is_new))
    if gained is False:
        return Answer("unsat")
    return _solve(terms, gained, request, limit_ms)


def _gained(terms: Terms, before: _Meaning, after: _Meaning, level: Level) -> Formula:
    has = terms.all((after.allowed[level], terms.no(after.denied)))
    return terms.all((has, terms.any((before.denied, terms.no(before.allowed[level])))))


def _solve(terms: Terms, gained: Formula, request: UnknownRequest, limit_ms: int) -> Answer:
    solver = cvc5.Solver(terms.tm)
    solver.setLogic("QF_SLIA")
    for option, value in (("produce-models", "true"), ("strings-exp", "true"), ("tlimit-per", str(limit_ms))):
        solver.setOption(option, value)
    for formula in (*terms.facts, gained):
        solver.assertFormula(terms.as_term(formula))
    result = solver.checkSat()
    if result.isUnsat():
        return Answer("unsat")
    if not result.isSat():
        return Answer("unknown")

    def read(term: object) -> object:
        if isinstance(term, bool):
            return term
        value = solver.getValue(term)
        if value.isStringValue():
            return value.getStringValue()
        return value.getBooleanValue() if value.isBooleanValue() else value.getIntegerValue()

    return Answer("sat", request.request(read))


def _context_name(key: str) -> str:
    lower = key.lower()
    return lower[len(world.CONTEXT_KEY) :] if lower.startswith(world.CONTEXT_KEY) else ""


def _sizes(tests: Iterable[Condition], names: int) -> dict[str, int]:
    """How many values of each list suffice: one for each test to be told by, one for each name that must be there."""
    counted = Counter(test.key.lower() for test in set(tests) if world.is_list(test.key))
    if world.CONTEXT_KEYS in counted:
        counted[world.CONTEXT_KEYS] += names
    return dict(counted)


def _meaning(terms: Terms, request: UnknownRequest, policy: Policy) -> _Meaning:
    variables = policy.version == "2012-10-17"
    denied: list[Formula] = []
    direct: list[Formula] = []
    some: list[Formula] = []
    for one in policy.statements:
        fits = terms.all((
            _acts(terms, request, one),
            "*" in one.resources,
            *(_holds(terms, request, test, variables) for test in sorted(one.conditions)),
        ))  # fmt: skip
        is_direct, is_some = _who(terms, request, one)
        if one.effect == "Deny":
            denied.append(terms.all((fits, is_some)))
        else:
            direct.append(terms.all((fits, is_direct)))
            some.append(terms.all((fits, is_some)))
    return _Meaning(terms.any(denied), {"direct": terms.any(direct), "delegated": terms.any(some)})


def _acts(terms: Terms, request: UnknownRequest, one: Statement) -> Formula:
    if one.not_actions:
        return terms.no(terms.any(map(request.acts, sorted(one.not_actions))))
    return terms.any(map(request.acts, sorted(one.actions)))


def _who(terms: Terms, request: UnknownRequest, one: Statement) -> tuple[Formula, Formula]:
    """Whether a statement means the caller directly, and whether at all."""
    if one.not_principals:
        others = terms.no(terms.any(_means(terms, request, principal)[1] for principal in sorted(one.not_principals)))
        return others, others
    meant = [_means(terms, request, principal) for principal in sorted(one.principals)]
    return terms.any(direct for direct, _ in meant), terms.any(some for _, some in meant)


def _means(terms: Terms, request: UnknownRequest, principal: Principal) -> tuple[Formula, Formula]:
    """Whether a principal means the caller directly, and whether at all."""
    kind, value = principal
    if kind in ("AWS", "*") and value == "*":
        return True, True
    if kind == "Service":
        called = terms.any(
            terms.all((there, in_row(terms, service.pieces, (value,)))) for there, service in request.services
        )
        return called, called
    if kind != "AWS":
        return False, False
    if re.fullmatch(r"\d{12}", value):
        return _account(terms, request, value)
    found = _ARN.fullmatch(value)
    if found is None:
        return False, False
    partition, _, account, resource = found.groups()
    if resource == "root":
        return _account(terms, request, account)
    sort, _, name = resource.partition("/")
    caller, texts = {
        "role": ("session", (request.path, request.name)),
        "user": ("user", (request.path, request.name)),
        "federated-user": ("federated", (request.name,)),
        "assumed-role": ("session", (request.name, "/", request.session)),
    }[sort]
    named = terms.all((
        request.is_kind(caller),
        terms.equals(request.partition, partition),
        terms.equals(request.account, account),
        _named(terms, texts, name),
    ))  # fmt: skip
    return named, named


def _named(terms: Terms, texts: tuple[Text, ...], name: str) -> Formula:
    """Names hold no `/`, so that the last one parts what is written in front of a name from it."""
    start, slash, last = name.rpartition("/")
    if len(texts) == 1:
        return terms.equals(texts[0], name)
    front = start if len(texts) == 3 else start + slash
    return terms.all((terms.equals(texts[0], front), terms.equals(texts[-1], last)))


def _account(terms: Terms, request: UnknownRequest, account: str) -> tuple[Formula, Formula]:
    """The account: everybody in it by their IAM policies, its root user by itself."""
    same = terms.equals(request.account, account)
    anybody = terms.any(map(request.is_kind, world.IAM_KINDS))
    return terms.all((same, request.is_kind("root"))), terms.all((same, anybody))


def _holds(terms: Terms, request: UnknownRequest, test: Condition, variables: bool) -> Formula:
    found = _OPERATOR.fullmatch(test.operator)
    if found is None:
        raise UnsupportedError(test.operator)
    word, base, if_exists = found[1], found[2], found[3] is not None
    held = request.key(test.key)
    present = held.present(terms)
    if base == "Null":
        wanted = {value.lower() for value in test.values}
        return terms.any((
            terms.all(("true" in wanted, terms.no(present))), terms.all(("false" in wanted, present)),
        ))  # fmt: skip
    if word is None and world.is_list(test.key):
        raise UnsupportedError("a list key without a set word")
    negated, plain = "Not" in base, "ArnLike" if base.startswith("Arn") else positive(base)

    def lookup(key: str) -> tuple[Formula, Text]:
        there = request.key(key)
        texts = {id(value.text): value.text for _, value in there.elements if isinstance(value, TextValue)}
        if len(texts) != 1 or world.is_list(key):
            raise UnsupportedError(f"a policy variable for {key}")
        return there.present(terms), next(iter(texts.values()))

    fits = []
    for used, value in held.elements:
        matched = terms.any(value.matches(plain, wanted, variables, lookup) for wanted in test.values)
        fits.append((used, terms.no(matched) if negated else matched))
    if word == "ForAllValues":
        return terms.all(terms.implies(used, one) for used, one in fits)
    some = terms.any(terms.all((used, one)) for used, one in fits)
    if word == "ForAnyValue":
        return some
    return terms.any((some, terms.no(present))) if negated or if_exists else some
