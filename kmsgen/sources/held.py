"""Keys held by the thousand: each without what only a check of it needs, and with what is equal in them held once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kmsgen.policy.model import Policy, Statement
from kmsgen.sources.model import SourceKey


class Held:
    """What is kept of keys; one serves all sources of a run, as both sides of a comparison have most in common."""

    def __init__(self) -> None:
        self._parts: dict[Any, Any] = {}

    def __call__(self, key: SourceKey) -> SourceKey:
        """The same key, as far as comparing it goes: its text, and what its blueprint says beside it, are let go."""
        policy = None if key.policy is None else self._policy(key.policy)
        facts = self._parts.setdefault(key.facts, key.facts)
        return replace(
            key, policy=policy, facts=facts, at=None, place=None, resolve=None, grants=None, accepted=(), expected=()
        )

    def _policy(self, policy: Policy) -> Policy:
        return Policy(tuple(map(self._statement, policy.statements)), policy.version, policy.id)

    def _statement(self, one: Statement) -> Statement:
        # A statement itself stays its own: it knows where it stands. An empty set there is but once anyway.
        once: Any = self._parts.setdefault
        return Statement(
            one.effect,
            once(one.principals, one.principals),
            one.not_principals and once(one.not_principals, one.not_principals),
            once(one.actions, one.actions),
            one.not_actions and once(one.not_actions, one.not_actions),
            once(one.resources, one.resources),
            one.not_resources and once(one.not_resources, one.not_resources),
            once(one.conditions, one.conditions),
            once(one.sid, one.sid),
            one.origin,
        )
