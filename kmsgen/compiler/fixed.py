"""Statements of templates that name their own principals: root modes, services, guards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from kmsgen.blueprint.model import Entry, Named, TemplateEntry
from kmsgen.catalog.principals import ACCOUNT, account_of
from kmsgen.compiler.conditions import lower
from kmsgen.compiler.context import Context, origin_of
from kmsgen.compiler.grants import Grantees, find_template, fits_key, split
from kmsgen.compiler.naming import Draft
from kmsgen.compiler.parameters import arn_patterns, fill, session_role
from kmsgen.compiler.render import Rendering
from kmsgen.policy.model import AWS, SERVICE, Effect, Statement
from kmsgen.templates import Template
from kmsgen.words import camel


def root_statements(context: Context) -> Iterator[Draft]:
    """What the key's own account may do with it, by `root`."""
    mode = context.key.root
    template = find_template(context, "root", Named(mode.mode, mode.at))
    if template is None:
        return
    for statement in Rendering(template, mode.at, context.problems).statements(context.variables):
        able = frozenset(action for action in statement.actions if action == "kms:*" or action in context.working)
        yield _draft(template, replace(statement, actions=able, origin=origin_of(mode.at)))


def service_statements(context: Context) -> Iterator[Draft]:
    """What AWS services may do with the key, by `services`."""
    for entry in context.key.services:
        template = find_template(context, "services", Named(entry.name, entry.at))
        if template is None or not fits_key(context, template, entry.at):
            continue
        values = fill(context, template, entry)
        if values is None:
            continue
        people = entry.for_ or tuple(who for one in context.key.entries if one.noun == "users" for who in one.who)
        variables = {**context.variables, **values, "principals": {AWS: [who.arn for who in people if who.arn]}}
        for statement in Rendering(template, entry.at, context.problems).statements(variables):
            if _open_to_everyone(context, template, statement, entry):
                return
            by_service = any(principal.kind == SERVICE for principal in statement.principals)
            lowered = lower(context, entry.when, for_service=by_service)
            grantees = Grantees(tuple(statement.principals), (), "", foreign=False)
            for made in split(context, template, statement, grantees, lowered, entry.at):
                yield made._replace(statement=replace(made.statement, origin=origin_of(entry.at)))


def _open_to_everyone(context: Context, template: Template, statement: Statement, entry: TemplateEntry) -> bool:
    wide = any(principal.is_everyone for principal in statement.principals) and not statement.conditions
    if wide:
        related = (("used here", entry.at),)
        context.problems.error("the template lets everybody in every account in", template.at, None, related)
    return wide


def guard_statements(context: Context) -> Iterator[Draft]:
    """What nobody may do, by `guards`."""
    for entry in context.key.guards:
        template = find_template(context, "guards", Named(entry.name, entry.at))
        if template is None or not fits_key(context, template, entry.at):
            continue
        values = fill(context, template, entry)
        if values is None:
            continue
        variables = {**context.variables, **_named(context), **values}
        for statement in Rendering(template, entry.at, context.problems).statements(variables):
            able = frozenset(one for one in statement.actions if one == "kms:*" or one in context.working)
            if able or statement.not_actions:
                yield _draft(template, replace(statement, actions=able, origin=origin_of(entry.at)))


def _named(context: Context) -> dict[str, Any]:
    """Everybody whom the blueprint names: principals by what their `aws:PrincipalArn` looks like, and accounts."""
    key = context.key
    entries: tuple[Entry, ...] = (*((key.deployer,) if key.deployer else ()), *key.entries)
    patterns = [
        pattern for one in entries if one.noun != "accounts" for who in one.who for pattern in arn_patterns(who)
    ]
    patterns += [pattern for service in key.services for who in service.for_ for pattern in arn_patterns(who)]
    accounts = [who.account for entry in entries if entry.noun == "accounts" for who in entry.who]
    for verbatim in key.statements:
        for kind, value in sorted(verbatim.statement.principals):
            if verbatim.statement.effect is Effect.DENY or kind != AWS or value == "*":
                continue
            if ACCOUNT.fullmatch(value) or value.endswith(":root"):
                accounts.append(value if ACCOUNT.fullmatch(value) else account_of(value))
            else:
                patterns += session_role(value) or [value]
    return {"named": list(dict.fromkeys(patterns)), "named_accounts": list(dict.fromkeys(accounts))}


def _draft(template: Template, statement: Statement) -> Draft:
    return Draft((statement.sid or camel(template.name),), "", replace(statement, sid=None))
