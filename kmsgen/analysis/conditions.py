"""What the rules about conditions share: whose requests carry a key, for which actions, and what holds without it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Literal

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Tested, View, view
from kmsgen.catalog import actions, condition_keys
from kmsgen.catalog.key_specs import SPECS, kind_of
from kmsgen.policy.model import Effect, Policy, Statement, condition
from kmsgen.policy.never import missing_set_word
from kmsgen.semantics.prove import Never, Proof, Requests, callers, prove
from kmsgen.semantics.rules import is_optional
from kmsgen.semantics.world import KeyFacts

FREE_TEXT = frozenset(
    {
        "kms:EncryptionContext:", "kms:EncryptionContextKeys", "aws:PrincipalTag/", "aws:RequestTag/", "aws:TagKeys",
        "aws:FederatedProvider", "aws:Referer", "aws:SourceIdentity", "aws:UserAgent", "aws:userid",
        "kms:GranteePrincipal", "kms:RetiringPrincipal",
    }
)  # fmt: skip
"""Keys whose values may be texts of any kind: ARNs, numbers, dates."""

CONTEXT = ("kms:EncryptionContext:", "kms:EncryptionContextKeys")
"""The keys about the encryption context, as the catalogue names them."""

MFA = ("aws:multifactorauthage", "aws:multifactorauthpresent")

WHO = frozenset(
    {
        "aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths", "aws:principaltype",
        "kms:calleraccount",
    }
)  # fmt: skip
"""Keys that say who calls, in lower case, as `Principal` does."""

# What every request for an action comes with that carries it at all, by the KMS API: parameters that are required,
# or that have a value where none is given.
_ALWAYS_SENT = frozenset(
    """
    aws:tagkeys kms:datakeypairspec kms:encryptionalgorithm kms:grantisforawsresource kms:grantoperations
    kms:keyagreementalgorithm kms:macalgorithm kms:messagetype kms:policyname kms:primaryregion
    kms:reencryptonsamekey kms:replicaregion kms:schedulekeydeletionpendingwindowindays kms:signingalgorithm
    kms:wrappingalgorithm kms:wrappingkeyspec
    """.split()
)
_SHOWN = 3

# By what their resources' ARNs say: https://docs.aws.amazon.com/comprehend/latest/dg/custom-copy-sharing.html and
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-copy-trail-to-lake.html
_SENDING = (["cloudtrail"], ["comprehend"])

Callers = Literal["principals", "services", "both", "any"]


def kind(facts: KeyFacts) -> str | None:
    """The kind of key (one of `actions.KINDS`); None where its spec and usage are not known."""
    spec, usage = facts.spec, facts.usage
    return kind_of(spec, usage) if spec in SPECS and usage in SPECS[spec].usages else None


def some(names: Iterable[str]) -> str:
    """Names in backticks, the first few of them and how many more."""
    listed = sorted(names)
    shown, more = listed[:_SHOWN], len(listed) - _SHOWN
    if more > 0:
        return f"{', '.join(f'`{name}`' for name in shown)} and {more} more"
    return listing(shown)


def listing(names: Sequence[str]) -> str:
    """All names in backticks.

    >>> listing(["a", "b", "c"])
    '`a`, `b` and `c`'
    """
    marked = [f"`{name}`" for name in names]
    return marked[0] if len(marked) == 1 else f"{', '.join(marked[:-1])} and {marked[-1]}" if marked else "nothing"


def carriers(key: str) -> tuple[str, ...]:
    """The actions of key policies whose requests carry a condition key."""
    return tuple(
        name for name, one in actions.ACTIONS.items() if one.in_key_policy and condition_keys.carries(name, key)
    )


@lru_cache(maxsize=1024)
def unsent(statement: Statement) -> Mapping[str, Tested]:
    """The actions of which a statement matches no request, each with a test of a key that they do not carry."""
    one, found = view(statement), dict[str, Tested]()
    for test in one.tests:
        if test.known is not None and not test.known.every_action and not test.holds_if_absent:
            for action in one.actions:
                if not condition_keys.carries(action, test.condition.key):
                    found.setdefault(action, test)
    return found


def all_unsent(one: View) -> bool:
    """Whether a statement matches no request because none for its actions carries the keys that it tests."""
    found = unsent(one.statement)
    return bool(found) and len(found) == len(one.actions) and not any(map(_unknown, one.statement.actions))


def _unknown(action: str) -> bool:
    """Whether an entry of `Action` may be an action that AWS has added."""
    exact = "*" not in action and "?" not in action and action.lower().startswith("kms:")
    return exact and actions.find(action) is None and not actions.never(action)


def who(one: View) -> Callers:
    """Whose requests a statement is about, by `Principal` and by what it asks of a caller."""
    named = bool(one.accounts or one.arns)
    if one.statement.not_principals or one.everyone:
        senders = {_sender(test) for test in one.tests} - {"any"}
        # What asks for both is for nobody, and said of what services send.
        return "principals" if "principal" in senders else "services" if senders else "any"
    if one.services:
        return "both" if named else "services"
    return "principals" if named else "any"


def _sender(test: Tested) -> str:
    if test.known is None or test.holds_if_absent:
        return "any"
    if test.known.name == "aws:PrincipalIsAWSService":
        said = {value.lower() for value in test.condition.values}
        return "any" if len(said) != 1 else "service" if "true" in said else "principal"
    # Services forward calls of services, too, here and there.
    return "any" if test.known.name == "kms:ViaService" else test.known.sender


def sends_source(one: View) -> bool:
    """Whether a statement is about resources whose service sends their ARNs with calls on a principal's behalf."""
    sources = [value for test in one.testing("aws:sourcearn") for value in test.condition.values]
    return bool(sources) and all(value.split(":")[2:3] in _SENDING for value in sources)


