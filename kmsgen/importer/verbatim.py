"""Statements before they are recognised: what has no effect in them is told apart from what has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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
            tuple(dropped),
            ((WHOLE, _why(statement, working, facts)),),
        )
    whole = replace(
        statement,
        actions=frozenset(_able(statement, working, facts, dropped)),
        resources=_resources(statement, facts.arn, dropped),
    )
    callers = {one: why for one in sorted(whole.principals) if (why := _never_calls(one))}
    if not callers:
        return Cleaned(whole, whole, None, tuple(dropped))
    live = replace(whole, principals=whole.principals - callers.keys())
    gone = tuple((f"`{one.value}`", why) for one, why in callers.items())
    if tighten:
        return Cleaned(live, live, None, tuple(dropped), gone)
    dead = replace(whole, principals=frozenset(callers), sid=None)
    return Cleaned(live, whole, dead, tuple(dropped), gone)


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
    if statement.actions and not any(_able(statement, working, facts, reasons := list[str]())):
        return "; ".join(reasons)
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


def _able(statement: Statement, working: frozenset[str], facts: KeyFacts, dropped: list[str]) -> Iterator[str]:
    """The actions of a statement without those that no request is for."""
    for pattern in sorted(statement.actions):
        spelled = "kms:*" if pattern == "*" else pattern
        why = _never_works(spelled, pattern, working)
        # A misspelled action may be one that AWS adds: whether it says nothing is for the proof.
        if why is None or not matches_nothing(replace(statement, actions=frozenset({spelled})), facts):
            yield spelled
        else:
            dropped.append(why)


def _never_works(spelled: str, pattern: str, working: frozenset[str]) -> str | None:
    found = {one.name for one in actions.matching(spelled)}
    if found and not found & working:
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
    kept = [one for one in listed if not (one.dead and one.statements <= out)]
    there = frozenset[int]().union(*(one.statements for one in kept if one.dead))
    new = [
        Item("statements", (), _document(one.dead), frozenset({place}), dead=True)
        for place, one in enumerate(statements)
        if one.dead is not None and place not in out and place not in there
    ]
    entries = [one for one in kept if one.list != "statements"]
    return (*entries, *sorted([one for one in kept if one.list == "statements"] + new, key=_place))


def accepted(item: Item, wrong: tuple[str, ...]) -> Item:
    """A statement that stands although the compiler would refuse it, for what is wrong with it."""
    return replace(item, options={**item.options, ACCEPT: REASON}, wrong=wrong)


def is_accepted(item: Item) -> bool:
    """Whether a statement stands as it is."""
    return ACCEPT in item.options


def _place(item: Item) -> list[int]:
    return sorted(item.statements)


def _document(statement: Statement) -> Mapping[str, Any]:
    return statement_document(statement, _as_written)


def _as_written(text: str) -> Any:
    """A text of a policy as data for a blueprint: itself, or the reference that makes it.

    Raises `UnknownSymbolError` where a stack makes it in a way that its symbol does not tell.
    """
    if not is_symbolic(text):
        return text
    made = reference_of(text)
    return Intrinsic(made["cloudformation"]) if "cloudformation" in made else made
