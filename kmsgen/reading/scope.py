"""`${name}` in blueprint strings: what is put in its place, what is left to IAM, what is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from kmsgen.errors import Location, Problems, did_you_mean

_VARIABLE = re.compile(r"\$\$\{|\$\{([^{}]*)\}|\$\{")
_IAM_ESCAPES = frozenset("*?$")


@dataclass(frozen=True)
class Scope:
    """The names that strings may use at some place, and their values."""

    values: Mapping[str, str] = field(default_factory=dict)

    def with_values(self, values: Mapping[str, str]) -> Scope:
        """This scope and more names."""
        return Scope({**self.values, **values})

    def expand(self, text: str, at: Location, problems: Problems) -> str:
        """`text` with its variables replaced; what is replaced is not looked at again.

        A name with a colon is an IAM policy variable and stays, as do IAM's escapes `${*}`, `${?}` and `${$}`;
        `$${` is a plain `${`.
        """

        def put(found: re.Match[str]) -> str:
            if found[0] == "$${":
                return "${"
            name, place = found[1], _within(at, found[0])
            if name is None:
                problems.error("`${` is never closed", place, "write `$${` for a plain `${`")
                return found[0]
            if ":" in name or name in _IAM_ESCAPES:
                return found[0]
            if name in self.values:
                return self.values[name]
            hint = did_you_mean(name, self.values) or self._what_there_is()
            problems.error(f"unknown variable `${{{name}}}`", place, hint)
            return found[0]

        return _VARIABLE.sub(put, text)

    def _what_there_is(self) -> str:
        if not self.values:
            return "no variables are known here; write `$${` for a plain `${`"
        names = ", ".join(f"`${{{name}}}`" for name in self.values)
        return f"known here: {names}; write `$${{` for a plain `${{`"


def _within(at: Location, piece: str) -> Location:
    """Where a piece of a string stands, if it can be seen on the line where the string begins."""
    found = at.text.find(piece, at.column - 1)
    return at if found < 0 else at._replace(column=found + 1, length=len(piece))


NO_VARIABLES = Scope()