def is_asked_for(one: View, test: Tested) -> bool:
    """Whether another test of the same key demands that the key is there."""
    return any(other.lower == test.lower and not other.holds_if_absent for other in one.tests if other is not test)


def may_be_absent(test: Tested) -> bool:
    """Whether a request for an action that carries the key may come without it."""
    return is_optional(test.lower) and test.lower not in _ALWAYS_SENT


def without_key(statement: Statement, key: str, facts: KeyFacts) -> Proof:
    """Whether no request at all is matched by a statement that does not carry the key."""
    plain = replace(statement, effect=Effect.ALLOW, sid=None, origin=())
    return never_matches(plain, callers(conditions=(condition("Null", key, "true"),)), facts)


@lru_cache(maxsize=1024)
def never_matches(statement: Statement, asked: Statement, facts: KeyFacts) -> Proof:
    """Whether no request at all is matched by both statements; effects do not matter."""
    allowing = Policy((replace(statement, effect=Effect.ALLOW),))
    return prove(allowing, Never("no such request", Requests((asked,))), facts)


def missing_let_through(
    one: View, tests: Iterable[Tested], facts: KeyFacts, said: Callable[[Tested], tuple[str, str]]
) -> Iterator[Found]:
    """What is found of each of some tests that hold without their key: that requests without it are let through.

    `said` gives the message and the help. Keys that come with every request, or that other tests demand, are left out.
    """
    for test in tests:
        if test.known is None or not may_be_absent(test) or is_asked_for(one, test):
            continue
        if missing_set_word(test.condition, test.operator, test.known) is not None:
            continue
        proof = without_key(one.statement, test.condition.key, facts)
        if proof.holds:
            continue
        message, help_ = said(test)
        if proof.holds is None:
            message = f"whether requests without `{test.condition.key}` are let in is not decided: {proof.why}"
        about = f"{test.condition.operator} {test.condition.key}"
        yield Found(message, path=test.path, help=help_, about=about, witness=proof.counterexample)
