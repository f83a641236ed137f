"""One guardrail proved for one key, with the request that breaks it where it does not hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kmsgen.analysis.finding import Found
from kmsgen.analysis.guardrails import requests
from kmsgen.analysis.guardrails.model import Guardrail
from kmsgen.analysis.guardrails.relevant import proved, relevant, shared
from kmsgen.analysis.guardrails.selector import UnknownError, selects
from kmsgen.analysis.reasons import why_denied
from kmsgen.catalog import actions
from kmsgen.policy.model import Effect, Policy
from kmsgen.semantics import who
from kmsgen.semantics.evaluate import Decision, evaluate
from kmsgen.semantics.prove import Always, Never, NeverBoth, Proof
from kmsgen.semantics.request import Request
from kmsgen.semantics.statements import Access
from kmsgen.semantics.wording import context_words, sids
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources.model import SourceKey

_LEVELS: dict[str, Access] = {"direct": "direct", "any": "delegated", "iam": "delegated"}


def judge(guardrail: Guardrail, key: SourceKey, policy: Policy) -> tuple[bool | None, Found] | None:
    """What a guardrail says of a key: that it is broken (False) or undecided (None), and why; None where it holds."""
    try:
        if not selects(guardrail.keys, key):
            return None
        if (found := _impossible(guardrail, key.facts)) is not None:
            return False, found
        proof = _proof(guardrail, policy, key.facts)
    except UnknownError as unknown:
        return None, _undecided(guardrail, unknown.what, unknown.hint)
    if proof.holds:
        return None
    if proof.holds is None:
        return None, _undecided(guardrail, proof.why or "", None)
    return False, _broken(guardrail, policy, key.facts, proof.counterexample)


def _proof(guardrail: Guardrail, policy: Policy, known: KeyFacts) -> Proof:
    clause, level = guardrail.clause, _LEVELS[guardrail.clause.access]
    does = frozenset[str]().union(*clause.does)
    less = relevant(policy, clause.who, does)
    facts = shared(less, known)
    if guardrail.kind == "always":
        return _always(guardrail, less, facts, level)
    if not any(one.effect is Effect.ALLOW for one in less.statements):
        return Proof(True)
    if guardrail.kind == "never":
        but = tuple(requests.direct(less)) if clause.access == "iam" else ()
        return proved(less, Never(guardrail.reason, requests.asked(clause, does, facts, but), level), facts)
    # Nobody can take anything from an account's root user for good.
    one, other = (requests.asked(clause, duty, facts, (who.ROOT_USERS,)) for duty in clause.does)
    return proved(less, NeverBoth(guardrail.reason, one, other, level), facts)


def _always(guardrail: Guardrail, policy: Policy, facts: KeyFacts, level: Access) -> Proof:
    """The proof for the actions that work on the key; where its kind is not known, for those of each kind alike."""
    wanted = _wanted(guardrail)
    ways = {wanted & facts.working} if facts.working is not None else set(_by_kind(wanted))
    proofs = []
    for does in sorted(ways, key=sorted):
        asked = requests.asked(guardrail.clause, does, facts)
        proofs.append(proved(policy, Always(guardrail.reason, asked, level), facts))
    if len({proof.holds for proof in proofs}) > 1:
        return Proof(None, why="it depends on the key's spec, which is not known")
    return proofs[0] if proofs else Proof(True)


def _wanted(guardrail: Guardrail) -> frozenset[str]:
    """The actions of an `always`: of a pattern those that there are."""
    return frozenset(
        one.name for name in guardrail.clause.does[0] for one in actions.matching(name) if one.in_key_policy
    )


def _impossible(guardrail: Guardrail, facts: KeyFacts) -> Found | None:
    """What is wrong with an `always` that no policy can fulfil, and that no request would therefore break."""
    if guardrail.kind != "always" or next(requests.foreign(guardrail.clause.who, facts), None) is None:
        return None
    works = _wanted(guardrail) if facts.working is None else _wanted(guardrail) & facts.working
    dead = sorted(name for name in works if not actions.ACTIONS[name].across_accounts)
    if not dead:
        return None
    message = f"the guardrail `{guardrail.name}` does not hold: KMS lets nobody of another account do `{dead[0]}`"
    return Found(message, help=_said(guardrail), about=guardrail.name)


def _by_kind(wanted: frozenset[str]) -> Iterator[frozenset[str]]:
    for kind in sorted(actions.KINDS):
        if does := frozenset(name for name in wanted if kind in actions.ACTIONS[name].kinds):
            yield does


def _undecided(guardrail: Guardrail, why: str, hint: str | None) -> Found:
    message = f"the guardrail `{guardrail.name}` could not be decided: {why}"
    return Found(message, help="; ".join([*([hint] if hint else []), _said(guardrail)]), about=guardrail.name)


def _said(guardrail: Guardrail) -> str:
    """What a guardrail says for itself, and where."""
    return f"{guardrail.at.file}:{guardrail.at.line}: {guardrail.reason}"


def _broken(guardrail: Guardrail, policy: Policy, facts: KeyFacts, found: Sequence[Request]) -> Found:
    decisions = [evaluate(policy, request, key_account=facts.account) for request in found]
    if guardrail.kind == "always":
        said = f"`{found[0].principal}` may not {_what(found[0])}: {why_denied(policy, found[0], facts).words}"
    else:
        said = _ways(found, decisions)
    deciding = decisions[0].statements
    return Found(
        f"the guardrail `{guardrail.name}` does not hold: {said}",
        policy.statements.index(deciding[0]) if deciding else None,
        help=_said(guardrail),
        about=guardrail.name,
        witness=tuple(found),
    )


def _ways(found: Sequence[Request], decisions: Sequence[Decision]) -> str:
    does = " and ".join(f"{_what(one)}, {_by(decision)}" for one, decision in zip(found, decisions, strict=True))
    return f"`{found[0].principal}` may {'both ' if len(found) > 1 else ''}{does}"


def _what(request: Request) -> str:
    context = context_words(request)
    return f"`{request.action}`" + (f" with {context}" if context else "")


def _by(decision: Decision) -> str:
    how = "if its account's IAM policies let it, by " if decision.access == "delegated" else "by "
    return how + sids(decision.statements)
