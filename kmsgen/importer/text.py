"""Data to YAML as people write blueprints: short values on one line, comments above entries, quotes where in doubt."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH = 110
_PLAIN = re.compile(r"[A-Za-z_/][\w./+=@-]*(?::[\w./+=@-]+)*", re.ASCII)
_WORDS = frozenset("y n yes no true false on off null".split())
_VARIABLE = re.compile(r"(\$*)\$\{([^{}]*)(\}?)")


@dataclass(frozen=True)
class Commented:
    """A value with lines of comment above it."""

    value: Any
    comments: tuple[str, ...]


class Intrinsic(dict[str, Any]):
    """A CloudFormation function as JSON data, written in its short form."""


def scalar(value: Any) -> str:
    """A single value as YAML.

    >>> scalar("role/App"), scalar("111122223333"), scalar(True), scalar("no"), scalar("a: b")
    ('role/App', '"111122223333"', 'true', '"no"', '"a: b"')
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    text = _escaped(str(value))
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    # Some characters end lines in YAML that JSON leaves as they are.
    return json.dumps(text, ensure_ascii=not text.isprintable())


def _escaped(text: str) -> str:
    """A text that blueprints read as it is: a `${name}` that is none of IAM's is theirs to fill."""

    def put(found: re.Match[str]) -> str:
        before, name, end = found.groups()
        ours = not before and end and (":" in name or name in ("*", "?", "$"))
        return found[0] if ours else f"{before}$${{{name}{end}"

    return _VARIABLE.sub(put, text)


def flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Commented):
        return flow(value.value)
    if isinstance(value, Intrinsic):
        return _intrinsic(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(str(name))}: {flow(item)}" for name, item in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value)


def _intrinsic(value: Intrinsic) -> str:
    ((function, argument),) = value.items()
    if function == "Ref":
        return f"!Ref {json.dumps(argument)}"
    if function == "Fn::GetAtt":
        return f"!GetAtt {'.'.join(argument)}"
    return f"!{function.removeprefix('Fn::')} {json.dumps(argument, ensure_ascii=False)}"


def lines(value: Any, depth: int = 0) -> list[str]:
    """A mapping or a list as a block, each line with its indentation."""
    indent = "  " * depth
    made: list[str] = []
    if isinstance(value, Mapping):
        for name, item in value.items():
            comments, inner = _uncommented(item)
            made += [f"{indent}# {line}" for line in comments]
            made += _named(f"{indent}{scalar(str(name))}:", inner, depth)
        return made
    for item in value:
        comments, inner = _uncommented(item)
        made += [f"{indent}# {line}" for line in comments]
        made += _listed(indent, inner, depth)
    return made


def _uncommented(item: Any) -> tuple[tuple[str, ...], Any]:
    return (item.comments, item.value) if isinstance(item, Commented) else ((), item)


def _named(head: str, item: Any, depth: int) -> list[str]:
    short = f"{head} {flow(item)}"
    if _fits(item, short):
        return [short]
    return [head, *lines(item, depth + 1)]


def _listed(indent: str, item: Any, depth: int) -> list[str]:
    short = f"{indent}- {flow(item)}"
    if _fits(item, short):
        return [short]
    first, *rest = lines(item, depth + 1)
    return [f"{indent}- {first.strip()}", *rest]


def _fits(item: Any, short: str) -> bool:
    """Whether a value stands on one line: single ones always, others where they are short and say nothing beside."""
    if isinstance(item, Intrinsic) or not isinstance(item, Mapping | list | tuple) or not item:
        return True
    if isinstance(item, list | tuple) and any(isinstance(one, Mapping) and one for one in item):
        return False
    return len(short) <= WIDTH and not _has_comments(item) and (depth_of(item) < 3)


def _has_comments(item: Any) -> bool:
    if isinstance(item, Commented):
        return True
    inner = item.values() if isinstance(item, Mapping) else item if isinstance(item, list | tuple) else ()
    return any(map(_has_comments, inner))


def depth_of(item: Any) -> int:
    """How many mappings stand within each other."""
    if isinstance(item, Mapping) and not isinstance(item, Intrinsic):
        return 1 + max(map(depth_of, item.values()), default=0)
    if isinstance(item, list | tuple):
        return max(map(depth_of, item), default=0)
    return 0


def comment(text: str) -> str:
    """A text as part of a comment: on one line, without what YAML does not take."""
    return "".join(character if character.isprintable() else " " for character in text)
