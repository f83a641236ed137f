"""What a blueprint expects of a key's policy, resolved for it: principals as they call, roles as their actions."""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.blueprint.intent import Expectation, KeyIntent
from kmsgen.blueprint.model import Named, Who
from kmsgen.catalog import actions
from kmsgen.compiler.context import Context
from kmsgen.compiler.grants import find_template, fits_key
from kmsgen.errors import Problems
from kmsgen.semantics.expected import Expected
from kmsgen.templates import Library


def expectations(intent: KeyIntent, library: Library, problems: Problems) -> Iterator[Expected]:
    """The expectations of one key; those that name what cannot be are reported, and left out."""
    context = Context(intent, library, problems)
    for one in intent.expect:
        found = [_actions(context, one, named) for named in one.to]
        if all(some is not None for some in found):
            does = frozenset[str]().union(*(some for some in found if some is not None))
            yield _resolved(intent, one, does)


def _resolved(intent: KeyIntent, one: Expectation, does: frozenset[str]) -> Expected:
    own = one.who.account in ("", intent.account)
    return Expected(
        allow=one.allow,
        who=one.who.text,
        principals=_principals(one.who),
        patterns=() if one.who.arn else one.who.patterns,
        to=", ".join(named.name for named in one.to),
        actions=does,
        access=one.access or ("direct" if own else "any"),
        context=one.context,
        at=one.at,
    )


def _principals(who: Who) -> tuple[str, ...]:
    if who.kind == "account":
        return (who.account,)
    return (str(who.arn),) if who.arn else ()


def _actions(context: Context, one: Expectation, named: Named) -> frozenset[str] | None:
    """The actions that a word stands for on this key; None, with a problem, where there are none."""
    foreign = one.allow and one.who.account not in ("", context.key.account)
    if ":" in named.name:
        return _named(context, one, named, foreign=foreign)
    known = actions.find(f"kms:{named.name}")
    if known is not None and named.name not in context.library.names("roles"):
        context.problems.error(f"unknown role `{named.name}`", named.at, f"did you mean the action `{known.name}`?")
        return None
    template = find_template(context, "roles", named)
    if template is None or not fits_key(context, template, named.at):
        return None
    if foreign and template.across_accounts == "no":
        _not_across(context, one, named)
        return None
    does = _across(template.bound & context.working) if foreign else template.bound & context.working
    if not does:
        context.problems.error(f"`{named.name}` allows nothing on this key", named.at)
        return None
    return does if one.allow else actions.purpose(does)


def _across(does: frozenset[str]) -> frozenset[str]:
    return frozenset(name for name in does if (known := actions.find(name)) is None or known.across_accounts)


def _named(context: Context, one: Expectation, named: Named, *, foreign: bool) -> frozenset[str] | None:
    if (wrong := actions.mistake(named.name)) is not None:
        context.problems.error(wrong[0], named.at, wrong[1])
        return None
    known = frozenset(action.name for action in actions.matching(named.name))
    does = known & context.working
    if known and not does:
        settings = context.key.settings
        message = f"`{named.name}` does nothing on a key of spec `{settings.spec}` that is used for `{settings.usage}`"
        context.problems.error(message, named.at, "leave it out: no policy can make it work")
        return None
    if foreign and known and not _across(does):
        _not_across(context, one, named)
        return None
    return (_across(does) if foreign else does) or frozenset({named.name})


def _not_across(context: Context, one: Expectation, named: Named) -> None:
    message = f"`{one.who.text}` can never be allowed `{named.name}`: KMS does not honour it across accounts"
    context.problems.error(message, named.at, "expect it of a principal of the key's own account")
