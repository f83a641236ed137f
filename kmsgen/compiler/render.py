"""A template and the values for it to statements, held to what the template's header says it may do."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any

from kmsgen.compiler.context import Context
from kmsgen.compiler.leaves import LeafError, Variables, compile_leaf
from kmsgen.compiler.shared import NotSharedError, frame_words, frozen, shared
from kmsgen.errors import Location
from kmsgen.nodes import Mapping, Node, Scalar, Sequence
from kmsgen.policy.model import Condition, Effect, Statement, condition
from kmsgen.policy.operators import parse_operator
from kmsgen.policy.read import Path, read_statement
from kmsgen.templates import Template

_DROPPED = object()
"""What a leaf becomes that has no value: its element is left out."""


class _NeverMatches(Exception):  # noqa: N818 - not an error, but a statement that is not needed
    """A condition without any value it could match: the statement would be dead."""


class Rendering:
    """One use of one template."""

    def __init__(self, context: Context, template: Template, used_at: Location) -> None:
        self._context = context
        self._template = template
        self._used = (("used here", used_at),)
        self._problems = context.problems

    def statements(self, variables: Variables) -> Iterator[Statement]:
        """The statements that the template makes; what is wrong is told at the template and where it is used."""
        for node in self._template.statements:
            yield from self.statement(node, variables)

    def statement(self, node: Mapping, variables: Variables) -> Iterator[Statement]:
        """What one of the template's statements makes: nothing, one, or one for each item of a list."""
        if "if" in node.items and not self._value(node.items["if"][1], variables):
            return
        for scope in self._repeated(node, variables):
            statement = self._statement(node, scope)
            if statement is not None:
                yield statement

    def arguments(self, variables: Variables) -> dict[str, Any]:
        """What the template gives its family, by name; an argument may use those before it."""
        filled: dict[str, Any] = {}
        for name, node in self._template.arguments.items():
            value = self._fill(node, {**variables, **filled}, (), {})
            filled[name] = None if value is _DROPPED else value
        return filled

    def _repeated(self, node: Mapping, variables: Variables) -> Iterator[Variables]:
        if "for_each" not in node.items:
            yield variables
            return
        values = self._value(node.items["for_each"][1], variables)
        for item in values if isinstance(values, list | tuple) else ():
            yield {**variables, "item": item}

    def _statement(self, node: Mapping, variables: Variables) -> Statement | None:
        """One statement: all but its conditions made once for every key for which it says the same."""
        kept, key = shared(self._context.library), self._frame_key(node, variables)
        if key is None:
            return self._whole(node, variables)
        frame: Statement | None = kept.get(key)
        if frame is not None:
            try:
                conditions = self._filled_conditions(node, variables)
            except _NeverMatches:
                return None
            if conditions is not None:
                return frame.but(conditions=conditions)
        before = len(self._problems.errors)
        statement = self._whole(node, variables)
        if statement is not None and len(self._problems.errors) == before:
            kept[key] = statement.but(conditions=frozenset())
        return statement

    def _frame_key(self, node: Mapping, variables: Variables) -> Hashable | None:
        """What a statement without its conditions depends on; None where it is nobody else's."""
        template, library = self._template, self._context.library
        place = template.statements.index(node)
        try:
            values = frozen(
                [(name, variables[name]) for name in frame_words(library, template, place) & variables.keys()]
            )
        except NotSharedError:
            return None
        return ("frame", template.kind, template.name, place, values)

    def _filled_conditions(self, node: Mapping, variables: Variables) -> frozenset[Condition] | None:
        """The conditions of a statement; None where they are not of the plainest kind, or something is wrong."""
        if "Condition" not in node.items:
            return frozenset()
        before = len(self._problems.errors)
        block = self._conditions(node.items["Condition"][1], variables, {})
        if block is _DROPPED:
            return frozenset()
        if len(self._problems.errors) > before:
            return None
        found = []
        for operator, tests in block.items():
            if parse_operator(operator) is None or not isinstance(tests, dict):
                return None
            for key, values in tests.items():
                if not isinstance(values, str) and not (isinstance(values, list) and all(map(_is_text, values))):
                    return None
                found.append(condition(operator, key, values))
        return frozenset(found)

    def _whole(self, node: Mapping, variables: Variables) -> Statement | None:
        places: dict[Path, Node] = {(): node}
        before = len(self._problems.errors)
        document: dict[str, Any] = {"Effect": "Deny" if self._template.denies else "Allow"}
        try:
            for element, (key, value) in node.items.items():
                if element in ("if", "for_each"):
                    continue
                places[(element,)] = key
                filled = (
                    self._conditions(value, variables, places)
                    if element == "Condition"
                    else self._fill(value, variables, (element,), places)
                )
                if filled is not _DROPPED:
                    document[element] = filled
        except _NeverMatches:
            return None
        if len(self._problems.errors) > before:
            return None
        if "NotResource" not in document:
            document.setdefault("Resource", "*")  # what else could a template mean

        def report(path: Path, message: str, hint: str | None) -> None:
            while path not in places:
                path = path[:-1]
            self._problems.error(message, places[path].at, hint, self._used)

        statement = read_statement(document, (), report)
        return statement if statement is not None and self._within_header(node, statement) else None

    def _fill(self, node: Node, variables: Variables, path: Path, places: dict[Path, Node]) -> Any:
        places.setdefault(path, node)
        if isinstance(node, Scalar):
            value = self._value(node, variables)
            return _DROPPED if value is None or value in ("", [], {}) else value
        if isinstance(node, Sequence):
            filled = (self._fill(item, variables, (*path, index), places) for index, item in enumerate(node.items))
            return [item for item in _flat(filled) if item is not _DROPPED] or _DROPPED
        if isinstance(node, Mapping):
            pairs = {name: self._fill(item, variables, (*path, name), places) for name, (_, item) in node.items.items()}
            return {name: item for name, item in pairs.items() if item is not _DROPPED} or _DROPPED
        return _DROPPED

    def _conditions(self, node: Node, variables: Variables, places: dict[Path, Node]) -> Any:
        """A block of conditions, in which an empty list is not the same as nothing given.

        A parameter that was left out drops its condition. A list without values matches nothing: a positive test
        of it never holds, so the statement is left out rather than made wider; a negated one always holds.
        """
        if isinstance(node, Scalar):
            return self._fill(node, variables, ("Condition",), places)
        block: dict[str, Any] = {}
        for operator, (_, tests) in (node.items if isinstance(node, Mapping) else {}).items():
            for written, (key_node, value) in (tests.items if isinstance(tests, Mapping) else {}).items():
                key = str(self._value(key_node, variables)) if "{{" in written else written
                path = ("Condition", operator, key)
                places[path] = key_node
                filled = self._value(value, variables) if isinstance(value, Scalar) else None
                if filled in ([], ()):
                    parsed = parse_operator(operator)
                    if parsed is None or not parsed.negated:
                        raise _NeverMatches
                    continue
                if not isinstance(value, Scalar):
                    filled = self._fill(value, variables, path, places)
                    filled = None if filled is _DROPPED else filled
                if filled is not None and filled != "":
                    block.setdefault(operator, {})[key] = list(filled) if isinstance(filled, tuple) else filled
        return block or _DROPPED

    def _value(self, node: Node, variables: Variables) -> Any:
        if not isinstance(node, Scalar) or node.is_null:
            return None
        if node.plain and node.value in ("true", "false"):
            return node.value == "true"
        try:
            value = compile_leaf(node.value)(variables)
        except LeafError as error:
            self._problems.error(str(error), node.at, None, self._used)
            return None
        return list(value) if isinstance(value, tuple) else value

    def _within_header(self, node: Mapping, statement: Statement) -> bool:
        """Whether the statement does no more than the header says; a template that does is an error, whosever it is."""
        template, effect = self._template, Effect.DENY if self._template.denies else Effect.ALLOW
        at = node.items["Action"][0].at if "Action" in node.items else node.at
        verb = "denies" if template.denies else "grants"
        if statement.effect is not effect:
            message = f"the header says what the template {verb}, and this statement does the opposite"
            self._problems.error(message, node.at, None, self._used)
            return False
        if beyond := sorted(statement.actions - template.bound):
            hint = f"add it to `{verb}` in the header, or take it out of the statement"
            self._problems.error(
                f"the template {verb} `{beyond[0]}`, which its header does not list", at, hint, self._used
            )
        elif statement.not_actions and "kms:*" not in template.bound:
            message = f"the template {verb} with `NotAction`, which is more than its header lists"
            self._problems.error(message, at, None, self._used)
        elif not statement.actions and not statement.not_actions:
            self._problems.error("the statement has no actions", at, None, self._used)
        elif effect is Effect.ALLOW and (statement.not_principals or statement.not_actions):
            self._problems.error("a template that grants names whom and what; it excludes nobody", at, None, self._used)
        elif statement.resources != {"*"} or statement.not_resources:
            self._problems.error("`Resource` is `*`, which means this key", at, None, self._used)
        else:
            return True
        return False


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _flat(values: Iterator[Any]) -> Iterator[Any]:
    """Items of a list in which a leaf may itself have been a list."""
    for value in values:
        if isinstance(value, list):
            yield from value
        else:
            yield value
