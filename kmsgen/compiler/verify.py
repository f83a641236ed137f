"""What a compiled policy is held to before it leaves the compiler: that AWS takes it, that nobody is locked out, and
that no guard takes away what the blueprint asks for.
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.catalog.patterns import glob
from kmsgen.compiler.context import Context
from kmsgen.errors import Location
from kmsgen.policy.limits import MAX_BYTES, WARN_BYTES, is_unremarkable, refused_character, size, texts
from kmsgen.policy.model import Effect, Origin, Policy, Statement
from kmsgen.policy.reference import is_symbolic
from kmsgen.semantics.acting import KNOWN
from kmsgen.semantics.cancelled import Cancelled, cancelled
from kmsgen.semantics.evaluate import evaluate
from kmsgen.semantics.friendly import instance
from kmsgen.semantics.prove import Never, Requests, callers, prove
from kmsgen.semantics.request import Request
from kmsgen.semantics.strings import TooManyError
from kmsgen.semantics.world import KeyFacts

_PUT = "kms:PutKeyPolicy"
# Conditions that say who, not when: the ways in which a principal that is not pinned is named.
_WHO = frozenset({"aws:principalarn", "aws:principalaccount"})


def verify(context: Context, policy: Policy) -> None:
    """Report whatever makes the policy one that must not be applied."""
    accepted(context, policy)
    if context.key.root.mode in ("recovery", "none") and not context.key.root.locked:
        _lockout(context, policy)
    if not context.problems.errors:
        _cancelled(context, policy)


def accepted(context: Context, policy: Policy) -> None:
    """Report what KMS would refuse for its size or its characters."""
    if not is_unremarkable(policy):
        _size(context, policy)
        _characters(context, policy)


def _size(context: Context, policy: Policy) -> None:
    bytes_ = size(policy)
    name, at = context.key.name, context.key.at
    if bytes_ > MAX_BYTES:
        context.problems.error(
            f"the policy of `{name}` has {bytes_:,} bytes, and KMS takes at most {MAX_BYTES:,}",
            at,
            "let in an account or an organization instead of each principal, or divide the key's users among keys",
        )
    elif bytes_ > WARN_BYTES:
        share = 100 * bytes_ // MAX_BYTES
        message = f"the policy of `{name}` has {bytes_:,} bytes, {share} % of the {MAX_BYTES:,} that KMS takes"
        context.problems.warning(message, at)


def _characters(context: Context, policy: Policy) -> None:
    """What KMS would refuse for its characters alone, wherever it came from."""
    for statement in policy.statements:
        for text in sorted(texts(statement)):
            character = None if is_symbolic(text) else refused_character(text)
            if character is not None:
                message = f"KMS does not take the character `{character}` in a key policy: `{text}`"
                context.problems.error(message, _place(context, statement), "use characters up to U+00FF (Latin-1)")


def _place(context: Context, statement: Statement) -> Location:
    """Where the blueprint asks for a statement."""
    key = context.key
    parts = (
        *key.entries,
        *key.services,
        *key.guards,
        *key.statements,
        key.root,
        *((key.deployer,) if key.deployer else ()),
    )
    places = {Origin(part.at.file, part.at.line, part.at.column): part.at for part in parts}
    return next((places[origin] for origin in statement.origin if origin in places), key.at)


def _called(statement: Statement) -> str:
    return f"`{statement.sid}`" if statement.sid else "a statement without `Sid`"


def _lockout(context: Context, policy: Policy) -> None:
    """KMS refuses a policy after which its caller could not put another.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
    """
    deployer = context.key.deployer
    if deployer is not None:
        who = deployer.who[0]
        candidates = [instance("aws:principalarn", pattern) for pattern in who.patterns] or [who.arn]
    else:
        candidates = list(_holders(context, policy))
    if any(evaluate(policy, Request(candidate, _PUT)).verdict == "allowed" for candidate in candidates):
        return
    denied = [evaluate(policy, Request(candidate, _PUT)) for candidate in candidates]
    by = next((one.statements[0] for one in denied if one.verdict == "explicitly-denied"), None)
    if by is not None:
        related = (("denied here", _place(context, by)),)
        context.problems.error(
            f"nobody could change the policy of `{context.key.name}` again: {_called(by)} denies `{_PUT}`",
            context.key.at,
            "take the guard away, or except somebody from it",
            related,
        )
        return
    context.problems.error(
        f"nobody of the key's own account could change the policy of `{context.key.name}` again, and KMS refuses such"
        " a policy",
        context.key.at,
        "add an admin without `when`, or the role that applies the policy as `deployer`",
    )


def _holders(context: Context, policy: Policy) -> Iterator[str]:
    """Principals of the key's account whom some statement lets put the policy at any time."""
    for statement in policy.statements:
        if statement.effect is not Effect.ALLOW or not _acts(statement, _PUT):
            continue
        arns = [test for test in statement.conditions if test.key.lower() == "aws:principalarn"]
        if any(test.key.lower() not in _WHO for test in statement.conditions):
            continue
        named = [instance("aws:principalarn", value) for test in arns for value in test.values]
        for arn in named or [principal.value for principal in sorted(statement.principals)]:
            if ":role/aws-service-role/" in arn:
                continue  # no AWS service puts a policy for its customer
            if arn == context.key.account or arn.split(":")[4:5] == [context.key.account]:
                yield arn


