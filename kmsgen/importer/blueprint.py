"""Proved keys to the text of one blueprint: names for accounts and principals, shared values, comments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kmsgen.errors import KmsgenError, Problem
from kmsgen.importer.comments import Comments
from kmsgen.importer.draft import LISTS, fields_of
from kmsgen.importer.model import Findings, Place, Removal
from kmsgen.importer.naming import Names, names_for
from kmsgen.importer.settings import settings_of
from kmsgen.importer.settle import Settled
from kmsgen.importer.shared import shared
from kmsgen.importer.stacked import Stacked, stacked
from kmsgen.importer.text import Commented, lines
from kmsgen.sources.model import SourceKey

_OUTSIDE = re.compile(r"[^A-Za-z0-9_-]+")
_RESOURCE = re.compile(r"\baws_kms_[a-z_]+\.")
"""What Terraform's addresses say beside names."""
_SHARED = ("account", "region", "partition", "root", "deletion_window", "rotation", "tags", "admins", "guards")
"""What may move to `defaults`."""


@dataclass(frozen=True)
class Proved:
    """One key that a blueprint can hold."""

    key: SourceKey
    place: Place
    settled: Settled
    removals: tuple[Removal, ...]
    left_out: tuple[Removal, ...]


def blueprint(proved: list[Proved], findings: Findings, *, tighten: bool = False) -> str:
    """The text of a blueprint of all keys; with `tighten` it says what was taken away."""
    named: dict[str, Proved] = {}
    for one, name in zip(proved, key_names(proved), strict=True):
        named.setdefault(name, one)
    made = stacked((one.key, one.place) for one in proved)
    drafts = (one.settled.draft for one in named.values())
    called = names_for((one.place.account for one in proved), drafts, made.texts)
    keys: dict[str, dict[str, Any]] = {}
    heads: dict[str, tuple[str, ...]] = {}
    aliases: set[tuple[str, str | None, str]] = set()
    for name, one in named.items():
        taken = one.removals if tighten else ()
        comments = Comments(one.key, one.place, one.settled.draft, one.left_out, taken, tuple(findings(one.key)))
        keys[name] = _fields(one, called, comments, made)
        heads[name] = (*comments.of_key(), *_shared_aliases(one.place, keys[name], aliases))
    top: dict[str, Any] = {"accounts": {name: digits for digits, name in sorted(called.accounts.items(), key=_second)}}
    if principals := _principals(proved, called, made):
        top["principals"] = principals
    common = shared(keys, _SHARED)
    if common.defaults:
        top["defaults"] = common.defaults
    heads = {name: (*said, *common.comments[name]) for name, said in heads.items()}
    sections = [["version: 1"], *([*lines({name: value})] for name, value in top.items())]
    listed = [Commented(fields, heads[name]) if heads[name] else fields for name, fields in common.keys.items()]
    sections.append(["keys:", *_spaced(dict(zip(keys, listed, strict=True)))])
    return "\n".join("\n".join(section) + "\n" for section in sections)


def _shared_aliases(place: Place, fields: dict[str, Any], taken: set[tuple[str, str | None, str]]) -> list[str]:
    """Take aliases out that another key of the same account and Region has, which is said."""
    mine = fields.get("aliases", [])
    twice = [alias for alias in mine if (place.account, place.region, alias) in taken]
    taken |= {(place.account, place.region, alias) for alias in mine}
    if twice:
        fields["aliases"] = [alias for alias in mine if alias not in twice]
        if not fields["aliases"]:
            del fields["aliases"]
    return [f"left out: alias/{alias}, which is another key's here" for alias in twice]


def _second(pair: tuple[str, str]) -> str:
    return pair[1]


def _spaced(keys: Mapping[str, Any]) -> list[str]:
    """Keys as a block, with a line between them."""
    made: list[str] = []
    for name, value in keys.items():
        made += [*([""] if made else []), *lines({name: value}, 1)]
    return made


def _fields(one: Proved, called: Names, comments: Comments, made: Stacked) -> dict[str, Any]:
    draft = one.settled.draft
    items = [replace(made.item(called.item(item))) for item in draft.items]
    said = {id(new): comments.of_item(old) for new, old in zip(items, draft.items, strict=True)}
    fields = fields_of(one.place, replace(draft, items=tuple(items)), lambda item: said[id(item)])
    fields["account"] = called.account(one.place.account)
    root = fields.pop("root")
    policy = {name: fields.pop(name) for name in LISTS if name in fields}
    if (about := comments.of_root()) and root is not None:
        root = Commented(root, about)
    return {**settings_of(one.key, one.place), **fields, "root": root, **policy}


def _principals(proved: Iterable[Proved], called: Names, made: Stacked) -> dict[str, Any]:
    named: dict[str, Any] = {
        name: made.texts.get(text) or called.in_account(text) for text, name in called.principals.items()
    }
    for one in proved:
        for name, data in one.settled.draft.references.items():
            said = {**data, "account": called.account(str(data["account"]))}
            if named.setdefault(name, said) != said:
                message = f"`{one.key.name}`: `{name}` would stand for two principals that stacks make"
                raise KmsgenError(Problem(message, hint="import the keys of each stack by themselves"))
    return dict(sorted(named.items()))


def key_names(proved: Iterable[Proved]) -> list[str]:
    """What the blueprint calls each key; they differ in more than the case of letters.

    Keys of a multi-Region set of which a blueprint says the same are one key there, and have one name.
    """
    taken: set[str] = set()
    sets: list[tuple[Any, str]] = []
    found: list[str] = []
    for one in proved:
        said = _set_of(one)
        known = next((name for other, name in sets if said is not None and other == said), None)
        if known is not None:
            found.append(known)
            continue
        called = one.key.name if said is None else one.key.name.removesuffix(f".{one.place.region}")
        base = _OUTSIDE.sub("-", _RESOURCE.sub("", called)).strip("-_")[:120] or "key"
        name, number = base, 2
        while name.lower() in taken:
            name, number = f"{base}-{number}", number + 1
        taken.add(name.lower())
        sets.append((said, name))
        found.append(name)
    return found


def _set_of(one: Proved) -> Any:
    """What a blueprint says of all keys of a multi-Region set; None for a key of one Region alone."""
    if len(one.place.kind.get("multi_region", ())) < 2:
        return None
    fields = {**settings_of(one.key, one.place), **fields_of(one.place, one.settled.draft)}
    # Each Region's key has its own description and tags; what the primary's says is kept.
    return {
        name: value for name, value in fields.items() if name not in ("description", "tags", "existing", "rotation")
    }
