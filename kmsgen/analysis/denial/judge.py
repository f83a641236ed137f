"""One denial and one key: whether the key's policy refused it, what came nearest to allowing it, and what failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from kmsgen.analysis.denial.asking import Unknown, request_of, tests_of
from kmsgen.analysis.denial.model import Denial, Layer, Values
from kmsgen.policy.model import Condition, Effect, Policy, Statement
from kmsgen.semantics.doubt import doubt
from kmsgen.semantics.evaluate import Access, Decision, evaluate, honoured_across, matchers
from kmsgen.semantics.evaluate import Verdict as Decided
from kmsgen.semantics.request import Request
from kmsgen.sources.model import SourceKey

OF_CALLERS = frozenset(
    {"aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:principalisawsservice", "aws:username"}
)
"""Condition keys, in lower case, by which a statement says for whom it is."""

Verdict = Literal["allowed", "depends", "denied", "explicitly-denied", "undecided"]
Element = Literal["principal", "action", "resource", "condition"]


@dataclass(frozen=True)
class Miss:
    """One element of a statement that keeps it from deciding a request as it should."""

    element: Element
    condition: Condition | None = None
    values: Values | None = None
    """The request's values of the condition's key; empty where it has none, None where that is not known."""


@dataclass(frozen=True)
class Nearest:
    """The statement that came nearest to allowing a request, or the Deny that stands in the way."""

    statement: Statement
    misses: tuple[Miss, ...]


@dataclass(frozen=True)
class Judgement:
    """What one key's policy says to a denied request, and which layer refused it."""

    key: SourceKey
    denial: Denial
    layer: Layer
    verdict: Verdict
    """What the key policy says: `depends` where it allows the request for some values of what is not known of it."""
    request: Request | None = None
    access: Access = "none"
    needs_identity_policy: bool = False
    statements: tuple[Statement, ...] = ()
    """Those that decide, where the verdict is the same whatever is not known."""
    nearest: Nearest | None = None
    would: tuple[tuple[str, Values], ...] = ()
    """With these values of what is not known the policy allows the request; confirmed by `evaluate`."""
    direct: tuple[tuple[str, Values], ...] | None = None
    """With these values of what is not known it is allowed without IAM; None where it is not for any."""
    across: bool = False
    """Whether KMS honours no statement that lets another account do this."""
    open: str | None = None
    """Why nothing is decided, where only a stack knows what the policy says to the request."""


def judge(denial: Denial, key: SourceKey, principal: str | None, action: str | None) -> Judgement:
    """What the key's policy says to the denied request, for a principal and an action as AWS writes them."""
    if key.policy is None or principal is None or action is None:
        layer: Layer = "key-state" if denial.state else denial.layer or ("key-place" if denial.missing else "unknown")
        return Judgement(key, denial, layer, "undecided")
    request = request_of(denial, key, principal, action)
    if (why := doubt(key.policy, request, key.facts)) is not None:
        refused: Layer = "key-state" if denial.state else denial.layer or "unknown"
        return Judgement(key, denial, refused, "undecided", request, open=why)
    account = key.facts.account
    across = account is not None and request.account not in ("", account) and not honoured_across(action)
    unknown = Unknown(key.policy, request, denial)
    decisions = [
        (context, evaluate(key.policy, unknown.asked(context), key_account=account)) for context in unknown.contexts()
    ]
    found = {one.verdict for _, one in decisions}
    verdict = _verdict(found) if unknown.exhaustive else _untried(found, key.policy, unknown)
    allowing = next(((context, one) for context, one in decisions if one.verdict == "allowed"), None)
    decision = allowing[1] if allowing else decisions[0][1]
    denying = next((one for _, one in decisions if one.verdict == "explicitly-denied"), None)
    if denial.explicit and denial.layer in (None, "key-policy"):
        # A Deny that may have matched is what the message speaks of, whatever else would allow the request.
        nearest = None if denying is None else _denying(denying.statements[0], request, unknown)
    else:
        nearest = _nearest(key.policy, request, unknown, verdict, allowing, denying)
    direct = next((context for context, one in decisions if one.access == "direct"), None)
    return Judgement(
        key,
        denial,
        _layer(denial, verdict, decision, may_deny=denying is not None),
        verdict,
        request,
        decision.access,
        decision.needs_identity_policy,
        decision.statements if verdict in ("allowed", "explicitly-denied") else (),
        nearest,
        tuple(sorted(allowing[0].items())) if allowing and verdict == "depends" else (),
        None if direct is None else tuple(sorted(direct.items())),
        across,
    )


def _verdict(found: set[Decided]) -> Verdict:
    """What the policy says, of what it says for every value of what is not known."""
    if found == {"allowed"}:
        return "allowed"
    if "allowed" in found:
        return "depends"
    return "explicitly-denied" if found == {"explicitly-denied"} else "denied"


def _untried(found: set[Decided], policy: Policy, unknown: Unknown) -> Verdict:
    """What the policy says where not every value was tried: what a statement settles by what is known, or is shown."""
    known, allowing = unknown.asked({}), False
    for statement, matcher in zip(policy.statements, matchers(policy), strict=True):
        if (
            matcher.strength(known) == "none"
            or not matcher.acts(known.lower_action)
            or not matcher.on_key(known.key_arn)
        ):
            continue
        tests = list(zip(tests_of(statement), matcher.tests, strict=True))
        may_match = all(holds(known.values) for test, holds in tests if unknown.settles(test))
        if may_match and statement.effect is Effect.ALLOW:
            allowing = True
        elif may_match and all(unknown.settles(test) for test, _ in tests):
            return "explicitly-denied"
    if not allowing:
        return "denied"
    return "depends" if "allowed" in found and len(found) > 1 else "undecided"


