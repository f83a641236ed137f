"""YAML text to nodes that know their place; a scalar stays the text that was written until its reader asks for more.

Nothing is guessed: a scalar is not made a number, a date or a boolean because it looks like one, and what YAML
readers would disagree about is left for the reader of the field to refuse.
"""

from __future__ import annotations

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

    __slots__ = ("column", "line", "source", "tag")

    def __init__(self, source: Source, line: int, column: int, tag: str | None) -> None:
        self.source = source
        self.line = line
        self.column = column
        self.tag = tag
        """The tag as written, `!GetAtt`; None for none."""

    @property
    def at(self) -> Location:
        """Its place."""
        return self.source.location(self.line, self.column, self._length())

    def _length(self) -> int:
        return 1


class Scalar(Node):
    """A single value: its text, and whether it stands without quotes."""

    __slots__ = ("plain", "raw_length", "value")

    def __init__(
        self, source: Source, line: int, column: int, tag: str | None, value: str, plain: bool, raw_length: int
    ) -> None:
        super().__init__(source, line, column, tag)
        self.value = value
        self.plain = plain
        self.raw_length = raw_length

    def _length(self) -> int:
        return max(1, self.raw_length)

    @property
    def is_null(self) -> bool:
        """Whether it is YAML's null: nothing, `~` or `null`."""
        return self.plain and self.value in ("", "~", "null", "Null", "NULL")


class Mapping(Node):
    """Names and values, in the order they stand."""

    __slots__ = ("items",)

    def __init__(self, source: Source, line: int, column: int, tag: str | None) -> None:
        super().__init__(source, line, column, tag)
        self.items: dict[str, tuple[Scalar, Node]] = {}


class Sequence(Node):
    """A list."""

    __slots__ = ("items",)

    def __init__(self, source: Source, line: int, column: int, tag: str | None) -> None:
        super().__init__(source, line, column, tag)
        self.items: list[Node] = []


def read(text: str, name: str) -> tuple[Node | None, list[Problem]]:
    """The root node of a YAML text, and what is wrong with it; a text that cannot be read at all has no root."""
    source = Source(name, text)
    builder = _Builder(source)
    try:
        root = builder.document(iter(_LOADER(text).get_event, None))
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
    """Makes nodes of libyaml's events, one pass, with a stack of its own so that depth is ours to bound."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self._anchors: dict[str, Node] = {}
        self._aliased = 0

    def document(self, events: Any) -> Node | None:
        root: Node | None = None
        for event in events:
            kind = type(event)
            if kind is yaml.DocumentStartEvent and root is not None:
                self._refuse("a second document begins here", event, "write one document to a file")
            elif kind is yaml.ScalarEvent or kind in (yaml.MappingStartEvent, yaml.SequenceStartEvent):
                root = self._tree(event, events)
        return root

    def _tree(self, event: Any, events: Any) -> Node:
        root = node = self._node(event)
        stack: list[Node] = [node] if type(node) is not Scalar else []
        key: Scalar | None = None
        keys: list[Scalar | None] = []  # the key that waits for its value, for each mapping on the stack
        for event in events if stack else ():
            kind = type(event)
            if kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                stack.pop()
                if not stack:
                    break
                key = keys.pop()
                continue
            node = self._alias(event, stack) if kind is yaml.AliasEvent else self._node(event)
            parent = stack[-1]
            if type(parent) is Sequence:
                parent.items.append(node)
            elif key is None:
                key = self._key(node, event)
                continue
            else:
                self._put(parent, key, node)  # type: ignore[arg-type]
                key = None
            if kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                if len(stack) >= MAX_DEPTH:
                    self._refuse(f"nested more than {MAX_DEPTH} deep", event, None)
                stack.append(node)
                keys.append(key)
                key = None
        return root

    def _node(self, event: Any) -> Node:
        mark, tag = event.start_mark, event.tag
        line, column = mark.line + 1, mark.column + 1
        node: Node
        if type(event) is yaml.ScalarEvent:
            end: Any = event.end_mark
            length = end.column - mark.column if end.line == mark.line else 1
            plain = not event.style and event.implicit[0]  # libyaml says "", PyYAML None
            node = Scalar(self.source, line, column, None if tag == _STR_TAG else tag, event.value, plain, length)
        elif type(event) is yaml.MappingStartEvent:
            node = Mapping(self.source, line, column, tag)
        else:
            node = Sequence(self.source, line, column, tag)
        if node.tag is not None:
            self.source.has_tags = True
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, event: Any, open_nodes: list[Node]) -> Node:
        node = self._anchors.get(event.anchor)
        if node is None:
            self._refuse(f"`*{event.anchor}` names no anchor above it", event, None)
        if node in open_nodes:
            self._refuse(f"`*{event.anchor}` stands inside what it repeats", event, None)
        self._aliased += _count(node, MAX_ALIASED)
        if self._aliased > MAX_ALIASED:
            self._refuse(f"aliases repeat more than {MAX_ALIASED:,} values", event, "write the values out")
        return node

    def _key(self, node: Node, event: Any) -> Scalar:
        if not isinstance(node, Scalar):
            self._refuse("a name is expected here, not a list or a mapping", event, "put a value with `{` in quotes")
        return node

    def _put(self, parent: Mapping, key: Scalar, node: Node) -> None:
        if key.value == "<<" and key.plain:
            hint = "use `defaults`, or repeat the whole value with an alias"
            self.problems.append(Problem("merge keys (`<<`) are not read", key.at, hint))
        elif (first := parent.items.get(key.value)) is not None:
            related = (("first here", first[0].at),)
            self.problems.append(Problem(f"`{key.value}` stands twice in one mapping", key.at, None, related))
        else:
            parent.items[key.value] = (key, node)

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
