"""YAML text to nodes that know their place; a scalar stays the text that was written until its reader asks for more.

Nothing is guessed: a scalar is not made a number, a date or a boolean because it looks like one, and what YAML
readers would disagree about is left for the reader of the field to refuse.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import yaml

from kmsgen.errors import BlueprintError, Location, Problem

MAX_BYTES = 32 * 1024 * 1024
MAX_DEPTH = 64
MAX_ALIASED = 100_000
"""How many nodes aliases (`*name`) may repeat in one file, all together."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STR_TAG = "tag:yaml.org,2002:str"


class Source:
    """A text and the name that messages give it."""

    __slots__ = ("_lines", "has_tags", "name", "text")

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.has_tags = False
        """Whether some node of it has a tag, as `!GetAtt`."""
        self._lines: list[str] | None = None

    def line(self, number: int) -> str:
        """Line `number`, from 1, without its end."""
        if self._lines is None:
            self._lines = self.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return self._lines[number - 1] if 0 < number <= len(self._lines) else ""

    def location(self, line: int, column: int, length: int = 1) -> Location:
        """The place at `line` and `column`, both from 1."""
        return Location(self.name, line, column, length, self.line(line))


class Node:
    """A piece of YAML and where it begins."""

    __slots__ = ("column", "length", "line", "source", "tag")

    # Every class sets all of its fields itself, as there are some seventy nodes to a key.
    def __init__(self, source: Source, line: int, column: int, tag: str | None) -> None:
        self.source = source
        self.line = line
        self.column = column
        self.length = 1
        """How many characters a caret underlines."""
        self.tag = tag
        """The tag as written, `!GetAtt`; None for none."""

    @property
    def at(self) -> Location:
        """Its place."""
        source, line = self.source, self.line
        return Location(source.name, line, self.column, self.length, source.line(line))


class Scalar(Node):
    """A single value: its text, and whether it stands without quotes."""

    __slots__ = ("plain", "value")

    def __init__(self, source: Source, event: Any) -> None:
        start, end, tag = event.start_mark, event.end_mark, event.tag
        line, column = start.line, start.column
        self.source = source
        self.line = line + 1
        self.column = column + 1
        self.length = (end.column - column or 1) if end.line == line else 1
        self.tag = tag
        if tag is not None:
            self._tagged(tag)
        self.value: str = event.value
        self.plain: bool = not event.style and event.implicit[0]  # libyaml says "", PyYAML None

    def _tagged(self, tag: str) -> None:
        if tag == _STR_TAG:
            self.tag = None
        else:
            self.source.has_tags = True

    @property
    def is_null(self) -> bool:
        """Whether it is YAML's null: nothing, `~` or `null`."""
        return self.plain and self.value in ("", "~", "null", "Null", "NULL")


class Mapping(Node):
    """Names and values, in the order they stand."""

    __slots__ = ("items",)

    def __init__(self, source: Source, line: int, column: int, tag: str | None) -> None:
        self.source, self.line, self.column, self.length, self.tag = source, line, column, 1, tag
        self.items: dict[str, tuple[Scalar, Node]] = {}


class Sequence(Node):
    """A list."""

    __slots__ = ("items",)

    def __init__(self, source: Source, line: int, column: int, tag: str | None) -> None:
        self.source, self.line, self.column, self.length, self.tag = source, line, column, 1, tag
        self.items: list[Node] = []


def read(text: str, name: str) -> tuple[Node | None, list[Problem]]:
    """The root node of a YAML text, and what is wrong with it; a text that cannot be read at all has no root."""
    source = Source(name, text)
    builder = _Builder(source)
    try:
        root = builder.document(_LOADER(text).get_event)
    except yaml.MarkedYAMLError as error:
        return None, [*builder.problems, _syntax_problem(error, source)]
    except yaml.YAMLError as error:  # a character that YAML does not allow
        return None, [*builder.problems, _character_problem(error, source)]
    except BlueprintError as error:
        return None, [*builder.problems, *error.problems]
    return root, builder.problems


def _syntax_problem(error: yaml.MarkedYAMLError, source: Source) -> Problem:
    mark: Any = error.problem_mark or error.context_mark
    said = (error.problem or error.context or "it cannot be read").strip()
    hint = None
    if "cannot start any token" in said:
        hint = "put the value in quotes"
    elif mark is not None and "${" in source.line(mark.line + 1) and "expected ','" in said:
        hint = "put a value with `${…}` in quotes: within `[ ]` and `{ }` YAML reads the braces"
    elif "mapping values are not allowed" in said:
        hint = "put a value that holds `: ` in quotes"
    elif "nesting depth" in said:  # as newer readers say it before we count ourselves
        said = f"nested more than {MAX_DEPTH} deep"
    at = Location(source.name, 1, 1) if mark is None else source.location(mark.line + 1, mark.column + 1)
    return Problem(f"not valid YAML: {said}", at, hint)


def _character_problem(error: yaml.YAMLError, source: Source) -> Problem:
    for number, line in enumerate(source.text.split("\n"), 1):
        for column, character in enumerate(line, 1):
            if not character.isprintable() and character not in "\t\r\u0085\ufeff\u00a0":
                at = source.location(number, column)
                return Problem(f"the character U+{ord(character):04X} cannot stand in YAML", at, "remove it")
    return Problem(f"not valid YAML: {error}", Location(source.name, 1, 1))


