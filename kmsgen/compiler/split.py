"""A template's statement to statements of which every action carries every condition, and nothing else is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kmsgen.catalog import actions, condition_keys
from kmsgen.compiler.conditions import Lowered
from kmsgen.compiler.context import Context
from kmsgen.compiler.grantees import Grantees
from kmsgen.compiler.naming import Draft, draft
from kmsgen.compiler.shared import shared
from kmsgen.errors import Location
from kmsgen.policy.model import Condition, Statement, clashes
from kmsgen.templates import Template
from kmsgen.words import camel


def split(
    context: Context,
    template: Template,
    statement: Statement,
    named: Grantees,
    lowered: tuple[Lowered, ...],
    used_at: Location,
) -> Iterator[Draft]:
    """The statement once for every set of conditions that some of its actions carry.

    Which actions carry them their keys decide, so statements that differ in whom they name and in values share it.
    """
    if lowered or named.conditions or context.problems.errors:
        yield from _split(context, template, statement, named, lowered, used_at)
        return
    said = (statement.sid, statement.actions, frozenset((test.operator, test.key) for test in statement.conditions))
    kept = shared(context.library)
    key = ("split", template.kind, template.name, context.facts, named.foreign, named.suffix, said)
    drafts: list[Draft] | None = kept.get(key)
    if drafts is None:
        drafts = list(_split(context, template, statement, named, lowered, used_at))
        if not context.problems.errors:
            kept[key] = drafts
    for made in drafts:
        yield Draft(made.bases, made.words, statement.but(sid=None, actions=made.statement.actions))


def _split(
    context: Context,
    template: Template,
    statement: Statement,
    named: Grantees,
    lowered: tuple[Lowered, ...],
    used_at: Location,
) -> Iterator[Draft]:
    """The same, for this statement alone.

    What the entry asks for is always added here, whether or not the template mentions it, so that no template can
    forget it. `DescribeKey` never stands under a condition that its requests do not carry.
    """
    asked = {test for one in lowered for test in one.conditions}
    own = statement.conditions - asked - set(named.conditions)
    if wild := sorted(action for action in statement.actions if "*" in action or "?" in action):
        related = (("used here", used_at),)
        hint = "list the actions one by one, so that no new one is ever allowed by surprise"
        context.problems.error(f"a template cannot grant `{wild[0]}`", template.at, hint, related)
        return
    able: set[str] = set(statement.actions & context.working)
    if named.foreign:
        able = {name for name in able if (known := actions.find(name)) is None or known.across_accounts}
    by_carried: dict[tuple[Lowered, ...], set[str]] = {}
    for action in sorted(able):
        if not carries(context, action, own):
            message = f"the template puts `{action}` under a condition that its requests do not carry"
            context.problems.error(message, template.at, None, (("used here", used_at),))
        carried = tuple(one for one in lowered if carries(context, action, one.conditions))
        by_carried.setdefault(carried, set()).add(action)
    base = statement.sid or camel(template.name)
    alone = len(by_carried) == 1
    for carried, some in by_carried.items():
        conditions = own | set(named.conditions) | {test for one in carried for test in one.conditions}
        for first, second in clashes(conditions):
            message = f"`{first.key}` would be tested twice with `{first.operator}`, which one statement cannot say"
            hint = f"`{template.name}` already tests it for {listed(first.values if first in own else second.values)}"
            context.problems.error(message, used_at, hint)
            return
        part = statement.but(sid=None, actions=frozenset(some), conditions=frozenset(conditions))
        yield draft(base, frozenset(some), carried, named.suffix, part, whole=template.kind == "services" and alone)


def carries(context: Context, action: str, conditions: Iterable[Condition]) -> bool:
    """Whether the requests for an action on the key carry the keys of all these conditions."""
    return all(condition_keys.carries(action, test.key, context.kind) for test in conditions)


def listed(names: Iterable[str]) -> str:
    """Names as messages list them."""
    return ", ".join(f"`{name}`" for name in names)
