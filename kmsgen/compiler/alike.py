"""Keys that differ in nothing but whom they name: what their entries allow is merged and proved once for all of them.

Compiling looks at a principal that is named itself only for what it equals, its kind and its account. So keys whose
entries agree in all else, and in which of their principals are the same, allow the same with other names in it. What
services may do is made for every key: an IAM principal and a service never share a statement. Keys with guards or
statements of their own, and principals told by what their ARN is like, are each compiled alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable
from typing import NamedTuple

from kmsgen.blueprint.model import Entry
from kmsgen.compiler.context import Context, origin_of
from kmsgen.compiler.grants import default_roles
from kmsgen.compiler.naming import Draft
from kmsgen.compiler.shared import NotSharedError, frozen, only_names_principals, shared
from kmsgen.errors import Location
from kmsgen.policy.model import AWS, Origin, Principal

DEPLOY = "deploy"
"""The role that a key's `deployer` gets."""
_NAMED = frozenset({"role", "user", "root"})
"""The kinds of principals of which nothing matters but their account."""
_PLAIN = re.compile(r"[A-Za-z0-9_+=,.@:/-]+")
"""An ARN in which nothing could be taken for a wildcard or a variable."""


class Part(NamedTuple):
    """A statement that was proved, without names: which of a key's principals it is for, and of which of its places."""

    draft: Draft
    root: bool
    """Whether it is for the key's own account as well."""
    principals: tuple[int, ...]
    origins: tuple[int, ...]


class Alike(NamedTuple):
    """A key as one of those that are alike."""

    shape: Hashable
    """What they share."""
    root: Principal
    principals: tuple[Principal, ...]
    """What they do not, in the order in which the blueprint first names it."""
    origins: tuple[Origin, ...]

    def drafts(self, parts: Iterable[Part]) -> list[Draft]:
        """What was proved of the keys alike, with the names of this one."""
        made = []
        for part in parts:
            named = [self.principals[place] for place in part.principals]
            principals = frozenset([self.root, *named] if part.root else named)
            origin = tuple([self.origins[place] for place in part.origins])
            statement = part.draft.statement.but(principals=principals, origin=origin)
            made.append(Draft(part.draft.bases, part.draft.words, statement))
        return made

    def parts(self, drafts: Iterable[Draft]) -> tuple[Part, ...] | None:
        """Statements without names; None where they name somebody who stands in no entry."""
        places = {principal: place for place, principal in enumerate(self.principals)}
        made = []
        for draft in drafts:
            statement = draft.statement
            if not statement.principals <= {self.root, *places} or statement.not_principals:
                return None
            named = tuple(sorted(places[one] for one in statement.principals if one != self.root))
            origins = tuple(map(self.origins.index, statement.origin))
            bare = draft._replace(statement=statement.but(principals=frozenset(), origin=()))
            made.append(Part(bare, self.root in statement.principals, named, origins))
        return tuple(made)


def alike(context: Context) -> Alike | None:
    """The key as one of those alike; None where it is compiled alone."""
    key = context.key
    if key.broken or key.guards or key.statements:
        return None
    entries = (*((key.deployer,) if key.deployer else ()), *key.entries)
    origins: dict[Origin, int] = {}
    principals: dict[str, int] = {}
    accounts = {key.account: 0}
    root_at = _place(origins, key.root.at)
    try:
        said = [_said(entry, origins, principals, accounts) for entry in entries]
    except NotSharedError:
        return None
    if len({arn.lower() for arn in principals}) < len(principals):
        return None  # equal to whoever disregards case
    asked = (key.root.mode, key.root.locked, root_at, key.deployer is None, key.settings.existing is None)
    shape = ("alike", context.facts, asked, tuple(said))
    named = tuple([Principal(AWS, arn) for arn in principals])
    return Alike(shape, Principal(AWS, context.root), named, tuple(origins))


def _said(entry: Entry, origins: dict[Origin, int], principals: dict[str, int], accounts: dict[str, int]) -> Hashable:
    """What an entry says apart from names; equal names become equal numbers."""
    if entry.pin not in (None, "true"):
        raise NotSharedError
    who = []
    for one in entry.who:
        if one.kind not in _NAMED or type(one.arn) is not str or one.service_linked or not _PLAIN.fullmatch(one.arn):
            raise NotSharedError
        account = accounts.setdefault(one.account, len(accounts))
        who.append((one.kind, principals.setdefault(one.arn, len(principals)), account))
    roles = tuple([role.name for role in entry.roles])
    terms = tuple([(term.word, frozen(term.value)) for term in entry.when])
    return (entry.noun, roles, terms, tuple(who), _place(origins, entry.at))


def _place(origins: dict[Origin, int], at: Location) -> int:
    return origins.setdefault(origin_of(at)[0], len(origins))


def proved(context: Context, key: Alike, prove: Callable[[], Iterable[Draft] | None]) -> tuple[Part, ...] | None:
    """What was proved of the keys alike; of a shape that is met for the second time it is worked out by `prove`.

    `prove` gives the statements of the entries, merged and proved, or None where there is anything to remark.
    """
    kept = shared(context.library)
    found: tuple[Part, ...] | int = kept.get(key.shape, 0)
    if isinstance(found, tuple):
        return found or None
    if found == 0:  # most shapes of a small set of keys are never met again
        kept[key.shape] = 1
        return None
    drafts = prove() if _speaks_of_names_alone(context) else None
    parts = key.parts(drafts) if drafts is not None else None
    kept[key.shape] = parts or ()
    return parts


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