class _Builder:
    """Makes nodes of libyaml's events, in one pass, and counts the depth itself."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self._anchors: dict[str, Node] = {}
        self._aliased = 0
        self._open: list[Node] = []
        """The lists and mappings that are being read, the outermost first."""

    def document(self, following: Callable[[], Any]) -> Node | None:
        """The one document of a text, whose events `following` gives, one at each call."""
        root: Node | None = None
        while (event := following()) is not None:
            kind = type(event)
            if kind is yaml.DocumentStartEvent and root is not None:
                self._refuse("a second document begins here", event, "write one document to a file")
            elif kind is yaml.ScalarEvent:
                root = self._scalar(event)
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                root = self._begun(event)
                self._fill(root, event, following)
        return root

    def _scalar(self, event: Any) -> Scalar:
        node = Scalar(self.source, event)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _begun(self, event: Any) -> Node:
        """The list or mapping that begins here, empty as yet."""
        mark, tag = event.start_mark, event.tag
        kind = Mapping if type(event) is yaml.MappingStartEvent else Sequence
        node = kind(self.source, mark.line + 1, mark.column + 1, tag)
        if tag is not None:
            self.source.has_tags = True
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _fill(self, node: Node, event: Any, following: Callable[[], Any]) -> None:
        """Read what stands in a list or mapping, to its end."""
        if len(self._open) >= MAX_DEPTH:
            self._refuse(f"nested more than {MAX_DEPTH} deep", event, None)
        self._open.append(node)
        if type(node) is Mapping:
            self._pairs(node, following)
        elif type(node) is Sequence:
            self._items(node.items, following)
        self._open.pop()

    def _items(self, items: list[Node], following: Callable[[], Any]) -> None:
        while True:
            event = following()
            kind = type(event)
            if kind is yaml.ScalarEvent:
                items.append(self._scalar(event))
            elif kind is yaml.SequenceEndEvent:
                return
            elif kind is yaml.AliasEvent:
                items.append(self._alias(event))
            else:
                node = self._begun(event)
                items.append(node)
                self._fill(node, event, following)

    def _pairs(self, mapping: Mapping, following: Callable[[], Any]) -> None:
        items, source = mapping.items, self.source
        while True:
            event = following()
            kind = type(event)
            if kind is yaml.MappingEndEvent:
                return
            key = Scalar(source, event) if kind is yaml.ScalarEvent and event.anchor is None else self._key(event)
            event = following()
            kind = type(event)
            node: Node
            if kind is yaml.ScalarEvent:
                node = self._scalar(event)
            elif kind is yaml.AliasEvent:
                node = self._alias(event)
            else:
                node = self._begun(event)
            name = key.value
            if name in items or name == "<<":
                self._put(items, key, node)
            else:
                items[name] = (key, node)
            if kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                self._fill(node, event, following)

    def _alias(self, event: Any) -> Node:
        node = self._anchors.get(event.anchor)
        if node is None:
            self._refuse(f"`*{event.anchor}` names no anchor above it", event, None)
        if node in self._open:
            self._refuse(f"`*{event.anchor}` stands inside what it repeats", event, None)
        self._aliased += _count(node, MAX_ALIASED)
        if self._aliased > MAX_ALIASED:
            self._refuse(f"aliases repeat more than {MAX_ALIASED:,} values", event, "write the values out")
        return node

    def _key(self, event: Any) -> Scalar:
        """A name, with an anchor or by an alias."""
        kind = type(event)
        node: Node | None = None
        if kind is yaml.ScalarEvent:
            node = self._scalar(event)
        elif kind is yaml.AliasEvent:
            node = self._alias(event)
        if not isinstance(node, Scalar):
            self._refuse("a name is expected here, not a list or a mapping", event, "put a value with `{` in quotes")
        return node

    def _put(self, items: dict[str, tuple[Scalar, Node]], key: Scalar, node: Node) -> None:
        """What is no name, and what is there already, is told; all else is taken."""
        if key.value == "<<" and key.plain:
            hint = "use `defaults`, or repeat the whole value with an alias"
            self.problems.append(Problem("merge keys (`<<`) are not read", key.at, hint))
        elif (first := items.get(key.value)) is not None:
            related = (("first here", first[0].at),)
            self.problems.append(Problem(f"`{key.value}` stands twice in one mapping", key.at, None, related))
        else:
            items[key.value] = (key, node)

    def _refuse(self, message: str, event: Any, hint: str | None) -> NoReturn:
        mark = event.start_mark
        raise BlueprintError(Problem(message, self.source.location(mark.line + 1, mark.column + 1), hint))


def _count(node: Node, limit: int) -> int:
    """How many nodes hang below `node`, itself included; stops past `limit`, so a bomb is counted and not set off."""
    total, waiting = 0, [node]
    while waiting and total <= limit:
        current = waiting.pop()
        total += 1
        if isinstance(current, Mapping):
            waiting += [value for _, value in current.items.values()]
        elif isinstance(current, Sequence):
            waiting += current.items
    return total
