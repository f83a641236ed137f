"""Keys that differ in nothing but whom they name: what their entries allow is merged and proved once for all of them.

Compiling looks at a principal that is named itself only for what it equals, its kind and its account. So keys whose
entries agree in all else, and in which of their principals are the same, allow the same with other names in it. What
services may do is made for every key: an IAM principal and a service never share a statement. Keys with guards or
statements of their own, and principals told by what their ARN is like, are each compiled alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Hashable, Iterable
from typing import NamedTuple

from kmsgen.blueprint.model import SERVICE_LINKED
from kmsgen.compiler.context import Context
from kmsgen.compiler.grants import default_roles
from kmsgen.compiler.merge import name, sid_of
from kmsgen.compiler.naming import Draft
from kmsgen.compiler.shared import NotSharedError, frozen, only_names_principals, shared
from kmsgen.errors import Location
from kmsgen.policy.limits import TEXT_BYTES, are_light, weight
from kmsgen.policy.model import AWS, Origin, Principal, Statement

DEPLOY = "deploy"
"""The role that a key's `deployer` gets."""
_NAMED = frozenset({"role", "user", "root"})
"""The kinds of principals of which nothing matters but their account."""
_PLAIN = re.compile(r"[A-Za-z0-9_+=,.@:/-]+")
"""An ARN in which nothing could be taken for a wildcard or a variable."""


class Part(NamedTuple):
    """A statement that was proved, without names: which of a key's principals it is for, and of which of its places."""

    draft: Draft
    """With its `Sid`, and what that is made of."""
    root: bool
    """Whether it is for the key's own account as well."""
    principals: tuple[int, ...]
    origins: tuple[int, ...]


class Proved(NamedTuple):
    """What was proved of the keys alike."""

    parts: tuple[Part, ...]
    sids: tuple[str, ...]
    weights: tuple[int | None, ...]
    """Those of the statements without principals."""
    names: int
    """How often they name one."""


class Named(NamedTuple):
    """The statements of a key."""

    statements: tuple[Statement, ...]
    light: bool
    """Whether they are so short and of such characters that KMS is sure to take them."""


class Alike(NamedTuple):
    """A key as one of those that are alike."""

    shape: Hashable
    """What they share."""
    root: Principal
    principals: tuple[Principal, ...]
    """What they do not, in the order in which the blueprint first names it."""
    origins: tuple[Origin, ...]

    def named(self, proved: Proved, services: list[Draft]) -> Named:
        """What was proved of the keys alike, with the names of this one, and what services may do with it."""
        made = []
        for draft, root, places, lines in proved.parts:
            principals = [self.principals[place] for place in places]
            if root:
                principals.append(self.root)
            origin = tuple([self.origins[place] for place in lines])
            made.append(draft.statement.but(principals=frozenset(principals), origin=origin))
        sids = (*proved.sids, *[sid_of(one) for one in services])
        if len(set(sids)) < len(sids):
            drafts = [part.draft._replace(statement=one) for part, one in zip(proved.parts, made, strict=True)]
            return Named(name([*drafts, *services]), light=False)
        made += [one.statement.but(sid=sid) for one, sid in zip(services, sids[len(made) :], strict=True)]
        # Every name is of plain characters, or the key would not be alike.
        longest = max([len(one.value) for one in (self.root, *self.principals)]) + TEXT_BYTES
        weights = (*proved.weights, *[weight(one) for one in made[len(proved.parts) :]], longest * proved.names)
        return Named(tuple(made), are_light(weights))

    def proved(self, drafts: Iterable[Draft]) -> Proved | None:
        """Statements without names; None where they name somebody who stands in no entry."""
        places = {principal: place for place, principal in enumerate(self.principals)}
        made = []
        for draft in drafts:
            statement = draft.statement
            if not statement.principals <= {self.root, *places} or statement.not_principals:
                return None
            named = tuple(sorted(places[one] for one in statement.principals if one != self.root))
            origins = tuple(map(self.origins.index, statement.origin))
            bare = statement.but(principals=frozenset(), origin=(), sid=sid_of(draft))
            made.append(Part(draft._replace(statement=bare), self.root in statement.principals, named, origins))
        weights = tuple([weight(one.draft.statement) for one in made])
        names = sum(len(one.principals) + one.root for one in made)
        return Proved(tuple(made), tuple([sid_of(one.draft) for one in made]), weights, names)


def alike(context: Context) -> Alike | None:
    """The key as one of those alike; None where it is compiled alone."""
    key = context.key
    if key.broken or key.guards or key.statements:
        return None
    origins = {_origin(key.root.at): 0}
    principals: dict[str, int] = {}
    accounts = {key.account: 0}
    said = []
    for entry in (*((key.deployer,) if key.deployer else ()), *key.entries):
        if entry.pin not in (None, "true"):
            return None
        who: list[str | int] = []
        for kind, account, arn, *_ in entry.who:
            if kind not in _NAMED or type(arn) is not str:
                return None
            who += (kind, principals.setdefault(arn, len(principals)), accounts.setdefault(account, len(accounts)))
        try:
            terms = tuple([(term.word, frozen(term.value)) for term in entry.when]) if entry.when else ()
        except NotSharedError:
            return None
        roles = tuple([role.name for role in entry.roles])
        said.append((entry.noun, roles, terms, tuple(who), origins.setdefault(_origin(entry.at), len(origins))))
    if not _are_plain((context.root, *principals)):
        return None
    asked = (key.root.mode, key.root.locked, key.deployer is None, key.settings.existing is None)
    shape = ("alike", context.facts, asked, tuple(said))
    named = tuple([Principal(AWS, arn) for arn in principals])
    return Alike(shape, Principal(AWS, context.root), named, tuple(origins))


def _are_plain(arns: Collection[str]) -> bool:
    """Whether ARNs are only what they are called, and no two of them the same to whoever disregards case."""
    together = ",".join(arns)
    if _PLAIN.fullmatch(together) is None or SERVICE_LINKED in together:
        return False
    return len(set(together.lower().split(","))) == together.count(",") + 1


def _origin(at: Location) -> Origin:
    return Origin(at.file, at.line, at.column)


def proved(context: Context, key: Alike, prove: Callable[[], Iterable[Draft] | None]) -> Proved | None:
    """What was proved of the keys alike; of a shape that is met for the second time it is worked out by `prove`.

    `prove` gives the statements of the entries, merged and proved, or None where there is anything to remark.
    """
    kept = shared(context.library)
    found: Proved | bool | None = kept.get(key.shape)
    if isinstance(found, Proved):
        return found
    if not found:  # most shapes of a small set of keys are never met again
        kept.setdefault(key.shape, True)
        return None
    drafts = prove() if _speaks_of_names_alone(context) else None
    made = key.proved(drafts) if drafts is not None else None
    kept[key.shape] = made or False
    return made


def _speaks_of_names_alone(context: Context) -> bool:
    """Whether the templates of all entries look at nothing but what keys alike have in common."""
    key = context.key
    roles = {role.name for entry in key.entries for role in entry.roles or default_roles(context, entry)}
    used = [
        ("root", key.root.mode),
        *(("roles", role) for role in roles),
        *([("roles", DEPLOY)] if key.deployer else []),
    ]
    templates = [context.library.find(kind, name) for kind, name in used]  # type: ignore[arg-type]
    return all(one is not None and only_names_principals(context.library, one) for one in templates)
