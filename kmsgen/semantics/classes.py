"""The values that tests of one condition key can tell apart: one representative for every class of them.

A class is a set of values that every test treats alike, so deciding each representative decides all values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from kmsgen.catalog import condition_keys
from kmsgen.catalog.patterns import has_wildcard
from kmsgen.policy.model import Condition
from kmsgen.policy.operators import Operator
from kmsgen.semantics.conditions import unescaped
from kmsgen.semantics.friendly import SOME, instance, other
from kmsgen.semantics.ordered import days, networks, numbers
from kmsgen.semantics.strings import (
    ANY,
    Automaton,
    Characters,
    Linear,
    TooManyError,
    arn_pattern,
    glob_pattern,
    literal_pattern,
)

Values = tuple[str, ...]
"""The values of a condition key in a request; empty where it is absent."""

_CONTEXT_KEYS = "kms:encryptioncontextkeys"
MAX_SETS = 4096
"""How many different sets of values of one key are told apart before the question is given up."""

NON_EMPTY = Linear((ANY,), ((1, Characters(frozenset(), True)),))


@dataclass(frozen=True)
class Tested:
    """One test of a key, taken apart."""

    condition: Condition
    operator: Operator
    variables: bool
    """Whether `${…}` is more than text in its values, as since version 2012-10-17."""
    holds_for: Callable[[str], bool] = field(compare=False)
    """Whether it holds for one value, the negation included."""


def classes(key: str, tests: Sequence[Tested], names: Sequence[str] = (), *, optional: bool = True) -> list[Values]:
    """Representatives for every class of values of a key, absence first, the likeliest before the others.

    `names`: texts that a value is also compared with, in any case. `optional`: whether the key can be absent.
    Raises `TooManyError` where there are more classes than can be told apart.
    """
    known = condition_keys.find(key)
    compared = [test for test in tests if test.operator.base != "Null"]
    singles = _singles(key, known.type if known else None, compared, names)
    several = known.multivalued if known else any(test.operator.set_word for test in compared)
    absent: list[Values] = [()] if optional else []
    if not several:
        return absent + [(single,) for single in singles]
    return absent + _sets(singles, compared, names, folded=key == _CONTEXT_KEYS)


def _singles(key: str, type_: str | None, tests: Sequence[Tested], names: Sequence[str]) -> list[str]:
    texts = [test for test in tests if test.operator.family in ("string", "arn", "binary")]
    found: dict[str, None] = {}
    ordered = {family: [test for test in tests if test.operator.family == family] for family in _ORDERED}
    if sum(bool(ones) for ones in ordered.values()) + any(_patterned(test) for test in texts) > 1:
        raise TooManyError(f"`{key}`, which is compared both in order and by patterns")
    if type_ == "bool":
        return ["true", "false"]
    if any(test.operator.family == "bool" for test in tests):
        found |= dict.fromkeys(("true", "false"))
    for family, represent in _ORDERED.items():
        if ordered[family]:
            found |= dict.fromkeys(represent(key, [v for test in ordered[family] for v in test.condition.values]))
    if texts or names or type_ in (None, "string", "arn"):
        found |= dict.fromkeys(strings(key, texts, names))
    if not found and type_ is not None:
        found[SOME[type_]] = None
    return list(found)


_ORDERED: dict[str, Callable[[str, list[str]], list[str]]] = {"numeric": numbers, "date": days, "ip": networks}


def _patterned(test: Tested) -> bool:
    return test.operator.globs and any(has_wildcard(value) for value in test.condition.values)


def strings(key: str, tests: Iterable[Tested], names: Sequence[str] = ()) -> list[str]:
    """Texts for every class of texts that the tests can tell apart."""
    literals: dict[str, None] = {}
    patterns: dict[Linear, None] = {}
    likely: dict[str, None] = {}
    for test in tests:
        for value in test.condition.values:
            pattern = _pattern(test, value)
            if pattern is None:
                literals.setdefault(unescaped(value) if test.variables else value)
            else:
                patterns.setdefault(pattern)
                likely.setdefault(instance(key, value))
    for name in names:
        patterns.setdefault(literal_pattern(name, fold=True))
        likely.setdefault(name)
    likely.setdefault(other(key))
    return [*literals, *_of_patterns(list(patterns), literals, likely)]


def _pattern(test: Tested, value: str) -> Linear | None:
    """A value as a pattern; None where it is one text alone."""
    operator = test.operator
    if operator.family == "arn":
        if value != "*" and not has_wildcard(value):
            return None
        return arn_pattern(value, escapes=test.variables) or _NOTHING
    if operator.base.endswith("IgnoreCase"):
        return literal_pattern(unescaped(value) if test.variables else value, fold=True)
    if operator.globs and ("*" in value or "?" in value):
        return glob_pattern(value, escapes=test.variables)
    return None


_NOTHING = Linear((Characters(frozenset()),), ())


def _of_patterns(patterns: list[Linear], literals: Iterable[str], likely: Iterable[str]) -> list[str]:
    """A text that is none of the literals for each combination of patterns that such a text matches."""
    taken = set(literals)
    automaton = Automaton([NON_EMPTY, *patterns], shapes=1)
    found: dict[int, str] = {}
    for text in likely:
        if text not in taken:
            found.setdefault(automaton.accepted(automaton.after(text)), text)
    if len(found) < 2 ** len(patterns):
        found = _complete(automaton, patterns, taken, found)
    return list(found.values())


def _complete(automaton: Automaton, patterns: list[Linear], taken: set[str], found: dict[int, str]) -> dict[int, str]:
    words = automaton.words()
    clashing = [combination for combination, text in words.items() if text in taken and combination not in found]
    if clashing:
        # Whether such a combination has other texts than the literals, only their being patterns too can tell.
        wider = Automaton([NON_EMPTY, *patterns, *map(literal_pattern, sorted(taken))], shapes=1)
        words = {combination: text for combination, text in wider.words().items() if combination < 2 << len(patterns)}
    whole = {**found, **{combination: text for combination, text in words.items() if combination not in found}}
    nothing = automaton.accepted(automaton.start) | 1
    # The empty text is a value that hardly any request has; it stands where nothing else does.
    return whole if nothing in whole or "" in taken else {**whole, nothing: ""}


def _sets(singles: list[str], tests: Sequence[Tested], names: Sequence[str], *, folded: bool) -> list[Values]:
    """Sets of values, at least one for every combination of what a set word can see in a set.

    `folded`: no two values of a set differ in case alone.
    """
    asked: list[Callable[[str], bool]] = [test.holds_for for test in tests]
    asked += [lambda value, name=name: value.lower() == name.lower() for name in names]  # type: ignore[misc]
    counts = any(not test.operator.set_word for test in tests)  # without a set word one value is not as two
    seen: dict[tuple[int, int, bool], Values] = {}
    bits = {single: sum(1 << place for place, ask in enumerate(asked) if ask(single)) for single in singles}
    waiting: list[tuple[Values, int, int]] = [((single,), bits[single], bits[single]) for single in singles]
    for values, some, every in waiting:
        state = some, every, counts and len(values) > 1
        if state in seen:
            continue
        seen[state] = values
        if len(seen) > MAX_SETS:
            raise TooManyError("sets of values of one key")
        waiting += [
            ((*values, single), some | bits[single], every & bits[single])
            for single in singles
            if single not in values and not (folded and single.lower() in (value.lower() for value in values))
        ]
    return sorted(seen.values(), key=len)
