"""Pieces of a difference put together for people: by the statement that causes them, then who, what, when.

Pieces are exact and many; a statement is one cause and has few principals. What is put together differs in nothing but
its principals, or in nothing but its actions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from kmsgen.policy.model import Condition, Principal, Statement
from kmsgen.semantics.boxes import Box, bits, places, united, without
from kmsgen.semantics.difference import ELSEWHERE, ROOT_USER
from kmsgen.semantics.identity import IDENTITY_KEYS
from kmsgen.semantics.regions import Piece
from kmsgen.semantics.space import ACTION, CALLER, KEY, Space, Stated
from kmsgen.semantics.statements import Callers
from kmsgen.semantics.witness import spelled
from kmsgen.semantics.wording import classes_words, condition_words, negated_words, principal_words, root_words

When = tuple[tuple[str, str], ...]
"""Condition keys and what must be true of each."""


class Group(NamedTuple):
    """Requests of one kind: told together, and shown by one of them."""

    allow: int
    """The place of the statement that allows them, on the side that does."""
    deny: int | None
    """The place of the statement that denies them on the other side."""
    principals: tuple[Principal, ...]
    """The entries of the allowing statement that name the callers; none where it names whom it leaves out."""
    what: tuple[str, ...]
    when: When
    boxes: tuple[Box, ...]
    future: bool


def groups(space: Space, pieces: Iterable[Piece], statements: Sequence[Stated]) -> list[Group]:
    """The pieces in groups. `statements`: of the side that allows them."""
    causes: dict[tuple[bool, int | None, int], list[Box]] = {}
    for piece in pieces:
        for future, mask in ((False, ~space.acting.future), (True, space.acting.future)):
            acts = piece.box[ACTION] & mask
            if acts:
                box = (*piece.box[:ACTION], acts, *piece.box[ACTION + 1 :])
                causes.setdefault((future, piece.deny, piece.allow), []).append(box)
    found: list[Group] = []
    for (future, deny, allow), boxes in causes.items():
        for principals, what, when, own in _told(space, statements[allow].statement, boxes):
            found.append(Group(allow, deny, principals, what, when, own, future))
    return found


class _Told(NamedTuple):
    principals: tuple[Principal, ...]
    what: tuple[str, ...]
    when: When
    boxes: tuple[Box, ...]


def _told(space: Space, statement: Statement, boxes: Sequence[Box]) -> Iterator[_Told]:
    """What one statement gives: by principals that get the same actions under the same conditions."""
    merged: dict[tuple[tuple[str, ...], When], tuple[list[Principal], list[Box]]] = {}
    for entry, whole in _entries(space, statement):
        narrowed = [(*box[:CALLER], box[CALLER] & whole, *box[CALLER + 1 :]) for box in boxes if box[CALLER] & whole]
        by_when: dict[When, tuple[list[str], list[Box]]] = {}
        for names, own in _by_action(space, narrowed):
            acts, parts = by_when.setdefault(_when(space, own, whole), ([], []))
            acts += names
            parts += own
        for when, (acts, parts) in by_when.items():
            principals, all_parts = merged.setdefault((tuple(sorted(acts)), when), ([], []))
            principals += [] if entry is None else [entry]
            all_parts += parts
    for (what, when), (principals, parts) in merged.items():
        yield _Told(tuple(principals), what, when, tuple(parts))


def _entries(space: Space, statement: Statement) -> Iterator[tuple[Principal | None, int]]:
    """The entries of a statement's `Principal`, each with the callers that it names; None for `NotPrincipal`."""
    if statement.not_principals:
        yield None, space.full[CALLER] & ~_named(space, Callers(statement.not_principals))
        return
    for principal in sorted(statement.principals):
        if named := _named(space, Callers((principal,))):
            yield principal, named


def _named(space: Space, callers: Callers) -> int:
    return bits(place for place, caller in enumerate(space.callers) if callers.strength(caller.request) != "none")


def _by_action(space: Space, boxes: Sequence[Box]) -> Iterator[tuple[list[str], list[Box]]]:
    """The actions of some boxes, those together that stand in the same ones."""
    standing: dict[tuple[int, ...], list[int]] = {}
    every = 0
    for box in boxes:
        every |= box[ACTION]
    for action in places(every):
        inside = tuple(place for place, box in enumerate(boxes) if box[ACTION] >> action & 1)
        standing.setdefault(inside, []).append(action)
    for inside, ones in standing.items():
        mask = bits(ones)
        own = [(*boxes[at][:ACTION], mask, *boxes[at][ACTION + 1 :]) for at in inside]
        yield [space.acting.names[action] for action in ones], own


