"""The conditions of a CloudFormation stack: whether each holds, as far as the parameters are known.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from kmsgen.documents import Path
from kmsgen.policy.reference import is_symbolic
from kmsgen.sources.parameters import text

_IN_SUB = re.compile(r"\$\{([^!}][^}]*)\}")


class UnreadableError(Exception):
    """A value that only CloudFormation can work out; the reason, and where it stands."""

    def __init__(self, message: str, path: Path) -> None:
        super().__init__(message)
        self.message = message
        self.path = path


class Decided(NamedTuple):
    """Whether a condition holds."""

    holds: bool | None
    """None where that is not known."""
    names: frozenset[str] = frozenset()
    """The parameters that decided it; where it is not known, those that would."""


@dataclass(frozen=True)
class Conditions:
    """The conditions of a template, with what is known of its parameters."""

    declared: Any
    """What the template has as `Conditions`."""
    value: Callable[[Any, Path], Any]
    """Works out the functions in a value; what only the stack knows becomes a symbol."""
    known: Container[str]
    """The parameters and pseudo-parameters with a value."""

    def decided(self, name: str, path: Path, above: tuple[str, ...] = ()) -> Decided:
        """Whether a condition holds; one that the template does not declare is not known, and nothing decides it.

        Raises `UnreadableError` where it is none that CloudFormation takes, or rests on what it alone works out.
        """
        if not isinstance(self.declared, Mapping) or name not in self.declared:
            return Decided(None)
        if name in above:
            raise UnreadableError(f"the condition `{name}` depends on itself", path)
        return self._of(self.declared[name], ("Conditions", name), (*above, name))

    def _of(self, test: Any, path: Path, above: tuple[str, ...]) -> Decided:
        function, argument = next(iter(test.items())) if isinstance(test, Mapping) and len(test) == 1 else ("", None)
        here = (*path, function)
        if function == "Condition" and isinstance(argument, str):
            return self.decided(argument, here, above)
        listed = argument if isinstance(argument, list) else []
        if function == "Fn::Equals" and len(listed) == 2:
            return self._equal(listed, here)
        if function == "Fn::Not" and len(listed) == 1:
            inner = self._of(listed[0], (*here, 0), above)
            return inner if inner.holds is None else inner._replace(holds=not inner.holds)
        if function in ("Fn::And", "Fn::Or") and listed:
            found = (self._of(one, (*here, index), above) for index, one in enumerate(listed))
            return _several(found, deciding=function == "Fn::Or")
        raise UnreadableError(f"the condition `{above[-1]}` is none that CloudFormation takes", path)

    def _equal(self, pair: list[Any], path: Path) -> Decided:
        one, other = (_plain(self.value(item, (*path, index))) for index, item in enumerate(pair))
        names = frozenset(_names(pair))
        # The same symbol is the same value, whatever that is.
        if one == other or not (_is_open(one) or _is_open(other)):
            return Decided(one == other, names)
        return Decided(None, frozenset(name for name in names if name not in self.known))


def _several(found: Iterable[Decided], *, deciding: bool) -> Decided:
    """What several conditions come to: one that is `deciding` is enough, else all of them count."""
    listed = list(found)
    for one in listed:
        if one.holds is deciding:
            return one
    open_ = [one for one in listed if one.holds is None]
    names = frozenset[str]().union(*(one.names for one in open_ or listed))
    return Decided(None if open_ else not deciding, names)


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, list) else text(value)


def _is_open(value: Any) -> bool:
    return any(map(_is_open, value)) if isinstance(value, list) else is_symbolic(value)


def _names(data: Any) -> Iterator[str]:
    """The parameters that a value refers to."""
    if isinstance(data, list):
        for item in data:
            yield from _names(item)
    elif isinstance(data, Mapping):
        for function, argument in data.items():
            if function == "Ref" and isinstance(argument, str):
                yield argument
            elif function == "Fn::Sub":
                template, given = argument if isinstance(argument, list) and len(argument) == 2 else (argument, {})
                own = given if isinstance(given, Mapping) else {}
                yield from (name for one in _IN_SUB.findall(str(template)) if (name := one.strip()) not in own)
                yield from _names(list(own.values()))
            else:
                yield from _names(argument)
