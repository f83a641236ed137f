"""The multi-Region sets among keys: which keys are of one set, and what tells a key of a set from those of others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from kmsgen.sources.model import SourceKey

RULE = "replica-differs"
"""The rule that holds the keys of a set against each other."""
_MULTI_REGION = "mrk-"
"""How the ids of multi-Region keys begin: all keys of a set have one id."""


class Gathered(NamedTuple):
    """A key of a multi-Region set, and the part of the run that it is of."""

    part: int
    key: SourceKey


def names_of_set(key: SourceKey) -> tuple[str, ...]:
    """What the keys of its multi-Region set have in common with it; nothing for a key that is of none, or unknown."""
    found = list(key.kin)
    if key.key_id is not None and key.key_id.startswith(_MULTI_REGION):
        found.append(key.key_id)
    if key.kind == "blueprint" and key.is_primary is not None:
        found.append("\x1f".join((key.where, key.environment or "", key.names[0])))
    return tuple(found)


def sets_of(keys: Iterable[SourceKey]) -> list[list[int]]:
    """The places of the keys that are of one set, for each set that has several."""
    of_name: dict[str, list[int]] = {}
    for index, key in enumerate(keys):
        names = names_of_set(key)
        # A key may be known by its id to some of its set, and by its address to others.
        joined = list({id(known): known for name in names if (known := of_name.get(name)) is not None}.values())
        members = joined[0] if joined else []
        members.append(index)
        for other in joined[1:]:
            members += other
            of_name.update({name: members for name, known in of_name.items() if known is other})
        of_name.update(dict.fromkeys(names, members))
    distinct = {id(members): members for members in of_name.values()}
    return [sorted(members) for members in distinct.values() if len(members) > 1]


def gathered(part: int, keys: Iterable[SourceKey]) -> Iterator[Gathered]:
    """Those of a part's keys that may be of a set with keys of other parts, without what is not needed for that."""
    for key in keys:
        if key.policy is not None and (names_of_set(key) or key.is_primary is False):
            yield Gathered(part, replace(key, place=None, resolve=None, grants=None))


def apart(found: Sequence[Gathered]) -> Iterator[tuple[SourceKey, SourceKey]]:
    """Each key whose set's primary is of another part, with that; where none is known to be it, with the first."""
    for members in sets_of(one.key for one in found):
        ordered = sorted(
            (found[index] for index in members), key=lambda one: (not one.key.is_primary, one.key.name, one.key.where)
        )
        primary = ordered[0]
        yield from ((one.key, primary.key) for one in ordered[1:] if one.part != primary.part)


def alone(found: Sequence[Gathered]) -> tuple[str, ...]:
    """The replicas of which no primary is there, by name."""
    with_primary = {
        index
        for members in sets_of(one.key for one in found)
        if any(found[index].key.is_primary for index in members)
        for index in members
    }
    return tuple(
        one.key.name for index, one in enumerate(found) if one.key.is_primary is False and index not in with_primary
    )
