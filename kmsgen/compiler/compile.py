"""Blueprint to keys: every entry through its template, merged, named, verified."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from kmsgen.blueprint.intent import Blueprint, KeyIntent
from kmsgen.blueprint.model import Named
from kmsgen.compiler import guarantee, verbatim
from kmsgen.compiler.alike import DEPLOY, alike, proved
from kmsgen.compiler.context import Context
from kmsgen.compiler.fixed import guard_statements, root_statements
from kmsgen.compiler.grants import statements
from kmsgen.compiler.merge import merge, name
from kmsgen.compiler.naming import Draft
from kmsgen.compiler.services import service_statements
from kmsgen.compiler.verify import accepted, verify
from kmsgen.errors import Problems
from kmsgen.policy.key import Bundle, Key, Replication
from kmsgen.policy.model import SERVICE, Policy, Principal
from kmsgen.templates import Library


def compile_blueprint(blueprint: Blueprint, library: Library, problems: Problems, *, name: str, source: str) -> Bundle:
    """The keys of one blueprint in one environment; those with problems, which are reported, are left out.

    `name` is what the blueprint's files are called, `source` what these files say they were made from.
    """
    made = [(intent, compile_key(intent, library, problems)) for intent in blueprint.keys]
    # Of a multi-Region key nothing is left where one Region's fails: a replica is written as its primary's.
    failed = {intent.name for intent, key in made if key is None and intent.multi_region}
    keys = (key for intent, key in made if intent.name not in failed)
    return Bundle(
        f"{blueprint.environment}/{name}" if blueprint.environment else name,
        source,
        tuple(key for key in keys if key is not None),
        blueprint.inline_references,
        blueprint.shards,
    )


def compile_key(intent: KeyIntent, library: Library, problems: Problems) -> Key | None:
    """One key with its policy; None where something is wrong, which is reported."""
    if (policy := _as_others(Context(intent, library, Problems()))) is not None:
        return _key(intent, policy)
    context = Context(intent, library, Problems())
    made = _policy(context)
    if not intent.broken and not context.problems.errors:
        guarantee.check(context, made.policy, made.allowed, made.services)
    if not intent.broken and not context.problems.errors:
        verify(context, made.policy)
        verbatim.unneeded(context)
    problems.extend(context.problems)
    return None if intent.broken or context.problems.errors else _key(intent, made.policy)


def _as_others(context: Context) -> Policy | None:
    """The policy with what was proved of keys that differ in names alone.

    None where this key is to be compiled by itself, as it is where there is anything to remark.
    """
    key = alike(context)
    entries = proved(context, key, lambda: _by_entries(context)) if key is not None else None
    if key is None or entries is None:
        return None
    drafts = list(service_statements(context))
    if any(context.problems) or not all(_are_services(one.statement.principals) for one in drafts):
        return None
    services = merge(drafts)
    named = key.named(entries, services)
    policy = Policy(named.statements)
    if services != drafts:
        guarantee.check(context, Policy(policy.statements[-len(services) :]), drafts, drafts)
    if not named.light:
        accepted(context, policy)
    return None if any(context.problems) else policy


@lru_cache(maxsize=256)
def _are_services(principals: frozenset[Principal]) -> bool:
    return bool(principals) and all(principal.kind == SERVICE for principal in principals)


def _by_entries(context: Context) -> list[Draft] | None:
    """What entries and `root` allow, merged and proved by itself; None where there is anything to remark."""
    alone = replace(context, key=replace(context.key, services=()), problems=Problems())
    made = _policy(alone)
    guarantee.check(alone, made.policy, made.allowed, [])
    verify(alone, made.policy)
    return None if any(alone.problems) else merge(made.allowed)


class _Made(NamedTuple):
    policy: Policy
    allowed: list[Draft]
    """What templates made, before statements were brought together."""
    services: list[Draft]


def _policy(context: Context) -> _Made:
    intent = context.key
    deployer = (intent.deployer._replace(roles=(Named(DEPLOY, intent.deployer.at),)),) if intent.deployer else ()
    services = list(service_statements(context))
    allowed = [
        *root_statements(context),
        *statements(context, deployer),
        *statements(context, intent.entries),
        *services,
    ]
    given = merge(allowed)
    by_hand = tuple(verbatim.statements(context))
    named = name([*given, *merge(guard_statements(context, services))], {one.sid for one in by_hand if one.sid})
    return _Made(Policy((*named[: len(given)], *by_hand, *named[len(given) :])), allowed, services)


def _key(intent: KeyIntent, policy: Policy) -> Key:
    settings = intent.settings
    replication: Replication = ""
    if intent.multi_region:
        replication = "primary" if intent.region == intent.regions[0] else "replica"
    return Key(
        name=intent.name,
        policy=policy,
        at=intent.at,
        account=intent.account,
        account_name=intent.account_name,
        region=intent.region,
        partition=intent.partition,
        spec=settings.spec,
        usage=settings.usage,
        origin=settings.origin,
        description=settings.description,
        aliases=settings.aliases,
        # A replica's material is rotated with its primary's.
        rotation=None if replication == "replica" else settings.rotation,
        deletion_window=settings.deletion_window,
        enabled=settings.enabled,
        replication=replication,
        tags=settings.tags,
        existing=settings.existing,
        custom_key_store=settings.custom_key_store,
        xks_key_id=settings.xks_key_id,
        renamed_from=settings.renamed_from,
    )
