"""Statements before they are recognised: what has no effect in them is told apart from what has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kmsgen.blueprint.statements import ACCEPT
from kmsgen.catalog import actions
from kmsgen.catalog.patterns import glob
from kmsgen.importer.model import WHOLE, Item
from kmsgen.importer.proof import matches_nothing
from kmsgen.importer.text import Intrinsic
from kmsgen.policy.model import AWS, CANONICAL_USER, FEDERATED, Policy, Principal, Statement
from kmsgen.policy.reference import is_symbolic
from kmsgen.policy.write import statement_document
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources.references import reference_of

REASON = "as in the policy that this was imported from"
"""Why an imported blueprint has what nobody would write into a new one."""


@dataclass(frozen=True)
class Cleaned:
    """A statement with what has no effect in it."""

    statement: Statement | None
    """What of it has an effect; None where nothing has."""
    whole: Statement
    """What is written out where it is not recognised."""
    dead: Statement | None = None
    """What has no effect, and is kept beside the entries that stand for the rest."""
    idle: Statement | None = None
    """Its actions that have no effect, which are kept beside the rest however that is kept."""
    dropped: tuple[str, ...] = ()
    """What is left out of both because it says nothing."""
    gone: tuple[tuple[str, str], ...] = ()
    """What tightening takes away because it has no effect: what, and why."""


def cleaned(policy: Policy, working: frozenset[str], facts: KeyFacts, *, tighten: bool = False) -> tuple[Cleaned, ...]:
    """Each statement of a policy, in order; no two have one `Sid`.

    What matches no request is kept apart, or with `tighten` left out, which is proved to change nothing.
    """
    sids: set[str] = set()
    found = []
    for statement in policy.statements:
        dropped: list[str] = []
        if statement.sid is not None and statement.sid in sids:
            dropped.append(f"its `Sid` stands twice: `{statement.sid}`")
            statement = replace(statement, sid=None)
        elif statement.sid:
            sids.add(statement.sid)
        found.append(_cleaned(statement, working, facts, dropped, tighten=tighten))
    return tuple(found)


def _cleaned(
    statement: Statement, working: frozenset[str], facts: KeyFacts, dropped: list[str], *, tighten: bool
) -> Cleaned:
    if matches_nothing(statement, facts):
        return Cleaned(
            None,
            statement,
            None if tighten else statement,
            None,
            tuple(dropped),
            ((WHOLE, _why(statement, working, facts)),),
        )
    live, never = _divided(statement, working, facts)
    whole = replace(statement, actions=frozenset(live), resources=_resources(statement, facts.arn, dropped))
    # By itself, so that only this stands although something is wrong with it.
    idle = replace(whole, actions=frozenset(never), sid=None) if never and not tighten else None
    gone = tuple((f"`{action}`", why) for action, why in never.items())
    callers = {one: why for one in sorted(whole.principals) if (why := _never_calls(one))}
    if not callers:
        return Cleaned(whole, whole, None, idle, tuple(dropped), gone)
    alive = replace(whole, principals=whole.principals - callers.keys())
    gone = (*gone, *((f"`{one.value}`", why) for one, why in callers.items()))
    if tighten:
        return Cleaned(alive, alive, None, None, tuple(dropped), gone)
    dead = replace(whole, principals=frozenset(callers), sid=None)
    return Cleaned(alive, whole, dead, idle, tuple(dropped), gone)


def _resources(statement: Statement, arn: str | None, dropped: list[str]) -> frozenset[str]:
    """`*` where the resource is the key, whose ARN is known."""
    resources = statement.resources
    if "*" in resources:
        return frozenset({"*"})
    if arn is None or not any(glob(one)(arn) for one in resources):
        return resources
    dropped.append(f"`Resource` is this key, which `*` says: `{min(resources)}`")
    return frozenset({"*"})


def _why(statement: Statement, working: frozenset[str], facts: KeyFacts) -> str:
    """Why no request matches a statement, where it is plain to see."""
    callers = [_never_calls(one) for one in sorted(statement.principals)]
    if callers and all(callers):
        return "; ".join(why for why in callers if why)
    if not statement.actions and not statement.not_actions:
        return "it has no `Action`"
    if not statement.resources and not statement.not_resources:
        return "it has no `Resource`"
    live, never = _divided(statement, working, facts)
    if statement.actions and not live:
        return "; ".join(never.values())
    if statement.resources and "*" not in statement.resources:
        return f"`Resource` is something else than this key: `{min(statement.resources)}`"
    return "no request ever matches it"


def _never_calls(principal: Principal) -> str | None:
    """Why a principal never calls KMS; None where it may."""
    if principal.is_deleted or (principal.kind == AWS and principal.value[:4] in ("AROA", "AIDA")):
        return f"`{principal.value}` is the id of a principal that was deleted"
    if principal.kind in (FEDERATED, CANONICAL_USER):
        return f"a principal of kind `{principal.kind}` never calls KMS: `{principal.value}`"
    return None


def _divided(statement: Statement, working: frozenset[str], facts: KeyFacts) -> tuple[tuple[str, ...], dict[str, str]]:
    """The actions of a statement: those that requests may be for, and those that none is for, each with the reason."""
    live, never = list[str](), dict[str, str]()
    for pattern in sorted(statement.actions):
        spelled = "kms:*" if pattern == "*" else pattern
        why = _never_works(spelled, pattern, working)
        # A misspelled action may be one that AWS adds: whether it says nothing is for the proof.
        if why is None or not matches_nothing(replace(statement, actions=frozenset({spelled})), facts):
            live.append(spelled)
        else:
            never[spelled] = why
    return tuple(live), never


def _never_works(spelled: str, pattern: str, working: frozenset[str]) -> str | None:
    found = actions.matching(spelled)
    if found and not any(one.in_key_policy for one in found):
        return f"`{pattern}` is for IAM policies alone to allow, never for a key policy"
    if found and not {one.name for one in found} & working:
        return f"`{pattern}` does not work on this key"
    if not found and actions.mistake(spelled) is not None:
        return f"there is no action `{pattern}`"
    return None


def written_out(index: int, one: Cleaned) -> Item:
    """A statement as an item of `statements`."""
    return Item("statements", (), _document(one.whole), frozenset({index}))


def with_dead(items: Iterable[Item], statements: Iterable[Cleaned]) -> tuple[Item, ...]:
    """Items with what has no effect beside them, but for statements that are written out as a whole."""
    listed = list(items)
    out = frozenset[int]().union(*(one.statements for one in listed if one.list == "statements" and not one.dead))
    wanted = [
        Item("statements", (), _document(part), frozenset({place}), dead=True)
        for place, one in enumerate(statements)
        for part in (one.idle, None if place in out else one.dead)
        if part is not None
    ]
    there = [one for one in listed if one.dead]
    # One that is there already may stand although something is wrong with it.
    dead = [next((old for old in there if _is_same(old, new)), new) for new in wanted]
    entries = [one for one in listed if one.list != "statements"]
    written = [one for one in listed if one.list == "statements" and not one.dead]
    return (*entries, *sorted([*written, *dead], key=_place))


def _is_same(old: Item, new: Item) -> bool:
    plain = {name: value for name, value in old.options.items() if name != ACCEPT}
    return old.statements == new.statements and plain == new.options


def accepted(item: Item, wrong: tuple[str, ...]) -> Item:
    """A statement that stands although the compiler would refuse it, for what is wrong with it."""
    return replace(item, options={**item.options, ACCEPT: REASON}, wrong=wrong)


def is_accepted(item: Item) -> bool:
    """Whether a statement stands as it is."""
    return ACCEPT in item.options


def _place(item: Item) -> list[int]:
    return sorted(item.statements)


def _document(statement: Statement) -> Mapping[str, Any]:
    return statement_document(statement, as_written)


def as_written(text: str) -> Any:
    """A text of a policy as data for a blueprint: itself, or the reference that makes it.

    Raises `UnknownSymbolError` where a stack makes it in a way that its symbol does not tell.
    """
    if not is_symbolic(text):
        return text
    made = reference_of(text)
    return Intrinsic(made["cloudformation"]) if "cloudformation" in made else made
