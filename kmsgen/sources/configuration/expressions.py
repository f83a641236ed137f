"""Expressions of Terraform's language worked out to plain data, with the place of each part.

What cannot be decided (`for_each` over what is not known, a function that asks for the time) is never guessed.
"""

from __future__ import annotations

import operator as operator_module
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from kmsgen.documents import Path
from kmsgen.errors import Location
from kmsgen.nodes import MAX_DEPTH
from kmsgen.policy.reference import is_symbolic
from kmsgen.sources.configuration import functions
from kmsgen.sources.configuration.functions import UnworkableError, has_symbols
from kmsgen.sources.configuration.placing import Piece, Places, carry
from kmsgen.sources.configuration.syntax import (
    Call,
    Chunk,
    Conditional,
    Expression,
    For,
    Literal,
    Object,
    Operation,
    Other,
    Span,
    Taken,
    Template,
    Traversal,
    Tuple,
    inside,
    may_lack,
    short,
)
from kmsgen.sources.configuration.undecided import MissingError, UndecidedError

_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator_module.lt, ">": operator_module.gt, "<=": operator_module.le, ">=": operator_module.ge,
}  # fmt: skip
MAX_INSTANCES = 1000
MAX_STEPS = 1_000_000
"""How much is worked out for one module, so that what doubles itself again and again comes to an end."""

Names = Mapping[str, Any]
"""What a name means in one place alone: `each`, `count`, the names of a `for` and of a `dynamic` block."""


