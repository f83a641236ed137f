"""Statements of templates that name their own principals: root modes and guards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from kmsgen.blueprint.model import Entry, Named
from kmsgen.catalog.principals import ACCOUNT, account_of
from kmsgen.compiler.context import Context, origin_of
from kmsgen.compiler.grants import find_template, fits_key
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
    for statement in Rendering(context, template, mode.at).statements(context.variables):
        able = frozenset(action for action in statement.actions if action == "kms:*" or action in context.working)
        yield _draft(template, statement.but(actions=able, origin=origin_of(mode.at)))


def guard_statements(context: Context, services: Iterable[Draft] = ()) -> Iterator[Draft]:
    """What nobody may do, by `guards`; `services` are the statements of the key's services, whose callers are named."""
    given = [draft.statement for draft in services]
    for entry in context.key.guards:
        template = find_template(context, "guards", Named(entry.name, entry.at))
        if template is None or not fits_key(context, template, entry.at):
            continue
        values = fill(context, template, entry)
        if values is None:
            continue
        variables = {**context.variables, **_named(context, given), **values}
        for statement in Rendering(context, template, entry.at).statements(variables):
            able = frozenset(one for one in statement.actions if one == "kms:*" or one in context.working)
            if able or statement.not_actions:
                yield _draft(template, statement.but(actions=able, origin=origin_of(entry.at)))


def _named(context: Context, services: Iterable[Statement]) -> dict[str, Any]:
    """Everybody whom the blueprint names: principals by what their `aws:PrincipalArn` looks like, and accounts."""
    key = context.key
    entries: tuple[Entry, ...] = (*((key.deployer,) if key.deployer else ()), *key.entries)
    patterns = [
        pattern for one in entries if one.noun != "accounts" for who in one.who for pattern in arn_patterns(who)
    ]
    accounts = [who.account for entry in entries if entry.noun == "accounts" for who in entry.who]
    for statement in services:
        told = {test.key: test.values for test in statement.conditions}
        for kind, value in sorted(statement.principals):
            whole = value == "*" or value.endswith(":root")
            if kind == SERVICE:
                continue
            if not whole:
                patterns += session_role(value) or [value]
            elif "aws:PrincipalArn" in told:
                patterns += told["aws:PrincipalArn"]
            else:
                accounts += told.get("kms:CallerAccount", ()) if value == "*" else [account_of(value)]
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
    return Draft((statement.sid or camel(template.name),), "", statement.but(sid=None))
