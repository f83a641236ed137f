"""Families of services: a shared part fills what an entry leaves out, and the entry's `with` fills the shared part."""

from __future__ import annotations

from kmsgen.errors import Problems, did_you_mean
from kmsgen.nodes import Mapping, Node, Scalar, Sequence

_ADDED = ("source", "caveats", "tightened", "grants", "statements")
"""Fields that an entry adds to, where others are replaced by what the entry says."""
_OWN = ("summary", "arguments")
"""Fields that say something about the family itself."""


def joined(entry: Mapping, family: Mapping) -> Mapping:
    """The header of an entry with all that its family fills in; what the entry says stands first, and wins."""
    root = Mapping(entry.source, entry.line, entry.column, entry.tag)
    root.items = dict(entry.items)
    for name, (key, node) in family.items.items():
        if name in _OWN:
            continue
        mine = entry.items.get(name)
        if mine is None:
            root.items[name] = (key, node)
        elif name in _ADDED:
            root.items[name] = (mine[0], _both(node, mine[1]) if name == "statements" else _both(mine[1], node))
        elif name == "parameters" and isinstance(mine[1], Mapping) and isinstance(node, Mapping):
            parameters = Mapping(entry.source, mine[1].line, mine[1].column, None)
            parameters.items = {**mine[1].items, **{k: v for k, v in node.items.items() if k not in mine[1].items}}
            root.items[name] = (mine[0], parameters)
    return root


def _both(first: Node, second: Node) -> Sequence:
    both = Sequence(first.source, first.line, first.column, None)
    for node in (first, second):
        both.items += node.items if isinstance(node, Sequence) else [node]
    return both


def arguments(entry: Mapping, family: Mapping, problems: Problems) -> dict[str, Node]:
    """What fills each argument of the family: the entry's `with`, else the argument's default."""
    given = entry.items["with"][1] if "with" in entry.items else None
    named = given.items if isinstance(given, Mapping) else {}
    known = family.items["arguments"][1] if "arguments" in family.items else None
    wanted = known.items if isinstance(known, Mapping) else {}
    called = entry.items["family"][1]
    shown = called.value if isinstance(called, Scalar) else ""
    for name, (key, _) in named.items():
        if name not in wanted:
            near = did_you_mean(name, wanted) or f"it takes {', '.join(f'`{one}`' for one in wanted) or 'nothing'}"
            problems.error(f"the family `{shown}` has no argument `{name}`", key.at, near)
    found: dict[str, Node] = {}
    for name, (_, about) in wanted.items():
        items = about.items if isinstance(about, Mapping) else {}
        node = named[name][1] if name in named else items["default"][1] if "default" in items else None
        if node is not None:
            found[name] = node
        else:
            problems.error(f"the family `{shown}` needs the argument `{name}`", called.at, f"add `with: {{{name}: …}}`")
    return found
