"""Typed getters: from a node to a value of the type that a field wants, or a problem with its place."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TypeVar

import yaml

from kmsgen.errors import Problems, did_you_mean
from kmsgen.nodes import Mapping, Node, Scalar, Sequence
from kmsgen.reading.scope import NO_VARIABLES, Scope

T = TypeVar("T")

_YAML_TYPES = yaml.SafeLoader.yaml_implicit_resolvers
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,8}")
# What PyYAML takes for text and other YAML readers do not: digits with an exponent, 0o17, 089.
_ELSEWHERE_TYPED = re.compile(r"[-+]?[0-9]+(?:\.[0-9]*)?[eE][-+]?[0-9]+|0o[0-7]+|[-+]?[0-9]+")
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LOOKS_LIKE_ACCOUNT = re.compile(r"[0-9]{9,14}")


def _is_typed(plain: str) -> bool:
    """Whether some YAML reader takes the unquoted text for something other than a string."""
    resolvers = _YAML_TYPES.get(plain[:1])
    if resolvers is None:  # digits and signs begin types of PyYAML's too
        return False
    return _ELSEWHERE_TYPED.fullmatch(plain) is not None or any(pattern.match(plain) for _, pattern in resolvers)


@dataclass(frozen=True)
class Reader:
    """Reads nodes in a scope and collects what is wrong with them."""

    problems: Problems
    scope: Scope = NO_VARIABLES

    def fail(self, node: Node, message: str, hint: str | None = None) -> None:
        """Report a mistake at a node."""
        self.problems.error(message, node.at, hint)

    def text(self, node: Node, what: str = "a string") -> str | None:
        """A string, its variables replaced."""
        if type(node) is Scalar and node.tag is None and not (node.plain and _is_typed(node.value)):
            raw: str | None = node.value
        else:
            raw = self.raw_text(node, what)
        return raw if raw is None or "$" not in raw else self.scope.expand(raw, node.at, self.problems)

    def raw_text(self, node: Node, what: str = "a string") -> str | None:
        """A string as it stands, `${…}` and all."""
        if not isinstance(node, Scalar):
            self.fail(node, f"expected {what}, not a {'list' if isinstance(node, Sequence) else 'mapping'}")
            return None
        if node.tag is not None:
            self.fail(node, f"`{node.tag}` is only read under `cloudformation`", "name the value in `principals`")
            return None
        if not node.plain or not _is_typed(node.value):
            return node.value
        if node.is_null:
            hint = f'put it in quotes: "{node.value}"' if node.value.isalpha() else None
            self.fail(node, f"expected {what}, and nothing is here", hint)
        elif _LOOKS_LIKE_ACCOUNT.fullmatch(node.value):
            self.fail(
                node,
                f"`{node.value}` is a number to YAML, and as a number it loses its leading zeros",
                f'put an account number in quotes: "{node.value}"',
            )
        else:
            self.fail(
                node,
                f"`{node.value}` is no string to every YAML reader, and {what} is expected here",
                f'put it in quotes: "{node.value}"',
            )
        return None

    def reason(self, node: Node) -> str | None:
        """Why something is so, in words."""
        text = self.text(node, "a reason")
        if text is None or text.strip():
            return text
        self.fail(node, "the reason is empty", "say why, for whoever reads it next")
        return None

    def name(self, key: Scalar) -> str | None:
        """The name in a mapping that the user chose, under the same rules as any string."""
        return self.raw_text(key, "a name")

    def integer(self, node: Node, allowed: range, what: str) -> int | None:
        """A whole number within `allowed`."""
        if isinstance(node, Scalar) and node.plain and _INTEGER.fullmatch(node.value) and node.tag is None:
            value = int(node.value)
            if value in allowed:
                return value
            bounds = f"{allowed.start} to {allowed.stop - 1}"
            self.fail(node, f"{what} is {bounds}, not {value}", f"write a number from {bounds}")
        else:
            shown = f", not `{node.value}`" if isinstance(node, Scalar) and node.value else ""
            self.fail(node, f"{what} is a whole number{shown}", "write it without quotes")
        return None

    def boolean(self, node: Node, what: str) -> bool | None:
        """`true` or `false`, in these spellings alone."""
        if isinstance(node, Scalar) and node.plain and node.tag is None and node.value in ("true", "false"):
            return node.value == "true"
        shown = f", not `{node.value}`" if isinstance(node, Scalar) and node.value else ""
        self.fail(node, f"{what} is `true` or `false`{shown}", "write `true` or `false`, without quotes")
        return None

    def choice(self, node: Node, options: Collection[str], what: str) -> str | None:
        """One of a few words."""
        word = self.text(node, what)
        if word is None or word in options:
            return word
        listed = ", ".join(f"`{option}`" for option in options)
        self.fail(node, f"unknown {what} `{word}`", did_you_mean(word, options) or f"one of {listed}")
        return None

    def matching(self, node: Node, shape: re.Pattern[str], what: str, example: str) -> str | None:
        """A string of a given shape."""
        text = self.text(node, what)
        if text is None or shape.fullmatch(text):
            return text
        self.fail(node, f"`{text}` is not {what}", f"write it like `{example}`")
        return None

    def day(self, node: Node) -> str | None:
        """A day as `2027-01-31`, with quotes or without."""
        text = node.value if isinstance(node, Scalar) and DAY.fullmatch(node.value) else self.text(node, "a day")
        if text is None or (DAY.fullmatch(text) and _is_day(text)):
            return text
        self.fail(node, f"`{text}` is no day", "write `2027-01-31`")
        return None

    def mapping(self, node: Node, what: str) -> dict[str, tuple[Scalar, Node]]:
        """The items of a mapping; none, with a problem, where it is none."""
        if isinstance(node, Mapping) and node.tag is None:
            return node.items
        if isinstance(node, Sequence):
            self.fail(node, f"{what} is a mapping, not a list", "write `name: value`, one on each line")
        elif isinstance(node, Scalar) and not node.is_null:
            self.fail(node, f"{what} is a mapping, not `{node.value}`", "write `name: value`, one on each line")
        return {}

    def fields(self, node: Node, known: Collection[str], what: str) -> dict[str, tuple[Scalar, Node]]:
        """The items of a mapping whose names are given; others are reported, and left out."""
        items = self.mapping(node, what)
        unknown = [name for name in items if name not in known]
        for name in unknown:
            listed = ", ".join(f"`{one}`" for one in known)
            hint = did_you_mean(name, known) or f"known: {listed}"
            self.fail(items[name][0], f"unknown field `{name}` in {what}", hint)
        return {name: item for name, item in items.items() if name in known} if unknown else items

    def items(self, node: Node) -> list[Node]:
        """The items of a list, or the one thing that stands in its place."""
        if isinstance(node, Sequence):
            return node.items
        return [] if isinstance(node, Scalar) and node.is_null else [node]

    def each(self, node: Node, read: Callable[[Node], T | None]) -> tuple[T, ...]:
        """What `read` makes of every item of a list, or of the one thing in its place; at least one is demanded."""
        nodes = self.items(node)
        if not nodes:
            self.fail(node, "the list is empty", "leave the field out, or give it a value")
        return tuple([value for item in nodes if (value := read(item)) is not None])

    def texts(self, node: Node, what: str = "a string") -> tuple[str, ...]:
        """Strings: a list of them, or one."""
        return self.each(node, lambda item: self.text(item, what))


def _is_day(text: str) -> bool:
    try:
        return bool(datetime.date.fromisoformat(text))
    except ValueError:
        return False


def present(values: Iterable[T | None]) -> tuple[T, ...]:
    """Those that are not None."""
    return tuple([value for value in values if value is not None])
