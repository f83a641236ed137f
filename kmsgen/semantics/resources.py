"""The keys that `Resource` can tell apart, where the key's own ARN is not known."""

from __future__ import annotations

import string
from collections.abc import Iterable

from kmsgen.catalog.patterns import has_wildcard
from kmsgen.policy.model import Statement
from kmsgen.semantics.friendly import OTHER_ACCOUNT
from kmsgen.semantics.strings import NO_COLON, Automaton, Characters, Linear, glob_pattern, literal_pattern

_DIGIT = Characters(frozenset(string.digits))
_ID = Characters(frozenset(string.ascii_letters + string.digits + "-"))


def _text(text: str) -> tuple[Characters, ...]:
    return tuple(Characters(frozenset(one)) for one in text)


_ITEMS = (*_text("arn:"), NO_COLON, *_text(":kms:"), NO_COLON, *_text(":"), *(_DIGIT,) * 12, *_text(":key/"), _ID)
_SHAPE = Linear(_ITEMS, ((5, NO_COLON), (11, NO_COLON), (len(_ITEMS), _ID)))


def key_arns(statements: Iterable[Statement], arn: str | None, account: str | None) -> list[str | None]:
    """The key's ARN where it is known, else one for every class of keys that the statements tell apart.

    None stands for a key of which nothing need be said, because no statement is about one key and not another.
    """
    if arn is not None:
        return [arn]
    named = sorted({text for one in statements for text in (*one.resources, *one.not_resources)} - {"*"})
    if not named:
        return [None]
    literals = {text for text in named if not has_wildcard(text)}
    patterns = [glob_pattern(text) for text in named if text not in literals]
    likely = [f"arn:aws:kms:us-east-1:{account or OTHER_ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"]
    listed = [_SHAPE, *patterns, *map(literal_pattern, sorted(literals))]
    automaton = Automaton(listed, shapes=1)
    found: dict[int, str | None] = {}
    for text in likely:
        found.setdefault(automaton.accepted(automaton.after(text)), text)
    for combination, text in automaton.words().items():
        found.setdefault(combination, text)
    return list(found.values())