def _acts(statement: Statement, action: str) -> bool:
    if statement.not_actions:
        return not any(glob(pattern.lower())(action.lower()) for pattern in statement.not_actions)
    return any(pattern == "*" or glob(pattern.lower())(action.lower()) for pattern in statement.actions)


def _cancelled(context: Context, policy: Policy) -> None:
    """Report whatever a Deny takes away altogether of what the blueprint gives to a principal."""
    reported: set[int] = set()
    try:
        for one in cancelled(policy, KeyFacts(account=context.key.account)):
            statement = policy.statements[one.allow]
            if statement.origin and one.allow not in reported:
                reported.add(one.allow)
                _report_cancelled(context, policy, one)
    except TooManyError as error:
        message = f"whether a guard takes away what is given is not decided: there are too many cases: {error}"
        context.problems.warning(message, context.key.at)


def _report_cancelled(context: Context, policy: Policy, one: Cancelled) -> None:
    guilty = policy.statements[one.deny]
    said = f"{_called(guilty)} takes away all that is given here: `{one.who}` could never do `{one.action}`"
    at = _entry_place(context, policy.statements[one.allow], one.who)
    if any(verbatim.accepted and verbatim.at == at for verbatim in context.key.statements):
        context.problems.warning(f"accepted as it is: {said}", at)
        return
    if _narrows_root(context, policy, one):
        spares = f"{_called(guilty)} keeps IAM policies from allowing `{one.action}` to anybody whom it does not spare"
        context.problems.warning(spares, at)
        return
    hint = "take the guard away, except the principal from it, or take the entry out"
    context.problems.error(said, at, hint, (("denied here", _place(context, guilty)),))


def _narrows_root(context: Context, policy: Policy, one: Cancelled) -> bool:
    """Whether a statement written out takes some actions from the account that `delegate` lets in with all of them.

    That is a rule about the account's IAM policies, and no contradiction, as long as somebody can mend the policy.
    """
    root, written = context.key.root, {verbatim.at for verbatim in context.key.statements}
    of_root = _place(context, policy.statements[one.allow]) == root.at
    if root.mode != "delegate" or not of_root or one.action not in KNOWN:
        return False
    if _place(context, policy.statements[one.deny]) not in written:
        return False
    keepers = Never("", Requests((callers(context.key.account, actions=frozenset({_PUT})),)), "delegated")
    return prove(policy, keepers, KeyFacts(account=context.key.account)).holds is False


def _entry_place(context: Context, statement: Statement, who: str) -> Location:
    """Where the blueprint names a principal, among the entries that a merged statement comes from."""
    origins = {(origin.file, origin.line, origin.column) for origin in statement.origin}
    for entry in context.key.entries:
        if (entry.at.file, entry.at.line, entry.at.column) in origins:
            for one in entry.who:
                if who == one.arn or who in one.patterns:
                    return one.at
    return _place(context, statement)
