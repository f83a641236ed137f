"""Denials back to guards: a guard is meant where what it makes is what the statement says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from kmsgen.catalog import actions
from kmsgen.compiler.context import Context
from kmsgen.compiler.fixed import guard_statements
from kmsgen.compiler.services import service_statements
from kmsgen.errors import Problems
from kmsgen.importer.atoms import canonical
from kmsgen.importer.bench import Bench
from kmsgen.importer.draft import fields_of
from kmsgen.importer.model import Draft, Item
from kmsgen.importer.unify import guesses, listed
from kmsgen.policy.model import Effect, Statement
from kmsgen.templates import Template


def guards(bench: Bench, draft: Draft, statements: Mapping[int, Statement]) -> list[Item]:
    """The guards of a draft that stand for denials, each with the statement."""
    found: list[Item] = []
    for place, statement in statements.items():
        if statement.effect is not Effect.DENY or statement.not_principals:
            continue
        said = _said(bench, statement)
        for item in _candidates(bench, statement):
            if item.names not in [one.names for one in found] and said in _made(bench, draft, item):
                found.append(replace(item, statements=frozenset({place})))
                break
    return found


def _candidates(bench: Bench, statement: Statement) -> Iterator[Item]:
    for template in bench.library.all("guards"):
        if not _about(template, statement):
            continue
        yield Item("guards", (template.name,))
        values = guesses(template, statement, bench)
        options: dict[str, Any] = {
            name: listed(template.parameters[name], ones) for name, ones in values.items() if ones
        }
        if options:
            yield Item("guards", (template.name,), options)


def _about(template: Template, statement: Statement) -> bool:
    """Whether a guard may make a statement about these actions."""
    if "kms:*" in template.bound:
        return bool(statement.not_actions) or "kms:*" in statement.actions
    named = {one.name for pattern in statement.actions for one in actions.matching(pattern)}
    return bool(named) and named <= template.bound  # a guard leaves out what does not work on the key


def _made(bench: Bench, draft: Draft, item: Item) -> list[object]:
    made = bench.intent(fields_of(bench.place, replace(draft, items=(*draft.items, item))))
    if made is None:
        return []
    context = Context(made, bench.library, Problems())
    drafts = list(guard_statements(context, list(service_statements(context))))
    return [] if context.problems.errors else [_said(bench, one.statement) for one in drafts]


def _said(bench: Bench, statement: Statement) -> object:
    """A denial in the one form that its spellings share."""
    named = {one.name for pattern in statement.actions for one in actions.matching(pattern)} & bench.working
    every = "kms:*" in statement.actions
    return (
        frozenset("*" if one.is_everyone else one.value for one in statement.principals),
        every or frozenset(named),
        statement.not_actions,
        statement.resources,
        frozenset(map(canonical, statement.conditions)),
    )
