"""The actions that policies can tell apart: those that KMS has, those that only a policy names, those still to come."""

from __future__ import annotations

import string
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from kmsgen.catalog import actions
from kmsgen.policy.model import Statement
from kmsgen.semantics.strings import Automaton, Characters, Linear, glob_pattern, literal_pattern

_LETTER = Characters(frozenset(string.ascii_lowercase))
_SHAPE = Linear((*(Characters(frozenset(one)) for one in "kms:"), _LETTER), ((5, _LETTER),))


@dataclass(frozen=True)
class Acting:
    """The classes of actions, by name."""

    names: tuple[str, ...]
    future: int
    """Which of them stand for actions that AWS does not have yet, as bits."""


KNOWN = tuple(name for name, action in actions.ACTIONS.items() if action.in_key_policy)
_LOWER = frozenset(name.lower() for name in actions.ACTIONS)


def acting(statements: Iterable[Statement]) -> Acting:
    """The actions that statements can tell apart.

    An action that KMS is not known to have is one all the same where a policy names it: AWS may have added it.
    """
    named = frozenset(pattern.lower() for one in statements for pattern in (*one.actions, *one.not_actions))
    return _acting(named)


@lru_cache(maxsize=512)
def _acting(named: frozenset[str]) -> Acting:
    unknown = sorted(
        name
        for name in named
        if "*" not in name and "?" not in name and name.startswith("kms:") and name not in _LOWER
        and not actions.never(name)
    )  # fmt: skip
    globs = sorted(name for name in named if "*" in name or "?" in name)
    to_come = _to_come(globs, {*_LOWER, *unknown})
    names = (*KNOWN, *unknown, *to_come)
    first = len(KNOWN) + len(unknown)
    return Acting(names, ((1 << len(to_come)) - 1) << first)


def _to_come(globs: list[str], taken: set[str]) -> list[str]:
    """A name that no action has yet for every combination of patterns that such a name can match."""
    patterns = [glob_pattern(one, escapes=False) for one in globs]
    automaton = Automaton([_SHAPE, *patterns], shapes=1)
    found: dict[int, str] = {}
    for text in ("kms:futureaction", *(one.replace("*", "futureaction").replace("?", "x") for one in globs)):
        accepted = automaton.accepted(automaton.after(text))
        if text not in taken and accepted & 1:
            found.setdefault(accepted, text)
    words = automaton.words()
    if any(word in taken for combination, word in words.items() if combination not in found):
        wider = Automaton([_SHAPE, *patterns, *map(literal_pattern, sorted(taken))], shapes=1)
        words = {bits: word for bits, word in wider.words().items() if bits < 2 << len(patterns)}
    for combination, word in words.items():
        found.setdefault(combination, word)
    return list(found.values())
