"""What a key's source expects of its policy, decided: for one context where it gives one, else for all there can be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from kmsgen.analysis.finding import Found
from kmsgen.analysis.reasons import quoted, why_denied
from kmsgen.policy.model import Policy, Statement
from kmsgen.semantics import who
from kmsgen.semantics.doubt import doubt
from kmsgen.semantics.evaluate import evaluate
from kmsgen.semantics.expected import Expected
from kmsgen.semantics.prove import Always, Never, Proof, Requests, prove, reached
from kmsgen.semantics.request import Request
from kmsgen.semantics.statements import LEVELS, Access
from kmsgen.semantics.strings import TooManyError
from kmsgen.semantics.wording import context_words, sids
from kmsgen.semantics.world import KeyFacts


@dataclass(frozen=True)
class ExpectationResult:
    """What became of an expectation."""

    expected: Expected
    holds: bool | None
    """None where it could not be decided."""
    found: Found | None = None
    """What is to be said of it where it does not hold."""


class _Question(NamedTuple):
    expected: Expected
    policy: Policy
    facts: KeyFacts

    @property
    def level(self) -> Access:
        return "direct" if self.expected.access == "direct" else "delegated"

    @property
    def called(self) -> str:
        """The expectation as its reader knows it."""
        return f"`{self.expected.who}` is to be {'allowed' if self.expected.allow else 'denied'} `{self.expected.to}`"


def decided(expected: Expected, policy: Policy, facts: KeyFacts) -> ExpectationResult:
    """Whether a policy does what is expected of it, over all requests that the expectation means."""
    question = _Question(expected, policy, facts)
    proof = _given(question) if expected.context else _over_all(question)
    if proof.holds:
        return ExpectationResult(expected, True)
    made = _undecided(question, proof) if proof.holds is None else _failed(question, proof.counterexample[0])
    return ExpectationResult(expected, proof.holds, made._replace(at=expected.at, about=_about(expected)))


def _about(expected: Expected) -> str:
    return repr((expected.allow, expected.who, expected.to, expected.access, expected.context))


def _meant(expected: Expected) -> tuple[Statement, ...]:
    patterns = (who.like(*expected.patterns),) if expected.patterns else ()
    return (*(who.named(one) for one in expected.principals), *patterns)


def _over_all(question: _Question) -> Proof:
    expected = question.expected
    asked = Requests(tuple(who.asking(one, expected.actions) for one in _meant(expected)))
    invariant = Always if expected.allow else Never
    return prove(question.policy, invariant(expected.to, asked, question.level), question.facts)


def _given(question: _Question) -> Proof:
    """The one context that is given, for every caller that is meant and every action."""
    expected, least = question.expected, LEVELS[question.level]
    try:
        callers = tuple(who.classes(question.policy, _meant(expected), question.facts))
    except TooManyError as error:
        return Proof(None, why=f"there are too many cases to tell apart: {error}")
    said = {key.lower() for key, _ in expected.context}
    known = {key: values for key, values in question.facts.constants.items() if key not in said}
    context = {**known, **dict(expected.context)}
    for caller in callers:
        for action in sorted(expected.actions):
            request = Request(caller.principal, action, {**caller.context, **context}, question.facts.arn)
            if (why := doubt(question.policy, request, question.facts)) is not None:
                return Proof(None, why=why)
            enough = LEVELS[reached(question.policy, request, question.facts)] >= least
            if enough is not expected.allow:
                return Proof(False, (request,))
    return Proof(True)


def _undecided(question: _Question, proof: Proof) -> Found:
    return Found(f"{question.called}, which could not be decided: {proof.why}", help="give one request in `context`")


def _failed(question: _Question, request: Request) -> Found:
    decision = evaluate(question.policy, request, key_account=question.facts.account)
    deciding = [question.policy.statements.index(one) for one in decision.statements]
    reason, hint = _why_denied(question, request) if question.expected.allow else _why_allowed(question, request)
    verb = "is not" if question.expected.allow else "is"
    message = f"{question.called}, and {_caller(question, request)} {verb} allowed `{request.action}`: {reason}"
    return Found(message, deciding[0] if deciding else None, help=hint, witness=(request,))


def _caller(question: _Question, request: Request) -> str:
    return "it" if request.principal in question.expected.principals else f"`{request.principal}`"


def _why_allowed(question: _Question, request: Request) -> tuple[str, str | None]:
    decision = evaluate(question.policy, request, key_account=question.facts.account)
    said = f"{sids(decision.statements)}{_with(question, request)}"
    if decision.access == "delegated":
        return f"its account's IAM policies decide, by {said}", "with `access: direct` these do not count"
    return f"by {said}", None


def _why_denied(question: _Question, request: Request) -> tuple[str, str | None]:
    reason = why_denied(question.policy, request, question.facts)
    if reason.delegated:
        return reason.words, "write `access: any` if that is enough, or name the principal in the policy"
    # With a context what is missing in it is asked for; without one, all that it depends on.
    given = question.expected.context
    keys = {key for key in reason.keys if key.lower() not in request.values} if given else reason.keys
    verb = "is" if len(keys) == 1 else "are"
    hint = f"say in `context` what {quoted(keys)} {verb} when it is allowed" if keys else None
    return f"{reason.words}{_with(question, request) if reason.keys else ''}", hint


def _with(question: _Question, request: Request) -> str:
    """The context of a request, where it is not the one that was given."""
    said = "" if question.expected.context else context_words(request)
    return f", with {said}" if said else ""
