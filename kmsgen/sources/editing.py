"""An entry added to one key of a blueprint's text, and what the blueprint then makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kmsgen import nodes
from kmsgen.errors import KmsgenError
from kmsgen.files import collect, read_text
from kmsgen.nodes import Mapping, Node, Scalar
from kmsgen.sources import blueprint
from kmsgen.sources.model import Options, SourceKey
from kmsgen.sources.reading import text_of


@dataclass(frozen=True)
class Edited:
    """A blueprint with an entry more."""

    key: SourceKey
    """The key that got it."""
    field: str
    """How the list is written: `users`, or `+users` where it adds to defaults."""
    others: tuple[str, ...]
    """Other keys of the blueprint whose policies it changes too, as where one text makes several keys."""


def with_entry(text: str, line: int, noun: str, block: Sequence[str], flow: str) -> tuple[str, str] | None:
    """A blueprint's text with an item more in a list of the key that stands at `line`, and how the list is written.

    None where it cannot be put in. A key without a list of its own may have one from defaults, to which `+users` adds.
    `block` is the item in block style, a line for each of its lines; `flow` is the item in flow style.
    """
    root, problems = nodes.read(text, "blueprint")
    found = None if problems else key_at(root, line)
    if found is None:
        return None
    name, body = found
    lines = text.splitlines(keepends=True)
    own = [field for field in (noun, f"+{noun}") if isinstance(body, Mapping) and field in body.items]
    field = own[0] if own else f"+{noun}" if _may_inherit(root, noun) else noun
    added = [f"{field}:", *(f"  {one}" for one in block)]
    new: str | None
    if not isinstance(body, Mapping):
        new = _into_nothing(lines, name, body, added)
    elif own:
        new = _into_list(lines, body.items[field][1], block, flow)
    elif _starts(lines, body, "{"):
        new = _put_text(lines, body, f'"{field}": [{flow}]{", " if body.items else ""}')
    else:
        new = _put_lines(lines, body.line, body.column - 1, added) if name.line != body.line else None
    return None if new is None else (new, field)


def _may_inherit(root: Node | None, noun: str) -> bool:
    """Whether the key may have a list that it does not itself say."""
    if not isinstance(root, Mapping) or "include" in root.items or "environments" in root.items:
        return True
    defaults = root.items.get("defaults")
    return defaults is not None and (not isinstance(defaults[1], Mapping) or noun in defaults[1].items)


def _into_nothing(lines: list[str], name: Scalar, body: Node, added: Sequence[str]) -> str | None:
    """A key of which nothing is said yet, as `orders:`, said more of."""
    rest = lines[name.line - 1][name.column - 1 + len(name.value) :].strip()
    if rest != ":" or not isinstance(body, Scalar) or not body.is_null:
        return None
    return _put_lines(lines, name.line + 1, name.column + 1, added)


def key_at(root: Node | None, line: int) -> tuple[Scalar, Node] | None:
    """The key of a blueprint that stands at a line: its name, and what is said of it."""
    keys = root.items.get("keys") if isinstance(root, Mapping) else None
    if keys is None or not isinstance(keys[1], Mapping):
        return None
    at = [(name, node) for name, node in keys[1].items.values() if name.line == line]
    if len(at) != 1 or not isinstance(at[0][1], Mapping | Scalar):
        return None
    return at[0]


def _into_list(lines: list[str], node: Node, block: Sequence[str], flow: str) -> str | None:
    if not isinstance(node, nodes.Sequence):
        return None
    if _starts(lines, node, "["):
        return _put_text(lines, node, f"{flow}{', ' if node.items else ''}")
    return _put_lines(lines, node.line, node.column - 1, block) if _starts(lines, node, "-") else None


def _starts(lines: Sequence[str], node: Node, character: str) -> bool:
    return lines[node.line - 1][node.column - 1 : node.column] == character


def _put_lines(lines: list[str], line: int, indent: int, added: Sequence[str]) -> str:
    new = [f"{' ' * indent}{one}\n" for one in added]
    return "".join([*lines[: line - 1], *new, *lines[line - 1 :]])


def _put_text(lines: list[str], node: Node, added: str) -> str:
    old = lines[node.line - 1]
    new = old[: node.column] + added + old[node.column :]
    return "".join([*lines[: node.line - 1], new, *lines[node.line :]])


def text_with_entry(key: SourceKey, noun: str, block: Sequence[str], flow: str) -> tuple[str, str] | None:
    """The text of a key's blueprint with an entry more, and how the list is written; None where it cannot be put in.

    Raises `KmsgenError` where the blueprint cannot be read.
    """
    path, _, line = key.where.rpartition(":")
    if key.kind != "blueprint" or not line.isdigit():
        return None
    return with_entry(text_of(path), int(line), noun, block, flow)


def edited(key: SourceKey, noun: str, block: Sequence[str], flow: str, options: Options) -> Edited | KmsgenError | None:
    """The key as its blueprint makes it with an entry more; what the compiler refuses; None where it cannot be put in.

    Nothing is written.
    """
    path = key.where.rpartition(":")[0]
    try:
        found = text_with_entry(key, noun, block, flow)
        if found is None:
            return None
        new, field = found
        files, templates = collect([path]).files, blueprint.library(options.templates)
        before = blueprint.load(files, options)
        after = blueprint.compiled([(one, opener(one.path, new)) for one in files], templates)
    except KmsgenError as error:
        return error
    return compared(key, field, before, after)


def opener(path: str, text: str) -> blueprint.Opener:
    """What opens files, and one of them with another text."""
    return lambda name: text if name == path else read_text(name)


def compared(key: SourceKey, field: str, before: Sequence[SourceKey], after: Sequence[SourceKey]) -> Edited | None:
    """The key once its blueprint is changed; None where it stays as it was, or where it cannot be told which it is."""
    if len(before) != len(after):
        return None
    pairs = [(old, new) for old, new in zip(before, after, strict=True) if old.policy != new.policy]
    mine = [new for old, new in pairs if _identity(old) == _identity(key) and old.policy == key.policy]
    if len(mine) != 1:
        return None
    return Edited(mine[0], field, tuple(new.name for _, new in pairs if new is not mine[0]))


def _identity(key: SourceKey) -> tuple[object, ...]:
    """What tells a key from the others of its file, whatever names it got beside keys of other files."""
    return key.environment, key.names[0], key.facts
