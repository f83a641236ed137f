"""Formulas and texts for the solver: connectives that fold constants, patterns and shapes as its regular expressions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser as sre  # type: ignore[attr-defined]
from typing import Any

from tests.oracle.patterns import Many, One, Pattern, Variable, literal

try:
    import cvc5
    from cvc5 import Kind
except ImportError:  # pragma: no cover - the tests that need it say so and skip
    cvc5 = None

Term = Any
Formula = Any
"""A solver's Boolean term, or Python's True or False where it is known."""
Text = Any
"""A solver's string term, or a Python string where it is known."""

AVAILABLE = cvc5 is not None
_CHARACTERS = "".join(map(chr, range(0x20, 0x7F)))
"""Values are printable ASCII, so that a pattern's wildcard need mean nothing else."""


class Terms:
    """What builds terms; one for each question."""

    def __init__(self) -> None:
        self.tm = cvc5.TermManager()
        self.facts: list[Formula] = []
        """What holds of every request."""
        self._shapes: dict[str, Term] = {}
        self._shape_of: dict[Term, str] = {}
        self._count = 0

    # Connectives.

    def all(self, formulas: Iterable[Formula]) -> Formula:
        """Conjunction."""
        return self._join(Kind.AND, formulas, neutral=True)

    def any(self, formulas: Iterable[Formula]) -> Formula:
        """Disjunction."""
        return self._join(Kind.OR, formulas, neutral=False)

    def _join(self, kind: Any, formulas: Iterable[Formula], neutral: bool) -> Formula:
        kept = [one for one in formulas if one is not neutral]
        if any(one is (not neutral) for one in kept):
            return not neutral
        if not kept:
            return neutral
        return kept[0] if len(kept) == 1 else self.tm.mkTerm(kind, *kept)

    def no(self, formula: Formula) -> Formula:
        """Negation."""
        return not formula if isinstance(formula, bool) else self.tm.mkTerm(Kind.NOT, formula)

    def implies(self, first: Formula, second: Formula) -> Formula:
        """Implication."""
        return self.any((self.no(first), second))

    def same(self, first: Formula, second: Formula) -> Formula:
        """Equivalence."""
        return self.all((self.implies(first, second), self.implies(second, first)))

    def fact(self, formula: Formula) -> None:
        """Something that holds of every request."""
        self.facts.append(formula)

    def as_term(self, formula: Formula) -> Term:
        """A formula for the solver, constants too."""
        return self.tm.mkBoolean(formula) if isinstance(formula, bool) else formula

    # Unknowns.

    def _fresh(self, sort: Any, name: str) -> Term:
        self._count += 1
        return self.tm.mkConst(sort, f"{name}#{self._count}")

    def boolean(self, name: str) -> Term:
        """An unknown truth."""
        return self._fresh(self.tm.getBooleanSort(), name)

    def integer(self, name: str, low: int, high: int) -> Term:
        """An unknown whole number within bounds."""
        made = self._fresh(self.tm.getIntegerSort(), name)
        self.fact(self.between(made, low, high))
        return made

    def text(self, name: str, shape: str) -> Term:
        """An unknown string that matches a Python regular expression."""
        made = self._fresh(self.tm.getStringSort(), name)
        self.fact(self.shaped(made, shape))
        self._shape_of[made] = shape
        return made

    # Numbers.

    def between(self, term: Term, low: int, high: int) -> Formula:
        """Bounds, both included."""
        return self.all((self._order(Kind.GEQ, term, low), self._order(Kind.LEQ, term, high)))

    def equals_number(self, term: Term, number: int) -> Formula:
        """Equality with a number."""
        return self._order(Kind.EQUAL, term, number)

    def _order(self, kind: Any, term: Term, number: int) -> Formula:
        return self.tm.mkTerm(kind, term, self.tm.mkInteger(str(number)))

    # Texts.

    def shaped(self, text: Text, shape: str) -> Formula:
        """Whether a text matches a Python regular expression as a whole."""
        if isinstance(text, str):
            return re.fullmatch(shape, text) is not None
        if shape not in self._shapes:
            self._shapes[shape] = self._regex(sre.parse(shape))
        return self.tm.mkTerm(Kind.STRING_IN_REGEXP, text, self._shapes[shape])

    def equals(self, first: Text, second: Text) -> Formula:
        """Equality of texts."""
        if isinstance(first, str) and isinstance(second, str):
            return first == second
        one, two = (self.tm.mkString(text) if isinstance(text, str) else text for text in (first, second))
        return self.tm.mkTerm(Kind.EQUAL, one, two)

    def concat(self, parts: Sequence[Text]) -> Text:
        """Texts one after the other."""
        joined: list[Text] = []
        for part in parts:
            if isinstance(part, str) and joined and isinstance(joined[-1], str):
                joined[-1] += part
            elif not isinstance(part, str) or part:
                joined.append(part)
        if len(joined) < 2:
            return joined[0] if joined else ""
        return self.tm.mkTerm(
            Kind.STRING_CONCAT, *(self.tm.mkString(part) if isinstance(part, str) else part for part in joined)
        )

    def folded(self, text: Text, value: str) -> Formula:
        """Equality of texts whatever the case of their ASCII letters."""
        shape = "".join(f"[{c.lower()}{c.upper()}]" if c.isascii() and c.isalpha() else re.escape(c) for c in value)
        return self.shaped(text, shape)

    def differ_folded(self, first: Term, second: Term) -> Formula:
        """Whether two unknown texts differ in more than case."""
        one, two = (self.tm.mkTerm(Kind.STRING_TO_LOWER, text) for text in (first, second))
        return self.no(self.equals(one, two))

    def like(self, text: Text, pattern: Pattern, *, barred: str = "") -> Formula:
        """Whether a text matches a pattern without variables; `barred`: what no wildcard matches."""
        known = literal(pattern)
        if known is not None:
            return self.equals(text, known)
        if not isinstance(text, str) and not barred and (easy := self._easily(text, pattern)) is not None:
            return easy
        anything = f"[^{barred}]" if barred else f"[{re.escape(_CHARACTERS)}]"
        parts = (re.escape(one) if isinstance(one, str) else anything + "*" * isinstance(one, Many) for one in pattern)
        return self.shaped(text, "".join(parts))

    def may_match(self, text: Text, pattern: Pattern) -> bool:
        """Whether a text can match at all, as far as that is seen without the solver."""
        known = "".join(token for token in pattern if isinstance(token, str))
        fixed = literal(pattern)
        if isinstance(text, str):
            return self.like(text, pattern) is True
        shape = self._shape_of[text]
        if fixed is not None:
            return re.fullmatch(shape, fixed) is not None
        return set(known) <= _alphabet(shape)

    def _easily(self, text: Term, pattern: Pattern) -> Formula | None:
        """What needs no regular expression: everything, a prefix, a suffix, something within."""
        match pattern:
            case (Many(),):
                return True
            case (str(start), Many()):
                return self.tm.mkTerm(Kind.STRING_PREFIX, self.tm.mkString(start), text)
            case (Many(), str(end)):
                return self.tm.mkTerm(Kind.STRING_SUFFIX, self.tm.mkString(end), text)
            case (Many(), str(within), Many()):
                return self.tm.mkTerm(Kind.STRING_CONTAINS, text, self.tm.mkString(within))
        return None

    def _regex(self, parsed: Any) -> Term:
        parts = [self._regex_part(op, value) for op, value in parsed]
        if not parts:
            return self.tm.mkTerm(Kind.STRING_TO_REGEXP, self.tm.mkString(""))
        return parts[0] if len(parts) == 1 else self.tm.mkTerm(Kind.REGEXP_CONCAT, *parts)

    def _regex_part(self, op: Any, value: Any) -> Term:
        if op is ops.LITERAL:
            return self.tm.mkTerm(Kind.STRING_TO_REGEXP, self.tm.mkString(chr(value)))
        if op is ops.NOT_LITERAL:
            return self._characters([c for c in _CHARACTERS if c != chr(value)])
        if op is ops.IN:
            return self._characters([c for c in _CHARACTERS if _is_in(ord(c), value)])
        if op is ops.MAX_REPEAT:
            return self._repeated(*value)
        if op is ops.SUBPATTERN:
            return self._regex(value[-1])
        if op is ops.BRANCH:
            return self.tm.mkTerm(Kind.REGEXP_UNION, *(self._regex(one) for one in value[1]))
        raise ValueError(f"no such shape: {op}")

    def _repeated(self, low: int, high: Any, parsed: Any) -> Term:
        inner = self._regex(parsed)
        if high is ops.MAXREPEAT:
            star = self.tm.mkTerm(Kind.REGEXP_STAR, inner)
            if low == 0:
                return star
            return self.tm.mkTerm(Kind.REGEXP_CONCAT, *[inner] * low, star)
        return self.tm.mkTerm(self.tm.mkOp(Kind.REGEXP_LOOP, low, int(high)), inner)

    def _characters(self, characters: list[str]) -> Term:
        """One of some characters, as ranges."""
        ranges: list[tuple[str, str]] = []
        for character in characters:
            if ranges and ord(ranges[-1][1]) + 1 == ord(character):
                ranges[-1] = ranges[-1][0], character
            else:
                ranges.append((character, character))
        terms = [self.tm.mkTerm(Kind.REGEXP_RANGE, *map(self.tm.mkString, pair)) for pair in ranges]
        return terms[0] if len(terms) == 1 else self.tm.mkTerm(Kind.REGEXP_UNION, *terms)


@cache
def _alphabet(shape: str) -> frozenset[str]:
    """Every character that a text of a shape can hold."""

    def walk(parsed: Any) -> Iterable[str]:
        for op, value in parsed:
            if op is ops.LITERAL:
                yield chr(value)
            elif op is ops.IN:
                yield from (c for c in _CHARACTERS if _is_in(ord(c), value))
            elif op is ops.BRANCH:
                for one in value[1]:
                    yield from walk(one)
            else:
                yield from walk(value[-1])

    return frozenset(walk(sre.parse(shape)))


def _is_in(code: int, members: list[tuple[Any, Any]]) -> bool:
    inside = any(
        code == value if op is ops.LITERAL else op is ops.RANGE and value[0] <= code <= value[1]
        for op, value in members
    )
    return inside is not any(op is ops.NEGATE for op, _ in members)


__all__ = ["AVAILABLE", "Formula", "One", "Term", "Terms", "Text", "Variable", "cvc5"]