def _denying(statement: Statement, request: Request, unknown: Unknown) -> Nearest:
    """A Deny, with what it tests of the request beside who calls."""
    tests = (one for one in tests_of(statement) if not _follows_from_caller(one))
    return Nearest(statement, tuple(Miss("condition", one, _given(request, unknown, one)) for one in tests))


def _layer(denial: Denial, verdict: Verdict, decision: Decision, *, may_deny: bool) -> Layer:
    """Which layer refused: what the message says, held against what the policy says."""
    if denial.state is not None:
        return "key-state"
    said = denial.layer
    if said not in (None, "identity-policy", "key-policy"):
        return said
    if said == "identity-policy" and denial.explicit:
        return said
    if verdict == "undecided":
        return said or "unknown"
    if verdict in ("denied", "explicitly-denied"):
        return "key-policy"
    if denial.explicit and not may_deny:
        return "elsewhere"
    if verdict == "depends":
        # Where IAM is to decide and the message says that it did not allow, the conditions are likely to have held.
        return "identity-policy" if said == "identity-policy" and decision.needs_identity_policy else "key-policy"
    if said != "key-policy" and decision.needs_identity_policy:
        return "identity-policy"
    return "key-place" if denial.missing else "elsewhere"


def _nearest(
    policy: Policy,
    request: Request,
    unknown: Unknown,
    verdict: Verdict,
    allowing: tuple[Mapping[str, Values], Decision] | None,
    denying: Decision | None,
) -> Nearest | None:
    """The statement to look at first: a Deny in the way, the Allow that would do, or the one that misses least."""
    known = unknown.asked({})
    if verdict == "explicitly-denied" and denying is not None:
        return _denying(denying.statements[0], known, unknown)
    ranked = _ranked(policy, known, unknown)
    if verdict == "allowed":
        # Where it is left to IAM, a statement that would have allowed it without, but for a condition.
        delegated = allowing is not None and allowing[1].access == "delegated"
        missed = [one for rank, one in ranked if delegated and rank[:2] == (0, 0) and one.misses]
        return next((one for one in missed if _direct(policy, one.statement, known)), None)
    if allowing is not None:
        would = {id(one) for one in allowing[1].statements}
        best = next(one for _, one in ranked if id(one.statement) in would)
        may_be_denied = denying is not None and not best.misses
        return _denying(denying.statements[0], known, unknown) if denying is not None and may_be_denied else best
    return ranked[0][1] if ranked and ranked[0][0][:2] != (1, 1) else None


def _ranked(policy: Policy, request: Request, unknown: Unknown) -> list[tuple[tuple[int, ...], Nearest]]:
    """The statements that allow anything, the nearest to the request first."""
    found: list[tuple[tuple[int, ...], Nearest]] = []
    for place, statement in enumerate(policy.statements):
        if statement.effect is Effect.ALLOW:
            misses = _misses(policy, place, request, unknown)
            elements = {miss.element for miss in misses}
            other = int(not elements.isdisjoint({"action", "resource"}))
            rank = (int(not_for(misses)), other, _undone(misses), len(statement.actions), place)
            found.append((rank, Nearest(statement, misses)))
    return sorted(found, key=lambda one: one[0])


def _direct(policy: Policy, statement: Statement, request: Request) -> bool:
    """Whether a statement names the caller itself, and not its account."""
    return matchers(policy)[policy.statements.index(statement)].strength(request) == "direct"


def not_for(misses: tuple[Miss, ...]) -> bool:
    """Whether a statement that misses a request so is not for its caller."""
    return any(
        miss.element == "principal"
        or (miss.condition is not None and miss.values and _follows_from_caller(miss.condition))
        for miss in misses
    )


def _follows_from_caller(test: Condition) -> bool:
    return test.key.lower() in OF_CALLERS


def _undone(misses: tuple[Miss, ...]) -> int:
    """How far a statement is from matching: a condition that fails counts more than one of which nothing is known."""
    return sum(1 if miss.values is None else 100 for miss in misses)


def _misses(policy: Policy, place: int, request: Request, unknown: Unknown) -> tuple[Miss, ...]:
    """The elements of an Allow that do not match the request, or may not."""
    matcher, found = matchers(policy)[place], list[Miss]()
    if matcher.strength(request) == "none":
        found.append(Miss("principal"))
    if not matcher.acts(request.lower_action):
        found.append(Miss("action"))
    if not matcher.on_key(request.key_arn):
        found.append(Miss("resource"))
    for test, matched in zip(tests_of(policy.statements[place]), matcher.tests, strict=True):
        if not matched(request.values):
            found.append(Miss("condition", test, _given(request, unknown, test)))
    return tuple(found)


def _given(request: Request, unknown: Unknown, test: Condition) -> Values | None:
    if not unknown.settles(test):
        return None
    return tuple(request.values.get(test.key.lower(), ()))