class Expressions(ABC):
    """Works expressions out; what names in them stand for is told by who makes one."""

    def __init__(self) -> None:
        self._open: list[str] = []
        """What is being worked out, by name."""
        self._steps = 0
        self.may_lack = False
        """Whether something was taken of instances of which it is not known whether they are there."""

    def anew(self) -> None:
        """Begin to count anew how much is worked out."""
        self._steps = 0

    def value(self, expression: Expression, names: Names, path: Path = (), places: Places | None = None) -> Any:
        """The data that an expression comes to; with `places`, where each part of it stands below `path`.

        Raises `UndecidedError` with the place of what cannot be worked out.
        """
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise UndecidedError("too much is to be worked out", expression.span)
        try:
            return self._value(expression, names, path, {} if places is None else places)
        except UnworkableError as error:
            raise UndecidedError(f"`{short(expression)}` is worked out by Terraform alone", expression.span) from error

    def _value(self, expression: Expression, names: Names, path: Path, places: Places) -> Any:
        match expression:
            case Literal(value=value):
                return value
            case Template(parts=(Expression() as only,)):
                return self.value(only, names, path, places)
            case Template():
                return "".join(piece.text for piece in self.pieces(expression, names))
            case Tuple(items=items):
                return [self._at(item, names, (*path, index), places) for index, item in enumerate(items)]
            case Object():
                return self._object(expression, names, path, places)
            case Traversal():
                return self.traversal(expression, names, path, places)
            case Taken(whole=whole, steps=steps):
                return self.taken(self.value(whole, names), steps, names, expression)
            case Conditional():
                return self._conditional(expression, names, path, places)
            case Call():
                return self._call(expression, names, path, places)
            case Operation():
                return self._operation(expression, names)
            case For():
                return self._for(expression, names, path, places)
        what = expression.what if isinstance(expression, Other) else "it"
        raise UndecidedError(f"{what} is worked out by Terraform alone", expression.span)

    def _at(self, item: Expression, names: Names, path: Path, places: Places) -> Any:
        places[path] = item.span.at
        return self.value(item, names, path, places)

    def pieces(self, expression: Expression, names: Names) -> Iterator[Piece]:
        """The text that an expression comes to, piece by piece, each with the place at which it stands.

        Raises `UndecidedError`; of what is no text too.
        """
        if not isinstance(expression, Template):
            yield Piece(self._text(self.value(expression, names), expression), expression.span)
            return
        for part in expression.parts:
            if isinstance(part, Chunk):
                yield Piece(part.text, Span(expression.span.text, part.start, len(part.text)))
            else:
                yield Piece(self._text(self.value(part, names), part), part.span)

    def _text(self, value: Any, expression: Expression) -> str:
        try:
            return functions.text(value)
        except UnworkableError:
            message = f"a text is put together of `{short(expression)}`, which is none"
            raise UndecidedError(message, expression.span) from None

    def _object(self, expression: Object, names: Names, path: Path, places: Places) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, value in expression.pairs:
            name = self._text(self.value(key, names), key)
            if name in made:
                raise UndecidedError(f"`{name}` stands twice in one object", key.span)
            if is_symbolic(name):
                raise UndecidedError(f"it depends on `{short(key)}`, which is not known", key.span)
            places[*path, name] = key.span.at
            made[name] = self.value(value, names, (*path, name), places)
        return made

    def _conditional(self, expression: Conditional, names: Names, path: Path, places: Places) -> Any:
        try:
            wanted = self.truth(expression.condition, names)
        except UndecidedError:
            then, other = self.value(expression.then, names, path, places), self.value(expression.other, names)
            if then == other and not functions.is_set_beside_list(then, other):
                return then
            raise
        taken, left = (expression.then, expression.other) if wanted else (expression.other, expression.then)
        value = self.value(taken, names, path, places)
        if isinstance(value, list):
            with suppress(UndecidedError):  # what is not taken may well be what cannot be had
                if functions.is_set_beside_list(value, self.value(left, names)):
                    raise UnworkableError
        return value

    def truth(self, expression: Expression, names: Names) -> bool:
        """Whether a condition holds; raises `UndecidedError` where that is not known."""
        value = self.value(expression, names)
        if value in ("true", "false"):
            return bool(value == "true")
        if not isinstance(value, bool):
            raise UndecidedError(f"it depends on `{short(expression)}`, which is not known", expression.span)
        return value

    def _operation(self, expression: Operation, names: Names) -> Any:
        operator, operands = expression.operator, expression.operands
        if operator == "!":
            return not self.truth(operands[0], names)
        if operator in ("&&", "||") and len(operands) == 2:
            left = self.truth(operands[0], names)
            return self.truth(operands[1], names) if left is (operator == "&&") else left
        values = [self.value(one, names) for one in operands]
        if has_symbols(values):
            raise UndecidedError(f"it depends on `{short(expression)}`, which is not known", expression.span)
        if operator in ("==", "!=") and len(values) == 2:
            same = type(values[0]) is type(values[1]) and values[0] == values[1]
            return same is (operator == "==")
        numbers = [one for one in values if isinstance(one, int | float) and not isinstance(one, bool)]
        if operator in _COMPARED and len(numbers) == 2:
            return _COMPARED[operator](*numbers)
        if operator == "-" and len(numbers) == len(values) == 1:
            return -numbers[0]
        raise UnworkableError

    def _call(self, expression: Call, names: Names, path: Path, places: Places) -> Any:
        if expression.function in ("file", "try", "can", "templatefile"):
            return self._special(expression, names, path, places)
        if expression.spread:
            *arguments, last = [self.value(one, names) for one in expression.arguments]
            return functions.call(expression.function, [*arguments, *functions.items_of(last)])
        inner = [dict[Path, Location]() for _ in expression.arguments]
        arguments = [self.value(one, names, (), at) for one, at in zip(expression.arguments, inner, strict=True)]
        made = functions.call(expression.function, arguments)
        if expression.function in ("concat", "merge", "tolist"):
            carry(arguments, inner, path, places, lists=expression.function != "merge")
        return made

    def _special(self, expression: Call, names: Names, path: Path, places: Places) -> Any:
        if expression.function == "try":
            return self.value(self.tried(expression, names), names, path, places)
        if expression.function == "file" and len(expression.arguments) == 1:
            return self.read(expression, names)
        if expression.function == "templatefile":
            return self.value(*self.template(expression, names))
        raise UnworkableError

    def tried(self, expression: Call, names: Names) -> Expression:
        """The first argument of a `try` that is there.

        Raises `UndecidedError` where it is not known whether one is.
        """
        for one in expression.arguments:
            self.may_lack = False
            try:
                made = self.value(one, names)
            except MissingError:
                continue
            if self.may_lack or (has_symbols(made) and any(map(may_lack, inside(one)))):
                raise UndecidedError(f"it depends on `{short(one)}`, which is not known", one.span)
            return one
        raise UndecidedError("nothing that this tries is known", expression.span)

    def _for(self, expression: For, names: Names, path: Path, places: Places) -> Any:
        pairs = self._iterated(expression.source, names)
        listed: list[Any] = []
        mapped: dict[str, Any] = {}
        for key, value in pairs:
            inner = {**names, **dict(zip(reversed(expression.names), (value, key), strict=False))}
            if expression.condition is not None and not self.truth(expression.condition, inner):
                continue
            if expression.key is None:
                listed.append(self._at(expression.value, inner, (*path, len(listed)), places))
                continue
            name = self._text(self.value(expression.key, inner), expression.key)
            if is_symbolic(name) or expression.grouped or name in mapped:
                raise UndecidedError(f"`{short(expression)}` is worked out by Terraform alone", expression.span)
            mapped[name] = self._at(expression.value, inner, (*path, name), places)
        return listed if expression.key is None else mapped

    def _iterated(self, source: Expression, names: Names) -> list[tuple[Any, Any]]:
        pairs = functions.pairs_of(self.value(source, names))
        if pairs is None:
            raise UndecidedError(f"it depends on `{short(source)}`, which is not known", source.span)
        return pairs

    def instances(self, body: Mapping[str, Any], names: Names) -> list[tuple[Any, Names]]:
        """The instances of a block with `count` or `for_each`, each with its index (None for a block with neither).

        Raises `UndecidedError` where it is not known which there are.
        """
        if (counted := body.get("count")) is not None:
            number = self.value(counted.value, names)
            if isinstance(number, str) and number.isdecimal():
                number = int(number)
            if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= MAX_INSTANCES:
                raise UndecidedError("it depends on `count`", counted.span)
            return [(index, {**names, "count": {"index": index}}) for index in range(number)]
        if (each := body.get("for_each")) is not None:
            return [(key, {**names, "each": {"key": key, "value": value}}) for key, value in self.for_each(each, names)]
        return [(None, names)]

    def for_each(self, attribute: Any, names: Names) -> list[tuple[Any, Any]]:
        """What a `for_each` goes over, by keys.

        Raises `UndecidedError` where that is not known.
        """
        value = self.value(attribute.value, names)
        if isinstance(value, Mapping) and len(value) <= MAX_INSTANCES:
            return [(name, value[name]) for name in sorted(value)]
        if not isinstance(value, list) or len(value) > MAX_INSTANCES:
            raise UndecidedError("it depends on `for_each`", attribute.span)
        if any(not isinstance(one, str) or is_symbolic(one) for one in value):
            raise UndecidedError("it depends on `for_each`", attribute.span)
        return [(one, one) for one in value]

    def taken(self, value: Any, steps: tuple[str | Expression | None, ...], names: Names, whole: Expression) -> Any:
        """What is taken of a value."""
        for index, step in enumerate(steps):
            if step is None:
                listed = value if isinstance(value, list) else [value]
                if has_symbols(listed):
                    raise UndecidedError(f"it depends on `{short(whole)}`, which is not known", whole.span)
                return [self.taken(one, steps[index + 1 :], names, whole) for one in listed]
            key = step if isinstance(step, str) else self.value(step, names)
            if isinstance(value, list) and isinstance(key, str) and key.isdecimal():
                key = int(key)
            try:
                if not isinstance(value, dict | list) or (isinstance(key, int) and key < 0):
                    raise TypeError
                item: Any = key
                value = value[item]
            except (LookupError, TypeError):
                kind = UndecidedError if has_symbols(value) else MissingError
                raise kind(f"`{short(whole)}` is not known", whole.span) from None
        return value

    @abstractmethod
    def traversal(self, expression: Traversal, names: Names, path: Path, places: Places) -> Any:
        """What a reference comes to."""

    @abstractmethod
    def read(self, expression: Call, names: Names) -> str:
        """The text of the file that `file("${path.module}/policy.json")` names."""

    @abstractmethod
    def template(self, expression: Call, names: Names) -> tuple[Template, Names]:
        """The text of the file that `templatefile("policy.tpl", {…})` names, and what the names in it stand for."""

    @contextmanager
    def within(self, name: str, span: Span) -> Iterator[None]:
        """Work something out that must not need itself.

        Raises `UndecidedError` where it does, and where one thing leads to another without an end in sight.
        """
        if name in self._open:
            raise UndecidedError(f"`{name}` refers to itself", span)
        if len(self._open) >= MAX_DEPTH:
            raise UndecidedError(f"more than {MAX_DEPTH} names lead from one to the next", span)
        self._open.append(name)
        try:
            yield
        finally:
            self._open.pop()
