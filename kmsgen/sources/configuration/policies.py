"""The policy that an argument comes to: of `jsonencode`, a text, a policy document, or a file beside the module."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from kmsgen.documents import Document, Path, read_json
from kmsgen.errors import KmsgenError, Location, PolicyError, Problem
from kmsgen.nodes import MAX_DEPTH
from kmsgen.policy.reference import is_symbolic
from kmsgen.sources.configuration.expressions import Names
from kmsgen.sources.configuration.functions import has_symbols
from kmsgen.sources.configuration.placing import Piece, Places
from kmsgen.sources.configuration.statements import Writer
from kmsgen.sources.configuration.syntax import Call, Conditional, Expression, Literal, Template, Traversal, unwrapped
from kmsgen.sources.configuration.undecided import UndecidedError
from kmsgen.sources.configuration.values import Values

_MAY_BE_UNKNOWN = ("Principal", "NotPrincipal", "Resource", "NotResource", "Condition")
"""The elements of a statement whose values may be what only Terraform will know."""


class Policies:
    """Reads the policies of one module."""

    def __init__(self, values: Values) -> None:
        self._values = values
        self._writer = Writer(values, self._document)
        values.documents = lambda address, block, names: self._written(address, block, names)

    def policy(self, expression: Expression, names: Names) -> Document | None:
        """The data of a policy with the place of each of its parts; None where the argument is null.

        Raises `UndecidedError` for what only Terraform can work out, and `KmsgenError` for a text that is no JSON.
        """
        document = self._document(expression, names)
        if document is not None:
            _refuse_unknown(document, expression)
        return document

    def _document(self, expression: Expression, names: Names) -> Document | None:
        expression, names = self._unwrapped(expression, names)
        match expression:
            case Literal(value=None):
                return None
            case Call(function="jsonencode", arguments=(argument,), spread=False):
                places: Places = {(): argument.span.at}
                data = self._values.value(argument, names, (), places)
                return Document(data, expression.span.text.name, places)
            case Call(function="file", arguments=(_,), spread=False):
                path = self._values.file(expression, names)
                return read_json(self._values.read_file(path, expression), path)
            case Call(function="templatefile", spread=False):
                return self._of_text(*self._values.template(expression, names))
            case Traversal(root="data", steps=("aws_iam_policy_document", str(name), *rest)):
                address = f"data.aws_iam_policy_document.{name}"
                block = self._values.module.resources.get(address)
                if block is not None and rest[-1:] in (["json"], ["minified_json"]) and None not in rest:
                    (inner,) = self._values.chosen(block, tuple(rest), names, expression)
                    return self._written(address, block, inner)
        return self._of_text(expression, names)

    def _written(self, address: str, block: Any, names: Names) -> Document:
        with self._values.within(address, block.span):
            return self._writer.document(block, names)

    def _unwrapped(self, expression: Expression, names: Names) -> tuple[Expression, Names]:
        """What an argument leads to through locals, variables, and conditions that are decided."""
        for _ in range(MAX_DEPTH):
            expression = unwrapped(expression)
            match expression:
                case Traversal(root="local", steps=(str(name),)) if name in self._values.module.locals:
                    expression, names = self._values.module.locals[name].value, {}
                case Traversal(root="var", steps=(str(name),)) if (found := self._values.default(name)) is not None:
                    expression, names = found.value, {}
                case Call(function="try", spread=False):
                    expression = self._values.tried(expression, names)
                case Call(function="coalesce", spread=False):
                    given = (one for one in expression.arguments if self._values.value(one, names) not in (None, ""))
                    expression = next(given, expression)
                    if isinstance(expression, Call) and expression.function == "coalesce":
                        return expression, names
                case Conditional():
                    try:
                        wanted = self._values.truth(expression.condition, names)
                    except UndecidedError:
                        return expression, names
                    expression = expression.then if wanted else expression.other
                case _:
                    return expression, names
        return expression, names

    def _of_text(self, expression: Expression, names: Names) -> Document | None:
        if not isinstance(expression, Template):
            value = self._values.value(expression, names)
            if value is None:
                return None
            if not isinstance(value, str):
                raise UndecidedError("a policy is the text of one", expression.span)
            if is_symbolic(value) and not value.lstrip().startswith("{"):
                raise UndecidedError(f"it is not known: {value}", expression.span)
            pieces = [Piece(value, expression.span)]
        else:
            pieces = list(self._values.pieces(expression, names))
        return _placed("".join(one.text for one in pieces), pieces, expression)


def _placed(text: str, pieces: list[Piece], expression: Expression) -> Document:
    """The data of a text of JSON, its places told in the file that the pieces are from."""
    if not text.strip():
        raise UndecidedError("the policy's text is empty", expression.span)
    moved = _Moved(text, pieces)
    try:
        inner = read_json(text, "")
    except PolicyError as error:
        raise PolicyError(*(_told(one, moved) for one in error.problems)) from error
    return Document(inner.data, expression.span.text.name, _Places(inner.places, moved))


def _told(problem: Problem, moved: _Moved) -> Problem:
    at = None if problem.at is None else moved.place(problem.at)
    related = tuple((word, moved.place(place)) for word, place in problem.related)
    return replace(problem, message=f"in the policy's text: {problem.message}", at=at, related=related)


class _Moved:
    """Finds the place in a file of what stands in a text that was put together."""

    def __init__(self, text: str, pieces: list[Piece]) -> None:
        self._pieces = pieces
        self._starts: list[int] = []
        size = 0
        for one in pieces:
            self._starts.append(size)
            size += len(one.text)
        self._lines = [0]
        while (end := text.find("\n", self._lines[-1])) >= 0:
            self._lines.append(end + 1)

    def place(self, at: Location) -> Location:
        """The place in the file."""
        offset = self._lines[at.line - 1] + at.column - 1
        index = max(bisect_right(self._starts, offset) - 1, 0)
        piece = self._pieces[index]
        # What an expression comes to stands where the expression does.
        same = piece.span.length == len(piece.text)
        shift = min(offset - self._starts[index], max(piece.span.length - 1, 0)) if same else 0
        return piece.span.text.at(piece.span.start + shift, at.length if same else max(piece.span.length, 1))


class _Places(Mapping[Path, Location]):
    """Places in a text, told in the file that it stands in."""

    def __init__(self, inner: Mapping[Path, Location], moved: _Moved) -> None:
        self._inner = inner
        self._moved = moved

    def __getitem__(self, path: Path) -> Location:
        return self._moved.place(self._inner[path])

    def __iter__(self) -> Iterator[Path]:
        return iter(self._inner)

    def __len__(self) -> int:
        return len(self._inner)


def _refuse_unknown(document: Document, expression: Expression) -> None:
    """Refuse symbols where nothing could be said of the policy: in what it does, and in how it tests."""
    data = document.data
    if isinstance(data, str) and is_symbolic(data):
        _refuse(document, (), "the policy")
    statements = data.get("Statement") if isinstance(data, Mapping) else None
    for index, statement in enumerate(statements if isinstance(statements, list) else [statements]):
        path: Path = ("Statement", index) if isinstance(statements, list) else ("Statement",)
        if not isinstance(statement, Mapping):
            if has_symbols(statement):
                _refuse(document, path, "a statement")
            continue
        for element, value in statement.items():
            here = (*path, str(element))
            if element not in _MAY_BE_UNKNOWN and has_symbols(value):
                _refuse(document, here, f"`{element}`")
            if element in ("Principal", "NotPrincipal", "Condition") and isinstance(value, str) and is_symbolic(value):
                _refuse(document, here, f"`{element}`")
            inner = value.values() if element == "Condition" and isinstance(value, Mapping) else ()
            if any(isinstance(one, str) and is_symbolic(one) for one in inner):
                _refuse(document, here, f"`{element}`")
    if isinstance(data, Mapping) and any(has_symbols(data.get(name)) for name in data if name != "Statement"):
        _refuse(document, (), "the policy")


def _refuse(document: Document, path: Path, what: str) -> None:
    raise KmsgenError(Problem(f"what {what} says is only known to Terraform", document.at(path)))
