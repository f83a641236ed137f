"""A statement can be taken out, and nothing changes: proved.

Everything that it allows, another statement allows as well; or all that it denies, another one denies. Whoever later
takes the access away by removing the one statement has not taken it away. A role that is named beside its whole account
is not redundant: the account needs an IAM policy as well, the role does not.

Avoid:

    - {Sid: Read, Effect: Allow, Principal: {AWS: "111122223333"}, Action: kms:Decrypt, ...}
    - {Sid: Use, Effect: Allow, Principal: {AWS: "111122223333"}, Action: [kms:Encrypt, kms:Decrypt], ...}

Prefer:

    - {Sid: Use, Effect: Allow, Principal: {AWS: "111122223333"}, Action: [kms:Encrypt, kms:Decrypt], ...}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Subject, Tested, View, view
from kmsgen.catalog.patterns import glob, has_wildcard, within
from kmsgen.catalog.principals import account_of
from kmsgen.policy.model import AWS, Effect, Policy, Principal, Statement
from kmsgen.policy.reference import is_symbolic
from kmsgen.semantics.compare import compare
from kmsgen.semantics.statements import account_named
from kmsgen.semantics.world import KeyFacts

CODE = "KMS422"
SEVERITY = "note"
LIKE = ("access-analyzer REDUNDANT_STATEMENT",)

# What a statement's principals may settle, so that a statement that tests it may hold all that one without holds.
_TOLD = frozenset(
    {"aws:principalarn", "aws:principalaccount", "kms:calleraccount", "aws:principaltype", "aws:principalisawsservice"}
)
_THIS_KEY = frozenset({"*"})
_EVERYBODY = Statement(Effect.ALLOW, frozenset({Principal(AWS, "*")}), actions=frozenset({"kms:*"}))


class _Covered(NamedTuple):
    by: tuple[int, ...]
    """Statements that together say all that it says."""
    undecided: str | None


def check(subject: Subject) -> Iterator[Found]:
    """Every statement that the others of the policy make needless; of equal ones all but the first."""
    if not subject.written_by_hand:
        return  # the compiler may say one thing twice, and what it wrote is proved against the blueprint
    kept = list(range(len(subject.views)))
    for index in reversed(range(len(subject.views))):
        others = [
            place
            for place in kept
            if place != index and _may_cover(subject.views[place], subject.views[index], subject.facts)
        ]
        sets = _together(subject, index, others) if others else []
        covered = _covered(subject, index, sets) if sets else None
        if covered is None:
            continue
        one = subject.views[index]
        if covered.undecided is not None:
            message = f"whether {one.called} says anything of its own could not be decided: {covered.undecided}"
            yield Found(message, index, help="write the conditions more simply")
            continue
        kept.remove(index)
        shown = " and ".join(_called(subject.views[place], place) for place in covered.by)
        does, do = ("allows", "allow") if one.allows else ("denies", "deny")
        said = do if len(covered.by) > 1 else does
        yield Found(f"{one.called} can go: {shown} {said} all that it {does}", index, help="take one of them out")


def _says_more(wide: Statement, narrow: Statement) -> bool:
    """Whether one statement plainly says all that another one does, which spares a proof."""
    return (
        not (wide.not_principals or narrow.not_principals or wide.not_actions or narrow.not_actions)
        and wide.principals >= narrow.principals
        and wide.conditions <= narrow.conditions
        and all(any(within(action, one) for one in wide.actions) for action in narrow.actions)
    )


def _called(one: View, place: int) -> str:
    return f"`{one.statement.sid}`" if one.statement.sid else f"statement {place + 1}"


def _may_cover(wide: View, narrow: View, facts: KeyFacts) -> bool:
    """Whether it is worth a proof: the one is for some of them, and asks for nothing that the other leaves open."""
    if wide.allows is not narrow.allows or not (wide.statement.resources == narrow.statement.resources == _THIS_KEY):
        return False
    if wide.allows and wide.everyone and not wide.tests and not narrow.everyone:
        return False  # what lets everybody in is to be mended, and then the other one says something
    return (
        any(_lets_in(wide, one, facts) for one in narrow.statement.principals)
        and wide.keys - _TOLD <= narrow.keys
        and not any(_apart(test, narrow) for test in wide.tests)
        and bool(wide.actions & narrow.actions)
    )


def _apart(test: Tested, narrow: View) -> bool:
    """Whether a statement demands other values of a key than a test does, as plain texts show."""
    if not _is_plain(test):
        return False
    matches = [glob(value) if test.operator.globs else value.__eq__ for value in test.condition.values]
    others = [other.condition.values for other in narrow.testing(test.lower) if _is_plain(other)]
    return any(
        not any(has_wildcard(value) or "${" in value or any(one(value) for one in matches) for value in values)
        for values in others
    )


def _is_plain(test: Tested) -> bool:
    operator = test.operator
    said = operator.base in ("StringEquals", "StringLike") and not operator.set_word and not operator.if_exists
    return said and not any("${" in value for value in test.condition.values)


def _lets_in(wide: View, principal: Principal, facts: KeyFacts) -> bool:
    if wide.everyone:
        return True
    if wide.statement.not_principals:
        return False
    if principal in wide.statement.principals:
        return True
    if principal.kind != AWS or principal.is_everyone:
        return False
    whole = account_named(principal.value)
    if whole is not None:
        return whole in wide.accounts
    # One of the key's own account is let in by itself, and the account needs an IAM policy too.
    account = account_of(principal.value)
    own = facts.account is None or is_symbolic(facts.account) or account == facts.account
    return account in wide.accounts and (not own or not wide.allows)


def _together(subject: Subject, index: int, others: list[int]) -> list[list[int]]:
    """Which of the others may say all that a statement says: each that may alone, then all of them together."""
    narrow = subject.views[index]
    if not narrow.actions or narrow.statement.not_principals:
        return []
    whole, parts = [*others], dict[Principal, list[int]]()
    for principal in narrow.statement.principals:
        parts[principal] = [place for place in others if _lets_in(subject.views[place], principal, subject.facts)]
        whole = [place for place in whole if place in parts[principal]]
        listed = frozenset[str]().union(*(subject.views[place].actions for place in parts[principal]))
        if not narrow.actions <= listed:
            return []
    alone = [[place] for place in whole if narrow.actions <= subject.views[place].actions]
    return [*alone, *([others] if len(others) > 1 else [])]


def _covered(subject: Subject, index: int, sets: list[list[int]]) -> _Covered | None:
    """Which others say all that a statement says; None where none do."""
    plain = [replace(one.statement, sid=None, origin=()) for one in subject.views]
    for places in sets:
        holds, why = _says_nothing(
            plain[index], tuple(plain[place] for place in places), subject.policy.version, subject.facts
        )
        if holds:
            return _Covered(tuple(places), None)
        if why is not None:
            return _Covered((), why)
    return None


@lru_cache(maxsize=1024)
def _says_nothing(
    one: Statement, others: tuple[Statement, ...], version: str | None, facts: KeyFacts
) -> tuple[bool, str | None]:
    """Whether a statement changes nothing beside others, and why that could not be decided, where it could not."""
    if any(_says_more(other, one) for other in others):
        return True, None
    base = () if view(one).allows else (_EVERYBODY,)
    without, whole = Policy((*base, *others), version), Policy((*base, *others, one), version)
    found = compare(without, whole, facts, assume_account=False)
    if found.undecided:
        return False, found.undecided[0]
    return not (found.gains or found.losses or found.future_gains or found.future_losses), None
