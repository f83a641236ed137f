"""The tree that the grammar of HCL makes of a text, to what the text says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

from kmsgen.errors import PolicyError, Problem, Problems
from kmsgen.nodes import MAX_DEPTH
from kmsgen.sources.configuration.strings import heredoc, quoted
from kmsgen.sources.configuration.syntax import (
    Attribute,
    Block,
    Body,
    Call,
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
    Text,
    Traversal,
    Tuple,
)

_WORDS = {"true": True, "false": False}


def first(node: Any, type_: str) -> Any:
    """The first child of a type; None where there is none."""
    return next((one for one in node.children if one.type == type_), None)


def named(node: Any) -> list[Any]:
    """The children of a node that are no punctuation, without comments."""
    return [one for one in node.named_children if one.type != "comment"]


class Reader:
    """Reads one text."""

    def __init__(self, source: Text) -> None:
        self.source = source
        self.problems = Problems()
        self._depth = 0

    def _span(self, node: Any) -> Span:
        return Span(self.source, node.start_byte, node.end_byte - node.start_byte)

    def _text(self, node: Any) -> str:
        return self.source.text[node.start_byte : node.end_byte]

    def body(self, node: Any) -> Body:
        """A file's or a block's body; None is an empty one."""
        attributes: dict[str, Attribute] = {}
        blocks: list[Block] = []
        for one in named(node) if node is not None else ():
            if one.type == "block":
                blocks.append(self._block(one))
                continue
            name, value = named(one)
            made = Attribute(self._text(name), self._span(name), self.expression(value))
            earlier = attributes.setdefault(made.name, made)
            if earlier is not made:
                related = (("first here", earlier.span.at),)
                self.problems.error(f"`{made.name}` stands twice in one block", made.span.at, related=related)
        return Body(attributes, tuple(blocks))

    def _block(self, node: Any) -> Block:
        children = named(node)
        head = [one for one in children if one.type in ("identifier", "string_lit")]
        labels = tuple(self._label(one) for one in head[1:])
        span = Span(self.source, head[0].start_byte, head[-1].end_byte - head[0].start_byte)
        inner = next((one for one in children if one.type == "body"), None)
        with _Deeper(self, node):
            return Block(self._text(head[0]), labels, span, self.body(inner))

    def _label(self, node: Any) -> str:
        if node.type == "identifier":
            return self._text(node)
        return quoted(self.source, node.start_byte + 1, node.end_byte - 1, self.problems).literal or ""

    def expression(self, node: Any) -> Expression:
        """An `expression` node, or what such a node holds."""
        with _Deeper(self, node):
            if node.type != "expression":
                return self._plain(node)
            inner = named(node)
            steps = [one for one in inner[1:] if one.type in ("get_attr", "index", "splat")]
            value = self.expression(inner[0]) if inner[0].type == "expression" else self._plain(inner[0])
            return self._taken(value, steps, node)

    def _taken(self, value: Expression, nodes: list[Any], node: Any) -> Expression:
        """A value with the attributes and indices that are taken of it."""
        if not nodes:
            return value
        steps = tuple(step for one in nodes for step in self._steps(one))
        if isinstance(value, Traversal) and not value.steps:
            return Traversal(self._span(node), value.root, steps)
        return Taken(self._span(node), value, steps)

    def _steps(self, node: Any) -> Iterator[str | Expression | None]:
        if node.type == "get_attr":
            yield self._text(named(node)[0])
        elif node.type == "index":
            inner = node.children[0]
            if inner.type == "new_index":
                yield self.expression(named(inner)[0])
            else:
                text = self._text(inner).lstrip(".").strip()
                yield Literal(self._span(inner), int(text) if text.isdecimal() else text)
        else:
            yield None
            for one in named(node.children[0]):
                yield from self._steps(one)

    def _plain(self, node: Any) -> Expression:
        span = self._span(node)
        match node.type:
            case "literal_value" | "collection_value" | "template_expr" | "for_expr":
                return self._plain(named(node)[0])
            case "string_lit" | "quoted_template":
                return self._quoted(node)
            case "heredoc_template":
                return self._heredoc(node)
            case "numeric_lit":
                return Literal(span, _number(self._text(node)))
            case "bool_lit":
                return Literal(span, _WORDS[self._text(node)])
            case "null_lit":
                return Literal(span, None)
            case "tuple":
                return Tuple(span, tuple(self.expression(one) for one in named(node) if one.type == "expression"))
            case "object":
                return Object(span, tuple(self._pair(one) for one in named(node) if one.type == "object_elem"))
            case "variable_expr":
                return Traversal(span, self._text(node), ())
            case "function_call":
                return self._call(node)
            case "conditional":
                condition, then, other = map(self.expression, named(node))
                return Conditional(span, condition, then, other)
            case "operation" | "unary_operation" | "binary_operation":
                return self._operation(node)
            case "for_tuple_expr" | "for_object_expr":
                return self._for(node)
        return Other(span, f"`{self._text(node).partition(chr(10))[0]}`")

    def _pair(self, node: Any) -> tuple[Expression, Expression]:
        key, value = (one for one in named(node) if one.type == "expression")
        name = self.expression(key)
        # A name alone is its own text, `null` too; in parentheses it is what the name stands for.
        is_word = isinstance(name, Traversal) or (isinstance(name, Literal) and not isinstance(name.value, float))
        if is_word and self._text(key)[:1] not in "(0123456789":
            if isinstance(name, Traversal) and name.steps:
                self.problems.error("a name in an object is a word or a text", name.span.at, "put it in parentheses")
            name = Template(name.span, quoted(self.source, key.start_byte, key.end_byte, self.problems).parts)
        return name, self.expression(value)

    def _call(self, node: Any) -> Expression:
        children = named(node)
        arguments = next((one for one in children if one.type == "function_arguments"), None)
        inner = [] if arguments is None else named(arguments)
        listed = tuple(self.expression(one) for one in inner if one.type == "expression")
        return Call(self._span(node), self._text(children[0]), listed, any(one.type == "ellipsis" for one in inner))

    def _operation(self, node: Any) -> Expression:
        if node.type == "operation":
            with _Deeper(self, node):
                return self._plain(named(node)[0])
        inner = [one for one in node.children if one.type not in ("comment", "(", ")")]
        signs = {"+", "-", "*", "/", "%", "!", "==", "!=", "<", ">", "<=", ">=", "&&", "||"}
        operator = next((one.type for one in inner if one.type in signs), None)
        if operator is None:
            return Other(self._span(node), "an operation")
        split = next(index for index, one in enumerate(inner) if one.type == operator)
        sides = [side for side in (inner[:split], inner[split + 1 :]) if side]
        return Operation(self._span(node), operator, tuple(map(self._operand, sides)))

    def _operand(self, nodes: list[Any]) -> Expression:
        """An operand, whose attributes and indices stand beside it."""
        head, last = nodes[0], nodes[-1]
        value = self.expression(head) if head.type == "expression" else self._plain(head)
        if len(nodes) == 1:
            return value
        span = Span(self.source, head.start_byte, last.end_byte - head.start_byte)
        if any(one.type not in ("get_attr", "index", "splat") for one in nodes[1:]):
            return Other(span, "an operation")
        steps = tuple(step for one in nodes[1:] for step in self._steps(one))
        if isinstance(value, Traversal) and not value.steps:
            return Traversal(span, value.root, steps)
        return Taken(span, value, steps)

    def _for(self, node: Any) -> Expression:
        intro, *rest = named(node)
        while intro.type != "for_intro":
            intro, *rest = rest
        names = tuple(self._text(one) for one in named(intro) if one.type == "identifier")
        source = self.expression(next(one for one in named(intro) if one.type == "expression"))
        values = [self.expression(one) for one in rest if one.type == "expression"]
        condition = next((one for one in rest if one.type == "for_cond"), None)
        wanted = None if condition is None else self.expression(named(condition)[0])
        grouped = any(one.type == "ellipsis" for one in rest)
        key = values[0] if len(values) == 2 else None
        return For(self._span(node), names, source, key, values[-1], wanted, grouped)

    def _quoted(self, node: Any) -> Expression:
        parts = list[Any]()
        start = node.start_byte + 1
        for one in node.children[1:-1]:
            if one.type in ("template_interpolation", "template_directive"):
                parts += quoted(self.source, start, one.start_byte, self.problems).parts
                parts.append(self._interpolated(one))
                start = one.end_byte
        parts += quoted(self.source, start, node.end_byte - 1, self.problems).parts
        return Template(self._span(node), tuple(parts))

    def _heredoc(self, node: Any) -> Expression:
        identifiers = [one for one in node.children if one.type == "heredoc_identifier"]
        text = self.source.text
        start = text.find("\n", identifiers[0].end_byte) + 1
        end = text.rfind("\n", 0, identifiers[-1].start_byte) + 1
        holes = [
            (one.start_byte, one.end_byte, self._interpolated(one))
            for one in node.children
            if one.type in ("template_interpolation", "template_directive")
        ]
        flush = text.startswith("<<-", node.start_byte)
        return Template(self._span(node), heredoc(self.source, start, max(start, end), holes, flush=flush))

    def _interpolated(self, node: Any) -> Expression:
        inner = named(node)
        if node.type == "template_directive":
            return Other(self._span(node), "a `%{…}` in a text")
        if any(one.type == "strip_marker" for one in inner):
            return Other(self._span(node), "a `~` in a text")
        held = [one for one in inner if one.type == "expression"]
        return self.expression(held[0]) if len(held) == 1 else Other(self._span(node), "an empty `${}`")

    def too_deep(self, node: Any) -> NoReturn:
        """Refuse what is nested too deep."""
        at = self.source.at(node.start_byte)
        raise PolicyError(*self.problems, Problem(f"nested more than {MAX_DEPTH} deep", at))

    def enter(self, node: Any) -> None:
        """One level down."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self.too_deep(node)

    def leave(self) -> None:
        """One level up."""
        self._depth -= 1


class _Deeper:
    """One level down in what is nested."""

    __slots__ = ("_node", "_reader")

    def __init__(self, reader: Reader, node: Any) -> None:
        self._reader = reader
        self._node = node

    def __enter__(self) -> None:
        self._reader.enter(self._node)

    def __exit__(self, *_: object) -> None:
        self._reader.leave()


def _number(text: str) -> int | float:
    return int(text) if text.isdecimal() else float(text)
