"""A class of requests to one request of it, as a person would write it: nothing in it that does not matter."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

from kmsgen.catalog.condition_keys import CONDITION_KEYS
from kmsgen.policy.model import Condition
from kmsgen.semantics.boxes import Box, lowest, places
from kmsgen.semantics.classes import Values
from kmsgen.semantics.conditions import Context, resolve, variables_in
from kmsgen.semantics.friendly import instance
from kmsgen.semantics.identity import IDENTITY_KEYS
from kmsgen.semantics.request import Request
from kmsgen.semantics.space import ACTION, CALLER, KEY, Space

MAX_TRIES = 400

_SPELLED = {name.lower(): name for name in CONDITION_KEYS}
_PREFIXES = tuple((name.lower(), name) for name in CONDITION_KEYS if name[-1] in ":/")


def spelled(key: str) -> str:
    """A condition key, given in lower case, as AWS writes it.

    >>> spelled("kms:encryptioncontext:app"), spelled("aws:sourcearn")
    ('kms:EncryptionContext:app', 'aws:SourceArn')
    """
    if key in _SPELLED:
        return _SPELLED[key]
    return next((name + key[len(lower) :] for lower, name in _PREFIXES if key.startswith(lower)), key)


def requests(space: Space, box: Box) -> Iterator[Request]:
    """Requests of a box, the plainest first. Where conditions ask for several keys at once, some may be of no use."""
    for tried, cell in enumerate(_cells(box)):
        if tried >= MAX_TRIES:
            return
        context = {
            dim.name: dim.values[at]
            for dim, at in zip(space.dims[KEY + 1 :], cell[KEY + 1 :], strict=True)
            if dim.is_key and dim.values[at]
        }
        caller = space.callers[cell[CALLER]].request
        for filled in (_implied(one) for one in _answered(space, cell, context, caller)):
            yield Request(
                caller.principal,
                space.acting.names[cell[ACTION]],
                {**caller.context, **{spelled(key): values for key, values in sorted(filled.items())}},
                space.arns[cell[KEY]],
            )


def _implied(context: Mapping[str, Values]) -> Mapping[str, Values]:
    """The context with what comes with it in any case, though no policy asks for it."""
    implied: dict[str, Values] = {}
    if "aws:multifactorauthage" in context:
        implied["aws:multifactorauthpresent"] = ("true",)
    for name in context.get("kms:encryptioncontextkeys", ()):
        implied[f"kms:encryptioncontext:{name.lower()}"] = ("example",)
    return {**implied, **context}


def _cells(box: Box) -> Iterator[tuple[int, ...]]:
    """The classes of a box one by one: the first of each dimension, then others, few dimensions at a time."""
    first = tuple(lowest(mask) for mask in box)
    yield first
    choices = [places(mask)[:6] for mask in box]
    varying = [place for place, ones in enumerate(choices) if len(ones) > 1]
    for size in (1, 2):
        for chosen in itertools.combinations(varying, size):
            for values in itertools.product(*(choices[place][1:] for place in chosen)):
                cell = list(first)
                for place, value in zip(chosen, values, strict=True):
                    cell[place] = value
                yield tuple(cell)


def _answered(space: Space, cell: tuple[int, ...], context: Context, caller: Request) -> Iterator[Mapping[str, Values]]:
    """The context with values for which each question about several keys is answered as the cell says."""
    wanted = [
        (question.condition, bool(space.dims[at].values[cell[at]]))
        for question in space.questions
        for at in (space.place[repr(question.condition)],)
    ]
    if not any(yes for _, yes in wanted):
        yield context
        return
    ways = [_ways(condition, context, caller) for condition, yes in wanted if yes]
    for chosen in itertools.islice(itertools.product(*ways), 64):
        merged = dict(context)
        for change in chosen:
            merged.update(change)
        yield merged


def _ways(condition: Condition, context: Context, caller: Request) -> list[Mapping[str, Values]]:
    """Changes to a context that may make a condition with variables hold."""
    key = condition.key.lower()
    known = {**caller.values, **context}
    found: list[Mapping[str, Values]] = []
    for pattern in condition.values:
        missing = [name for name in variables_in(pattern) if name not in known]
        filled = {**known, **dict.fromkeys(missing, ("example",))}
        text = resolve(pattern, filled)
        if text is not None and key not in IDENTITY_KEYS:
            found.append({**dict.fromkeys(missing, ("example",)), key: (instance(key, text),)})
        given = known.get(key, ())
        names = variables_in(pattern)
        if len(given) == 1 and len(names) == 1:
            before, after = pattern.partition("${")[0], pattern.rpartition("}")[2].replace("*", "")
            value = given[0]
            if value.startswith(before) and value.endswith(after):
                found.append({names[0]: (value[len(before) : len(value) - len(after)],)})
    return found or [{}]
