"""HCL text to what it says, through tree-sitter's grammar, which knows the place of every word."""

from __future__ import annotations

import re
from typing import Any

from kmsgen.errors import Location, PolicyError, Problem
from kmsgen.sources.configuration.grammar import Reader, first, named
from kmsgen.sources.configuration.syntax import Body, Chunk, Expression, Template, Text

_ESCAPED = re.compile(r"([$%])\1+\{")
_OUTSIDE_ASCII = re.compile(r"[^\x00-\x7f]")


def parse(text: str, name: str) -> Body:
    """What a file says.

    Raises `PolicyError` with every mistake and its place; what is no HCL at all is told at its first mistake.
    """
    source = Text(name, text.removeprefix("\ufeff"))
    root = _tree(source.text)
    reader = Reader(source)
    if root.has_error:
        raise PolicyError(_mistake(root, source))
    if (other := next((one for one in named(root) if one.type != "body"), None)) is not None:
        hint = "a file of Terraform's in JSON is named `.tf.json`"
        raise PolicyError(Problem("not valid HCL: a block is expected", source.at(other.start_byte), hint))
    body = reader.body(first(root, "body"))
    if reader.problems.errors:
        raise PolicyError(*reader.problems.errors)
    return body


def parse_template(text: Text) -> tuple[Chunk | Expression, ...]:
    """What a text means in which all but `${` and `%{` is as it stands, as in a string of `.tf.json`.

    Raises `PolicyError` where it is no template.
    """
    # The grammar knows such texts as heredocs alone.
    word = "E"
    while word in text.text:
        word += "E"
    head = f"x = <<{word}\n"
    reader = Reader(_Shifted(text, len(head), f"{head}{text.text}\n{word}\n"))
    root = _tree(reader.source.text)
    body = first(root, "body")
    if root.has_error or body is None or len(body.children) != 1:
        raise PolicyError(Problem("what stands in `${…}` here is not understood", text.at(0)))
    value = reader.body(body).attributes["x"].value
    if reader.problems.errors or not isinstance(value, Template):
        raise PolicyError(*reader.problems.errors)
    *parts, last = (one._replace(start=one.start - len(head)) if isinstance(one, Chunk) else one for one in value.parts)
    assert isinstance(last, Chunk)
    return (*parts, *([Chunk(last.text[:-1], last.start)] if last.text != "\n" else []))


class _Shifted(Text):
    """A text with something in front of it."""

    __slots__ = ("_inner", "_shift")

    def __init__(self, inner: Text, shift: int, text: str) -> None:
        super().__init__(inner.name, text)
        self._inner = inner
        self._shift = shift

    def at(self, offset: int, length: int = 1) -> Location:
        """The place in the text itself."""
        return self._inner.at(max(offset - self._shift, 0), length)


def _tree(text: str) -> Any:
    import tree_sitter  # only files of Terraform's need it
    import tree_sitter_hcl

    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_hcl.language()))
    # With one byte for every character, offsets in bytes are offsets in characters; the text itself is taken from the
    # source. A letter may stand in a name, and what is none in a string alone.
    plain = _OUTSIDE_ASCII.sub(lambda found: "x" if f"a{found[0]}".isidentifier() else "\x01", text)
    # An escape is text, and so is what stands before it: `$$${` is `$${`, which the grammar takes for an expression.
    plain = _ESCAPED.sub(lambda found: "x" * len(found[0]), plain)
    return parser.parse(plain.encode("ascii")).root_node


def _mistake(root: Any, source: Text) -> Problem:
    """The first thing that is wrong with a text: what comes after it is read by guessing, and may be right."""
    waiting = [(root, root)]
    while waiting:
        node, parent = waiting.pop()
        if node.is_missing:
            return _missing(node, parent, source)
        inner = [one for one in node.children if one.has_error or one.is_missing]
        if node.is_error and not inner:
            if node.children and node.children[-1].type == "quoted_template_start":
                at = source.at(node.children[-1].start_byte)
                return Problem('not valid HCL: the text that begins here is not closed: `"` is missing', at)
            return Problem("not valid HCL: this is not understood", _error_place(node, source))
        waiting += [(one, node if node.start_byte < one.start_byte else parent) for one in reversed(inner)]
    return Problem("not valid HCL", Location(source.name, 1, 1))


_CLOSING = {"}": "`}`", "]": "`]`", ")": "`)`", '"': '`"`', "heredoc_identifier": "the end of the heredoc"}


def _missing(node: Any, parent: Any, source: Text) -> Problem:
    at = source.at(min(node.start_byte, max(len(source.text.rstrip()) - 1, 0)))
    if node.type not in _CLOSING:
        return Problem("not valid HCL: this is not understood", at)
    opened = (("begun here", source.at(parent.start_byte)),)
    return Problem(f"not valid HCL: {_CLOSING[node.type]} is missing", at, None, opened)


def _error_place(node: Any, source: Text) -> Location:
    """Where the grammar found no way on: behind what it still took for something."""
    taken = [one.end_byte for one in node.children if one.end_byte > one.start_byte and not one.is_error]
    text = source.text
    start = taken[-1] if taken else node.start_byte
    while start < len(text) and text[start].isspace():
        start += 1
    if start >= len(text):
        start = max(len(text.rstrip()) - 1, 0)
    return source.at(start)