def _when(space: Space, boxes: Sequence[Box], whole: int) -> When:
    """What must be true of condition keys, where it is less than anything."""
    possible = _possible(space, boxes)
    said: list[tuple[str, str]] = []
    for place, dim in enumerate(space.dims):
        has = united(boxes, place)
        if place == CALLER:
            said += _caller_words(space, has, whole)
        elif place == KEY:
            if has != dim.full:
                said.append(("key", classes_words([dim.values[at] for at in places(has)], exact=True)))
        elif dim.is_key and possible[place] & ~has:
            said.append((spelled(dim.name), _words(space, place, has, possible[place])))
    said += _questions(space, boxes)
    return tuple(sorted(said))


def _possible(space: Space, boxes: Sequence[Box]) -> Box:
    """The classes of every dimension that requests with these callers and actions can have at all."""
    start = (united(boxes, CALLER), united(boxes, ACTION), *space.full[ACTION + 1 :])
    pieces = without(start, space.forbidden)
    return tuple(united(pieces, place) for place in range(len(start)))


def _words(space: Space, place: int, has: int, possible: int) -> str:
    """Some classes of a condition key, in the words of a test that means the same where there is one."""
    for test, variables in _tests(space, space.dims[place].name):
        ways = space.ways(test, variables)
        if len(ways) == 1 and set(ways[0]) == {place} and ways[0][place] & possible == has & possible:
            return condition_words(test)
    for test, variables in _tests(space, space.dims[place].name):
        ways = space.ways(test, variables)
        if len(ways) == 1 and set(ways[0]) == {place} and possible & ~ways[0][place] == has & possible:
            return negated_words(test)
    values = [space.dims[place].values[at] for at in places(has & possible)]
    named = {value for test, _ in _tests(space, space.dims[place].name) for value in test.values}
    return classes_words(values, exact=all(set(one) <= named for one in values))


def _caller_words(space: Space, has: int, whole: int) -> Iterator[tuple[str, str]]:
    """Which of the callers that an entry of `Principal` names are meant, where it is not all of them."""
    roots = bits(place for place in places(whole) if space.callers[place].request.kind == "root")
    if has in (whole, whole & ~roots):
        return  # the root user is let in directly where an account is, and its IAM principals are not
    if has == roots:
        yield ROOT_USER
        return
    tests = [(key, test, variables) for key in sorted(IDENTITY_KEYS) for test, variables in _tests(space, key)]
    masks = [(key, test, space.ways(test, variables)[0].get(CALLER, 0)) for key, test, variables in tests]
    for key, test, mask in masks:
        if mask & whole == has:
            yield spelled(key), condition_words(test)
            return
    left = whole
    for key, test, mask in masks:
        if mask & has == has and mask & left != left:
            left &= mask
            yield spelled(key), condition_words(test)
    if left & ~roots != has & ~roots:
        # Whom other statements let in or keep out anyway; naming them all would bury what changes.
        yield ELSEWHERE


def _questions(space: Space, boxes: Sequence[Box]) -> Iterator[tuple[str, str]]:
    for question in space.questions:
        place = space.place[repr(question.condition)]
        has = united(boxes, place)
        if has == 0b10:
            yield spelled(question.condition.key), condition_words(question.condition)
        elif has == 0b01:
            yield spelled(question.condition.key), negated_words(question.condition)


def _tests(space: Space, key: str) -> list[tuple[Condition, bool]]:
    """The tests of a key in any statement, those that say what is before those that say what is not."""
    found = {
        (test, one.variables): None
        for one in space.statements
        for test in sorted(one.statement.conditions)
        if test.key.lower() == key
    }
    return sorted(found, key=lambda item: ("Not" in item[0].operator, item[0]))


def who(principals: Sequence[Principal], statement: Statement, when: When) -> str:
    """The callers of a group, in plain words: of an account its root user, where only that is meant."""
    if statement.not_principals:
        spared = ", ".join(principal_words(one) for one in sorted(statement.not_principals))
        return f"anyone but {spared}"
    said = root_words if ROOT_USER in when else principal_words
    return ", ".join(map(said, principals))
